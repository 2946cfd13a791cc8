"""The rows of the catalogue of events, kept to its limits.

Strangers send events too. Beyond the limits rare names make room for new ones and are counted as others:
what a site sends every day outlasts a flood of nonsense.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, select, text

from collector.store.api_tables import definitions as table
from collector.store.api_tables import param_definitions
from collector.store.bulk import rows_in

MAX_ACTIONS = 2_000
"""Of a workspace."""

MAX_PARAMS = 200
"""Of an action; one with values of two types counts twice. Of one event no more are looked at."""

OTHERS = ""
"""Stands for all that are not listed; no action and no param that is listed is called so."""

_ADD_ACTION = text(
    "INSERT INTO definitions (workspace, action, count, first_ms, last_ms) "
    "VALUES (:workspace, :action, :count, :first_ms, :last_ms) "
    "ON CONFLICT (workspace, action) DO UPDATE SET count = definitions.count + excluded.count, "
    "first_ms = CASE WHEN excluded.first_ms < definitions.first_ms"
    " THEN excluded.first_ms ELSE definitions.first_ms END, "
    "last_ms = CASE WHEN excluded.last_ms > definitions.last_ms"
    " THEN excluded.last_ms ELSE definitions.last_ms END"
)
_ADD_PARAM = text(
    "INSERT INTO param_definitions (workspace, action, param, type, count, last_ms) "
    "VALUES (:workspace, :action, :param, :type, :count, :last_ms) "
    "ON CONFLICT (workspace, action, param, type) DO UPDATE SET"
    " count = param_definitions.count + excluded.count, "
    "last_ms = CASE WHEN excluded.last_ms > param_definitions.last_ms"
    " THEN excluded.last_ms ELSE param_definitions.last_ms END"
)
_p = param_definitions.c
_LONG = (
    select(_p.action)
    .where(
        _p.workspace == bindparam("workspace"),
        _p.action.in_(bindparam("values", expanding=True)),
        _p.param != bindparam("none"),
    )
    .group_by(_p.action)
    .having(func.count() > bindparam("most"))
)
"""Actions with more params than `most`."""


def add_actions(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add to the counts of actions; `rows` have all columns."""
    connection.execute(_ADD_ACTION, rows)


def add_params(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add to the counts of params."""
    connection.execute(_ADD_PARAM, rows)


def make_room(connection: Connection, touched: Iterable[tuple[int, str]]) -> None:
    """Bring back to the limits what has grown over them, of these workspaces and actions."""
    by_workspace: dict[int, list[str]] = {}
    for workspace, action in touched:
        by_workspace.setdefault(workspace, []).append(action)
    for workspace, actions in by_workspace.items():
        _forget_actions(connection, workspace)
        for row in list(
            rows_in(connection, _LONG, actions, workspace=workspace, none=OTHERS, most=MAX_PARAMS)
        ):
            _forget_params(connection, workspace, row.action)


def _forget_actions(connection: Connection, workspace: int) -> None:
    rows = connection.execute(
        select(table.c.action, table.c.count.label("n"), table.c.last_ms).where(
            table.c.workspace == workspace, table.c.action != OTHERS
        )
    ).all()
    for row in _surplus(rows, MAX_ACTIONS):
        for gone in (param_definitions, table):
            connection.execute(delete(gone).where(gone.c.workspace == workspace, gone.c.action == row.action))
        others = {"workspace": workspace, "action": OTHERS, "count": row.n}
        add_actions(connection, [others | {"first_ms": row.last_ms, "last_ms": row.last_ms}])


def _forget_params(connection: Connection, workspace: int, action: str) -> None:
    of_action = (_p.workspace == workspace) & (_p.action == action)
    rows = connection.execute(
        select(_p.param, _p.type, _p.count.label("n"), _p.last_ms).where(of_action, _p.param != OTHERS)
    ).all()
    surplus = _surplus(rows, MAX_PARAMS)
    connection.execute(
        delete(param_definitions).where(
            of_action, _p.param == bindparam("key_param"), _p.type == bindparam("key_type")
        ),
        [{"key_param": row.param, "key_type": row.type} for row in surplus],
    )
    others = {"workspace": workspace, "action": action, "param": OTHERS, "type": OTHERS}
    count, last_ms = sum(row.n for row in surplus), max(row.last_ms for row in surplus)
    add_params(connection, [others | {"count": count, "last_ms": last_ms}])


def _surplus(rows: Sequence[Row[*tuple[Any, ...]]], most: int) -> list[Row[*tuple[Any, ...]]]:
    """What must go. Nine places of ten are for the most frequent, the others for the latest, so that what
    is new comes in."""
    if len(rows) <= most:
        return []
    frequent = most - most // 10
    rest = sorted(rows, key=lambda row: (row.n, row.last_ms), reverse=True)[frequent:]
    return sorted(rest, key=lambda row: row.last_ms, reverse=True)[most - frequent :]
