"""Statements over many rows or values at once, handed to the driver as it wants them.

SQLAlchemy compiles each statement once; its own execution of many rows looks at every value of
every row again, which costs more than the database does. So the compiled text goes to the driver.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Executable, Row, Select
from sqlalchemy.sql.dml import UpdateBase

PIECE = 512
"""Most values in one IN list; engines bound the number of parameters."""


class _Compiled(NamedTuple):
    """parameters: makes of a row by names what the driver wants."""

    statement: Executable
    text: str
    parameters: Callable[[Mapping[str, Any]], Any]


_compiled: dict[tuple[Any, ...], _Compiled] = {}
"""By dialect, statement and its form. Statements are constants of our modules, so there are few."""


def change_rows(connection: Connection, statement: UpdateBase, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run an INSERT or UPDATE once for each row; all rows have the same names."""
    names = tuple(rows[0])
    key = (connection.dialect.name, id(statement), names)
    if key not in _compiled:
        compiled = statement.inline().compile(dialect=connection.dialect, column_keys=list(names))  # type: ignore[attr-defined]
        _compiled[key] = _Compiled(statement, str(compiled), _in_order(compiled.positiontup))
    ready = _compiled[key]
    connection.exec_driver_sql(ready.text, [ready.parameters(row) for row in rows])


def _in_order(names: Sequence[str] | None) -> Callable[[Mapping[str, Any]], Any]:
    """What puts values into the order the driver wants; the row itself where it takes them by name."""
    if names is None:
        return lambda row: row
    if len(names) == 1:
        (name,) = names
        return lambda row: (row[name],)
    return itemgetter(*names)


def rows_in(
    connection: Connection, statement: Select[Any], values: Iterable[Any], **fixed: Any
) -> Iterator[Row[Any]]:
    """Yield the rows of a statement that has an expanding parameter `values`, piece by piece."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), PIECE):
        piece = distinct[start : start + PIECE]
        # Lists of a few lengths only, so that a few texts do for all: the last value fills up.
        length = 1 << (len(piece) - 1).bit_length()
        piece += piece[-1:] * (length - len(piece))
        ready = _compile_list(connection, statement, piece, fixed)
        row = fixed | {f"values_{number}": value for number, value in enumerate(piece, start=1)}
        # All at once: the cursor's own iteration costs as much as the look-up.
        yield from connection.exec_driver_sql(ready.text, ready.parameters(row)).fetchall()


def _compile_list(
    connection: Connection, statement: Select[Any], piece: list[Any], fixed: dict[str, Any]
) -> _Compiled:
    key = (connection.dialect.name, id(statement), len(piece))
    if key not in _compiled:
        compiled = statement.params(values=piece, **fixed).compile(
            dialect=connection.dialect, compile_kwargs={"render_postcompile": True}
        )
        _compiled[key] = _Compiled(statement, str(compiled), _in_order(compiled.positiontup))
    return _compiled[key]
