"""Whole profiles, read many at once: a list of a thousand costs a few statements."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from collector.model.profile import Claim, Profile
from collector.store import tables
from collector.store.bulk import rows_in
from collector.store.profile_row import decode_profile

_VALUES: Any = bindparam("values", expanding=True)
_PROFILES = select(tables.profiles).where(tables.profiles.c.id.in_(_VALUES))
_UUIDS = (
    select(tables.identifiers.c.profile_id, tables.identifiers.c.value)
    .where(tables.identifiers.c.profile_id.in_(_VALUES), tables.identifiers.c.kind == bindparam("kind"))
    .order_by(tables.identifiers.c.value)
)
_MERGED = select(tables.aliases.c.profile_id, tables.aliases.c.old_id).where(
    tables.aliases.c.profile_id.in_(_VALUES)
)
_ALIASES = select(tables.aliases.c.old_id, tables.aliases.c.profile_id).where(
    tables.aliases.c.old_id.in_(_VALUES)
)
_CLAIMS = select(tables.claims).where(tables.claims.c.profile_id.in_(_VALUES)).order_by(tables.claims.c.id)
_WISHES = select(tables.confirmations).where(tables.confirmations.c.profile_id.in_(_VALUES))


def living_ids(connection: Connection, client_ids: Iterable[int]) -> dict[int, int]:
    """The ids under which profiles live now, however often they were merged, by the ids that were asked."""
    moved: dict[int, int] = {}
    ids = set(client_ids)
    asked = ids
    while asked:
        found = {row.old_id: row.profile_id for row in rows_in(connection, _ALIASES, asked)}
        moved |= found
        asked = set(found.values()) - moved.keys()
    return {one: _end(one, moved) for one in ids}


def _end(one: int, moved: dict[int, int]) -> int:
    seen = {one}
    while (after := moved.get(one, one)) not in seen:
        seen.add(after)
        one = after
    return one


def read_profiles(connection: Connection, living: Sequence[int]) -> list[Profile]:
    """The profiles of these living ids, in their order, without those that there are not."""
    rows = {row.id: row for row in rows_in(connection, _PROFILES, living)}
    uuids = _by_profile(connection, _UUIDS, rows, kind="uuid")
    wishes = _by_profile(connection, _WISHES, rows)
    previous = merged_ids(connection, rows)
    claims = _by_profile(connection, _CLAIMS, [*rows, *(old for ids in previous.values() for old in ids)])
    return [
        _profile(
            rows[one],
            [row.value for row in uuids.get(one, ())],
            previous.get(one, []),
            [row for each in (one, *previous.get(one, ())) for row in claims.get(each, ())],
            {row.agreement: row.wish for row in wishes.get(one, ())},
        )
        for one in living
        if one in rows
    ]


def _by_profile(
    connection: Connection, statement: Select[Any], ids: Iterable[int], **fixed: Any
) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    for row in rows_in(connection, statement, ids, **fixed):
        found.setdefault(row.profile_id, []).append(row)
    return found


def merged_ids(connection: Connection, ids: Iterable[int]) -> dict[int, list[int]]:
    """All ids that were ever merged into these, those of what had been merged before too."""
    target = {one: one for one in ids}
    asked = list(target)
    while asked:
        found = [row for row in rows_in(connection, _MERGED, asked) if row.old_id not in target]
        target |= {row.old_id: target[row.profile_id] for row in found}
        asked = [row.old_id for row in found]
    previous: dict[int, list[int]] = {}
    for old_id, one in sorted(target.items()):
        if old_id != one:
            previous.setdefault(one, []).append(old_id)
    return previous


def _profile(
    row: Row[Any], uuids: list[str], previous: list[int], claims: list[Row[Any]], pending: dict[str, str]
) -> Profile:
    kept = decode_profile(row)
    return Profile(
        client_id=kept.id,
        workspace_id=kept.workspace,
        email=kept.email,
        custom_id=kept.custom_id,
        uuid=kept.uuid if kept.uuid in uuids else next(iter(uuids), None),
        uuids=uuids,
        fields=kept.fields,
        attributes=kept.attributes,
        agreements=kept.agreements,
        tags=kept.tags,
        previous_ids=previous,
        claims=_claims(claims, uuids),
        pending=pending,
        created_ms=kept.created_ms,
        updated_ms=kept.updated_ms,
        last_activity_ms=kept.last_activity_ms,
    )


def _claims(rows: list[Row[Any]], own: list[str]) -> list[Claim]:
    """What browsers claimed, each once, of the profile and of those merged into it; a browser of the person's
    own claims nothing any more."""
    first = {row.uuid: row for row in sorted(rows, key=lambda row: row.id, reverse=True)}
    return [
        Claim(uuid=row.uuid, kind=row.kind, state=row.state, created_ms=row.created_ms)
        for row in sorted(first.values(), key=lambda row: row.id)
        if row.uuid not in own
    ]
