"""Which rows are held of a person: by their profile and those merged into it, and by their browsers."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, func, select, true

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

    until_kept     the same of quarantined rows
    claiming       the profiles of browsers that claimed to be this person
    strays         events of the person's browsers, under whatever profile
    naming         events of nobody and of those who claimed that name the person
    quarantined    what is quarantined of their browsers, or names the person or one of those
    merges         what was written down of merges of their profiles
    """

    about: About
    until: int = 0
    until_kept: int = 0
    claiming: frozenset[int] = frozenset()
    strays: frozenset[int] = frozenset()
    naming: frozenset[int] = frozenset()
    quarantined: frozenset[int] = frozenset()
    merges: frozenset[str] = frozenset()


def pieces(values: Iterable[int | str]) -> Iterator[list[int | str]]:
    """Values in lists that an IN may hold."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), PIECE):
        yield distinct[start : start + PIECE]


def about(connection: Connection, client_id: int) -> About:
    """What tells a person; merged ids resolve."""
    living = queries.living_id(connection, client_id)
    held = connection.execute(select(identifiers).where(identifiers.c.profile_id == living)).all()
    # In order, as two are compared to tell whether anything is new of a person.
    values = {
        kind: sorted(row.value for row in held if row.kind == kind) for kind in ("uuid", "email", "customId")
    }
    ids = [living, *sorted(_with_merged(connection, [living]) - {living})]
    return About(ids, values["uuid"], mentions.Names(values["email"], values["customId"]))


def _with_merged(connection: Connection, ids: Iterable[int]) -> set[int]:
    """These profiles and all that were merged into them."""
    found = new = set(ids)
    while new:
        new = {row.old_id for row in rows_in(connection, _MERGED, new)} - found
        found = found | new
    return found


def search(connection: Connection, client_id: int) -> Search:
    """Look through all events, all of the quarantine and merges: it takes a while, and wants no lock."""
    return look(connection, Search(about(connection, client_id)))


def look(connection: Connection, known: Search) -> Search:
    """The same search with what was stored since it was made."""
    who = known.about
    # What comes while the rest is read is left to the next look.
    until = connection.execute(select(func.max(events.c.seq))).scalar() or 0
    until_kept = connection.execute(select(func.max(quarantine_table.c.number))).scalar() or 0
    newer = events.c.seq > known.until
    strays = {
        seq
        for piece in pieces(who.uuids)
        for seq in connection.execute(select(events.c.seq).where(newer, events.c.uuid.in_(piece))).scalars()
    }
    claiming = _claiming(connection, who)
    # Of who was among them before only what is newer; of who has come since everything.
    conditions: list[ColumnElement[bool]] = [newer & events.c.profile_id.is_(None)]
    conditions += [newer & events.c.profile_id.in_(piece) for piece in pieces(claiming & known.claiming)]
    conditions += [events.c.profile_id.in_(piece) for piece in pieces(claiming - known.claiming)]
    naming = {seq for condition in conditions for seq in mentions.naming(connection, who.names, condition)}
    of_merges = {
        merge_id
        for piece in pieces(who.ids)
        for merge_id in connection.execute(
            select(merges.c.id).where(merges.c.target_id.in_(piece) | merges.c.source_id.in_(piece))
        ).scalars()
    }
    return Search(
        about=who,
        until=until,
        until_kept=until_kept,
        claiming=frozenset(claiming),
        strays=known.strays | strays,
        naming=known.naming | naming,
        quarantined=known.quarantined | quarantined(connection, who, of_others=True, after=known.until_kept),
        merges=known.merges | of_merges,
    )


def _claiming(connection: Connection, who: About) -> set[int]:
    """The profiles of other browsers that claimed to be the person."""
    holders = {row.profile_id for row in rows_in(connection, _CLAIMING, who.ids, kind="uuid")} - set(who.ids)
    return _with_merged(connection, holders)


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


def quarantined(connection: Connection, who: About, *, of_others: bool, after: int = 0) -> set[int]:
    """What is quarantined of a person's browsers, or of none and names the person or one of those.

    `of_others`: and what another browser has sent that names them. `after`: of the rows after this one.
    """
    table = quarantine_table
    newer = table.c.number > after
    numbers = {
        number
        for piece in pieces(who.uuids)
        for number in connection.execute(
            select(table.c.number).where(newer, table.c.uuid.in_(piece))
        ).scalars()
    }
    whose = true() if of_others else table.c.uuid.is_(None)
    return numbers.union(mentions.quarantined(connection, who.names, who.uuids, whose, after))
