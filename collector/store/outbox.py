"""The outbox: mails that wait, were sent, or were given up.

The column `recipient` holds the address in lower case, to be looked up; how it was spelled lies in `data`.
"""

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from collector.model.mail import Mail, MailKind
from collector.store import person
from collector.store.api_tables import mails as table
from collector.store.registry import now_ms as clock_ms

_TO = "to"
"""The name in `data` that the address lies under."""


def add_mail(
    connection: Connection,
    kind: MailKind,
    recipient: str,
    data: dict[str, Any],
    *,
    source: int,
    profile_id: int | None,
    now_ms: int | None = None,
) -> None:
    """Put a mail into the outbox, to be sent at once."""
    made_ms = clock_ms() if now_ms is None else now_ms
    connection.execute(
        insert(table).values(
            source=source,
            profile_id=profile_id,
            kind=kind,
            recipient=recipient.lower(),
            data=msgspec.json.encode(data | {_TO: recipient}).decode(),
            created_ms=made_ms,
            next_try_ms=made_ms,
            tries=0,
            sent_ms=None,
            problem="",
        )
    )


def due_mails(connection: Connection, now_ms: int, limit: int = 20) -> list[Mail]:
    """Those whose next try is due, the longest waiting first."""
    rows = connection.execute(
        select(table)
        .where(table.c.next_try_ms <= now_ms)
        .order_by(table.c.next_try_ms, table.c.number)
        .limit(limit)
    )
    return [_mail(row) for row in rows]


def mail_done(
    connection: Connection, number: int, *, sent_ms: int | None, next_try_ms: int | None, problem: str
) -> None:
    """Note what became of a try. One that was taken meanwhile (erased) is not there any more."""
    connection.execute(
        update(table)
        .where(table.c.number == number)
        .values(sent_ms=sent_ms, next_try_ms=next_try_ms, problem=problem, tries=table.c.tries + 1)
    )


def mails(connection: Connection, *, before: int | None = None, limit: int = 100) -> list[Mail]:
    """Newest first; `before` a number."""
    statement = select(table).order_by(table.c.number.desc()).limit(limit)
    if before is not None:
        statement = statement.where(table.c.number < before)
    return [_mail(row) for row in connection.execute(statement)]


def retry_mail(connection: Connection, number: int, now_ms: int) -> bool:
    """Let a mail that waits or was given up be tried now; False where there is none such."""
    changed = connection.execute(
        update(table).where(table.c.number == number, table.c.sent_ms.is_(None)).values(next_try_ms=now_ms)
    )
    return changed.rowcount > 0


def forget_mails(connection: Connection, before_ms: int) -> int:
    """Delete those made before this that wait no longer; return how many."""
    return connection.execute(
        delete(table).where(table.c.created_ms < before_ms, table.c.next_try_ms.is_(None))
    ).rowcount


def count_mails(
    connection: Connection,
    kinds: Collection[MailKind],
    *,
    recipient: str,
    profile_id: int | None,
    after_ms: int,
) -> int:
    """How many of these kinds were made after this for an address or a profile."""
    whose = table.c.recipient == recipient.lower()
    if profile_id is not None:
        whose = or_(whose, table.c.profile_id == profile_id)
    return connection.execute(
        select(func.count()).where(whose, table.c.kind.in_(kinds), table.c.created_ms > after_ms)
    ).scalar_one()


def count_waiting(connection: Connection, kinds: Collection[MailKind], source: int) -> int:
    """How many of these kinds wait, of a source."""
    return connection.execute(
        select(func.count()).where(
            table.c.next_try_ms.is_not(None), table.c.source == source, table.c.kind.in_(kinds)
        )
    ).scalar_one()


def mails_of(connection: Connection, client_id: int) -> list[Mail]:
    """All of a person, by profile and by address, oldest first. Merged ids resolve."""
    who = person.about(connection, client_id)
    rows = connection.execute(select(table).where(_whose(who.ids, who.names.emails)).order_by(table.c.number))
    return [_mail(row) for row in rows]


def erase_mails(connection: Connection, profile_ids: Iterable[int], emails: Iterable[str]) -> int:
    """Delete all of a person, by profile and by address; return how many."""
    return connection.execute(delete(table).where(_whose(profile_ids, emails))).rowcount


def _whose(profile_ids: Iterable[int], emails: Iterable[str]) -> Any:
    return or_(
        table.c.profile_id.in_(list(profile_ids)),
        table.c.recipient.in_([email.lower() for email in emails]),
    )


def _mail(row: Row[Any]) -> Mail:
    values = dict(row._mapping)
    data = msgspec.json.decode(values["data"])
    values["recipient"] = data.pop(_TO)
    return Mail(**values | {"data": data})
