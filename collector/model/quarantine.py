"""What was malformed, kept for seven days as far as the policy lets it, to be mended and sent again."""

import msgspec

MOST_KEPT = 10_000
"""Kept of one source at once: a flood of nonsense must not fill the disk. What comes beyond is counted."""


class Quarantine(msgspec.Struct, frozen=True, kw_only=True):
    """What may be kept of a malformed event or body. Made by `privacy/` only.

    length      in bytes, as it came; `sha256` of the same, in hex
    uuid        of the browser, so that an erasure finds it; None where it tells none
    address, user_agent     of the visitor, as the policy keeps them; "" for not at all
    payload     its JSON after the policy has walked it; None where it is no JSON or may not be kept
    """

    length: int
    sha256: str
    uuid: str | None = None
    address: str = ""
    user_agent: str = ""
    payload: str | None = None


class QuarantineRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One of them as read. `received_ms` is ms since the epoch, UTC."""

    number: int
    source_id: str
    received_ms: int
    reason: str
    detail: str
    quarantine: Quarantine


class QuarantineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One of them without its content, for lists. `kept`: whether there is any; `length` is in bytes."""

    number: int
    received_ms: int
    reason: str
    detail: str
    length: int
    kept: bool
