"""What events were seen: their actions and the params of each, counted along `seq` after they were stored.

A beacon does not wait for it: a job reads on, and whoever asks has the rest read first. What was counted
stays counted: an event that is written over later, deleted or erased takes nothing back. No value is
kept, and no name that may be a person's: see `is_name`.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from collector.model.definition import Catalogue, Definition, ParamDefinition
from collector.store.api_tables import cursors, param_definitions
from collector.store.api_tables import definitions as table
from collector.store.definition_rows import MAX_PARAMS, OTHERS, add_actions, add_params, make_room
from collector.store.registry import DEFAULT_WORKSPACE
from collector.store.tables import events, sources

PIECE = 100
"""Events looked at in one go. Interpreter and processor are shared with those who take beacons in, and who
works for longer than a moment keeps them waiting."""

PIECES = 10
"""Most pieces that are counted in one transaction."""

MAX_NEW = 5_000
"""Most params that one step counts by name: events of a stranger may each have others."""

_CURSOR = "definitions"
_MAX_ACTION, _MAX_PARAM = 255, 64
_FIT = re.compile(r"[^\x00-\x1f\x7f-\x9f@]+")
_MAX_DIGITS = 6

_TYPES = {str: "string", int: "number", float: "number", bool: "boolean", dict: "object", list: "array"}
_NULL = "null"

_p = param_definitions.c
_ACTION = (table.c.action, table.c.count.label("n"), table.c.first_ms, table.c.last_ms)

Key = tuple[int, str]
"""workspace, action."""


class _Seen(msgspec.Struct):
    """How often something was seen, and between which times of the events (ms since the epoch, UTC)."""

    count: int
    first_ms: int
    last_ms: int

    @classmethod
    def once(cls, time_ms: int) -> "_Seen":
        """What one event tells."""
        return cls(1, time_ms, time_ms)


class Step(NamedTuple):
    """What a look at the next events has found. `after` is the cursor that it began at."""

    after: int
    until: int
    full: bool
    actions: dict[Key, _Seen]
    params: dict[tuple[int, str, str, str], _Seen]


def is_name(name: str, longest: int = _MAX_PARAM) -> bool:
    """Whether a text is listed. An e-mail address, a phone number or a long id is nobody's idea of a name,
    but may come in the place of one; such a name would outlive its person's erasure."""
    return 0 < len(name) <= longest and _looks_like_name(name)


@lru_cache(10_000)
def _looks_like_name(text: str) -> bool:
    return _FIT.fullmatch(text) is not None and sum(map(str.isdigit, text)) <= _MAX_DIGITS


def read_on(connection: Connection, before: Step | None = None, limit: int = PIECE) -> Step:
    """Look at the next events, after those that were looked at before. Needs no lock."""
    if before is None:
        after = _cursor(connection) or 0
        before = Step(after, after, False, {}, {})
    rows = connection.execute(
        select(events.c.seq, events.c.action, events.c.time_ms, events.c.params, sources.c.workspace)
        .join(sources, sources.c.number == events.c.source)
        .where(events.c.seq > before.until)
        .order_by(events.c.seq)
        .limit(limit)
    ).all()
    step = before._replace(until=rows[-1].seq if rows else before.until, full=len(rows) == limit)
    kinds: dict[tuple[int, str, tuple[Any, ...]], _Seen] = {}
    for row in rows:
        # Most events are of a few kinds: what each holds is looked at once.
        _see(
            kinds,
            (row.workspace, row.action, _kind(msgspec.json.decode(row.params))),
            _Seen.once(row.time_ms),
        )
    for (workspace, sent, kind), seen in kinds.items():
        action = sent if is_name(sent, _MAX_ACTION) else OTHERS
        _see(step.actions, (workspace, action), seen)
        if action == OTHERS:
            continue
        for place, (param, type_) in enumerate(_params(kind)):
            key = (workspace, action, param, type_)
            if place >= MAX_PARAMS or (key not in step.params and len(step.params) >= MAX_NEW):
                key = (workspace, action, OTHERS, OTHERS)
            _see(step.params, key, seen)
    return step


