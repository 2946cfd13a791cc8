"""The key pairs that our own tokens are signed with."""

from sqlalchemy import Connection

from collector.model.signing import SigningKey


def signing_keys(connection: Connection) -> list[SigningKey]:
    raise NotImplementedError


def add_signing_key(connection: Connection, key: SigningKey, *, newest: str | None) -> list[SigningKey]:
    raise NotImplementedError
