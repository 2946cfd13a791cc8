"""Accounts: who may sign in as a profile.

A login has one active account at most, and any number of pending ones: registrations, each of which waits
for its mailed link. The first link that is used decides, and the others die. A closed one keeps its login.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from collector.model.account import PENDING_MS, Account, LoginKind, proof_of
from collector.model.change import ChangeResult, StoredChange
from collector.model.mail import MailKind
from collector.store import outbox, person, tables
from collector.store.account_logins import take_login
from collector.store.api_interface import LoginTaken
from collector.store.api_tables import accounts as table
from collector.store.derived import Derived, keep_derived
from collector.store.profile_changes import change_profiles
from collector.store.registry import DEFAULT_WORKSPACE, workspace
from collector.store.revocations import revoke_tokens_of

HOUR_MS = 3_600_000
MOST_MAILS = ((HOUR_MS, 3), (24 * HOUR_MS, 6))
"""How many account mails one address gets in such a time (ms): nobody fills a stranger's inbox."""

_PENDING = table.c.state == "pending"
_KINDS: tuple[MailKind, ...] = ("account.activate", "account.exists")


def accounts(connection: Connection, kind: LoginKind, login: str) -> list[Account]:
    """All of a login, newest first."""
    newest = select(table).order_by(table.c.created_ms.desc(), table.c.id.desc())
    return [_account(row) for row in connection.execute(newest.where(_of_login(kind, login)))]


def account(connection: Connection, account_id: int) -> Account | None:
    """One, by its number."""
    row = connection.execute(select(table).where(table.c.id == account_id)).first()
    return _account(row) if row else None


def accounts_of(connection: Connection, client_id: int) -> list[Account]:
    """All of a person, oldest first: of the profile and of those merged into it, and registrations that
    wait for their address to be proved. Merged ids resolve."""
    who = person.about(connection, client_id)
    rows = connection.execute(select(table).where(_whose(who.ids, who.names.emails)).order_by(table.c.id))
    return [_account(row) for row in rows]


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
) -> bool:
    """Keep a visitor's registration, and mail the link that activates it; where there is an account already,
    mail that there is. False where the address got too many such mails; then nothing was done."""
    for length_ms, most in MOST_MAILS:
        after_ms = now_ms - length_ms
        sent = outbox.count_mails(connection, _KINDS, recipient=recipient, profile_id=None, after_ms=after_ms)
        if sent >= most:
            return False
    forget_registrations(connection, now_ms - PENDING_MS)
    if active := _active(connection, kind, login):
        _mail(connection, "account.exists", recipient, {}, source, active.profile_id, now_ms)
        return True
    number = _insert(
        connection,
        source=source,
        profile_id=None,
        kind=kind,
        login=login,
        password_hash=password_hash,
        state="pending",
        uuid=uuid,
        registration=registration,
        created_ms=now_ms,
        activated_ms=None,
    )
    named = {"account": number, "proof": proof_of(password_hash)}
    _mail(connection, "account.activate", recipient, named, source, None, now_ms)
    return True


def register_account(
    connection: Connection, kind: LoginKind, login: str, password_hash: str, change: StoredChange
) -> ChangeResult:
    """Apply a trusted change, and let its profile sign in from now on. Raises LoginTaken."""
    if _active(connection, kind, login):
        raise LoginTaken
    [result] = change_profiles(connection, [change])
    if result.client_id is None or result.problem:
        return result
    if not take_login(connection, DEFAULT_WORKSPACE, result.client_id, kind, login):
        raise LoginTaken
    _insert(
        connection,
        source=change.source,
        profile_id=result.client_id,
        kind=kind,
        login=login,
        password_hash=password_hash,
        state="active",
        uuid=None,
        registration=None,
        created_ms=change.received_ms,
        activated_ms=change.received_ms,
    )
    _forget_pending(connection, kind, login)
    _tell(connection, change, "client.register", "Account registered", result.client_id)
    return result


