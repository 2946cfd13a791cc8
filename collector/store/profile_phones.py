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
    return select(newest.c.id).order_by(newest.c.last_activity_ms.desc(), newest.c.id).limit(1)


_GIVEN = _newest_of(profiles.c.given_phone)
_HAVING = _newest_of(profiles.c.phone)


def given_phone(connection: Connection, workspace: int, phone: str) -> int | None:
    """Whom a back end gave this plain phone; of several the one that was active last."""
    found: int | None = connection.execute(_GIVEN, {"workspace": workspace, "phone": phone}).scalar()
    return found


def having_phone(connection: Connection, workspace: int, phone: str) -> int | None:
    """The same, or else who has it by their own word or by anybody's."""
    if (given := given_phone(connection, workspace, phone)) is not None:
        return given
    found: int | None = connection.execute(_HAVING, {"workspace": workspace, "phone": phone}).scalar()
    return found


class Phones:
    """Whom back ends gave which phone, as a batch goes on. `phones`: what will be asked for, by workspace."""

    def __init__(self, connection: Connection, rows: ProfileRows, phones: Mapping[int, set[str]]) -> None:
        self._rows = rows
        self._having = {
            (workspace, phone): one
            for workspace, asked in phones.items()
            for phone in asked
            if (one := given_phone(connection, workspace, phone)) is not None
        }
        rows.load_rows(self._having.values())

    def find(self, workspace: int, plain: str) -> ProfileRow | None:
        """The profile that was given this plain phone; None when nobody was."""
        one = self._having.get((workspace, plain))
        row = self._rows.living(one) if one is not None else None
        return row if row is not None and _given(row) == plain else None

    def note(self, row: ProfileRow) -> None:
        """Note the phone that a profile has now."""
        plain = _given(row)
        if plain is not None and self.find(row.workspace, plain) is None:
            self._having[row.workspace, plain] = row.id


def _given(row: ProfileRow) -> str | None:
    plain = plain_phone(row.fields.get("phone"))
    return plain if plain == row.given_phone else None
