"""A moment, as a sender writes it and as we do."""

import re
from datetime import UTC, datetime

MAX_TEXT = 64
"""Of the text of a moment, in characters: the blanks around one are no place for a megabyte."""

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)\s?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso_ms(text: str) -> int:
    """Return ms since the epoch, UTC, of an ISO 8601 date with a time. Without an offset it is UTC.

    Raises ValueError for anything else, and for what lies before 1970.
    """
    milliseconds = any_iso_ms(text)
    if milliseconds < 0:
        raise ValueError("before 1970")
    return milliseconds


def any_iso_ms(text: str) -> int:
    """The same, negative for what lies before 1970."""
    if len(text) > MAX_TEXT:
        raise ValueError(f"longer than {MAX_TEXT} characters")
    match = _ISO.fullmatch(text.strip())
    if match is None:
        raise ValueError("not a date with a time in ISO 8601")
    day, clock, offset = match.groups()
    moment = datetime.fromisoformat(f"{day}T{clock}{(offset or '').upper()}")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round((moment - _EPOCH).total_seconds() * 1000)


def iso(time_ms: int) -> str:
    """Return a time in ms since the epoch as ISO 8601, UTC, with ms."""
    text = datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
