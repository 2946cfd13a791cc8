"""Tombstones: what remains of the identifiers of those who were erased, so that nothing brings them back.

A tombstone is HMAC-SHA256 under the workspace's salt: whoever has the identifier and the store can tell
that it was erased, and nobody can read it back.
"""

import hashlib
import hmac
import uuid as uuids
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from collector.model.outcome import Rejection
from collector.model.person import ErasedKind
from collector.store import tables
from collector.store.bulk import rows_in
from collector.store.privacy_tables import consents, tombstones
from collector.store.profile_row import Key
from collector.store.registry import DEFAULT_WORKSPACE

_KNOWN = select(tombstones.c.hash).where(
    tombstones.c.workspace == bindparam("workspace"),
    tombstones.c.hash.in_(bindparam("values", expanding=True)),
)
_SALTS = select(tables.workspaces.c.id, tables.workspaces.c.salt).where(
    tables.workspaces.c.id.in_(bindparam("values", expanding=True))
)

_CONSENTS = select(consents.c.number, consents.c.uuid, consents.c.event_id).where(
    consents.c.uuid.in_(bindparam("values", expanding=True))
)
_HASHED = (
    update(consents)
    .where(consents.c.number == bindparam("key"))
    .values(uuid=bindparam("new_uuid"), event_id=bindparam("new_id"))
)


def keyed_hash(salt: bytes, kind: str, value: str) -> str:
    """The hash of an identifier, 64 hex digits. Emails hash without case, as they are compared."""
    named = f"{kind}:{value.lower() if kind == 'email' else value}"
    return hmac.new(salt, named.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def tombstone(connection: Connection, kind: ErasedKind, value: str) -> int | None:
    """When a person of this identifier was erased (ms since the epoch, UTC); None for never."""
    found = keyed_hash(salt_of(connection, DEFAULT_WORKSPACE), kind, value)
    return connection.execute(
        select(tombstones.c.erased_ms).where(
            tombstones.c.workspace == DEFAULT_WORKSPACE, tombstones.c.hash == found
        )
    ).scalar()


def salt_of(connection: Connection, workspace: int) -> bytes:
    """The salt of a workspace."""
    salt: bytes = connection.execute(
        select(tables.workspaces.c.salt).where(tables.workspaces.c.id == workspace)
    ).scalar_one()
    return salt


def namespace_of(salt: bytes) -> uuids.UUID:
    """What a workspace makes uuids in that no sender can tell beforehand."""
    return uuids.UUID(bytes=salt[:16])


def hash_consents(connection: Connection, uuids: Iterable[str], salt: bytes, *, event_ids: bool) -> int:
    """Put keyed hashes into evidence of consent, for the uuids of browsers that nobody is to know again.

    `event_ids`: and for the ids of its events, which may tell the uuid; a decision that is sent once
    more is then kept once more. Returns how much evidence there is.
    """
    rows = [
        {
            "key": row.number,
            "new_uuid": keyed_hash(salt, "uuid", row.uuid),
            "new_id": keyed_hash(salt, "event", row.event_id) if event_ids else row.event_id,
        }
        for row in rows_in(connection, _CONSENTS, uuids)
    ]
    if rows:
        connection.execute(_HASHED, rows)
    return len(rows)


def put_up(connection: Connection, workspace: int, hashes: Mapping[str, ErasedKind], erased_ms: int) -> None:
    """Put tombstones up, or renew those of a person who had come back."""
    rows = [
        {"workspace": workspace, "hash": found, "kind": kind, "erased_ms": erased_ms}
        for found, kind in hashes.items()
    ]
    connection.execute(
        delete(tombstones).where(
            tombstones.c.workspace == workspace, tombstones.c.hash == bindparam("old_hash")
        ),
        [{"old_hash": found} for found in hashes],
    )
    connection.execute(insert(tombstones), rows)


def erased_keys(connection: Connection, keys: Iterable[Key]) -> set[Key]:
    """Those of these identifiers that were erased, asked in one go."""
    by_workspace: dict[int, list[Key]] = {}
    for key in keys:
        by_workspace.setdefault(key[0], []).append(key)
    erased: set[Key] = set()
    for row in rows_in(connection, _SALTS, by_workspace):
        hashes = {
            keyed_hash(row.salt, kind, value): key for key in by_workspace[row.id] for _, kind, value in [key]
        }
        erased.update(hashes[found.hash] for found in rows_in(connection, _KNOWN, hashes, workspace=row.id))
    return erased


def without_erased(connection: Connection, rejections: Sequence[Rejection]) -> Sequence[Rejection]:
    """The same rejections; of an erased browser's nothing is kept but the count."""
    uuids = {
        r.quarantine.uuid for r in rejections if r.quarantine is not None and r.quarantine.uuid is not None
    }
    erased = erased_keys(connection, [(DEFAULT_WORKSPACE, "uuid", uuid) for uuid in uuids]) if uuids else ()
    gone = {uuid for _, _, uuid in erased}
    if not gone:
        return rejections
    return [
        msgspec.structs.replace(r, quarantine=None)
        if r.quarantine is not None and r.quarantine.uuid in gone
        else r
        for r in rejections
    ]
