"""Who changed, exported or erased what: rows are added, never changed."""

from sqlalchemy import Connection

from collector.model.audit import AuditRecord


def add_audit(connection: Connection, actor: str, action: str, subject: str, detail: str) -> None:
    raise NotImplementedError


def audit(connection: Connection, before: int | None, limit: int) -> list[AuditRecord]:
    raise NotImplementedError
