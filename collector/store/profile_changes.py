"""Changes of profiles by trusted input, with the events that follow.

A change means the profile of the first identifier that somebody has: clientId, customId, email, uuid, and a
phone where it is the only one. An email does not decide where its profile carries another customId than the
change names, nor a browser's uuid where it carries another email or customId: that is another person with
the same mailbox or browser. The others are then given
to that profile, in place of what it had, unless somebody else holds them; the profile of an unnamed
browser that is told to be this person's merges into theirs.

Source: contracts/synerise-profiles-api.md sections 4 and 5; DESIGN.md, Identity.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from collector.model.account import LoginKind
from collector.model.change import ChangeResult, StoredChange
from collector.model.phone import plain_phone
from collector.store import profile_data
from collector.store.derived import Derived, keep_derived
from collector.store.merges import merge
from collector.store.opt_in import forget_wishes
from collector.store.profile_followers import Told, followers
from collector.store.profile_phones import Phones
from collector.store.profile_row import Key, ProfileRow
from collector.store.profile_rows import ProfileRows
from collector.store.rename import identifier_key, rename
from collector.store.tombstones import erased_keys

_HIGHER = {"customId": (), "email": ("customId",), "uuid": ("customId", "email")}


def change_profiles(
    connection: Connection, changes: Sequence[StoredChange], *, create: bool = True, actor: str = ""
) -> list[ChangeResult]:
    """Apply changes in order, inside the caller's transaction; one result each.

    `create`: make a profile where nobody has the identifiers. `actor`: what a merge is noted with, the
    change's own id where it is "".
    """
    if not changes:
        return []
    batch = _Batch(connection, changes, actor)
    results = [batch.apply(change, create) for change in changes]
    batch.write()
    return results


class _Batch:
    """The profiles that one call touches, and what follows."""

    def __init__(self, connection: Connection, changes: Sequence[StoredChange], actor: str) -> None:
        self._connection = connection
        self._actor = actor
        self._rows = rows = ProfileRows(connection, [change.workspace for change in changes])
        keys = [key for change in changes for key in self._keys(change)]
        rows.load_holders(keys)
        rows.load_rows(rows.holder_id(key) for key in keys)
        rows.load_living(one.change.client_id for one in changes if one.change.client_id is not None)
        uuids = {key for key in keys if key[1] == "uuid" and rows.holder_id(key) is None}
        self._erased = erased_keys(connection, uuids) if uuids else set()
        phones: dict[int, set[str]] = {}
        for one in changes:
            if phone := self._deciding_phone(one):
                phones.setdefault(one.workspace, set()).add(phone)
        self._phones = Phones(connection, rows, phones)
        self._derived: list[Derived] = []
        self._settled: set[int] = set()

    def apply(self, stored: StoredChange, create: bool) -> ChangeResult:
        """Apply one change."""
        keys = [key for key in self._keys(stored) if key not in self._erased]
        row, created = self._find(stored, keys), False
        if row is None:
            if not (create and self._may_make(stored, keys)):
                return ChangeResult(client_id=None)
            row, created = self._rows.create(stored.workspace, stored.received_ms), True
        if problem := profile_data.problem(row, stored.change):
            return ChangeResult(client_id=row.id, problem=problem)
        told = Told(created=created, was_anonymous=row.anonymous)
        # First, so that a merge is written down with the profile as it was.
        self._join_browser(row, stored, keys, told)
        self._name(row, stored, "customId", stored.change.custom_id, told)
        self._name(row, stored, "email", stored.change.email, told)
        if profile_data.write_data(self._rows, row, stored, told):
            row.updated_ms = max(row.updated_ms, stored.received_ms)
            self._rows.changed(row)
            self._phones.note(row)
        if "email" in stored.change.agreements:
            self._settled.add(row.id)
        elif told.waits:
            self._settled.discard(row.id)
        self._derived += followers(stored, row, told)
        return ChangeResult(client_id=row.id, created=created)

    def write(self) -> None:
        """Write all that changed, and keep what follows."""
        self._rows.write()
        if self._settled:
            # A word that was given outright is not asked for any more.
            forget_wishes(self._connection, sorted(self._settled))
        keep_derived(self._connection, self._derived)

    def _keys(self, stored: StoredChange) -> list[Key]:
        """The identifiers but clientId and phone, the deciding one first."""
        change = stored.change
        email = change.email if self._rows.workspace(stored.workspace).unique_emails else None
        named = (("customId", change.custom_id), ("email", email), ("uuid", change.uuid))
        return [identifier_key(stored.workspace, kind, value) for kind, value in named if value is not None]

    def _deciding_phone(self, stored: StoredChange) -> str | None:
        """The phone, where it is the only identifier: then alone it counts."""
        if stored.change.client_id is not None or self._keys(stored):
            return None
        return plain_phone(stored.change.fields.get("phone"))

    def _find(self, stored: StoredChange, keys: list[Key]) -> ProfileRow | None:
        change = stored.change
        if change.client_id is not None and (row := self._rows.living(change.client_id)):
            return row
        for key in keys:
            row = self._rows.holder(key)
            if row is not None and not self._is_another(key[1], row, keys):
                return row
        phone = self._deciding_phone(stored)
        return self._phones.find(stored.workspace, phone) if phone else None

    def _is_another(self, found_by: str, row: ProfileRow, keys: list[Key]) -> bool:
        """Whether the profile carries another identifier than is named, of a kind that tells more about a
        person than the one it was found by."""
        higher = _HIGHER[found_by]
        held = {
            identifier_key(row.workspace, "customId", row.custom_id or ""),
            identifier_key(row.workspace, "email", row.email or ""),
        }
        had = {kind: value for _, kind, value in held if value and kind in higher}
        return any(kind in had and had[kind] != value for _, kind, value in keys)

    def _may_make(self, stored: StoredChange, keys: list[Key]) -> bool:
        if keys:
            return True
        return self._rows.workspace(stored.workspace).unique_emails and bool(self._deciding_phone(stored))

    def _name(
        self, row: ProfileRow, stored: StoredChange, kind: LoginKind, value: str | None, told: Told
    ) -> None:
        """Give the profile this email or customId in place of its own, unless somebody else holds it."""
        if value is None and kind not in stored.change.cleared:
            return
        if rename(self._rows, row, kind, value, stored.received_ms):
            told.changed.append(kind)

    def _join_browser(self, row: ProfileRow, stored: StoredChange, keys: list[Key], told: Told) -> None:
        """Give the profile the browser that is said to be theirs, and what an unnamed visitor did with it."""
        key = next((key for key in keys if key[1] == "uuid"), None)
        if key is None:
            return
        holder = self._rows.holder(key)
        if holder is None:
            self._rows.hold(key, row)
            told.changed.append("uuid")
        elif holder is not row and holder.anonymous:
            cause = self._actor or stored.id
            merge(self._rows, holder, row, cause=cause, now_ms=stored.received_ms)
            told.changed.append("uuid")
        if self._rows.holder_id(key) == row.id and row.uuid != key[2]:
            # Of several browsers a reader is shown the one that was named last.
            row.uuid = key[2]
            self._rows.changed(row)
