"""A merge of two profiles, as it was written down."""

import msgspec


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """Times are ms since the epoch, UTC. `undone_ms` None: it holds.

    cause       who or what merged: an event's id, "key:NAME", "user:NAME"
    undoable    why it cannot be undone now is in `problem`
    """

    id: str
    source_id: int
    target_id: int
    cause: str
    created_ms: int
    undone_ms: int | None
    problem: str = ""
