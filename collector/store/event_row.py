"""The row of one event in the events table."""

from typing import Any

import msgspec

from collector.model.event import StoredEvent

_encode = msgspec.json.Encoder().encode


def event_row(
    event: StoredEvent,
    *,
    uuid: str | None,
    profile_id: int | None,
    session_id: str | None,
    derived: bool,
) -> dict[str, Any]:
    """The columns of an event but `seq`."""
    return {
        "source": event.source,
        "event_id": event.id,
        "action": event.action,
        "label": event.label,
        "time_ms": event.time_ms,
        "received_ms": event.received_ms,
        "uuid": uuid,
        "profile_id": profile_id,
        "session_id": session_id,
        "derived": derived,
        **content(event),
    }


def content(event: StoredEvent) -> dict[str, str]:
    """The columns that change when an event is written over."""
    return {"params": _encode(event.params).decode(), "context": _encode(event.context).decode()}
