"""Everything that is held of a person."""

from sqlalchemy import Connection

from collector.model.person import Person


def person(connection: Connection, client_id: int) -> Person | None:
    raise NotImplementedError
