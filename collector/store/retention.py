"""Deleting what is too old."""

from collections.abc import Sequence

from sqlalchemy import Connection


def delete_events(
    connection: Connection, source_id: str, before_ms: int, rule: str, except_rules: Sequence[str], limit: int
) -> int:
    raise NotImplementedError
