"""Half of a surrogate pair, as a text cut in the middle of an emoji ends: JSON allows it, no decoder does."""

import re

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
"""Every escape of a JSON text, those of half a surrogate pair told apart."""


def mended(body: bytes) -> bytes | None:
    """Return a JSON text with U+FFFD for every lone half; None where it can have none."""
    return _ESCAPE.sub(_mend, body) if _SURROGATE.search(body) else None


def _mend(match: re.Match[bytes]) -> bytes:
    return b"\\ufffd" if match.lastgroup == "lone" else match[0]
