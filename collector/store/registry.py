"""What the owner sets: sources, policies, keys, people and the workspace. Every change raises the revision.

Each function works inside the caller's transaction, so that the change and the raised revision
are seen together.
"""

import secrets
import time
import uuid as uuids
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from collector.model.policy import Policy, PolicyVersion
from collector.model.source import Settings, Source
from collector.model.workspace import ApiKey, User, Workspace
from collector.store import tables

DEFAULT_WORKSPACE = 1


def now_ms() -> int:
    """Ms since the epoch, UTC."""
    return time.time_ns() // 1_000_000


def raise_revision(connection: Connection) -> None:
    """Tell every running process that something was set."""
    connection.execute(update(tables.revision).values(value=tables.revision.c.value + 1))


def revision(connection: Connection) -> int:
    """The number of changes so far."""
    return int(connection.execute(select(tables.revision.c.value)).scalar_one())


def workspace(connection: Connection) -> Workspace:
    """The default workspace."""
    row = connection.execute(
        select(tables.workspaces).where(tables.workspaces.c.id == DEFAULT_WORKSPACE)
    ).one()
    return Workspace(
        id=row.id,
        name=row.name,
        time_zone=row.time_zone,
        newsletter_mode=row.newsletter_mode,
        unique_emails=row.unique_emails,
        salt=row.salt,
    )


def save_workspace(connection: Connection, changes: dict[str, Any]) -> Workspace:
    """Change what is given of the default workspace."""
    if changes:
        connection.execute(
            update(tables.workspaces).where(tables.workspaces.c.id == DEFAULT_WORKSPACE).values(**changes)
        )
        raise_revision(connection)
    return workspace(connection)


_LATEST = (
    select(tables.policies.c.source, func.max(tables.policies.c.version).label("version"))
    .group_by(tables.policies.c.source)
    .subquery()
)
_SOURCES = (
    select(tables.sources, tables.policies.c.policy, tables.policies.c.version)
    .join(_LATEST, _LATEST.c.source == tables.sources.c.number)
    .join(
        tables.policies,
        (tables.policies.c.source == _LATEST.c.source) & (tables.policies.c.version == _LATEST.c.version),
    )
    .order_by(tables.sources.c.number)
)


def _source(row: Row[Any]) -> Source:
    return Source(
        number=row.number,
        source_id=row.source_id,
        workspace_id=row.workspace,
        name=row.name,
        enabled=row.enabled,
        settings=msgspec.json.decode(row.settings, type=Settings),
        policy=msgspec.json.decode(row.policy, type=Policy),
        policy_version=row.version,
        salt=row.salt,
        created_ms=row.created_ms,
    )


def sources(connection: Connection) -> list[Source]:
    """All sources with their policies in force, in order of their making."""
    return [_source(row) for row in connection.execute(_SOURCES)]


def source(connection: Connection, source_id: str) -> Source | None:
    """One source; None when unknown."""
    row = connection.execute(_SOURCES.where(tables.sources.c.source_id == source_id)).first()
    return _source(row) if row else None


def known_source(connection: Connection, source_id: str) -> Source:
    """One source. Raises KeyError when unknown."""
    found = source(connection, source_id)
    if found is None:
        raise KeyError(source_id)
    return found


def add_source(
    connection: Connection, name: str, settings: Settings, policy: Policy, source_id: str | None
) -> Source:
    """Make a source with the first version of its policy."""
    source_id = source_id or str(uuids.uuid4())
    result = connection.execute(
        insert(tables.sources).values(
            source_id=source_id,
            workspace=DEFAULT_WORKSPACE,
            name=name,
            enabled=True,
            settings=msgspec.json.encode(settings).decode(),
            salt=secrets.token_bytes(32),
            created_ms=now_ms(),
        )
    )
    number = result.inserted_primary_key[0] if result.inserted_primary_key else None
    _add_policy(connection, int(number or 0), 1, policy, "tagwell", "the defaults")
    raise_revision(connection)
    return known_source(connection, source_id)


