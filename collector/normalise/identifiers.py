"""Identifiers a stranger sent: ids of events, uuids of browsers, emails and customIds of people."""

import re
import secrets
import uuid as uuids
from typing import Any

from collector.model.identifier import EMAIL, MAX_CUSTOM_ID, MAX_EMAIL, NOBODY, PLACEHOLDER, UNFIT
from collector.model.outcome import Reason, Rejected

MAX_LENGTH = 128
"""Longest event id or uuid, in characters (DESIGN.md, Event ids)."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNSEEN = re.compile(f"[{UNFIT}\ud800-\udfff]")
_EMAIL = re.compile(EMAIL)


def new_event_id(now_ms: int) -> str:
    """Return a UUIDv7: its first 48 bits are the time, so that ids lie in the order of their making."""
    value = (now_ms & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    return str(uuids.UUID(int=value & ~(0x3 << 62) | 2 << 62))


def event_id(value: Any, now_ms: int) -> str:
    """Return the sender's event id, or a new one where there is none. Raises Rejected(INVALID_ID)."""
    return new_event_id(now_ms) if value is None else _identifier(value, "id")


def browser_uuid(value: Any) -> str | None:
    """Return a browser's uuid; None where there is none. Raises Rejected(INVALID_ID)."""
    if value is None or (isinstance(value, str) and value.strip().lower() in NOBODY):
        return None
    return _identifier(value, "uuid", _UNSEEN)


def _identifier(value: Any, name: str, unfit: re.Pattern[str] = _CONTROL) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and 0 < len(value) <= MAX_LENGTH and not unfit.search(value):
        return value
    raise Rejected(Reason.INVALID_ID, f"{name} must be text of 1 to {MAX_LENGTH} characters")


def email(value: Any) -> str | None:
    """Return a valid email, as sent; None for anything else."""
    if not isinstance(value, str):
        return None
    value = value.strip()
    if value.lower().endswith(PLACEHOLDER):
        return None
    fits = len(value) <= MAX_EMAIL and _EMAIL.fullmatch(value) and not _UNSEEN.search(value)
    return value if fits else None


def custom_id(value: Any) -> str | None:
    """Return a customId that can tell one person from another; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or value.strip().lower() in NOBODY:
        return None
    value = value.strip()
    return value if len(value) <= MAX_CUSTOM_ID and not _UNSEEN.search(value) else None
