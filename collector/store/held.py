"""Rows of a person, read in pieces by their numbers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from collector.model.consent import ConsentRecord
from collector.model.event import EventRecord
from collector.model.person import SessionRecord
from collector.model.quarantine import QuarantineRecord
from collector.store import queries
from collector.store.bulk import rows_in
from collector.store.consents import consent_record
from collector.store.privacy_tables import consents as consent_table
from collector.store.privacy_tables import quarantine as quarantine_table
from collector.store.quarantine import quarantine_of
from collector.store.tables import events, sessions, sources

_VALUES: BindParameter[Any] = bindparam("values", expanding=True)
_EVENTS = (
    select(events, sources.c.source_id)
    .join(sources, sources.c.number == events.c.source)
    .where(events.c.seq.in_(_VALUES))
)
_SESSIONS = (
    select(sessions, sources.c.source_id)
    .join(sources, sources.c.number == sessions.c.source)
    .where(sessions.c.id.in_(_VALUES))
)
_QUARANTINED = (
    select(quarantine_table, sources.c.source_id)
    .join(sources, sources.c.number == quarantine_table.c.source)
    .where(quarantine_table.c.number.in_(_VALUES))
)

_CONSENTS = (
    select(consent_table, sources.c.source_id)
    .join(sources, sources.c.number == consent_table.c.source)
    .where(consent_table.c.number.in_(_VALUES))
)


def held_events(connection: Connection, seqs: Sequence[int]) -> list[EventRecord]:
    found = [queries.event_record(row) for row in rows_in(connection, _EVENTS, seqs)]
    return sorted(found, key=lambda event: event.seq)


def held_sessions(connection: Connection, ids: Sequence[str]) -> list[SessionRecord]:
    found = [
        SessionRecord(
            session_id=row.id,
            source_id=row.source_id,
            uuid=row.uuid,
            started_ms=row.started_ms,
            last_ms=row.last_ms,
            events=row.events,
            closed=row.closed,
        )
        for row in rows_in(connection, _SESSIONS, ids)
    ]
    return sorted(found, key=lambda session: (session.started_ms, session.session_id))


def held_quarantined(connection: Connection, numbers: Sequence[int]) -> list[QuarantineRecord]:
    found = [quarantine_of(row, row.source_id) for row in rows_in(connection, _QUARANTINED, numbers)]
    return sorted(found, key=lambda record: record.number)


def held_consents(connection: Connection, numbers: Sequence[int]) -> list[ConsentRecord]:
    found = [consent_record(row) for row in rows_in(connection, _CONSENTS, numbers)]
    return sorted(found, key=lambda record: record.number)
