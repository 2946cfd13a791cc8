"""The profile tables as one batch sees them: loaded by identifier, changed in memory, written once."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from collector.model.event import StoredEvent
from collector.model.workspace import NewsletterMode
from collector.store import tables
from collector.store.bulk import change_rows, rows_in
from collector.store.claim_rows import unwritten_claims
from collector.store.opt_in import Wish, keep_wishes
from collector.store.profile_row import Key as Key
from collector.store.profile_row import ProfileRow, decode_profile, encode_profile
from collector.store.tag_names import define_given

_HOLDERS = select(tables.identifiers).where(
    tables.identifiers.c.workspace == bindparam("workspace"),
    tables.identifiers.c.kind == bindparam("kind"),
    tables.identifiers.c.value.in_(bindparam("values", expanding=True)),
)
_PROFILES = select(tables.profiles).where(tables.profiles.c.id.in_(bindparam("values", expanding=True)))
_WORKSPACES = select(tables.workspaces).where(tables.workspaces.c.id.in_(bindparam("values", expanding=True)))
_ALIASES = select(tables.aliases.c.old_id, tables.aliases.c.profile_id).where(
    tables.aliases.c.old_id.in_(bindparam("values", expanding=True))
)
_NEW_PROFILE = insert(tables.profiles)
_NEW_IDENTIFIER = insert(tables.identifiers)
_WRITE = update(tables.profiles).where(tables.profiles.c.id == bindparam("key"))
_ACTIVE = (
    update(tables.profiles)
    .where(tables.profiles.c.id == bindparam("key"), tables.profiles.c.last_activity_ms < bindparam("now"))
    .values(last_activity_ms=bindparam("now"))
)


class WorkspaceRow(msgspec.Struct, kw_only=True):
    """What identity needs of a workspace."""

    newsletter_mode: NewsletterMode
    unique_emails: bool
    next_profile_id: int
    salt: bytes


class ProfileRows:
    """Loads, makes, merges and writes the profiles of one batch."""

    def __init__(self, connection: Connection, workspaces: Iterable[int]) -> None:
        self.connection = connection
        self._workspaces = {
            row.id: WorkspaceRow(
                newsletter_mode=row.newsletter_mode,
                unique_emails=row.unique_emails,
                next_profile_id=row.next_profile_id,
                salt=row.salt,
            )
            for row in rows_in(connection, _WORKSPACES, workspaces)
        }
        self._holders: dict[Key, int | None] = {}
        self._rows: dict[int, ProfileRow] = {}
        self._aliases: dict[int, int] = {}
        self._new: dict[int, ProfileRow] = {}
        self._changed: dict[int, ProfileRow] = {}
        self._active: dict[int, int] = {}
        self._identified: dict[Key, int] = {}
        self._claims: dict[tuple[int, str], dict[str, Any]] = {}
        self._wishes: dict[int, Wish] = {}

    def workspace(self, number: int) -> WorkspaceRow:
        """The settings of a workspace, as of this transaction."""
        return self._workspaces[number]

    def load_holders(self, keys: Iterable[Key]) -> None:
        """Look many identifiers up at once."""
        by_kind: dict[tuple[int, str], list[str]] = {}
        for key in keys:
            if key not in self._holders:
                self._holders[key] = None
                by_kind.setdefault(key[:2], []).append(key[2])
        for (workspace, kind), values in by_kind.items():
            for row in rows_in(self.connection, _HOLDERS, values, workspace=workspace, kind=kind):
                self._holders[workspace, kind, row.value] = row.profile_id

    def load_rows(self, profile_ids: Iterable[int | None]) -> None:
        """Load many profiles at once."""
        wanted = [i for i in profile_ids if i is not None and i not in self._rows]
        for row in rows_in(self.connection, _PROFILES, wanted):
            self._rows[row.id] = decode_profile(row)

    def load_living(self, profile_ids: Iterable[int]) -> None:
        """Load many profiles by ids that may have been merged away."""
        wanted = set(profile_ids)
        asked = wanted
        while asked := {i for i in asked if i not in self._rows and i not in self._aliases}:
            found = {row.old_id: row.profile_id for row in rows_in(self.connection, _ALIASES, asked)}
            self._aliases |= found
            asked = set(found.values())
        self.load_rows(self._living_id(i) for i in wanted)

    def living(self, profile_id: int) -> ProfileRow | None:
        """The profile of an id that may have been merged away; None for an unknown one."""
        self.load_living([profile_id])
        return self._rows.get(self._living_id(profile_id))

    def _living_id(self, profile_id: int) -> int:
        seen: set[int] = set()
        while profile_id in self._aliases and profile_id not in seen:
            seen.add(profile_id)
            profile_id = self._aliases[profile_id]
        return profile_id

    def holder_id(self, key: Key) -> int | None:
        """The id of the profile that holds an identifier; None when nobody does."""
        if key not in self._holders:
            self.load_holders([key])
        return self._holders[key]

    def holder(self, key: Key) -> ProfileRow | None:
        """The profile that holds an identifier; None when nobody does."""
        profile_id = self.holder_id(key)
        if profile_id is None:
            return None
        if profile_id not in self._rows:
            self.load_rows([profile_id])
        return self._rows[profile_id]

    def create(self, workspace: int, now_ms: int, uuid: str | None = None) -> ProfileRow:
        """Make an anonymous profile, with a browser's uuid where there is one."""
        settings = self._workspaces[workspace]
        row = ProfileRow(
            id=settings.next_profile_id,
            workspace=workspace,
            created_ms=now_ms,
            updated_ms=now_ms,
            last_activity_ms=now_ms,
        )
        settings.next_profile_id += 1
        self._rows[row.id] = self._new[row.id] = row
        if uuid is not None:
            row.uuid = uuid
            self.hold((workspace, "uuid", uuid), row)
        return row

    def hold(self, key: Key, row: ProfileRow) -> None:
        """Give an identifier that nobody holds to a profile."""
        self._holders[key] = self._identified[key] = row.id

    def release(self, key: Key) -> None:
        """Take an identifier from whoever holds it."""
        self._holders[key] = None
        if self._identified.pop(key, None) is None:
            workspace, kind, value = key
            self.connection.execute(
                delete(tables.identifiers).where(
                    tables.identifiers.c.workspace == workspace,
                    tables.identifiers.c.kind == kind,
                    tables.identifiers.c.value == value,
                )
            )

    def changed(self, row: ProfileRow) -> None:
        """Note that a profile must be written."""
        if row.id not in self._new:
            self._changed[row.id] = row

    def touch(self, profile_id: int, time_ms: int) -> None:
        """Note that a profile was active."""
        self._active[profile_id] = max(time_ms, self._active.get(profile_id, 0))

    def claim(self, row: ProfileRow, uuid: str, kind: str, event: StoredEvent) -> None:
        """Note that a browser named this profile's identifier without proof. Once for each browser."""
        self._claims.setdefault(
            (row.id, uuid),
            {
                "workspace": row.workspace,
                "profile_id": row.id,
                "uuid": uuid,
                "kind": kind,
                "state": "open",
                "event_id": event.id,
                "created_ms": event.received_ms,
            },
        )

    def await_confirmation(self, row: ProfileRow, wish: str, *, source: int, cause: str, now_ms: int) -> None:
        """Keep a wish about the e-mail agreement, and ask the person by mail; the last one counts."""
        self._wishes[row.id] = Wish(
            profile_id=row.id,
            workspace=row.workspace,
            email=row.email,
            mode=self._workspaces[row.workspace].newsletter_mode,
            wish=wish,
            source=source,
            cause=cause,
            now_ms=now_ms,
        )

    def merged(self, old: ProfileRow, into: ProfileRow, became: ProfileRow) -> None:
        """Note that one profile was merged into another, which became this (`merges.merge`)."""
        for key, holder in self._holders.items():
            if holder == old.id:
                self._holders[key] = into.id
        del self._rows[old.id]
        self._aliases[old.id] = into.id
        for name in became.__struct_fields__:
            setattr(into, name, getattr(became, name))
        self.changed(into)

    def write(self) -> None:
        """Write all that changed since the last call."""
        connection, execute = self.connection, self.connection.execute
        if self._new:
            change_rows(connection, _NEW_PROFILE, [encode_profile(row) for row in self._new.values()])
            for number, workspace in self._workspaces.items():
                execute(
                    update(tables.workspaces)
                    .where(tables.workspaces.c.id == number)
                    .values(next_profile_id=workspace.next_profile_id)
                )
        if self._identified:
            names = ("workspace", "kind", "value", "profile_id")
            held = [dict(zip(names, (*key, one), strict=True)) for key, one in self._identified.items()]
            change_rows(connection, _NEW_IDENTIFIER, held)
        if self._changed:
            changed = [{"key": row.id, **encode_profile(row)} for row in self._changed.values()]
            change_rows(connection, _WRITE, changed)
        define_given(connection, [*self._new.values(), *self._changed.values()])
        if self._active:
            execute(_ACTIVE, [{"key": i, "now": now} for i, now in self._active.items()])
            for row in (self._rows[i] for i in self._active.keys() & self._rows.keys()):
                row.last_activity_ms = max(row.last_activity_ms, self._active[row.id])
        if claims := unwritten_claims(connection, self._workspaces, self._claims):
            execute(insert(tables.claims), claims)
        if self._wishes:
            keep_wishes(connection, list(self._wishes.values()))
        for done in (self._new, self._changed, self._active, self._identified, self._claims, self._wishes):
            done.clear()