def activate_account(connection: Connection, account_id: int, proof: str, change: StoredChange) -> int | None:
    """Make a registration the account of its login, apply what it said, and return its profile; None where it
    does not wait any more."""
    found = account(connection, account_id)
    if found is None or found.state != "pending" or proof_of(found.password_hash) != proof:
        return None
    if _active(connection, found.kind, found.login):
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
    _forget_pending(connection, found.kind, found.login)
    if change.change.uuid is not None:
        # The browser is theirs now, so that there is nothing left to claim.
        connection.execute(
            delete(tables.claims).where(
                tables.claims.c.profile_id == result.client_id, tables.claims.c.uuid == change.change.uuid
            )
        )
    _tell(connection, change, "client.register", "Account registered", result.client_id)
    return result.client_id


def close_accounts(connection: Connection, client_id: int, change: StoredChange) -> None:
    """End every account of a profile and every sign-in, and apply what else follows."""
    ids = person.about(connection, client_id).ids
    connection.execute(
        update(table)
        .where(table.c.profile_id.in_(ids), table.c.state == "active")
        .values(state="closed", password_hash="")
    )
    for one in ids:
        revoke_tokens_of(connection, f"client:{one}", change.received_ms + 1)
    change_profiles(connection, [change], create=False)
    _tell(connection, change, "client.deleteAccount", "Account deleted", ids[0])


def forget_registrations(connection: Connection, before_ms: int) -> int:
    """Delete registrations made before this that nobody has activated; return how many."""
    return connection.execute(delete(table).where(_PENDING, table.c.created_ms < before_ms)).rowcount


def erase_accounts(
    connection: Connection, profile_ids: Sequence[int], emails: Sequence[str], uuids: Sequence[str]
) -> None:
    """Delete all of a person, and of whoever has their email as login or registered in their browser."""
    theirs = _whose(profile_ids, emails) | _PENDING & table.c.uuid.in_(uuids)
    if workspace(connection).unique_emails:
        theirs |= _of_emails(emails)
    connection.execute(delete(table).where(theirs))


def _whose(profile_ids: Sequence[int], emails: Sequence[str]) -> Any:
    return or_(table.c.profile_id.in_(profile_ids), _PENDING & _of_emails(emails))


def _of_emails(emails: Sequence[str]) -> Any:
    return (table.c.kind == "email") & table.c.login.in_([one.lower() for one in emails])


def _of_login(kind: LoginKind, login: str) -> Any:
    return (table.c.workspace == DEFAULT_WORKSPACE) & (table.c.kind == kind) & (table.c.login == login)


def _active(connection: Connection, kind: LoginKind, login: str) -> Account | None:
    return next((one for one in accounts(connection, kind, login) if one.state == "active"), None)


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


def _forget_pending(connection: Connection, kind: LoginKind, login: str) -> None:
    connection.execute(delete(table).where(_of_login(kind, login), _PENDING))


def _insert(connection: Connection, **values: Any) -> int:
    row = insert(table).values(workspace=DEFAULT_WORKSPACE, **values).returning(table.c.id)
    return int(connection.execute(row).scalar_one())


def _mail(
    connection: Connection,
    kind: MailKind,
    recipient: str,
    data: dict[str, Any],
    source: int,
    profile_id: int | None,
    now_ms: int,
) -> None:
    outbox.add_mail(connection, kind, recipient, data, source=source, profile_id=profile_id, now_ms=now_ms)


def _tell(connection: Connection, change: StoredChange, action: str, label: str, client_id: int) -> None:
    event = change.derive(action, label, {}, change.received_ms)
    if event is not None:
        keep_derived(connection, [Derived(event, client_id, change.change.uuid)])


def _account(row: Row[Any]) -> Account:
    values = dict(row._mapping)
    return Account(workspace_id=values.pop("workspace"), **values)
