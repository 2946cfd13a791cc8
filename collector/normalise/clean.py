"""Values a stranger sent, made fit to keep: bounded in depth, and text that every store and page can hold."""

import re
from collections.abc import Container
from typing import Any

from collector.model.outcome import Reason, Rejected

MAX_DEPTH = 16
"""How deep params and context may nest (DESIGN.md, Limits)."""

_UNFIT = re.compile("[\x00\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Return the text with NUL and lone surrogates, which no store keeps, replaced by U+FFFD."""
    return _UNFIT.sub("\ufffd", text) if _UNFIT.search(text) else text


def clean(value: Any, without: Container[str] = (), depth: int = 1) -> Any:
    """Return a JSON value whose every string is clean, without what goes by these names at any depth.

    Raises Rejected(MALFORMED_EVENT) past MAX_DEPTH.
    """
    # Asked for every value of every event, so in the cheapest way: JSON has no kinds of these types.
    kind = type(value)
    if kind is str:
        return clean_text(value)
    if kind is not dict and kind is not list:
        return value
    if depth > MAX_DEPTH:
        raise Rejected(Reason.MALFORMED_EVENT, f"values nest deeper than {MAX_DEPTH}")
    if kind is list:
        return [clean(item, without, depth + 1) for item in value]
    kept = {}
    for name, item in value.items():
        if name in without:
            continue
        kind = type(item)
        if kind is str:
            if not item.isascii() or "\0" in item:
                item = clean_text(item)
        elif kind is dict or kind is list:
            item = clean(item, without, depth + 1)
        kept[name if name.isascii() and "\0" not in name else clean_text(name)] = item
    return kept
