"""Erasing a person."""

from sqlalchemy import Connection

from collector.model.person import Erasure
from collector.model.profile import IdentifierKind


def erase_person(connection: Connection, client_id: int, actor: str) -> Erasure | None:
    raise NotImplementedError


def tombstone(connection: Connection, kind: IdentifierKind, value: str) -> int | None:
    raise NotImplementedError
