"""Looking many values up at once, in pieces that every engine takes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select

PIECE = 500
"""Values in one IN list; engines bound the number of parameters."""


def pieces(values: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """Cut the distinct values into pieces."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), PIECE):
        yield distinct[start : start + PIECE]


def rows_in(
    connection: Connection, statement: Select[Any], values: Iterable[Any], **fixed: Any
) -> Iterator[Row[Any]]:
    """Yield the rows of a statement that has an expanding parameter `values`, piece by piece."""
    for piece in pieces(values):
        yield from connection.execute(statement, {"values": piece, **fixed})
