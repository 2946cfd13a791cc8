"""Who an event is about: resolves uuids and identifiers to profiles, in the commit that stores the event.

A browser's uuid has an anonymous profile from its first event. An identifier that nobody knows yet makes
that profile known at once. One that somebody else holds merges the anonymous profile into theirs when the
input is trusted, else it is claimed (DESIGN.md, Trust and Identity). Two known profiles become one only
where a back end says that one is the other's former name.
"""

import uuid as uuids
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from collector.model.client import Client
from collector.model.event import StoredEvent
from collector.model.profile import ProfileUpdate
from collector.store.merges import merge
from collector.store.profile_row import ProfileRow
from collector.store.profile_rows import Key, ProfileRows
from collector.store.profile_writing import attach, differs, write_fields
from collector.store.tombstones import erased_keys, namespace_of


class Resolution(NamedTuple):
    """Whose event it is, under which uuid, and which way the agreement turned, if it did. `unknown`: a back
    end named a profile by an id that there is not."""

    profile_id: int | None
    uuid: str | None
    turned: bool | None = None
    unknown: bool = False


class Identities:
    """The profiles that one batch touches, settled event by event and written together."""

    def __init__(self, connection: Connection, events: Sequence[StoredEvent]) -> None:
        self._connection = connection
        self._rows = rows = ProfileRows(connection, [event.workspace for event in events])
        writing = [event for event in events if event.profile is not None]
        keys = [(e.workspace, "uuid", e.uuid) for e in events if e.uuid is not None]
        rows.load_holders(keys)
        # Who was erased holds nothing, so that all others cost nothing here.
        self._erased = erased_keys(connection, {key for key in keys if rows.holder_id(key) is None})
        rows.load_holders(key for event in writing for key in self._named(event))
        rows.load_rows(
            rows.holder_id(key)
            for event in writing
            for key in [*self._named(event), (event.workspace, "uuid", event.uuid or "")]
        )
        self._load_clients(events)

    def is_erased(self, event: StoredEvent) -> bool:
        """Whether the event is of a browser whose visitor was erased."""
        return (event.workspace, "uuid", event.uuid) in self._erased

    def resolve(self, event: StoredEvent) -> Resolution | None:
        """Settle one event, in order of arrival; None where it is of somebody who was erased."""
        if event.server is not None and event.server.client is not None:
            return self._resolve_client(event, event.server.client)
        if event.profile is None:
            if event.uuid is None:
                return Resolution(None, None)
            key = (event.workspace, "uuid", event.uuid)
            profile_id = self._rows.holder_id(key)
            if profile_id is None:
                profile_id = self._own(event, event.uuid).id
            return Resolution(profile_id, event.uuid)
        resolution = self._resolve_person(event, event.profile)
        if resolution is not None and event.profile.previous_id is not None:
            self._join_previous(event, event.profile.previous_id, resolution)
        return resolution

    def _resolve_person(self, event: StoredEvent, update: ProfileUpdate) -> Resolution | None:
        named = self._named(event)
        holder = next((row for key in named if (row := self._rows.holder(key))), None)
        if (
            event.trusted
            and holder is not None
            and self._rows.holder_id(named[0]) != holder.id
            and differs(holder, named[:1])
        ):
            holder = None  # a family's address: by the customId it is somebody else
        uuid = self._browser(event, update)
        if uuid is None:
            if event.trusted or update.custom_id is None:
                return self._settle_without_browser(event, update, named, holder)
            # Whoever speaks of a person by name alone is one sender about that one person: its events
            # are found together, and a claim where the person is known from elsewhere.
            # Nobody can tell its uuid, and send as their browser.
            namespace = namespace_of(self._rows.workspace(event.workspace).salt)
            uuid = str(uuids.uuid5(namespace, f"customId:{update.custom_id}"))
            if self._is_new_and_erased(event, uuid):
                return None
        own = self._own(event, uuid)
        if own is not holder and differs(own, named):
            # Another person on the same browser: a new uuid, the same each time the two meet.
            uuid = str(uuids.uuid5(uuids.NAMESPACE_OID, f"{uuid}:{named[0][2]}"))
            if self._is_new_and_erased(event, uuid):
                return None
            own = self._own(event, uuid)
        return self._settle(event, update, named, own, holder, uuid)

    def _is_new_and_erased(self, event: StoredEvent, uuid: str) -> bool:
        key = (event.workspace, "uuid", uuid)
        return self._rows.holder_id(key) is None and bool(erased_keys(self._connection, [key]))

    def _browser(self, event: StoredEvent, update: ProfileUpdate) -> str | None:
        """The browser's uuid. A former name may stand in its place: one that is a customId is none."""
        if event.uuid is not None and event.uuid == update.previous_id:
            former = (event.workspace, "customId", event.uuid)
            return event.uuid if self._rows.holder_id(former) is None else None
        return event.uuid

    def _join_previous(self, event: StoredEvent, previous_id: str, resolution: Resolution) -> None:
        """Who goes by a former name is the same person, if a back end says so; else it is claimed."""
        keys = [(event.workspace, kind, previous_id) for kind in ("customId", "uuid")]
        old = next((row for key in keys if (row := self._rows.holder(key))), None)
        if old is None or resolution.profile_id is None or old.id == resolution.profile_id:
            return
        into = self._rows.living(resolution.profile_id)
        if event.by_back_end and into is not None and not into.anonymous:
            merge(self._rows, old, into, cause=event.id, now_ms=event.received_ms)
        elif not event.by_back_end and not old.anonymous and resolution.uuid is not None:
            kind = next(
                kind for _, kind, _ in keys if self._rows.holder_id((old.workspace, kind, previous_id))
            )
            self._rows.claim(old, resolution.uuid, kind, event)

    def touch(self, profile_id: int, time_ms: int) -> None:
        """Note that the profile was active."""
        self._rows.touch(profile_id, time_ms)

    def write(self) -> None:
        """Write all that changed."""
        self._rows.write()

    def _load_clients(self, events: Sequence[StoredEvent]) -> None:
        clients = [(e, e.server.client) for e in events if e.server is not None and e.server.client]
        rows = self._rows
        keys = [key for event, client in clients for key in self._keys(event, client)]
        rows.load_holders(keys)
        rows.load_rows(rows.holder_id(key) for key in keys)
        rows.load_living(client.id for _, client in clients if client.id is not None)

    def _resolve_client(self, event: StoredEvent, client: Client) -> Resolution:
        """Whom a back end means: by id, customId, uuid, email, the first that is known; nobody is merged.

        Source: contracts/synerise-events-api.md section 2.
        """
        keys = self._keys(event, client)
        row = self._rows.living(client.id) if client.id is not None else None
        row = row or next((found for key in keys if (found := self._rows.holder(key))), None)
        if row is None:
            if not keys:
                return Resolution(None, event.uuid, unknown=client.id is not None)
            row = self._rows.create(event.workspace, event.received_ms)
        if any(self._rows.holder_id(key) is None for key in keys):
            attach(self._rows, row, ProfileUpdate(email=client.email, custom_id=client.custom_id), keys)
        self._rows.touch(row.id, event.time_ms)
        turned = None
        if event.profile is not None:
            attach(self._rows, row, event.profile, self._named(event))
            turned = write_fields(self._rows, row, event.profile, event, True, tags=True)
        # A browser of somebody else's: the event is not of its sessions, nor to be erased with them.
        theirs = self._rows.holder_id((event.workspace, "uuid", event.uuid or "")) == row.id
        return Resolution(row.id, event.uuid if theirs else None, turned)

    def _keys(self, event: StoredEvent, client: Client) -> list[Key]:
        """The identifiers of a client but its id, the deciding one first."""
        email = client.email if self._rows.workspace(event.workspace).unique_emails else None
        named = (("customId", client.custom_id), ("uuid", client.uuid), ("email", email and email.lower()))
        return [(event.workspace, kind, value) for kind, value in named if value is not None]

    def _settle_without_browser(
        self, event: StoredEvent, update: ProfileUpdate, named: list[Key], holder: ProfileRow | None
    ) -> Resolution:
        """An event of a back end, or of a browser that keeps no uuid."""
        if not named or (holder is not None and not event.trusted):
            # Without a browser to claim for, a stranger's word about a known profile is only an event.
            return Resolution(None, None)
        row = holder or self._rows.create(event.workspace, event.received_ms)
        attach(self._rows, row, update, named)
        return Resolution(row.id, None, write_fields(self._rows, row, update, event, True, tags=True))

    def _settle(
        self,
        event: StoredEvent,
        update: ProfileUpdate,
        named: list[Key],
        own: ProfileRow,
        holder: ProfileRow | None,
        uuid: str,
    ) -> Resolution:
        if holder is None or holder is own:
            # An agreement that is settled is turned by trusted input only, even of somebody unknown.
            fully = event.trusted or (own.anonymous and "email" not in own.agreements)
            attach(self._rows, own, update, named)
            return Resolution(own.id, uuid, write_fields(self._rows, own, update, event, fully, tags=True))
        if not event.trusted:
            self._rows.claim(holder, uuid, self._held_by(holder, named), event)
            write_fields(self._rows, holder, update, event, False, tags=False)
            return Resolution(own.id, uuid)
        if own.anonymous:
            merge(self._rows, own, holder, cause=event.id, now_ms=event.received_ms)
        attach(self._rows, holder, update, named)
        return Resolution(holder.id, uuid, write_fields(self._rows, holder, update, event, True, tags=True))

    def _own(self, event: StoredEvent, uuid: str) -> ProfileRow:
        """The profile of a browser's uuid, made when it is new."""
        return self._rows.holder((event.workspace, "uuid", uuid)) or self._rows.create(
            event.workspace, event.received_ms, uuid
        )

    def _named(self, event: StoredEvent) -> list[Key]:
        """The identifiers an event names, the deciding one first."""
        update = event.profile
        named: list[Key] = []
        if update is not None and update.custom_id is not None:
            named.append((event.workspace, "customId", update.custom_id))
        if (
            update is not None
            and update.email is not None
            and self._rows.workspace(event.workspace).unique_emails
        ):
            named.append((event.workspace, "email", update.email.lower()))
        return named

    def _held_by(self, row: ProfileRow, named: list[Key]) -> str:
        """The kind of the named identifier that a profile holds."""
        return next(key[1] for key in named if self._rows.holder_id(key) == row.id)
