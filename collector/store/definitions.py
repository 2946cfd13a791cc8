"""What events were seen: their actions, and the params of each."""

from sqlalchemy import Connection

from collector.model.definition import Definition


def define_events(connection: Connection, limit: int = 5000) -> int:
    raise NotImplementedError


def definitions(connection: Connection, *, action: str | None = None) -> list[Definition]:
    raise NotImplementedError
