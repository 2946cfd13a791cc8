"""Frozen tags: written once, never changed or removed, as pages out there name them."""

import msgspec
from sqlalchemy import Connection, insert, select

from collector.model.frozen import FrozenTag
from collector.store import tables
from collector.store.registry import known_source

_TAGS = select(tables.frozen_tags).join(
    tables.sources, tables.sources.c.number == tables.frozen_tags.c.source
)


def freeze_tag(connection: Connection, source_id: str, tag: FrozenTag) -> FrozenTag:
    """Keep a tag; one of the same hash stays as it was first kept. Raises KeyError for an unknown source."""
    number = known_source(connection, source_id).number
    for kept in frozen_tags(connection, source_id):
        if kept.hash == tag.hash:
            return kept
    values = {**msgspec.structs.asdict(tag), "modules": " ".join(tag.modules)}
    connection.execute(insert(tables.frozen_tags).values(source=number, **values))
    return tag


def frozen_tags(connection: Connection, source_id: str, hash_: str | None = None) -> list[FrozenTag]:
    """A source's frozen tags, newest first, or the one of this hash."""
    statement = _TAGS.where(tables.sources.c.source_id == source_id)
    if hash_ is not None:
        statement = statement.where(tables.frozen_tags.c.hash == hash_)
    newest = (tables.frozen_tags.c.created_ms.desc(), tables.frozen_tags.c.hash)
    return [
        FrozenTag(
            hash=row.hash,
            script=row.script,
            name=row.name,
            modules=tuple(row.modules.split()),
            author=row.author,
            created_ms=row.created_ms,
        )
        for row in connection.execute(statement.order_by(*newest))
    ]
