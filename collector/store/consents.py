"""Evidence of consent: who decided what, when, about which text.

It outlives its event, so an event that is sent again after that was deleted finds it there: the
first stays.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, insert, select

from collector.model.consent import ConsentDecision, ConsentRecord, ConsentState
from collector.model.event import StoredEvent
from collector.store.bulk import change_rows, rows_in
from collector.store.privacy_tables import consents as table
from collector.store.tables import sources

_KNOWN = select(table.c.event_id).where(
    table.c.source == bindparam("source"), table.c.event_id.in_(bindparam("values", expanding=True))
)
_NEW = insert(table)
_READ = select(table, sources.c.source_id).join(sources, sources.c.number == table.c.source)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(ConsentState).decode


def keep(connection: Connection, evidence: Sequence[tuple[StoredEvent, str | None]]) -> None:
    """Write the decisions of these events, each with the uuid under which its event is stored."""
    ids: dict[int, list[str]] = {}
    for event, _uuid in evidence:
        ids.setdefault(event.source, []).append(event.id)
    known = {
        (source, row.event_id)
        for source, values in ids.items()
        for row in rows_in(connection, _KNOWN, values, source=source)
    }
    rows = [
        _row(event, uuid, event.evidence)
        for event, uuid in evidence
        if event.evidence is not None and (event.source, event.id) not in known
    ]
    if rows:
        change_rows(connection, _NEW, rows)


def _row(event: StoredEvent, uuid: str | None, decision: ConsentDecision) -> dict[str, Any]:
    return {
        "source": event.source,
        "event_id": event.id,
        "uuid": uuid,
        "decision": _encode(decision.state).decode(),
        "method": decision.method,
        "text_version": decision.text_version,
        "policy_version": decision.policy_version,
        "time_ms": event.time_ms,
        "received_ms": event.received_ms,
    }


def consents(connection: Connection, source_id: str, uuid: str | None, limit: int) -> list[ConsentRecord]:
    """Evidence of a source, of one uuid or of all; newest first."""
    query = _READ.where(sources.c.source_id == source_id)
    if uuid is not None:
        query = query.where(table.c.uuid == uuid)
    return [
        consent_record(row) for row in connection.execute(query.order_by(table.c.number.desc()).limit(limit))
    ]


def consent_record(row: Any) -> ConsentRecord:
    """One row of the table, with its source's id, as read."""
    return ConsentRecord(
        number=row.number,
        source_id=row.source_id,
        event_id=row.event_id,
        uuid=row.uuid,
        decision=ConsentDecision(
            state=_decode(row.decision),
            method=row.method,
            text_version=row.text_version,
            policy_version=row.policy_version,
        ),
        time_ms=row.time_ms,
        received_ms=row.received_ms,
    )
