"""Deleting what is too old: events, the sessions that end up without any, visitors of whom nothing is left.

Finding is apart from deleting, so that beacons wait only while rows are removed. It looks at each
action of a source once, in the index that leads to the oldest event of an action; what is kept for
longer is never looked through.
"""

from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.sql.expression import CTE

from collector.store import tables
from collector.store.tombstones import hash_consents, salt_of

events, sessions, profiles = tables.events, tables.sessions, tables.profiles
identifiers, aliases, claims = tables.identifiers, tables.aliases, tables.claims


def due(
    connection: Connection, source_id: str, before_ms: int, rule: str, except_rules: Sequence[str], limit: int
) -> list[int]:
    """The seqs of events received before this whose action fits `rule` and none of `except_rules`."""
    number = connection.execute(
        select(tables.sources.c.number).where(tables.sources.c.source_id == source_id)
    ).scalar()
    if number is None:
        return []
    found: list[int] = []
    for action in connection.scalars(_due_actions(number, before_ms, rule, except_rules, limit)).all():
        found += connection.scalars(
            select(events.c.seq)
            .where(events.c.source == number, events.c.action == action, events.c.received_ms < before_ms)
            .order_by(events.c.received_ms)
            .limit(limit - len(found))
        )
        if len(found) >= limit:
            break
    return found


def _due_actions(
    number: int, before_ms: int, rule: str, except_rules: Sequence[str], limit: int
) -> Select[tuple[str]]:
    actions = _actions(number)
    oldest = (
        select(func.min(events.c.received_ms))
        .where(events.c.source == number, events.c.action == actions.c.action)
        .scalar_subquery()
    )
    excepted = [_fits(actions.c.action, other) for other in except_rules]
    return (
        select(actions.c.action)
        .where(
            actions.c.action.is_not(None),
            _fits(actions.c.action, rule),
            not_(or_(*excepted)) if excepted else literal(True),
            oldest < before_ms,
        )
        .limit(limit)
    )


def _actions(number: int) -> CTE:
    """The actions of a source, each found from the one before it in the index."""
    first = select(func.min(events.c.action).label("action")).where(events.c.source == number)
    actions = first.cte("actions", recursive=True)
    following = (
        select(func.min(events.c.action))
        .where(events.c.source == number, events.c.action > actions.c.action)
        .scalar_subquery()
    )
    return actions.union_all(select(following).where(actions.c.action.is_not(None)))


def _fits(action: ColumnElement[str], rule: str) -> ColumnElement[bool]:
    """Whether a rule fits: not by LIKE, which has signs of its own and in SQLite knows no case."""
    if not rule.endswith("*"):
        return action == rule
    prefix = rule[:-1]
    return func.substr(action, 1, len(prefix)) == prefix if prefix else literal(True)


def delete_events(connection: Connection, seqs: Sequence[int]) -> int:
    """Delete these events and what hangs on them alone; return how many there were.

    A session goes with its last event. A profile goes that has no event, no identifier but uuids of
    browsers, and nothing else that was ever said of it. Evidence of consent stays.
    """
    chosen = events.c.seq.in_(seqs)
    rows = connection.execute(select(events.c.session_id, events.c.profile_id).where(chosen)).all()
    deleted = connection.execute(delete(events).where(chosen)).rowcount
    if session_ids := {row.session_id for row in rows if row.session_id is not None}:
        connection.execute(delete(sessions).where(sessions.c.id.in_(session_ids), not_(_has_events())))
    if profile_ids := {row.profile_id for row in rows if row.profile_id is not None}:
        _delete_nobodies(connection, profile_ids)
    return deleted


def _has_events() -> ColumnElement[bool]:
    """Whether a session still has an event: each has a profile of the session's, under which it is found."""
    own = (
        select(sessions.c.profile_id.label("id")).correlate(sessions).cte("own", recursive=True, nesting=True)
    )
    merged = select(aliases.c.profile_id).join(own, aliases.c.old_id == own.c.id)
    own = own.union(merged)
    return exists().where(
        events.c.profile_id.in_(select(own.c.id)),
        events.c.time_ms.between(sessions.c.started_ms, sessions.c.last_ms),
        events.c.session_id == sessions.c.id,
    )


def _delete_nobodies(connection: Connection, profile_ids: set[int]) -> None:
    own_uuids = select(identifiers.c.value).where(
        identifiers.c.profile_id == profiles.c.id, identifiers.c.kind == "uuid"
    )
    said = [profiles.c.fields, profiles.c.attributes, profiles.c.agreements]
    nobodies = connection.scalars(
        select(profiles.c.id).where(
            profiles.c.id.in_(profile_ids),
            profiles.c.email.is_(None),
            profiles.c.custom_id.is_(None),
            and_(*(column == "{}" for column in said), profiles.c.tags == "[]"),
            ~exists().where(events.c.profile_id == profiles.c.id),
            ~exists().where(identifiers.c.profile_id == profiles.c.id, identifiers.c.kind != "uuid"),
            ~exists().where(aliases.c.profile_id == profiles.c.id),
            ~exists().where(claims.c.workspace == profiles.c.workspace, claims.c.uuid.in_(own_uuids)),
        )
    ).all()
    if nobodies:
        # With the profile goes what an erasure would find the evidence of its browsers by.
        held = connection.execute(
            select(profiles.c.workspace, identifiers.c.value)
            .join(identifiers, identifiers.c.profile_id == profiles.c.id)
            .where(profiles.c.id.in_(nobodies), identifiers.c.kind == "uuid")
        ).all()
        for workspace in {row.workspace for row in held}:
            uuids = [row.value for row in held if row.workspace == workspace]
            hash_consents(connection, uuids, salt_of(connection, workspace), event_ids=False)
        connection.execute(delete(identifiers).where(identifiers.c.profile_id.in_(nobodies)))
        connection.execute(delete(profiles).where(profiles.c.id.in_(nobodies)))
