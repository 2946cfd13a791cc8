"""Statements over many rows or values at once, handed to the driver as it wants them.

SQLAlchemy compiles each statement once; its own execution looks at every value of every row again, and
at every column of a result, which costs more than the database does. So the compiled text goes to the
driver's own cursor.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Executable, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import UpdateBase

PIECE = 512
"""Most values in one IN list; engines bound the number of parameters."""


class _Compiled(NamedTuple):
    """parameters: makes of values by names what the driver wants. row: names the values that it returns."""

    statement: Executable
    text: str
    parameters: Callable[[Mapping[str, Any]], Any]
    row: Callable[[Iterable[Any]], Any] = tuple


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
    with _cursor(connection, ready) as cursor:
        cursor.executemany(ready.text, [ready.parameters(row) for row in rows])


@contextmanager
def _cursor(connection: Connection, ready: _Compiled) -> Iterator[Any]:
    """The driver's own cursor; its errors are SQLAlchemy's, as of any other statement."""
    driver = connection.dialect.loaded_dbapi
    try:
        with closing(connection.connection.cursor()) as cursor:
            yield cursor
    except driver.Error as error:
        raise DBAPIError.instance(
            ready.text, None, error, driver.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


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
) -> Iterator[Any]:
    """Yield the rows of a statement that has an expanding parameter `values`, piece by piece."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), PIECE):
        piece = distinct[start : start + PIECE]
        # Lists of a few lengths only, so that a few texts do for all: the last value fills up.
        length = 1 << (len(piece) - 1).bit_length()
        piece += piece[-1:] * (length - len(piece))
        ready = _compile_list(connection, statement, piece, fixed)
        row = fixed | {f"values_{number}": value for number, value in enumerate(piece, start=1)}
        with _cursor(connection, ready) as cursor:
            cursor.execute(ready.text, ready.parameters(row))
            found = cursor.fetchall()
        yield from map(ready.row, found)


def _compile_list(
    connection: Connection, statement: Select[Any], piece: list[Any], fixed: dict[str, Any]
) -> _Compiled:
    key = (connection.dialect.name, id(statement), len(piece))
    if key not in _compiled:
        compiled = statement.params(values=piece, **fixed).compile(
            dialect=connection.dialect, compile_kwargs={"render_postcompile": True}
        )
        names = [column.name for column in statement.selected_columns]
        row = namedtuple("Row", names)  # type: ignore[misc]
        _compiled[key] = _Compiled(statement, str(compiled), _in_order(compiled.positiontup), row._make)
    return _compiled[key]
