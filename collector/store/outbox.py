"""The outbox of mails."""

from typing import Any

from sqlalchemy import Connection

from collector.model.mail import Mail, MailKind


def add_mail(
    connection: Connection,
    kind: MailKind,
    recipient: str,
    data: dict[str, Any],
    *,
    source: int,
    profile_id: int | None,
) -> None:
    raise NotImplementedError


def due_mails(connection: Connection, now_ms: int, limit: int = 20) -> list[Mail]:
    raise NotImplementedError


def mail_done(
    connection: Connection, number: int, *, sent_ms: int | None, next_try_ms: int | None, problem: str
) -> None:
    raise NotImplementedError


def mails(connection: Connection, *, before: int | None = None, limit: int = 100) -> list[Mail]:
    raise NotImplementedError
