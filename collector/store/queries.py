"""What is read back: events, rejections, sums and profiles. Each takes a connection and changes nothing."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, literal_column, select

from collector.model.event import EventRecord
from collector.model.outcome import Outcome, OutcomeCount, Reason, RejectionRecord
from collector.model.profile import IdentifierKind, Profile
from collector.store import tables
from collector.store.profile_reading import living_ids, read_profiles
from collector.store.registry import DEFAULT_WORKSPACE

EVENTS = select(tables.events, tables.sources.c.source_id).join(
    tables.sources, tables.sources.c.number == tables.events.c.source
)


def event_record(row: Row[Any]) -> EventRecord:
    """A row of events joined with its source's public id."""
    return EventRecord(
        seq=row.seq,
        id=row.event_id,
        action=row.action,
        label=row.label,
        time_ms=row.time_ms,
        received_ms=row.received_ms,
        source_id=row.source_id,
        profile_id=row.profile_id,
        session_id=row.session_id,
        uuid=row.uuid,
        params=msgspec.json.decode(row.params),
        context=msgspec.json.decode(row.context),
        derived=row.derived,
    )


def events(
    connection: Connection,
    source_id: str,
    *,
    after_seq: int,
    before_seq: int | None,
    action: str | None,
    limit: int | None,
    newest: bool,
) -> list[EventRecord]:
    """Events of a source in commit order; `newest` takes the last `limit`, newest first."""
    seq = tables.events.c.seq
    statement = EVENTS.where(tables.sources.c.source_id == source_id, seq > after_seq)
    if before_seq is not None:
        statement = statement.where(seq < before_seq)
    if action is not None:
        statement = statement.where(tables.events.c.action == action)
    statement = statement.order_by(seq.desc() if newest else seq).limit(limit)
    return [event_record(row) for row in connection.execute(statement)]


def event(connection: Connection, source_id: str, seq: int) -> EventRecord | None:
    """One event of a source; None when there is none."""
    row = connection.execute(
        EVENTS.where(tables.sources.c.source_id == source_id, tables.events.c.seq == seq)
    ).first()
    return event_record(row) if row else None


def event_by_id(connection: Connection, source: int, event_id: str) -> EventRecord | None:
    """One event by the sender's id; None when there is none."""
    row = connection.execute(
        EVENTS.where(tables.events.c.source == source, tables.events.c.event_id == event_id)
    ).first()
    return event_record(row) if row else None


def rejections(connection: Connection, source_id: str, *, after: int, limit: int) -> list[RejectionRecord]:
    """Recent rejections of a source, newest first."""
    table = tables.rejections
    rows = connection.execute(
        select(table)
        .join(tables.sources, tables.sources.c.number == table.c.source)
        .where(tables.sources.c.source_id == source_id, table.c.number > after)
        .order_by(table.c.number.desc())
        .limit(limit)
    )
    return [
        RejectionRecord(
            number=row.number,
            received_ms=row.received_ms,
            reason=Reason(row.reason),
            detail=row.detail,
            rule=row.rule,
        )
        for row in rows
    ]


def outcomes(
    connection: Connection, source_id: str | None, since_ms: int, step_ms: int
) -> list[OutcomeCount]:
    """Sums by source, step of time, outcome and reason, oldest first. Source None is the unknown ones."""
    table = tables.outcomes
    # The step stands in the text: as a parameter PostgreSQL could not see that both are one expression.
    step = (table.c.minute_ms - table.c.minute_ms % literal_column(str(step_ms))).label("step")
    group = (tables.sources.c.source_id, step, table.c.outcome, table.c.reason)
    statement = (
        select(*group, func.sum(table.c.count).label("n"))
        .outerjoin(tables.sources, tables.sources.c.number == table.c.source)
        .where(table.c.minute_ms >= since_ms)
        .group_by(*group)
        .order_by(step)
    )
    if source_id is not None:
        statement = statement.where(tables.sources.c.source_id == source_id)
    return [
        OutcomeCount(
            source_id=row.source_id,
            minute_ms=row.step,
            outcome=Outcome(row.outcome),
            reason=row.reason,
            count=int(row.n),
        )
        for row in connection.execute(statement)
    ]


def totals(connection: Connection) -> list[OutcomeCount]:
    """Sums by source, outcome and reason over all minutes; a year of minutes is summed by the database."""
    table = tables.outcomes
    statement = (
        select(
            tables.sources.c.source_id, table.c.outcome, table.c.reason, func.sum(table.c.count).label("n")
        )
        .outerjoin(tables.sources, tables.sources.c.number == table.c.source)
        .group_by(tables.sources.c.source_id, table.c.outcome, table.c.reason)
    )
    return [
        OutcomeCount(
            source_id=row.source_id,
            minute_ms=0,
            outcome=Outcome(row.outcome),
            reason=row.reason,
            count=int(row.n),
        )
        for row in connection.execute(statement)
    ]


def living_id(connection: Connection, client_id: int) -> int:
    """The id under which a profile lives now, however often it was merged."""
    return living_ids(connection, [client_id])[client_id]


def profile(connection: Connection, client_id: int) -> Profile | None:
    """A profile by our id; merged ids resolve for ever."""
    return next(iter(read_profiles(connection, [living_id(connection, client_id)])), None)


def find_profile(connection: Connection, kind: IdentifierKind, value: str) -> Profile | None:
    """A profile by an identifier; emails are compared without case."""
    found = connection.execute(
        select(tables.identifiers.c.profile_id).where(
            tables.identifiers.c.workspace == DEFAULT_WORKSPACE,
            tables.identifiers.c.kind == kind,
            tables.identifiers.c.value == (value.lower() if kind == "email" else value),
        )
    ).scalar()
    return None if found is None else profile(connection, int(found))
