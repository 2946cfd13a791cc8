"""What the owner sets: sources, policies and the workspace. Every change raises the revision.

Each function works inside the caller's transaction, so that the change and the raised revision
are seen together.

Settings and policies are kept without the values that are the defaults. So the last release, which
refuses a setting that it does not know, reads what this one wrote, as long as nothing new is used. It
also means that a default stays what it is once it was released.
"""

import secrets
import time
import uuid as uuids
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from collector.model.policy import Policy, PolicyVersion
from collector.model.source import Settings, Source
from collector.model.workspace import Workspace
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


def _encode(rules: Settings | Policy) -> str:
    return msgspec.json.encode(_differing(rules)).decode()


def _differing(value: Any) -> Any:
    """A struct as the fields that differ from their defaults, at every depth.

    Not by omit_defaults on the structs: what is shown to the owner would leave them out as well.
    """
    if isinstance(value, tuple):
        return [_differing(item) for item in value]
    if not isinstance(value, msgspec.Struct):
        return value
    fields = ((field, getattr(value, field.name)) for field in msgspec.structs.fields(value))
    return {field.encode_name: _differing(own) for field, own in fields if own != _default(field)}


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


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
            settings=_encode(settings),
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
        changes["settings"] = _encode(changes["settings"])
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
            policy=_encode(policy),
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
