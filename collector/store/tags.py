"""Definitions of tags, and who has which."""

from sqlalchemy import Connection

from collector.model.tag import Tag


def tags(connection: Connection) -> list[Tag]:
    raise NotImplementedError


def tag(connection: Connection, tag_id: int) -> Tag | None:
    raise NotImplementedError


def add_tag(connection: Connection, name: str, color: str) -> Tag:
    raise NotImplementedError


def set_tag_color(connection: Connection, tag_id: int, color: str) -> Tag | None:
    raise NotImplementedError


def remove_tag(connection: Connection, tag_id: int) -> bool:
    raise NotImplementedError


def tags_of(connection: Connection, client_id: int) -> list[Tag] | None:
    raise NotImplementedError
