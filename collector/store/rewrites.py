"""Events that are written over by a later one of the same `eventSalt`.

Salt, time, profile and action together make the event's id, so that one with all the same finds the
earlier one by its id. The salt itself is kept nowhere and can never be read back.

Source: contracts/synerise-events-api.md sections 4 and 7.
"""

import uuid as uuids
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from collector.model.event import StoredEvent
from collector.store import tables
from collector.store.bulk import change_rows, rows_in
from collector.store.event_row import content
from collector.store.tombstones import namespace_of, salt_of

_KNOWN = select(tables.events.c.event_id, tables.events.c.seq).where(
    tables.events.c.source == bindparam("source"),
    tables.events.c.event_id.in_(bindparam("values", expanding=True)),
)
_REWRITE = (
    update(tables.events)
    .where(tables.events.c.seq == bindparam("key"))
    .values(params=bindparam("params"), context=bindparam("context"))
)


class Rewrites:
    """The events of one batch that take the place of stored ones."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._namespaces: dict[int, uuids.UUID] = {}
        self._stored: dict[tuple[int, str], int] = {}
        self._rows: list[dict[str, Any]] = []

    def salted(self, event: StoredEvent, salt: str, profile_id: int | None) -> StoredEvent:
        """Return the event under the id that its salt gives it. Nobody else can tell that id."""
        name = f"{profile_id}|{event.action}|{event.time_ms}|{salt}"
        return msgspec.structs.replace(event, id=str(uuids.uuid5(self.namespace(event.workspace), name)))

    def namespace(self, workspace: int) -> uuids.UUID:
        """What ids are made in that no sender can tell beforehand."""
        if workspace not in self._namespaces:
            self._namespaces[workspace] = namespace_of(salt_of(self._connection, workspace))
        return self._namespaces[workspace]

    def load(self, source: int, ids: Sequence[str]) -> None:
        """Look up which of these ids are stored: an event of any other id takes nobody's place."""
        for row in rows_in(self._connection, _KNOWN, ids, source=source):
            self._stored[source, row.event_id] = row.seq

    def replace(self, event: StoredEvent) -> bool:
        """Put an event in the place of the stored one of its id; False where there is none."""
        seq = self._stored.get((event.source, event.id))
        if seq is None:
            return False
        self._rows.append({"key": seq, **content(event)})
        return True

    def write(self) -> None:
        """Write what was put in place."""
        if self._rows:
            change_rows(self._connection, _REWRITE, self._rows)
