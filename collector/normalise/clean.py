"""Values a stranger sent, made fit to keep: bounded in depth, and text that every store and page can hold."""

import re
from typing import Any

from collector.model.outcome import Reason, Rejected

MAX_DEPTH = 16
"""How deep params and context may nest (DESIGN.md, Limits)."""

_UNFIT = re.compile("[\x00\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Return the text with NUL and lone surrogates, which no store keeps, replaced by U+FFFD."""
    return _UNFIT.sub("\ufffd", text) if _UNFIT.search(text) else text


def clean(value: Any, depth: int = 1) -> Any:
    """Return a JSON value whose every string is clean. Raises Rejected(MALFORMED_EVENT) past MAX_DEPTH."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict | list) and depth > MAX_DEPTH:
        raise Rejected(Reason.MALFORMED_EVENT, f"values nest deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        return {clean_text(name): clean(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return [clean(item, depth + 1) for item in value]
    return value
