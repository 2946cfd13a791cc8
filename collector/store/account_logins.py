"""The logins of accounts, kept in step with the identifiers that they stand for."""

from collections.abc import Sequence, Set
from typing import Any

from sqlalchemy import Connection, select, update

from collector.model.account import LoginKind
from collector.store.api_tables import accounts as table
from collector.store.profile_row import ProfileRow
from collector.store.profile_rows import ProfileRows
from collector.store.registry import now_ms
from collector.store.revocations import revoke_tokens_of
from collector.store.tables import identifiers


def follow_identifier(
    rows: ProfileRows, row: ProfileRow, kind: LoginKind, was: str, value: str | None, time_ms: int
) -> None:
    """Let the account of an identifier that a profile had sign in with the one it has now.

    Where it has none, or an account signs in with that already, the account is closed and its sign-ins end.
    """
    connection = rows.connection
    found = select(table.c.id, table.c.profile_id).where(_active(row.workspace, kind, was))
    for one in connection.execute(found).all():
        if rows.living(one.profile_id) is not row:
            continue
        taken = value is not None and connection.scalar(
            select(table.c.id).where(_active(row.workspace, kind, value)).limit(1)
        )
        if value is not None and not taken:
            connection.execute(update(table).where(table.c.id == one.id).values(login=value))
            continue
        connection.execute(update(table).where(table.c.id == one.id).values(state="closed", password_hash=""))
        for client_id in {one.profile_id, row.id}:
            revoke_tokens_of(connection, f"client:{client_id}", time_ms + 1)


def take_login(connection: Connection, workspace: int, client_id: int, kind: LoginKind, login: str) -> bool:
    """Close what signs in with a login, for another account of its profile. False where the identifier is
    not this living profile's; then nothing was done."""
    held = (identifiers.c.workspace == workspace) & (identifiers.c.kind == kind)
    holder = select(identifiers.c.profile_id).where(held, identifiers.c.value == login)
    if connection.scalar(holder) != client_id:
        return False
    active = _active(workspace, kind, login)
    connection.execute(update(table).where(active).values(state="closed", password_hash=""))
    return True


def close_others(
    connection: Connection, workspace: int, profile_ids: Sequence[int], logins: Set[tuple[str, str]]
) -> None:
    """Close the accounts of profiles whose login is none of these (kind, value), and end the sign-ins."""
    held = select(table.c.id, table.c.kind, table.c.login, table.c.profile_id).where(
        table.c.workspace == workspace, table.c.profile_id.in_(profile_ids), table.c.state == "active"
    )
    for one in connection.execute(held).all():
        if (one.kind, one.login) not in logins:
            connection.execute(
                update(table).where(table.c.id == one.id).values(state="closed", password_hash="")
            )
            revoke_tokens_of(connection, f"client:{one.profile_id}", now_ms())


def _active(workspace: int, kind: LoginKind, login: str) -> Any:
    return (
        (table.c.workspace == workspace)
        & (table.c.kind == kind)
        & (table.c.login == login)
        & (table.c.state == "active")
    )
