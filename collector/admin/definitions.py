"""The catalogue of events: which actions there were, with which params, how often and when last."""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.admin.display import Moment, moment, visible, zone
from collector.admin.guard import AdminRequest
from collector.model.definition import Definition, ParamDefinition

MAX_ACTION = 255
"""Of a name that is asked for, in characters: no action is longer."""


class ActionRow(NamedTuple):
    """One action as the page shows it. `query` leads to its params."""

    name: str
    query: str
    number: int
    first: Moment
    last: Moment


class ParamRow(NamedTuple):
    """One param: by type how often, the most frequent first. `indent`: it lies within an object."""

    name: str
    indent: bool
    types: list[tuple[str, int]]
    number: int
    last: Moment


def definitions_page(page: AdminRequest) -> Response:
    """Show all actions, or with `action` that one and its params."""
    store, now_ms = page.context.store, page.context.now_ms()
    shown_in = zone(store.workspace().time_zone)

    def time_of(ms: int) -> Moment:
        return moment(ms, now_ms, shown_in)

    def row_of(one: Definition) -> ActionRow:
        name = visible(one.action)
        query = urlencode({"action": one.action})
        return ActionRow(name, query, one.count, time_of(one.first_ms), time_of(one.last_ms))

    store.define_all_events()
    catalogue = store.catalogue()
    action = page.query("action")
    if not action:
        rows = [row_of(one) for one in catalogue.definitions]
        return page.render("definitions.html", rows=rows, catalogue=catalogue, chosen=None)
    # A NUL is no text to PostgreSQL: it fails instead of finding nothing.
    found = store.definition(action) if len(action) <= MAX_ACTION and "\0" not in action else None
    if found is None:
        raise HTTPException(404)
    params = [
        ParamRow(
            name=visible(name),
            indent="." in name,
            types=[(one.type, one.count) for one in of_types],
            number=sum(one.count for one in of_types),
            last=time_of(max(one.last_ms for one in of_types)),
        )
        for name, of_types in _by_name(found.params).items()
    ]
    return page.render(
        "definitions.html", chosen=row_of(found), params=params, others=found.others, catalogue=catalogue
    )


def _by_name(params: Iterable[ParamDefinition]) -> dict[str, list[ParamDefinition]]:
    by_name: dict[str, list[ParamDefinition]] = {}
    for one in params:
        by_name.setdefault(one.name, []).append(one)
    return by_name