def save_source(connection: Connection, source_id: str, changes: dict[str, Any]) -> Source:
    """Change what is given. Raises KeyError for an unknown source."""
    found = known_source(connection, source_id)
    if "settings" in changes:
        changes["settings"] = msgspec.json.encode(changes["settings"]).decode()
    if changes:
        connection.execute(
            update(tables.sources).where(tables.sources.c.number == found.number).values(**changes)
        )
        raise_revision(connection)
    return known_source(connection, source_id)


def _add_policy(
    connection: Connection, number: int, version: int, policy: Policy, author: str, comment: str
) -> None:
    connection.execute(
        insert(tables.policies).values(
            source=number,
            version=version,
            policy=msgspec.json.encode(policy).decode(),
            author=author,
            comment=comment,
            created_ms=now_ms(),
        )
    )


def save_policy(
    connection: Connection, source_id: str, policy: Policy, author: str, comment: str
) -> PolicyVersion:
    """Save the next version of a policy. Raises KeyError for an unknown source."""
    found = known_source(connection, source_id)
    _add_policy(connection, found.number, found.policy_version + 1, policy, author, comment)
    raise_revision(connection)
    return policy_history(connection, source_id)[0]


def policy_history(connection: Connection, source_id: str) -> list[PolicyVersion]:
    """All versions, newest first. Raises KeyError for an unknown source."""
    found = known_source(connection, source_id)
    rows = connection.execute(
        select(tables.policies)
        .where(tables.policies.c.source == found.number)
        .order_by(tables.policies.c.version.desc())
    )
    return [
        PolicyVersion(
            version=row.version,
            policy=msgspec.json.decode(row.policy, type=Policy),
            author=row.author,
            comment=row.comment,
            created_ms=row.created_ms,
        )
        for row in rows
    ]


_KEYS = select(tables.api_keys, tables.sources.c.source_id).outerjoin(
    tables.sources, tables.sources.c.number == tables.api_keys.c.source
)


def add_api_key(
    connection: Connection, name: str, key_hash: str, source_id: str | None, permissions: tuple[str, ...]
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
    return next(key for key in api_keys(connection, key_hash))


def api_keys(connection: Connection, key_hash: str | None = None) -> list[ApiKey]:
    """All keys, or the one with this hash."""
    statement = _KEYS if key_hash is None else _KEYS.where(tables.api_keys.c.key_hash == key_hash)
    return [
        ApiKey(
            id=row.id,
            workspace_id=row.workspace,
            source_id=row.source_id,
            name=row.name,
            permissions=tuple(msgspec.json.decode(row.permissions)),
            created_ms=row.created_ms,
            revoked=row.revoked_ms is not None,
        )
        for row in connection.execute(statement)
    ]


def _user(row: Row[Any]) -> User:
    return User(**row._mapping)


def user(connection: Connection, name: str) -> User | None:
    """One person; None when unknown."""
    row = connection.execute(select(tables.users).where(tables.users.c.name == name)).first()
    return _user(row) if row else None


def users(connection: Connection) -> list[User]:
    """All people, by name."""
    return [_user(row) for row in connection.execute(select(tables.users).order_by(tables.users.c.name))]


def add_user(connection: Connection, name: str, password_hash: str) -> User:
    """Add a person. Raises ValueError when the name is taken."""
    if user(connection, name):
        raise ValueError(f"there is already a user {name!r}")
    connection.execute(
        insert(tables.users).values(name=name, password_hash=password_hash, epoch=1, created_ms=now_ms())
    )
    found = user(connection, name)
    if found is None:
        raise KeyError(name)
    return found


def set_password(connection: Connection, name: str, password_hash: str) -> User:
    """Change a password and end all sign-ins of this person. Raises KeyError."""
    found = user(connection, name)
    if found is None:
        raise KeyError(name)
    connection.execute(
        update(tables.users)
        .where(tables.users.c.id == found.id)
        .values(password_hash=password_hash, epoch=found.epoch + 1)
    )
    return msgspec.structs.replace(found, password_hash=password_hash, epoch=found.epoch + 1)
