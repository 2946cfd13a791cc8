"""Which rows are held of a person: by their profile and those merged into it, and by their browsers."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, func, select

from collector.model.person import Person
from collector.store import mentions, queries
from collector.store.bulk import PIECE, rows_in
from collector.store.privacy_tables import consents as consent_table
from collector.store.privacy_tables import quarantine as quarantine_table
from collector.store.tables import aliases, claims, events, identifiers, merges, sessions, sources

_VALUES: BindParameter[Any] = bindparam("values", expanding=True)
_MERGED = select(aliases.c.old_id).where(aliases.c.profile_id.in_(_VALUES))
_CLAIMING = (
    select(identifiers.c.profile_id)
    .join(claims, (claims.c.workspace == identifiers.c.workspace) & (claims.c.uuid == identifiers.c.value))
    .where(identifiers.c.kind == bindparam("kind"), claims.c.profile_id.in_(_VALUES))
)


class About(NamedTuple):
    """What tells a person in the tables: profile ids (the living one first), browsers, names."""

    ids: list[int]
    uuids: list[str]
    names: mentions.Names


class Search(NamedTuple):
    """What only a look through all rows finds, up to the event `until`.

    strays     events of the person's browsers, under whatever profile
    unowned    events of nobody that name the person
    merges     what was written down of merges of their profiles
    """

    about: About
    until: int
    strays: set[int]
    unowned: set[int]
    merges: set[str]


def pieces(values: Iterable[int | str]) -> Iterator[list[int | str]]:
    """Values in lists that an IN may hold."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), PIECE):
        yield distinct[start : start + PIECE]


def about(connection: Connection, client_id: int) -> About:
    """What tells a person; merged ids resolve."""
    ids = [queries.living_id(connection, client_id)]
    found = ids
    while found:
        found = [row.old_id for row in rows_in(connection, _MERGED, found) if row.old_id not in ids]
        ids += found
    held = connection.execute(select(identifiers).where(identifiers.c.profile_id == ids[0])).all()
    values = {kind: [row.value for row in held if row.kind == kind] for kind in ("uuid", "email", "customId")}
    return About(ids, sorted(values["uuid"]), mentions.Names(values["email"], values["customId"]))


def search(connection: Connection, client_id: int) -> Search:
    """Look through all events and merges: it takes a while, and wants no lock."""
    who = about(connection, client_id)
    until = connection.execute(select(func.max(events.c.seq))).scalar() or 0
    return look(connection, who, after=0, until=until)


def look(connection: Connection, who: About, *, after: int, until: int) -> Search:
    """The same among the events after one."""
    newer = events.c.seq > after
    strays = {
        seq
        for piece in pieces(who.uuids)
        for seq in connection.execute(select(events.c.seq).where(newer, events.c.uuid.in_(piece))).scalars()
    }
    unowned = set(mentions.naming(connection, who.names, newer & events.c.profile_id.is_(None)))
    of_merges = {
        merge_id
        for piece in pieces(who.ids)
        for merge_id in connection.execute(
            select(merges.c.id).where(merges.c.target_id.in_(piece) | merges.c.source_id.in_(piece))
        ).scalars()
    }
    return Search(who, until, strays, unowned, of_merges)


def naming_by_others(connection: Connection, who: About) -> set[int]:
    """Events that name the person, of browsers that claimed to be them."""
    claiming = {row.profile_id for row in rows_in(connection, _CLAIMING, who.ids, kind="uuid")} - set(who.ids)
    ids = {one for holder in claiming for one in about(connection, holder).ids}
    return {
        seq
        for piece in pieces(ids)
        for seq in mentions.naming(connection, who.names, events.c.profile_id.in_(piece))
    }


def person(connection: Connection, client_id: int, everywhere: bool) -> Person | None:
    profile = queries.profile(connection, client_id)
    if profile is None:
        return None
    who = about(connection, client_id)
    conditions: list[ColumnElement[bool]] = [events.c.profile_id.in_(piece) for piece in pieces(who.ids)]
    if everywhere:
        conditions += [events.c.uuid.in_(piece) for piece in pieces(who.uuids)]
    of_sources: dict[str, set[int]] = {}
    for condition in conditions:
        rows = connection.execute(
            select(events.c.seq, sources.c.source_id)
            .join(sources, sources.c.number == events.c.source)
            .where(condition)
        )
        for row in rows:
            of_sources.setdefault(row.source_id, set()).add(row.seq)
    return Person(
        profile=profile,
        events={source_id: sorted(of_sources[source_id]) for source_id in sorted(of_sources)},
        sessions=session_ids(connection, who.uuids),
        quarantined=sorted(quarantined(connection, who, of_others=False)),
        consents=[
            number
            for piece in pieces(who.uuids)
            for number in connection.execute(
                select(consent_table.c.number)
                .where(consent_table.c.uuid.in_(piece))
                .order_by(consent_table.c.number)
            ).scalars()
        ],
    )


def session_ids(connection: Connection, uuids: Iterable[str]) -> list[str]:
    """The sessions of browsers, oldest first."""
    numbers = list(connection.execute(select(sources.c.number)).scalars())
    found = [
        row
        for piece in pieces(uuids)
        for row in connection.execute(
            # With the source, as it leads the index.
            select(sessions.c.started_ms, sessions.c.id).where(
                sessions.c.source.in_(numbers), sessions.c.uuid.in_(piece)
            )
        )
    ]
    return [row.id for row in sorted(found, key=lambda row: (row.started_ms, row.id))]


def quarantined(connection: Connection, who: About, *, of_others: bool) -> set[int]:
    """What is quarantined of a person's browsers, or of none and names the person or one of those.

    `of_others`: and what another browser has sent that names them.
    """
    table = quarantine_table
    numbers = {
        number
        for piece in pieces(who.uuids)
        for number in connection.execute(select(table.c.number).where(table.c.uuid.in_(piece))).scalars()
    }
    naming = mentions.quarantined(connection, who.names, who.uuids)
    return numbers | {number for number, uuid in naming if of_others or uuid is None}
