"""Profiles looked up by phone, for many changes at once. A phone is nobody's alone."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, func, select

from collector.model.phone import plain_phone
from collector.store.bulk import rows_in
from collector.store.profile_row import ProfileRow
from collector.store.profile_rows import ProfileRows
from collector.store.tables import profiles

_ORDERED = (
    select(
        profiles.c.id,
        profiles.c.phone,
        func.row_number()
        .over(
            partition_by=profiles.c.phone,
            # One that trusted input wrote comes first: a stranger may type anybody's number.
            order_by=(
                profiles.c.trusted.like(bindparam("by_trusted")).desc(),
                profiles.c.last_activity_ms.desc(),
                profiles.c.id,
            ),
        )
        .label("place"),
    )
    .where(
        profiles.c.workspace == bindparam("workspace"),
        profiles.c.phone.in_(bindparam("values", expanding=True)),
    )
    .subquery()
)
_HAVING = select(_ORDERED.c.id, _ORDERED.c.phone).where(_ORDERED.c.place == bindparam("place"))


def holders_of_phones(connection: Connection, workspace: int, phones: Iterable[str]) -> dict[str, int]:
    """Who has each of these plain phones. Of several profiles the one that trusted input gave it to, and
    that was active last."""
    found = rows_in(connection, _HAVING, phones, workspace=workspace, place=1, by_trusted='%"phone"%')
    return {row.phone: row.id for row in found}


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
