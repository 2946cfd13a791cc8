"""The events of a profile, and of all that were merged into it."""

from sqlalchemy import Connection

from collector.model.event import EventRecord


def events_of(
    connection: Connection,
    client_id: int,
    *,
    source_id: str | None = None,
    from_ms: int | None = None,
    to_ms: int | None = None,
    action: str | None = None,
    limit: int = 100,
) -> list[EventRecord]:
    raise NotImplementedError