def keep(connection: Connection, step: Step) -> None:
    """Count what was found, unless another has counted it meanwhile."""
    if step.until == step.after or (_cursor(connection) or 0) != step.after:
        return
    moved = connection.execute(update(cursors).where(cursors.c.name == _CURSOR).values(seq=step.until))
    if moved.rowcount == 0:
        connection.execute(insert(cursors).values(name=_CURSOR, seq=step.until))
    add_actions(
        connection,
        [
            {"workspace": workspace, "action": action} | msgspec.structs.asdict(seen)
            for (workspace, action), seen in step.actions.items()
        ],
    )
    if step.params:
        add_params(
            connection,
            [
                {"workspace": workspace, "action": action, "param": param, "type": kind}
                | msgspec.structs.asdict(seen)
                for (workspace, action, param, kind), seen in step.params.items()
            ],
        )
    make_room(connection, step.actions)


def catalogue(connection: Connection) -> Catalogue:
    """All actions, by name."""
    rows = connection.execute(
        select(*_ACTION).where(table.c.workspace == DEFAULT_WORKSPACE).order_by(table.c.action)
    ).all()
    newest = connection.execute(select(func.max(events.c.seq))).scalar() or 0
    return Catalogue(
        definitions=tuple(_definition(row) for row in rows if row.action != OTHERS),
        others=sum(row.n for row in rows if row.action == OTHERS),
        complete=newest <= (_cursor(connection) or 0),
    )


def definition(connection: Connection, action: str) -> Definition | None:
    """An action with its params, by name; None for one that is not listed."""
    row = connection.execute(
        select(*_ACTION).where(table.c.workspace == DEFAULT_WORKSPACE, table.c.action == action)
    ).first()
    if row is None or action == OTHERS:
        return None
    found = connection.execute(
        select(_p.param, _p.type, _p.count.label("n"), _p.last_ms)
        .where(_p.workspace == DEFAULT_WORKSPACE, _p.action == action)
        .order_by(_p.param, _p.count.desc(), _p.type)
    ).all()
    listed = tuple(
        ParamDefinition(name=each.param, type=each.type, count=each.n, last_ms=each.last_ms)
        for each in found
        if each.param != OTHERS
    )
    others = sum(each.n for each in found if each.param == OTHERS)
    return msgspec.structs.replace(_definition(row), params=listed, others=others)


def _cursor(connection: Connection) -> int | None:
    return connection.execute(select(cursors.c.seq).where(cursors.c.name == _CURSOR)).scalar()


def _definition(row: Row[*tuple[Any, ...]]) -> Definition:
    return Definition(action=row.action, count=row.n, first_ms=row.first_ms, last_ms=row.last_ms)


def _see(found: dict[Any, _Seen], key: Any, more: _Seen) -> None:
    seen = found.get(key)
    if seen is None:
        found[key] = _Seen(more.count, more.first_ms, more.last_ms)
        return
    seen.count += more.count
    seen.first_ms = min(seen.first_ms, more.first_ms)
    seen.last_ms = max(seen.last_ms, more.last_ms)


def _kind(params: dict[str, Any]) -> tuple[Any, ...]:
    """The names of the params of an event with their types, and with those within its objects."""
    return tuple(
        [
            (name, tuple([(inner, type(held)) for inner, held in value.items()]))
            if type(value) is dict
            else (name, type(value))
            for name, value in params.items()
        ]
    )


def _params(kind: tuple[Any, ...]) -> Iterator[tuple[str, str]]:
    """Each param with its type, and those within objects; nameless ones as others."""
    for name, held in kind:
        within = held if isinstance(held, tuple) else ()
        shown = "object" if held is within else _TYPES.get(held, _NULL)
        yield (name, shown) if is_name(name) else (OTHERS, OTHERS)
        for inner, of_inner in within:
            path = f"{name}.{inner}"
            yield (path, _TYPES.get(of_inner, _NULL)) if is_name(path) else (OTHERS, OTHERS)
