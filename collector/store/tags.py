"""Definitions of tags, and who has which.

Whatever gives a profile a tag defines it in the same transaction (`tag_names`); a profile holds the names.
"""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, insert, select, update

from collector.model.tag import Tag
from collector.store import queries
from collector.store.api_tables import tags as table
from collector.store.bulk import change_rows, rows_in
from collector.store.registry import DEFAULT_WORKSPACE, now_ms
from collector.store.tables import profiles

PIECE = 500
"""How many profiles lose a tag in one transaction: beacons wait meanwhile."""

_NAMED = select(table).where(
    table.c.workspace == bindparam("workspace"), table.c.name.in_(bindparam("values", expanding=True))
)
_WRITE = update(profiles).where(profiles.c.id == bindparam("key")).values(tags=bindparam("left"))


def tags(connection: Connection) -> list[Tag]:
    """All, oldest first."""
    rows = connection.execute(
        select(table).where(table.c.workspace == DEFAULT_WORKSPACE).order_by(table.c.id)
    )
    return [_tag(row) for row in rows]


def tag(connection: Connection, tag_id: int) -> Tag | None:
    """One, by its id."""
    row = connection.execute(select(table).where(_is(tag_id))).first()
    return _tag(row) if row else None


def add_tag(connection: Connection, name: str, color: str) -> Tag:
    """The tag of this name, made where there is none. One that there is keeps its color."""
    for row in rows_in(connection, _NAMED, [name], workspace=DEFAULT_WORKSPACE):
        return _tag(row)
    values = {"workspace": DEFAULT_WORKSPACE, "name": name, "color": color, "created_ms": now_ms()}
    number = connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()
    return Tag(id=number, name=name, color=color)


def set_tag_color(connection: Connection, tag_id: int, color: str) -> Tag | None:
    """Give a tag another color; None for an unknown one."""
    connection.execute(update(table).where(_is(tag_id)).values(color=color))
    return tag(connection, tag_id)


def take_away(connection: Connection, tag_id: int, after: int) -> int | None:
    """Take a tag from some profiles whose ids are above `after`; return how far it got, None: to the end."""
    found = tag(connection, tag_id)
    if found is None:
        return None
    # Every profile that has the tag has its name in quotes, and few that have it not.
    rows = connection.execute(
        select(profiles.c.id, profiles.c.tags)
        .where(
            profiles.c.id > after,
            profiles.c.tags.contains(msgspec.json.encode(found.name).decode(), autoescape=True),
        )
        .order_by(profiles.c.id)
        .limit(PIECE)
    ).all()
    held = {row.id: msgspec.json.decode(row.tags, type=list[str]) for row in rows}
    changed = [
        {"key": one, "left": msgspec.json.encode([name for name in names if name != found.name]).decode()}
        for one, names in held.items()
        if found.name in names
    ]
    if changed:
        change_rows(connection, _WRITE, changed)
    return rows[-1].id if len(rows) == PIECE else None


def remove_tag(connection: Connection, tag_id: int) -> bool:
    """Remove a definition, and take it from those who got it meanwhile; False for an unknown one."""
    after: int | None = 0
    while after is not None:
        after = take_away(connection, tag_id, after)
    return connection.execute(delete(table).where(_is(tag_id))).rowcount > 0


def tags_of(connection: Connection, client_id: int) -> list[Tag] | None:
    """The tags of a profile, in the order it got them; None for an unknown one. Merged ids resolve."""
    profile = queries.profile(connection, client_id)
    if profile is None:
        return None
    found = {
        row.name: _tag(row)
        for row in rows_in(connection, _NAMED, profile.tags, workspace=profile.workspace_id)
    }
    return [found[name] for name in profile.tags if name in found]


def _is(tag_id: int) -> ColumnElement[bool]:
    return (table.c.workspace == DEFAULT_WORKSPACE) & (table.c.id == tag_id)


def _tag(row: Row[Any]) -> Tag:
    return Tag(id=row.id, name=row.name, color=row.color)
