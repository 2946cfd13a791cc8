"""A phone number as it is looked up: written with spaces or without, it is one number."""

import re

_BETWEEN = re.compile(r"[ \-()/.]")
_NUMBER = re.compile(r"\+?[0-9]{1,20}", re.ASCII)


def plain_phone(text: str | None) -> str | None:
    """Return the number's digits, with a leading + where it has one; None for what is no number.

    +48 111-222-333 and +48111222333 are one; 48111222333 is another, as nobody said of which country.
    """
    plain = _BETWEEN.sub("", text or "")
    return plain if _NUMBER.fullmatch(plain) else None
