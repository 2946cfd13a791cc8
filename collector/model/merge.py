"""A merge of two profiles, as it was written down."""

from typing import Any

import msgspec


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """Times are ms since the epoch, UTC. `undone_ms` None: it holds.

    cause       who or what merged: an event's id, "key:NAME", "profile:ID", a user's name
    was         what the source was before, by name; {} once it is that again
    problem     why it cannot be undone, in words; "" where it can
    """

    id: str
    source_id: int
    target_id: int
    cause: str
    created_ms: int
    undone_ms: int | None
    was: dict[str, Any]
    problem: str
