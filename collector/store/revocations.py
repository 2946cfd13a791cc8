"""Tokens of ours that are refused before they expire."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from collector.store.api_tables import revoked_tokens, token_floors
from collector.store.registry import now_ms


def revoke_token(connection: Connection, token_id: str, until_ms: int) -> None:
    """Refuse one token until it would have expired; what has expired is forgotten."""
    connection.execute(
        delete(revoked_tokens).where(
            (revoked_tokens.c.until_ms < now_ms()) | (revoked_tokens.c.token_id == token_id)
        )
    )
    connection.execute(insert(revoked_tokens).values(token_id=token_id, until_ms=until_ms))


def revoke_tokens_of(connection: Connection, subject: str, before_ms: int) -> None:
    """Refuse every token of a subject that was made before this."""
    connection.execute(delete(token_floors).where(token_floors.c.subject == subject))
    connection.execute(insert(token_floors).values(subject=subject, before_ms=before_ms))


def is_revoked(connection: Connection, token_id: str, subjects: Sequence[str], made_ms: int) -> bool:
    """Whether a token is refused, by itself or with all of one of its subjects."""
    one = connection.execute(select(revoked_tokens.c.until_ms).where(revoked_tokens.c.token_id == token_id))
    if one.first() is not None:
        return True
    floors = connection.execute(
        select(token_floors.c.before_ms).where(token_floors.c.subject.in_(subjects))
    ).scalars()
    return any(made_ms < before_ms for before_ms in floors)
