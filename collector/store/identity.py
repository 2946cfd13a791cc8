"""Who an event is about: resolves uuids and identifiers to profiles, in the commit that stores the event.

A browser's uuid has an anonymous profile from its first event. An identifier that nobody knows yet makes
that profile known at once. One that somebody else holds merges the anonymous profile into theirs when the
input is trusted, else it is claimed (DESIGN.md, Trust and Identity). Known profiles are never merged here.
"""

import uuid as uuids
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from collector.model.client import Client
from collector.model.event import StoredEvent
from collector.model.profile import ProfileUpdate
from collector.store import agreements
from collector.store.merges import merge
from collector.store.profile_row import ProfileRow
from collector.store.profile_rows import Key, ProfileRows
from collector.store.tombstones import erased_keys

MAX_NAMES = 500
"""Most attributes and most tags of a profile: a stranger's beacons must not make one grow for ever."""


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
        named = self._named(event)
        holder = next((row for key in named if (row := self._rows.holder(key))), None)
        if event.uuid is None:
            return self._settle_without_browser(event, event.profile, named, holder)
        uuid = event.uuid
        own = self._own(event, uuid)
        if own is not holder and _differs(own, named):
            # Another person on the same browser: a new uuid, the same each time the two meet.
            uuid = str(uuids.uuid5(uuids.NAMESPACE_OID, f"{uuid}:{named[0][2]}"))
            key = (event.workspace, "uuid", uuid)
            if self._rows.holder_id(key) is None and erased_keys(self._connection, [key]):
                return None
            own = self._own(event, uuid)
        return self._settle(event, event.profile, named, own, holder, uuid)

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
            self._attach(row, ProfileUpdate(email=client.email, custom_id=client.custom_id), keys)
        self._rows.touch(row.id, event.time_ms)
        turned = None
        if event.profile is not None:
            self._attach(row, event.profile, self._named(event))
            turned = self._write_fields(row, event.profile, event, True, tags=True)
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
        self._attach(row, update, named)
        return Resolution(row.id, None, self._write_fields(row, update, event, True, tags=True))

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
            self._attach(own, update, named)
            return Resolution(own.id, uuid, self._write_fields(own, update, event, fully, tags=True))
        if not event.trusted:
            self._rows.claim(holder, uuid, self._held_by(holder, named), event)
            self._write_fields(holder, update, event, False, tags=False)
            return Resolution(own.id, uuid)
        if own.anonymous:
            merge(self._rows, own, holder, cause=event.id, now_ms=event.received_ms)
        self._attach(holder, update, named)
        return Resolution(holder.id, uuid, self._write_fields(holder, update, event, True, tags=True))

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

    def _attach(self, row: ProfileRow, update: ProfileUpdate, named: list[Key]) -> None:
        """Give the profile the named identifiers that it lacks and nobody else holds."""
        kinds = {kind for _, kind, _ in named}
        for key in named:
            if not _differs(row, [key]) and self._rows.holder_id(key) is None:
                self._rows.hold(key, row)
                match key[1]:
                    case "customId":
                        row.custom_id = update.custom_id
                    case "email":
                        row.email = row.email or update.email
                    case _:
                        row.uuid = row.uuid or key[2]
        if "email" not in kinds and row.email is None:
            row.email = update.email  # emails are not unique here: a field like any other
        self._rows.changed(row)

    def _write_fields(
        self, row: ProfileRow, update: ProfileUpdate, event: StoredEvent, fully: bool, *, tags: bool
    ) -> bool | None:
        """Write fields, tags and the newsletter wish; return which way the agreement turned, if it did.

        Untrusted input fills what is empty and changes what only untrusted input wrote. `fully`:
        the input may turn the agreement too.
        """
        attributes = dict(update.attributes)
        if update.newsletter in ("enabled", "confirmation"):
            attributes[agreements.ATTRIBUTE] = update.newsletter
        for kept, new in ((row.fields, update.fields), (row.attributes, attributes)):
            for name, value in new.items():
                # The limit is for strangers: they must not lock a back end out of a profile.
                limit = 2 * MAX_NAMES if event.trusted else MAX_NAMES
                full = name not in kept and len(kept) >= limit
                if not full and (event.trusted or name not in row.trusted):
                    kept[name] = value
                    if event.trusted and name not in row.trusted:
                        row.trusted.append(name)
        if tags:
            new_tags = [tag for tag in update.tags if tag not in row.tags]
            row.tags.extend(new_tags[: max(0, MAX_NAMES - len(row.tags))])
        row.updated_ms = max(row.updated_ms, event.received_ms)
        row.last_activity_ms = max(row.last_activity_ms, event.time_ms)
        self._rows.changed(row)
        mode = self._rows.workspace(event.workspace).newsletter_mode
        # Nobody agrees to mail without an address: such a wish waits.
        may_turn = fully and row.email is not None
        effect = agreements.effect(mode, update, row.agreements.get("email"), may_turn)
        if effect.pending is not None:
            self._rows.await_confirmation(
                row, effect.pending, source=event.source, cause=event.id, now_ms=event.received_ms
            )
        if effect.agreed is not None:
            row.agreements["email"] = effect.agreed
        return effect.agreed if effect.turned else None


def _differs(own: ProfileRow, named: list[Key]) -> bool:
    """Whether the profile already carries another identifier of a kind that is named."""
    held = {"customId": own.custom_id, "email": own.email.lower() if own.email else None}
    return any(held.get(kind) not in (None, value) for _, kind, value in named)
