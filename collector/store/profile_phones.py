"""Profiles looked up by phone, for many changes at once. A phone is nobody's alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Select, TextClause, bindparam, select

from collector.model.phone import plain_phone
from collector.store.profile_row import ProfileRow
from collector.store.profile_rows import ProfileRows
from collector.store.tables import PHONE_TRUSTED, profiles

MOST = 100
"""Of the profiles that share a phone, those that are looked at: the newest, so that no lookup grows."""


def _newest_of(*conditions: TextClause) -> Select[Any]:
    newest = (
        select(profiles.c.id, profiles.c.last_activity_ms)
        .where(
            profiles.c.workspace == bindparam("workspace"),
            profiles.c.phone == bindparam("phone"),
            *conditions,
        )
        .order_by(profiles.c.id.desc())
        .limit(MOST)
        .subquery()
    )
    return select(newest.c.id).order_by(newest.c.last_activity_ms.desc(), newest.c.id).limit(1)


# A stranger may type anybody's number: one that trusted input wrote comes first.
_HAVING = (_newest_of(PHONE_TRUSTED), _newest_of())


def holders_of_phones(connection: Connection, workspace: int, phones: Iterable[str]) -> dict[str, int]:
    """Who has each of these plain phones. Of several profiles one that trusted input gave it to, and
    that was active last."""
    having: dict[str, int] = {}
    for phone in dict.fromkeys(phones):
        asked = {"workspace": workspace, "phone": phone}
        found = (connection.execute(statement, asked).scalar() for statement in _HAVING)
        if one := next((one for one in found if one is not None), None):
            having[phone] = one
    return having


class Phones:
    """Who has which phone, as a batch goes on. `phones`: those that will be asked for, by workspace."""

    def __init__(self, connection: Connection, rows: ProfileRows, phones: Mapping[int, set[str]]) -> None:
        self._rows = rows
        self._having = {
            (workspace, phone): one
            for workspace, asked in phones.items()
            for phone, one in holders_of_phones(connection, workspace, asked).items()
        }
        rows.load_rows(self._having.values())

    def find(self, workspace: int, plain: str) -> ProfileRow | None:
        """The profile that has this plain phone; None when nobody has."""
        one = self._having.get((workspace, plain))
        row = self._rows.living(one) if one is not None else None
        return row if row is not None and plain_phone(row.fields.get("phone")) == plain else None

    def note(self, row: ProfileRow) -> None:
        """Note the phone that a profile has now."""
        plain = plain_phone(row.fields.get("phone"))
        if plain is not None and self.find(row.workspace, plain) is None:
            self._having[row.workspace, plain] = row.id
