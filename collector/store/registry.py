"""What the owner sets: sources, policies and the workspace. Every change raises the revision.

Each function works inside the caller's transaction, so that the change and the raised revision
are seen together.
"""

import secrets
import time
import uuid as uuids
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from collector.model.policy import Policy, PolicyVersion
from collector.model.source import Settings, Source, TokenKey
from collector.model.workspace import Workspace
from collector.store import privacy_tables, tables
from collector.store.audit import add_audit
from collector.store.held_emails import hold_emails
from collector.store.interface import NewerPolicy
from collector.store.rules import NOTHING, changed_names, encode, read_policy

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
        guid=row.guid,
        name=row.name,
        time_zone=row.time_zone,
        newsletter_mode=row.newsletter_mode,
        unique_emails=row.unique_emails,
        salt=row.salt,
    )


def save_workspace(connection: Connection, changes: dict[str, Any], actor: str) -> Workspace:
    """Change what is given of the default workspace."""
    if changes:
        if changes.get("unique_emails") and not workspace(connection).unique_emails:
            hold_emails(connection, DEFAULT_WORKSPACE)
        connection.execute(
            update(tables.workspaces).where(tables.workspaces.c.id == DEFAULT_WORKSPACE).values(**changes)
        )
        add_audit(connection, actor, "workspace.save", "workspace", ", ".join(changes))
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


def _source(row: Row[Any], more: "_More") -> Source:
    policy, problem = read_policy(row.policy)
    settings = Settings()
    try:
        settings = msgspec.json.decode(row.settings, type=Settings)
    except msgspec.MsgspecError as error:
        problem = problem or f"the settings cannot be read: {error}"
    shadow = more.shadows.get(row.number)
    return Source(
        number=row.number,
        source_id=row.source_id,
        workspace_id=row.workspace,
        name=row.name,
        enabled=row.enabled,
        settings=settings,
        policy=policy or NOTHING,
        policy_version=row.version,
        salt=row.salt,
        created_ms=row.created_ms,
        token_keys=more.token_keys.get(row.number, ()),
        shadow=read_policy(shadow.policy)[0] if shadow is not None else None,
        shadow_ms=shadow.created_ms if shadow is not None else 0,
        problem=problem,
    )


class _More(NamedTuple):
    """What sources have beside their rows, by their number."""

    token_keys: dict[int, tuple[TokenKey, ...]]
    shadows: dict[int, Row[Any]]


def _more(connection: Connection) -> _More:
    keys: dict[int, tuple[TokenKey, ...]] = {}
    table = privacy_tables.token_keys
    for row in connection.execute(
        select(table).where(table.c.revoked_ms.is_(None)).order_by(table.c.created_ms)
    ):
        key = TokenKey(
            id=row.id, name=row.name, algorithm=row.algorithm, key=row.key, created_ms=row.created_ms
        )
        keys[row.source] = (*keys.get(row.source, ()), key)
    shadows = {row.source: row for row in connection.execute(select(privacy_tables.shadows))}
    return _More(keys, shadows)


def sources(connection: Connection) -> list[Source]:
    """All sources with their policies in force, in order of their making."""
    more = _more(connection)
    return [_source(row, more) for row in connection.execute(_SOURCES)]


def source(connection: Connection, source_id: str) -> Source | None:
    """One source; None when unknown."""
    row = connection.execute(_SOURCES.where(tables.sources.c.source_id == source_id)).first()
    return _source(row, _more(connection)) if row else None


def known_source(connection: Connection, source_id: str) -> Source:
    """One source. Raises KeyError when unknown."""
    found = source(connection, source_id)
    if found is None:
        raise KeyError(source_id)
    return found


def add_source(
    connection: Connection, name: str, settings: Settings, policy: Policy, source_id: str | None, actor: str
) -> Source:
    """Make a source with the first version of its policy."""
    source_id = source_id or str(uuids.uuid4())
    result = connection.execute(
        insert(tables.sources).values(
            source_id=source_id,
            workspace=DEFAULT_WORKSPACE,
            name=name,
            enabled=True,
            settings=encode(settings),
            salt=secrets.token_bytes(32),
            created_ms=now_ms(),
        )
    )
    number = result.inserted_primary_key[0] if result.inserted_primary_key else None
    _add_policy(connection, int(number or 0), 1, policy, "tagwell", "the defaults")
    add_audit(connection, actor, "source.add", source_id, name)
    raise_revision(connection)
    return known_source(connection, source_id)


def save_source(connection: Connection, source_id: str, changes: dict[str, Any], actor: str) -> Source:
    """Change what is given. Raises KeyError for an unknown source."""
    found = known_source(connection, source_id)
    changed = [name for name, value in changes.items() if value != getattr(found, name)]
    if "settings" in changes:
        changed += changed_names(found.settings, changes["settings"])
        changes["settings"] = encode(changes["settings"])
    if changes:
        connection.execute(
            update(tables.sources).where(tables.sources.c.number == found.number).values(**changes)
        )
        detail = ", ".join(name for name in changed if name != "settings")
        add_audit(connection, actor, "source.save", source_id, detail or "nothing changed")
        raise_revision(connection)
    return known_source(connection, source_id)


def _add_policy(
    connection: Connection, number: int, version: int, policy: Policy, author: str, comment: str
) -> None:
    connection.execute(
        insert(tables.policies).values(
            source=number,
            version=version,
            policy=encode(policy),
            author=author,
            comment=comment,
            created_ms=now_ms(),
        )
    )


def save_policy(
    connection: Connection, source_id: str, policy: Policy, author: str, comment: str, expected: int | None
) -> PolicyVersion:
    """Save the next version of a policy. Raises KeyError for an unknown source, and NewerPolicy."""
    found = known_source(connection, source_id)
    if expected not in (None, found.policy_version):
        raise NewerPolicy(f"version {found.policy_version} was saved since version {expected}")
    _add_policy(connection, found.number, found.policy_version + 1, policy, author, comment)
    names = changed_names(found.policy, policy)
    detail = f"version {found.policy_version + 1}: {', '.join(names) or 'nothing changed'}"
    add_audit(connection, author, "policy.save", source_id, detail)
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
            policy=policy,
            author=row.author,
            comment=row.comment,
            created_ms=row.created_ms,
            problem=problem,
        )
        for row in rows
        for policy, problem in [read_policy(row.policy)]
    ]
