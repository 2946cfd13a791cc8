"""What a sender tells of the visitor's decision. Unreadable is undecided: never an error, never a grant."""

import re
from typing import Any

from collector.model.consent import EVIDENCE, ConsentState
from collector.model.event import Params

MAX_CATEGORIES = 64
"""More than a visitor decides about one by one: what tells more is not read."""

MAX_TEXT_VERSION = 64
"""Longest version of a text, in characters, as of `Policy.consent_text`."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
"""As of `CategoryName`: no policy asks for a category of another name."""


_UNDECIDED = ConsentState()


def consent_state(told: Any) -> ConsentState:
    """Return what "granted", "denied" or {"granted": bool, "categories": {name: bool}} says.

    Anything else is undecided. Of a category only `true` is a yes; where the categories cannot be
    read, a grant beside them counts for nothing and a denial for itself.
    """
    if told is None:
        return _UNDECIDED
    if told in ("granted", "denied"):
        return ConsentState(granted=told == "granted")
    if not isinstance(told, dict):
        return ConsentState()
    granted = told.get("granted")
    granted = granted if isinstance(granted, bool) else None
    categories = _categories(told.get("categories"))
    if categories is None:
        return ConsentState(granted=None if granted else granted)
    return ConsentState(granted=granted, categories=categories)


def evidence_params(params: Params) -> Params:
    """Return what an event of EVIDENCE may tell: who said it (`by`), about which text, and the categories."""
    kept: Params = {}
    by, text = params.get("by"), params.get("text_version")
    if isinstance(by, str):
        kept["by"] = by[:32]
    if isinstance(text, str) and len(text) <= MAX_TEXT_VERSION:
        kept["text_version"] = text
    categories = _categories(params.get("categories"))
    if categories:
        kept["categories"] = categories
    return kept


def evidence_state(action: str, params: Params) -> ConsentState:
    """Return the decision that such an event reports, whatever was told beside it."""
    return ConsentState(granted=EVIDENCE[action], categories=params.get("categories", {}))


def _categories(told: Any) -> dict[str, bool] | None:
    """The categories by name, {} where none is told; None where they cannot be read."""
    if told is None:
        return {}
    if not isinstance(told, dict) or len(told) > MAX_CATEGORIES:
        return None
    return {name: value is True for name, value in told.items() if _NAME.fullmatch(name)}
