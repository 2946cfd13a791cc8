"""What a site's own tokens are checked with."""

from typing import Literal

from sqlalchemy import Connection

from collector.model.source import TokenKey


def add_token_key(
    connection: Connection, source_id: str, name: str, algorithm: Literal["RS256", "HS256"], key: str
) -> TokenKey:
    raise NotImplementedError


def revoke_token_key(connection: Connection, source_id: str, key_id: str) -> None:
    raise NotImplementedError
