"""Tokens of ours that are refused before they expire."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from collector.auth.signing import MAX_LIFE_MS
from collector.store.api_tables import revoked_tokens, token_floors
from collector.store.bulk import PIECE
from collector.store.registry import now_ms


def revoke_token(connection: Connection, token_id: str, until_ms: int) -> None:
    """Refuse one token until it would have expired; what has expired is forgotten."""
    table = revoked_tokens
    connection.execute(delete(table).where((table.c.until_ms < now_ms()) | (table.c.token_id == token_id)))
    connection.execute(insert(table).values(token_id=token_id, until_ms=until_ms))


def revoke_tokens_of(connection: Connection, subject: str, before_ms: int) -> None:
    """Refuse every token of a subject that was made before this. No earlier refusal is taken back.

    What is older than any token may be is forgotten.
    """
    table = token_floors
    kept = connection.execute(select(table.c.before_ms).where(table.c.subject == subject)).scalar()
    too_old = table.c.before_ms < now_ms() - MAX_LIFE_MS
    connection.execute(delete(table).where(too_old | (table.c.subject == subject)))
    connection.execute(insert(table).values(subject=subject, before_ms=max(before_ms, kept or 0)))


def is_revoked(connection: Connection, token_id: str, subjects: Sequence[str], made_ms: int) -> bool:
    """Whether a token is refused, by itself or with all of one of its subjects."""
    one = connection.execute(select(revoked_tokens.c.until_ms).where(revoked_tokens.c.token_id == token_id))
    if one.first() is not None:
        return True
    floors = connection.execute(
        select(token_floors.c.before_ms).where(token_floors.c.subject.in_(subjects))
    ).scalars()
    return any(made_ms < before_ms for before_ms in floors)


def forget_floors(connection: Connection, subjects: Sequence[str]) -> None:
    """Of people who were erased: their profiles are gone, which refuses their tokens too."""
    for start in range(0, len(subjects), PIECE):
        connection.execute(
            delete(token_floors).where(token_floors.c.subject.in_(subjects[start : start + PIECE]))
        )
