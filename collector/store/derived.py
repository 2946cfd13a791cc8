"""Events that follow from what was done to a profile, kept in the transaction that did it."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select

from collector.model.event import StoredEvent
from collector.model.outcome import Outcome
from collector.store import tables
from collector.store.bulk import change_rows, rows_in
from collector.store.event_row import event_row
from collector.store.sums import Sums, count_all, minute_of

_KNOWN = select(tables.events.c.event_id).where(
    tables.events.c.source == bindparam("source"),
    tables.events.c.event_id.in_(bindparam("values", expanding=True)),
)
_HOLDERS = select(tables.identifiers.c.value, tables.identifiers.c.profile_id).where(
    tables.identifiers.c.workspace == bindparam("workspace"),
    tables.identifiers.c.kind == bindparam("kind"),
    tables.identifiers.c.value.in_(bindparam("values", expanding=True)),
)
_NEW = insert(tables.events)


class Derived(NamedTuple):
    """An event that was derived, and whose it is. A uuid counts only where it is that profile's: the events
    of a browser are erased and exported with whoever has it."""

    event: StoredEvent
    profile_id: int | None
    uuid: str | None = None


def keep_derived(connection: Connection, derived: Iterable[Derived]) -> None:
    """Store and count them, each id once. What was done to the profiles is written by now."""
    found = {(one.event.source, one.event.id): one for one in derived}
    if not found:
        return
    uuids: dict[int, list[str]] = {}
    for event, _, uuid in found.values():
        if uuid is not None:
            uuids.setdefault(event.workspace, []).append(uuid)
    holders = {
        (workspace, row.value): row.profile_id
        for workspace, values in uuids.items()
        for row in rows_in(connection, _HOLDERS, values, workspace=workspace, kind="uuid")
    }
    for source in {source for source, _ in found}:
        ids = [event_id for of, event_id in found if of == source]
        for row in rows_in(connection, _KNOWN, ids, source=source):
            del found[source, row.event_id]
    sums: Sums = Counter()
    rows = []
    for event, profile_id, uuid in found.values():
        if uuid is not None and holders.get((event.workspace, uuid)) != profile_id:
            uuid = None
        rows.append(event_row(event, uuid=uuid, profile_id=profile_id, session_id=None, derived=True))
        sums[event.source, minute_of(event.received_ms), Outcome.DERIVED, ""] += 1
    if rows:
        change_rows(connection, _NEW, rows)
    count_all(connection, sums, [])
