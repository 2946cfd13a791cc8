"""Profiles looked up by phone, for many changes at once. A phone is nobody's alone.

Anybody types any number into a form or into their own profile, so that a change by phone reaches only
whom a back end gave it to: whoever types another's would else receive what is meant for them.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Connection, Select, bindparam, select

from collector.model.phone import plain_phone
from collector.store.profile_row import ProfileRow
from collector.store.profile_rows import ProfileRows
from collector.store.tables import profiles

MOST = 100
"""Of the profiles that share a phone, those that are looked at: the newest, so that no lookup grows."""


def _newest_of(phone: Column[Any]) -> Select[Any]:
    newest = (
        select(profiles.c.id, profiles.c.last_activity_ms)
        .where(profiles.c.workspace == bindparam("workspace"), phone == bindparam("phone"))
        .order_by(profiles.c.id.desc())
        .limit(MOST)
        .subquery()
    )
    return select(newest.c.id).order_by(newest.c.last_activity_ms.desc(), newest.c.id)


_GIVEN = _newest_of(profiles.c.given_phone)
_HAVING = _newest_of(profiles.c.phone)


def given_phones(connection: Connection, workspace: int, phone: str) -> list[int]:
    """Whom a back end gave this plain phone, who was active last first."""
    return [*connection.scalars(_GIVEN, {"workspace": workspace, "phone": phone})]


def having_phone(connection: Connection, workspace: int, phone: str) -> int | None:
    """The first of those, or else who has it by their own word or by anybody's."""
    asked = {"workspace": workspace, "phone": phone}
    for statement in (_GIVEN, _HAVING):
        found: int | None = connection.scalars(statement, asked).first()
        if found is not None:
            return found
    return None


class Phones:
    """Whom back ends gave which phone, as a batch goes on. `phones`: what will be asked for, by workspace."""

    def __init__(self, connection: Connection, rows: ProfileRows, phones: Mapping[int, set[str]]) -> None:
        self._rows = rows
        self._given = {
            (workspace, phone): given_phones(connection, workspace, phone)
            for workspace, asked in phones.items()
            for phone in asked
        }
        rows.load_rows(one for given in self._given.values() for one in given)

    def find(self, workspace: int, plain: str) -> ProfileRow | None:
        """The profile that was given this plain phone; None when nobody was, or has it any more."""
        for one in self._given.get((workspace, plain), ()):
            row = self._rows.living(one)
            if row is not None and _given(row) == plain:
                return row
        return None

    def note(self, row: ProfileRow) -> None:
        """Note the phone that a profile has now."""
        given = self._given.get((row.workspace, _given(row) or ""))
        if given is not None and row.id not in given:
            given.append(row.id)


def _given(row: ProfileRow) -> str | None:
    plain = plain_phone(row.fields.get("phone"))
    return plain if plain == row.given_phone else None
