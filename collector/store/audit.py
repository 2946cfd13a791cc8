"""Who changed, exported or erased what: rows are added, never changed.

Each is written in the transaction of what it tells of. Details name settings, versions and counts;
never a person's data, never a secret.
"""

import time

from sqlalchemy import Connection, insert, select

from collector.model.audit import AuditRecord
from collector.store.privacy_tables import audit as table


def add_audit(connection: Connection, actor: str, action: str, subject: str, detail: str) -> None:
    """Note inside the caller's transaction who did what."""
    connection.execute(
        insert(table).values(
            time_ms=time.time_ns() // 1_000_000, actor=actor, action=action, subject=subject, detail=detail
        )
    )


def audit(connection: Connection, before: int | None, limit: int) -> list[AuditRecord]:
    """Newest first; `before` is the number of the last one seen."""
    statement = select(table).order_by(table.c.number.desc()).limit(limit)
    if before is not None:
        statement = statement.where(table.c.number < before)
    return [AuditRecord(**row._mapping) for row in connection.execute(statement)]
