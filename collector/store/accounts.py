"""Accounts: who may sign in as a profile.

A login has one active account at most, and some pending ones: the registrations of `registrations.py`.
A closed one keeps its login.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from collector.model.account import Account, LoginKind
from collector.model.change import ChangeResult, StoredChange
from collector.store import person
from collector.store.account_logins import take_login
from collector.store.api_interface import LoginOfAnother, LoginTaken
from collector.store.api_tables import accounts as table
from collector.store.derived import Derived, keep_derived
from collector.store.profile_changes import change_profiles
from collector.store.registry import DEFAULT_WORKSPACE, workspace
from collector.store.revocations import revoke_tokens_of
from collector.store.tombstones import keyed_hash, salt_of

_PENDING = table.c.state == "pending"
_WAITS = _PENDING & table.c.registration.is_not(None)


def accounts(connection: Connection, kind: LoginKind, login: str) -> list[Account]:
    """All of a login, newest first; of one that was erased the passwords that strangers registered."""
    newest = select(table).order_by(table.c.created_ms.desc(), table.c.id.desc())
    either = of_login(kind, login) | of_login(kind, erased_login(connection, kind, login))
    return [_account(row) for row in connection.execute(newest.where(either))]


def account(connection: Connection, account_id: int) -> Account | None:
    """One, by its number."""
    row = connection.execute(select(table).where(table.c.id == account_id)).first()
    return _account(row) if row else None


def accounts_of(connection: Connection, client_id: int) -> list[Account]:
    """All of a person, oldest first: of the profile and of those merged into it, and registrations that
    wait for their address to be proved; not those that no link activates. Merged ids resolve."""
    who = person.about(connection, client_id)
    theirs = table.c.profile_id.in_(who.ids) | _WAITS & _of_emails(who.names.emails)
    rows = connection.execute(select(table).where(theirs).order_by(table.c.id))
    return [_account(row) for row in rows]


def register_account(
    connection: Connection, kind: LoginKind, login: str, password_hash: str, change: StoredChange
) -> ChangeResult:
    """Apply a trusted change, and let its profile sign in from now on. Raises LoginTaken,
    LoginOfAnother."""
    if active_account(connection, kind, login):
        raise LoginTaken
    [result] = change_profiles(connection, [change])
    if result.client_id is None or result.problem:
        return result
    if not take_login(connection, DEFAULT_WORKSPACE, result.client_id, kind, login):
        raise LoginOfAnother
    insert_account(
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
    end_registrations(connection, kind, login)
    tell(connection, change, "client.register", "Account registered", result.client_id)
    return result


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
    tell(connection, change, "client.deleteAccount", "Account deleted", ids[0])


def erase_accounts(
    connection: Connection, profile_ids: Sequence[int], emails: Sequence[str], uuids: Sequence[str]
) -> None:
    """Delete all of a person, and of whoever has their email as login or registered in their browser.

    Of registrations by their email the password alone stays, under a keyed hash, until it expires: else who
    had registered it would learn by signing in that it was erased.
    """
    connection.execute(delete(table).where(_PENDING & table.c.uuid.in_(uuids)))
    for email in emails:
        unnamed = erased_login(connection, "email", email)
        connection.execute(
            update(table)
            .where(of_login("email", email.lower()), _PENDING)
            .values(login=unnamed, registration=None, uuid=None)
        )
    theirs = table.c.profile_id.in_(profile_ids)
    if workspace(connection).unique_emails:
        theirs |= _of_emails(emails)
    connection.execute(delete(table).where(theirs))


def active_account(connection: Connection, kind: LoginKind, login: str) -> Account | None:
    """The one that a login signs in to."""
    return next((one for one in accounts(connection, kind, login) if one.state == "active"), None)


def insert_account(connection: Connection, **values: Any) -> int:
    """Add a row; return its number."""
    row = insert(table).values(workspace=DEFAULT_WORKSPACE, **values).returning(table.c.id)
    return int(connection.execute(row).scalar_one())


def end_registrations(connection: Connection, kind: LoginKind, login: str) -> None:
    """Let no link activate what waits for a login. The password goes on to be answered as it was until it is
    forgotten: who registered somebody else's address does not learn that there is an account now."""
    waiting = update(table).where(of_login(kind, login), _WAITS)
    connection.execute(waiting.values(registration=None))


def tell(connection: Connection, change: StoredChange, action: str, label: str, client_id: int) -> None:
    """Keep the event that follows from a change of an account."""
    event = change.derive(action, label, {}, change.received_ms)
    if event is not None:
        keep_derived(connection, [Derived(event, client_id, change.change.uuid)])


def erased_login(connection: Connection, kind: LoginKind, login: str) -> str:
    """What stands for a login that was erased."""
    return keyed_hash(salt_of(connection, DEFAULT_WORKSPACE), kind, login)


def of_login(kind: LoginKind, login: str) -> Any:
    """The condition that a row is of a login."""
    return (table.c.workspace == DEFAULT_WORKSPACE) & (table.c.kind == kind) & (table.c.login == login)


def _of_emails(emails: Sequence[str]) -> Any:
    return (table.c.kind == "email") & table.c.login.in_([one.lower() for one in emails])


def _account(row: Row[Any]) -> Account:
    values = dict(row._mapping)
    return Account(workspace_id=values.pop("workspace"), **values)
