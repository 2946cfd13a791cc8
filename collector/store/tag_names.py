"""Definitions of the tags that profiles are given, many at once."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, func, insert, select

from collector.model.tag import DEFAULT_COLOR
from collector.store.api_tables import tags
from collector.store.bulk import change_rows, rows_in
from collector.store.profile_row import ProfileRow

_DEFINED = select(tags.c.name).where(
    tags.c.workspace == bindparam("workspace"), tags.c.name.in_(bindparam("values", expanding=True))
)
_NEW = insert(tags)


MOST = 10_000
"""Tags that are defined by being given: whoever invents types of forms fills no list without end. Of those
that come later the profiles hold the names alone."""


def define_given(connection: Connection, rows: Iterable[ProfileRow]) -> None:
    """Define the tags that these profiles have, as far as they are not defined yet."""
    given: dict[int, dict[str, int]] = {}
    for row in rows:
        for tag in row.tags:
            given.setdefault(row.workspace, {}).setdefault(tag, row.updated_ms)
    for workspace, names in given.items():
        _define(connection, workspace, names)


def _define(connection: Connection, workspace: int, names: Mapping[str, int]) -> None:
    """`names`: when each was given, in ms since the epoch, UTC."""
    defined = {row.name for row in rows_in(connection, _DEFINED, names, workspace=workspace)}
    rows = [
        {"workspace": workspace, "name": name, "color": DEFAULT_COLOR, "created_ms": created_ms}
        for name, created_ms in names.items()
        if name not in defined
    ]
    if rows:
        count = connection.scalar(select(func.count()).where(tags.c.workspace == workspace)) or 0
        if rows := rows[: max(0, MOST - count)]:
            change_rows(connection, _NEW, rows)
