"""What was malformed, kept for seven days as far as the policy lets it.

A source keeps so many of them. Beyond that new ones are only counted: were the oldest to go instead,
a stranger could wash out with nonsense what the owner has yet to mend.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.engine import Row

from collector.model.outcome import Rejection
from collector.model.quarantine import MOST_KEPT, Quarantine, QuarantineEntry, QuarantineRecord
from collector.store import tables
from collector.store.bulk import PIECE, change_rows
from collector.store.privacy_tables import quarantine as table

_NEW = insert(table)
_OF_SOURCE = tables.sources.c.number == table.c.source


def keep(connection: Connection, rejections: Iterable[Rejection]) -> None:
    """Keep what may be kept of malformed events, in the commit that counts them."""
    by_source: dict[int, list[dict[str, object]]] = {}
    for rejection in rejections:
        if rejection.quarantine is not None and rejection.source is not None:
            by_source.setdefault(rejection.source, []).append(_row(rejection, rejection.quarantine))
    rows = [row for source, found in by_source.items() for row in found[: _room(connection, source)]]
    if rows:
        change_rows(connection, _NEW, rows)


def _room(connection: Connection, source: int) -> int:
    """How many more a source may keep."""
    kept = select(table.c.number).where(table.c.source == source).limit(MOST_KEPT).subquery()
    return MOST_KEPT - int(connection.execute(select(func.count()).select_from(kept)).scalar_one())


def _row(rejection: Rejection, kept: Quarantine) -> dict[str, object]:
    return {
        "source": rejection.source,
        "received_ms": rejection.received_ms,
        "reason": rejection.reason.value,
        "detail": _text(rejection.detail),
        "length": kept.length,
        "sha256": kept.sha256,
        "uuid": _text(kept.uuid),
        "address": _text(kept.address),
        "user_agent": _text(kept.user_agent),
        "payload": _text(kept.payload),
    }


def _text(value: str | None) -> str | None:
    """A text that PostgreSQL takes: it has no NUL, and one of them would fail the whole commit."""
    return value and value.replace("\0", "\ufffd")


def quarantined(
    connection: Connection, source_id: str, before: int | None, limit: int
) -> list[QuarantineRecord]:
    """Records of a source, newest first."""
    statement = select(table).join(tables.sources, _OF_SOURCE).where(tables.sources.c.source_id == source_id)
    if before is not None:
        statement = statement.where(table.c.number < before)
    rows = connection.execute(statement.order_by(table.c.number.desc()).limit(limit))
    return [quarantine_of(row, source_id) for row in rows]


def entries(connection: Connection, source_id: str) -> list[QuarantineEntry]:
    """All of a source without their content, newest first."""
    kept = table.c.payload.is_not(None).label("kept")
    rows = connection.execute(
        select(table.c.number, table.c.received_ms, table.c.reason, table.c.detail, table.c.length, kept)
        .join(tables.sources, _OF_SOURCE)
        .where(tables.sources.c.source_id == source_id)
        .order_by(table.c.number.desc())
    )
    return [QuarantineEntry(**row._mapping) for row in rows]


def quarantine_record(connection: Connection, source_id: str, number: int) -> QuarantineRecord | None:
    """One of a source; None where there is none."""
    row = connection.execute(
        select(table)
        .join(tables.sources, _OF_SOURCE)
        .where(tables.sources.c.source_id == source_id, table.c.number == number)
    ).first()
    return quarantine_of(row, source_id) if row else None


def quarantine_of(row: Row[tuple[object, ...]], source_id: str) -> QuarantineRecord:
    """A row of the quarantine, as read."""
    return QuarantineRecord(
        number=row.number,
        source_id=source_id,
        received_ms=row.received_ms,
        reason=row.reason,
        detail=row.detail,
        quarantine=Quarantine(
            length=row.length,
            sha256=row.sha256,
            uuid=row.uuid,
            address=row.address,
            user_agent=row.user_agent,
            payload=row.payload,
        ),
    )


def release(connection: Connection, source_id: str, numbers: Sequence[int]) -> int:
    """Remove these of a source; return how many there were."""
    source = select(tables.sources.c.number).where(tables.sources.c.source_id == source_id).scalar_subquery()
    return sum(
        connection.execute(
            delete(table).where(table.c.source == source, table.c.number.in_(numbers[start : start + PIECE]))
        ).rowcount
        for start in range(0, len(numbers), PIECE)
    )
