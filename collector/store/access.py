"""Who may come in: api keys of back ends, and people of the admin pages. Only hashes of either are kept."""

import uuid as uuids
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from collector.model.workspace import ApiKey, User
from collector.store import tables
from collector.store.audit import add_audit
from collector.store.registry import DEFAULT_WORKSPACE, known_source, now_ms, raise_revision

_KEYS = select(tables.api_keys, tables.sources.c.source_id).outerjoin(
    tables.sources, tables.sources.c.number == tables.api_keys.c.source
)


def add_api_key(
    connection: Connection,
    name: str,
    key_hash: str,
    source_id: str | None,
    permissions: tuple[str, ...],
    actor: str,
) -> ApiKey:
    """Keep the hash of a new key. Raises KeyError for an unknown source."""
    connection.execute(
        insert(tables.api_keys).values(
            id=str(uuids.uuid4()),
            workspace=DEFAULT_WORKSPACE,
            source=known_source(connection, source_id).number if source_id else None,
            name=name,
            key_hash=key_hash,
            permissions=msgspec.json.encode(permissions).decode(),
            created_ms=now_ms(),
        )
    )
    raise_revision(connection)
    add_audit(connection, actor, "api_key.add", source_id or "workspace", name)
    return api_keys(connection, key_hash=key_hash)[0]


def revoke_api_key(connection: Connection, key_id: str, actor: str) -> ApiKey:
    """End a key. Its row stays, so that the audit's lines keep their meaning. Raises KeyError."""
    raise_revision(connection)
    found = next((key for key in api_keys(connection, key_id=key_id) if not key.revoked), None)
    if found is None:
        raise KeyError(key_id)
    connection.execute(
        update(tables.api_keys).where(tables.api_keys.c.id == key_id).values(revoked_ms=now_ms())
    )
    add_audit(connection, actor, "api_key.revoke", found.source_id or "workspace", found.name)
    return api_keys(connection, key_id=key_id)[0]


def api_keys(
    connection: Connection, *, key_hash: str | None = None, key_id: str | None = None
) -> list[ApiKey]:
    """All keys, newest first, or the one with this hash or id."""
    statement = _KEYS.order_by(tables.api_keys.c.created_ms.desc(), tables.api_keys.c.id)
    if key_hash is not None:
        statement = statement.where(tables.api_keys.c.key_hash == key_hash)
    if key_id is not None:
        statement = statement.where(tables.api_keys.c.id == key_id)
    return [
        ApiKey(
            id=row.id,
            workspace_id=row.workspace,
            source_id=row.source_id,
            name=row.name,
            permissions=tuple(msgspec.json.decode(row.permissions)),
            created_ms=row.created_ms,
            revoked=row.revoked_ms is not None,
            revoked_ms=row.revoked_ms,
        )
        for row in connection.execute(statement)
    ]


def _user(row: Row[Any]) -> User:
    return User(**row._mapping)


def user(connection: Connection, name: str) -> User | None:
    """One person; None when unknown."""
    if "\0" in name:
        return None  # PostgreSQL fails at it instead of finding nothing
    row = connection.execute(select(tables.users).where(tables.users.c.name == name)).first()
    return _user(row) if row else None


def users(connection: Connection) -> list[User]:
    """All people, by name."""
    return [_user(row) for row in connection.execute(select(tables.users).order_by(tables.users.c.name))]


def add_user(connection: Connection, name: str, password_hash: str, actor: str) -> User:
    """Add a person. Raises ValueError when the name is taken."""
    if user(connection, name):
        raise ValueError(f"there is already a user {name!r}")
    connection.execute(
        insert(tables.users).values(name=name, password_hash=password_hash, epoch=1, created_ms=now_ms())
    )
    found = user(connection, name)
    if found is None:
        raise KeyError(name)
    add_audit(connection, actor, "user.add", name, "")
    return found


def set_password(connection: Connection, name: str, password_hash: str, actor: str) -> User:
    """Change a password and end all sign-ins of this person. Raises KeyError."""
    found = user(connection, name)
    if found is None:
        raise KeyError(name)
    connection.execute(
        update(tables.users)
        .where(tables.users.c.id == found.id)
        .values(password_hash=password_hash, epoch=found.epoch + 1)
    )
    add_audit(connection, actor, "user.password", name, "")
    return msgspec.structs.replace(found, password_hash=password_hash, epoch=found.epoch + 1)
