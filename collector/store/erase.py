"""Erasing a person: all that is held of them, in one transaction.

Events of other browsers, or of none, that named the person by email or customId go as well: they hold
the identifier. Evidence of consent stays, under keyed hashes in place of the uuid and of the event's id,
which may tell the uuid. Emails count where they are identifiers: a family's address that two profiles
share is no reason to delete what the other has sent.
"""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Table, delete, select

from collector.model.person import ErasedKind, Erasure
from collector.store import accounts, outbox, person, tables
from collector.store.audit import add_audit
from collector.store.person import About, Search, pieces
from collector.store.privacy_tables import quarantine
from collector.store.purchases import products_of
from collector.store.registry import now_ms
from collector.store.revocations import forget_floors
from collector.store.tombstones import hash_consents, keyed_hash, put_up, salt_of


def erase_person(connection: Connection, client_id: int, actor: str, searched: Search) -> Erasure | None:
    """Delete it all and put up tombstones, inside the caller's transaction; None for an unknown one.

    `searched` is what a look through all rows has found before the lock was taken: beacons wait while it
    is held, so that only what was stored since is read under it.
    """
    who = person.about(connection, client_id)
    workspace = connection.execute(
        select(tables.profiles.c.workspace).where(tables.profiles.c.id == who.ids[0])
    ).scalar()
    if workspace is None:
        return None
    # Made anew where the person has got more names since.
    found = person.look(connection, searched if who == searched.about else Search(who))
    others = found.naming - found.strays
    others |= products_of(connection, workspace, others)
    own = _own_events(connection, who, found.strays)
    sessions = _delete_sessions(connection, who, own)
    events = _delete_in(connection, tables.events, tables.events.c.seq, own)
    events_of_others = _delete_in(connection, tables.events, tables.events.c.seq, others - own)
    quarantined = _delete_in(connection, quarantine, quarantine.c.number, found.quarantined)
    outbox.erase_mails(connection, who.ids, who.names.emails)
    accounts.erase_accounts(connection, who.ids, who.names.emails, who.uuids)
    salt = salt_of(connection, workspace)
    consents_kept = hash_consents(connection, who.uuids, salt, event_ids=True)
    hashes = _delete_profile(connection, workspace, who, found.merges, salt)
    erased_ms = now_ms()
    put_up(connection, workspace, hashes, erased_ms)
    erasure = Erasure(
        client_id=who.ids[0],
        client_ids=who.ids,
        erased_ms=erased_ms,
        identifiers=len(hashes) - len(who.ids),
        events=events,
        events_of_others=events_of_others,
        sessions=sessions,
        quarantined=quarantined,
        consents_kept=consents_kept,
        tombstones=hashes,
    )
    add_audit(connection, actor, "profile.erase", str(erasure.client_id), _counts(erasure))
    return erasure


def _own_events(connection: Connection, who: About, strays: Iterable[int]) -> set[int]:
    table = tables.events
    return {*strays} | {
        seq
        for piece in pieces(who.ids)
        for seq in connection.execute(select(table.c.seq).where(table.c.profile_id.in_(piece))).scalars()
    }


def _delete_sessions(connection: Connection, who: About, own: set[int]) -> int:
    """Delete the sessions of the person's browsers, and those that another's browser had as this person."""
    table, events = tables.sessions, tables.events
    ids, theirs = set(person.session_ids(connection, who.uuids)), set(who.ids)
    for piece in pieces(own):
        joined = connection.execute(
            select(table.c.id, table.c.profile_id)
            .join(events, events.c.session_id == table.c.id)
            .where(events.c.seq.in_(piece))
        )
        ids.update(row.id for row in joined if row.profile_id in theirs)
    return _delete_in(connection, table, table.c.id, ids)


def _delete_profile(
    connection: Connection, workspace: int, who: About, merges: Iterable[str], salt: bytes
) -> dict[str, ErasedKind]:
    """Delete the profile and what hangs on it; return the hashes of its identifiers."""
    t = tables
    held = [
        row
        for piece in pieces(who.ids)
        for row in connection.execute(
            select(t.identifiers.c.kind, t.identifiers.c.value).where(t.identifiers.c.profile_id.in_(piece))
        )
    ]
    email = connection.execute(select(t.profiles.c.email).where(t.profiles.c.id == who.ids[0])).scalar()
    named: list[tuple[ErasedKind, str]] = [(row.kind, row.value) for row in held]
    named += [("clientId", str(one)) for one in who.ids]
    if email is not None:
        named.append(("email", email))
    merged = {
        row.merge_id
        for piece in pieces(who.ids)
        for row in connection.execute(select(t.aliases.c.merge_id).where(t.aliases.c.profile_id.in_(piece)))
    }
    _delete_in(connection, t.merges, t.merges.c.id, merged.union(merges))
    _delete_in(connection, t.aliases, t.aliases.c.old_id, who.ids)
    _delete_in(connection, t.claims, t.claims.c.profile_id, who.ids)
    _delete_in(connection, t.claims, t.claims.c.uuid, who.uuids, t.claims.c.workspace == workspace)
    _delete_in(connection, t.confirmations, t.confirmations.c.profile_id, who.ids)
    _delete_in(connection, t.identifiers, t.identifiers.c.profile_id, who.ids)
    _delete_in(connection, t.profiles, t.profiles.c.id, who.ids)
    forget_floors(connection, [f"client:{one}" for one in who.ids] + [f"uuid:{one}" for one in who.uuids])
    return {keyed_hash(salt, kind, value): kind for kind, value in named}


def _delete_in(
    connection: Connection,
    table: Table,
    column: Column[int] | Column[str],
    values: Iterable[int] | Iterable[str],
    *conditions: ColumnElement[bool],
) -> int:
    """Delete the rows with these values; return how many there were."""
    return sum(
        connection.execute(delete(table).where(column.in_(piece), *conditions)).rowcount
        for piece in pieces(values)
    )


def _counts(erasure: Erasure) -> str:
    names = ("identifiers", "events", "events_of_others", "sessions", "quarantined", "consents_kept")
    return msgspec.json.encode({name: getattr(erasure, name) for name in names}).decode()
