"""The key pairs that our own tokens are signed with."""

from sqlalchemy import Connection, insert, select

from collector.model.signing import SigningKey
from collector.store.api_tables import signing_keys as table


def signing_keys(connection: Connection) -> list[SigningKey]:
    """All of them, newest first."""
    rows = connection.execute(select(table).order_by(table.c.created_ms.desc(), table.c.id))
    return [SigningKey(**row._mapping) for row in rows]


def add_signing_key(connection: Connection, key: SigningKey, *, newest: str | None) -> list[SigningKey]:
    """Keep a key, unless another than `newest` has come meanwhile: processes that start at once agree."""
    known = signing_keys(connection)
    if (known[0].id if known else None) != newest:
        return known
    # By a clock that was set back the new key would not be the newest.
    created_ms = max([key.created_ms, *(other.created_ms + 1 for other in known[:1])])
    connection.execute(
        insert(table).values(
            id=key.id, private_pem=key.private_pem, public_pem=key.public_pem, created_ms=created_ms
        )
    )
    return signing_keys(connection)
