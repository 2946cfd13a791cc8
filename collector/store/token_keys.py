"""What a site's own tokens are checked with: a few keys a source, each in force until it is revoked.

A revoked key's row stays, without the key: so that the audit's lines keep their meaning.
"""

import uuid as uuids
from typing import Literal

from sqlalchemy import Connection, insert, update

from collector.auth.token_keys import checked_key
from collector.model.source import TokenKey
from collector.store.audit import add_audit
from collector.store.privacy_tables import token_keys as table
from collector.store.registry import known_source, now_ms, raise_revision

MAX_KEYS = 5
"""In force at once in a source: a token without `kid` is tried with each."""

MAX_NAME = 100


def add_token_key(
    connection: Connection,
    source_id: str,
    name: str,
    algorithm: Literal["RS256", "HS256"],
    key: str,
    actor: str,
) -> TokenKey:
    """Add a key. Raises KeyError for an unknown source, ValueError with what is wrong with name or key."""
    raise_revision(connection)  # first, as it lets one in at a time: two at once must not make six keys
    source = known_source(connection, source_id)
    name = _checked_name(name)
    key = checked_key(algorithm, key)
    for other in source.token_keys:
        if other.name == name:
            raise ValueError(f"There is a key “{name}” already. Give this one another name.")
        if (other.algorithm, other.key) == (algorithm, key):
            raise ValueError(f"This key is there already, as “{other.name}”.")
    if len(source.token_keys) >= MAX_KEYS:
        raise ValueError(f"A source has {MAX_KEYS} keys at most. Revoke one that is no longer used.")
    made = TokenKey(id=str(uuids.uuid4()), name=name, algorithm=algorithm, key=key, created_ms=now_ms())
    connection.execute(
        insert(table).values(
            id=made.id,
            source=source.number,
            name=name,
            algorithm=algorithm,
            key=key,
            created_ms=made.created_ms,
        )
    )
    add_audit(connection, actor, "token_key.add", source_id, f"{algorithm}, {made.id}")
    return made


def revoke_token_key(connection: Connection, source_id: str, key_id: str, actor: str) -> None:
    """End a key, and forget it. Raises KeyError for one that is not in force."""
    raise_revision(connection)
    source = known_source(connection, source_id)
    if all(key.id != key_id for key in source.token_keys):
        raise KeyError(key_id)
    connection.execute(update(table).where(table.c.id == key_id).values(revoked_ms=now_ms(), key=""))
    add_audit(connection, actor, "token_key.revoke", source_id, key_id)


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise ValueError("Give the key a name, such as the server that signs.")
    if len(name) > MAX_NAME:
        raise ValueError(f"The name has {len(name)} characters. Use at most {MAX_NAME}.")
    if not name.isprintable():
        raise ValueError("The name holds a control character. Type it anew.")
    return name
