"""Merges of profiles: made by events and by the API, written down, and undone.

Identifiers go over to the target, and the source's id resolves to it for ever. What hangs on the
source's id stays there and is found by it: events, sessions, claims, accounts. So an undone merge gives all
of that back by taking the alias away.

Source: contracts/synerise-profiles-api.md section 6; DESIGN.md, Identity.
"""

import uuid as uuids
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from collector.model.profile import Profile
from collector.store import queries
from collector.store.api_interface import UnknownProfile
from collector.store.api_tables import accounts
from collector.store.audit import add_audit
from collector.store.merge_data import Named, Record, combined, names_of, narrowed
from collector.store.profile_row import ProfileRow
from collector.store.profile_rows import ProfileRows
from collector.store.registry import now_ms as clock_ms
from collector.store.tables import aliases, confirmations, identifiers, merges, profiles


def merge(rows: ProfileRows, old: ProfileRow, into: ProfileRow, *, cause: str, now_ms: int) -> None:
    """Merge one profile into another of the same batch. `into` is changed, and written with the batch."""
    rows.write()
    connection = rows.connection
    merge_id = str(uuids.uuid4())
    of_target = merges.c.target_id == into.id
    newest = connection.scalar(select(func.max(merges.c.created_ms)).where(of_target))
    # The times order the merges of a profile, whatever the clock does.
    created_ms = now_ms if newest is None else max(now_ms, newest + 1)
    names = names_of(old) | _names_before(connection, into.id)
    became = combined(into, old, created_ms)
    record = Record(
        source=old,
        target=narrowed(into, names),
        names=sorted(names),
        identifiers=_move_identifiers(connection, old.id, into.id),
        wishes=_move_wishes(connection, old.id, into.id),
        accounts=list(connection.scalars(select(accounts.c.id).where(accounts.c.profile_id == into.id))),
    )
    connection.execute(
        insert(merges).values(
            id=merge_id,
            workspace=into.workspace,
            target_id=into.id,
            source_id=old.id,
            before=msgspec.json.encode(record).decode(),
            cause=cause,
            created_ms=created_ms,
        )
    )
    connection.execute(
        insert(aliases).values(old_id=old.id, profile_id=into.id, merge_id=merge_id, created_ms=created_ms)
    )
    connection.execute(delete(profiles).where(profiles.c.id == old.id))
    rows.merged(old, into, became)


def merge_profiles(
    connection: Connection, source_ids: Sequence[int], target_id: int, *, cause: str
) -> Profile:
    """Merge all into one, in this order, inside the caller's transaction. Raises UnknownProfile.

    A source that is the target already is skipped.
    """
    rows = ProfileRows(connection, [])
    rows.load_living([target_id, *source_ids])
    into = rows.living(target_id)
    if into is None:
        raise UnknownProfile(target_id)
    for one in source_ids:
        if rows.living(one) is None:
            raise UnknownProfile(one)
    now_ms = clock_ms()
    for one in source_ids:
        old = rows.living(one)
        if old is None or old is into:
            continue
        merge(rows, old, into, cause=cause, now_ms=now_ms)
        add_audit(connection, cause, "profile.merge", str(into.id), f"visitor {old.id} into {into.id}")
    rows.write()
    profile = queries.profile(connection, into.id)
    if profile is None:
        raise UnknownProfile(target_id)
    return profile


def _names_before(connection: Connection, target_id: int) -> set[str]:
    """The names of the merges into a profile that hold: the newest of them has those of all."""
    newest = connection.scalar(
        select(merges.c.before)
        .where(merges.c.target_id == target_id, merges.c.undone_ms.is_(None))
        .order_by(merges.c.created_ms.desc())
        .limit(1)
    )
    return set(msgspec.json.decode(newest, type=Named).names or ()) if newest is not None else set()


def _move_identifiers(connection: Connection, old_id: int, new_id: int) -> list[tuple[str, str]]:
    held = connection.execute(
        select(identifiers.c.kind, identifiers.c.value).where(identifiers.c.profile_id == old_id)
    ).all()
    connection.execute(
        update(identifiers).where(identifiers.c.profile_id == old_id).values(profile_id=new_id)
    )
    return [(row.kind, row.value) for row in held]


def _move_wishes(connection: Connection, old_id: int, new_id: int) -> list[tuple[str, str, int]]:
    """Let the target wait for what the source waits for. Where it waits itself, the source's stays behind."""
    waiting = select(confirmations).where(confirmations.c.profile_id.in_([old_id, new_id]))
    rows = connection.execute(waiting).all()
    own = {row.agreement for row in rows if row.profile_id == new_id}
    moved = [row for row in rows if row.profile_id == old_id and row.agreement not in own]
    for row in moved:
        connection.execute(
            update(confirmations)
            .where(confirmations.c.profile_id == old_id, confirmations.c.agreement == row.agreement)
            .values(profile_id=new_id)
        )
    return [(row.agreement, row.event_id, row.created_ms) for row in moved]
