"""Registrations: what visitors ask for, which waits for a mailed link to be used.

The first link that is used decides, and no link activates the others any more. Newer ones are kept all the
same until they expire, and so is a registration of a login that has an account: signing in with the password
of the newest registration answers the same, whether somebody has an account or not.

Whatever strangers ask, an address gets few mails. A registration beyond waits all the same: any link of the
address proves it, and the password that is typed on its page picks the registration.
"""

from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, select, update

from collector.model.account import PENDING_MS, LoginKind, proof_of
from collector.model.change import StoredChange
from collector.model.mail import MailKind
from collector.store import outbox, tables
from collector.store.accounts import (
    account,
    active_account,
    end_registrations,
    erased_login,
    insert_account,
    of_login,
    tell,
)
from collector.store.api_tables import accounts as table
from collector.store.api_tables import mails
from collector.store.profile_changes import change_profiles
from collector.store.registry import DEFAULT_WORKSPACE
from collector.store.tombstones import erased_keys

HOUR_MS = 3_600_000
MOST_MAILS = ((HOUR_MS, 3), (24 * HOUR_MS, 6))
"""How many account mails one address gets in such a time (ms): nobody fills a stranger's inbox."""

MAX_OF_LOGIN = 20
"""Registrations of one login that wait: the newest ones."""

MAX_MAILED = 6
"""Newest registrations of one login that were mailed, which are kept beside those: the links of a whole day
hold, whatever others register meanwhile."""

MAX_WAITING = 10_000
"""Registrations of one source that wait, the newest. Whoever types a million addresses fills no store."""

_PENDING = table.c.state == "pending"
_KINDS: tuple[MailKind, ...] = ("account.activate", "account.exists")


def add_registration(
    connection: Connection,
    kind: LoginKind,
    login: str,
    password_hash: str,
    *,
    source: int,
    uuid: str | None,
    registration: str,
    recipient: str,
    now_ms: int,
) -> None:
    """Keep a visitor's registration, and mail the link that activates it; where there is an account already,
    keep no more than its password, and mail that there is.

    No mail where the address got many such, nor for a login that was erased: of that the password is kept
    under a keyed hash, so that signing in with it answers as for any other. Where many wait the oldest goes.
    """
    forget_registrations(connection, now_ms - PENDING_MS)
    _make_room(connection, source)
    erased = bool(erased_keys(connection, [(DEFAULT_WORKSPACE, kind, login)]))
    if erased:
        login, uuid = erased_login(connection, kind, login), None
    active = active_account(connection, kind, login)
    number = insert_account(
        connection,
        source=source,
        profile_id=None,
        kind=kind,
        login=login,
        password_hash=password_hash,
        state="pending",
        uuid=uuid,
        registration=None if active or erased else registration,
        created_ms=now_ms,
        activated_ms=None,
    )
    if not erased and _may_mail(connection, recipient, now_ms):
        what: MailKind = "account.exists" if active else "account.activate"
        named = {} if active else {"account": number, "proof": proof_of(password_hash)}
        whose = active.profile_id if active else None
        outbox.add_mail(connection, what, recipient, named, source=source, profile_id=whose, now_ms=now_ms)
    _let_old_ones_go(connection, kind, login, recipient)


def activate_account(connection: Connection, account_id: int, proof: str, change: StoredChange) -> int | None:
    """Make a registration the account of its login, apply what it said, and return its profile; None where it
    does not wait any more."""
    found = account(connection, account_id)
    if found is None or not found.waits or proof_of(found.password_hash) != proof:
        return None
    if active_account(connection, found.kind, found.login):
        return None
    # Reading the mails of an address proves nothing about the browser: that of a known profile stays there.
    if change.change.uuid is not None and _is_known(connection, change.change.uuid):
        change = _with(change, uuid=None)
    [result] = change_profiles(connection, [change])
    if result.problem:
        # The profile takes no more data, yet the address is proved.
        bare = _with(change, fields={}, attributes={}, agreements={}, tags=(), newsletter=None)
        [result] = change_profiles(connection, [bare])
    if result.client_id is None:
        return None
    connection.execute(
        update(table)
        .where(table.c.id == account_id)
        .values(
            state="active",
            profile_id=result.client_id,
            registration=None,
            uuid=None,
            activated_ms=change.received_ms,
        )
    )
    # Their passwords went unanswered since this one came: they are not to be answered now.
    older = of_login(found.kind, found.login) & (table.c.created_ms <= found.created_ms)
    connection.execute(delete(table).where(older, _PENDING))
    end_registrations(connection, found.kind, found.login)
    if change.change.uuid is not None:
        # The browser is theirs now, so that there is nothing left to claim.
        connection.execute(
            delete(tables.claims).where(
                tables.claims.c.profile_id == result.client_id, tables.claims.c.uuid == change.change.uuid
            )
        )
    tell(connection, change, "client.register", "Account registered", result.client_id)
    return result.client_id


def forget_registrations(connection: Connection, before_ms: int) -> int:
    """Delete registrations made before this that nobody has activated; return how many."""
    return connection.execute(delete(table).where(_PENDING, table.c.created_ms < before_ms)).rowcount


def _make_room(connection: Connection, source: int) -> None:
    waiting = (_PENDING, table.c.source == source)
    count = connection.execute(select(func.count()).where(*waiting)).scalar_one()
    if count >= MAX_WAITING:
        oldest = select(table.c.id).where(*waiting).order_by(table.c.created_ms, table.c.id)
        gone = [*connection.scalars(oldest.limit(count - MAX_WAITING + 1))]
        connection.execute(delete(table).where(table.c.id.in_(gone)))


def _may_mail(connection: Connection, recipient: str, now_ms: int) -> bool:
    return all(
        outbox.count_mails(
            connection, _KINDS, recipient=recipient, profile_id=None, after_ms=now_ms - length_ms
        )
        < most
        for length_ms, most in MOST_MAILS
    )


def _let_old_ones_go(connection: Connection, kind: LoginKind, login: str, recipient: str) -> None:
    """Keep the newest of a login, and the newest whose links were mailed."""
    newest_first = (table.c.created_ms.desc(), table.c.id.desc())
    ids = [
        *connection.scalars(select(table.c.id).where(of_login(kind, login), _PENDING).order_by(*newest_first))
    ]
    if len(ids) <= MAX_OF_LOGIN:
        return
    sent = (
        select(mails.c.data)
        .where(mails.c.recipient == recipient.lower(), mails.c.kind == "account.activate")
        .order_by(mails.c.number.desc())
        .limit(MAX_MAILED)
    )
    mailed = {msgspec.json.decode(data)["account"] for data in connection.scalars(sent)}
    gone = [one for one in ids[MAX_OF_LOGIN:] if one not in mailed]
    connection.execute(delete(table).where(table.c.id.in_(gone)))


def _is_known(connection: Connection, uuid: str) -> bool:
    held, profiles = tables.identifiers, tables.profiles
    holder = connection.execute(
        select(profiles.c.email, profiles.c.custom_id)
        .join(held, held.c.profile_id == profiles.c.id)
        .where(held.c.workspace == DEFAULT_WORKSPACE, held.c.kind == "uuid", held.c.value == uuid)
    ).first()
    return holder is not None and (holder.email is not None or holder.custom_id is not None)


def _with(change: StoredChange, **less: Any) -> StoredChange:
    """The change without some of what it says."""
    return msgspec.structs.replace(change, change=msgspec.structs.replace(change.change, **less))
