"""The events of a profile, and of all that were merged into it."""

from sqlalchemy import Connection

from collector.model.event import EventRecord
from collector.store import person, tables
from collector.store.queries import EVENTS, event_record


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
    """Return the newest, by the events' own time. Both ends of the range belong to it.

    Each profile is asked for itself, along its index, so that a person of many events costs no more than
    one page; what the first have told bounds what is asked of the next.
    """
    events = tables.events.c
    statement = EVENTS.order_by(events.time_ms.desc(), events.seq.desc()).limit(limit)
    if source_id is not None:
        statement = statement.where(tables.sources.c.source_id == source_id)
    if to_ms is not None:
        statement = statement.where(events.time_ms <= to_ms)
    if action is not None:
        # Not the bare column: an index of actions would lead through everybody's events of that action.
        statement = statement.where(events.action.concat("") == action)
    found: list[EventRecord] = []
    for profile_id in person.about(connection, client_id).ids:
        of_profile = statement.where(events.profile_id == profile_id)
        if from_ms is not None:
            of_profile = of_profile.where(events.time_ms >= from_ms)
        found += map(event_record, connection.execute(of_profile))
        found.sort(key=lambda event: (event.time_ms, event.seq), reverse=True)
        del found[limit:]
        if len(found) == limit:
            from_ms = found[-1].time_ms
    return found
