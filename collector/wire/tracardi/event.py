"""One event of Tracardi's -> RawEvent.

What our columns hold is read into them: page, screen, language, time zone and session. All else that is
said of the event, or around it for all, stands in `context.original`.

Source: contracts/tracardi.md section 5.
"""

from typing import Any

from collector.model.beacon import Visitor
from collector.model.event import Params, RawEvent

_Path = tuple[str, ...]

_BROWSER = ("browser", "local", "browser")
_AGENT: _Path = (*_BROWSER, "userAgent")
_COLUMNS: tuple[tuple[str, _Path], ...] = (
    ("screen", ("screen", "local")),
    ("language", (*_BROWSER, "language")),
    ("timezone", ("time", "tz")),
)
_SAID_BY_A_HEADER: tuple[_Path, ...] = (_AGENT, (*_BROWSER, "appVersion"))
"""The User-Agent, whole and in part: what of it is kept is the policy's to say."""

_KNOWING: tuple[_Path, ...] = (("ids",), ("ga",), ("cookies",), ("storage",), ("tracardi", "pass"))
"""What of a context tells one browser from all others, and does so again tomorrow."""

_READ = frozenset({"id", "type", "time", "properties", "context"})
_READ_AROUND = frozenset(
    {"source", "session", "profile", "events", "context", "profile_less", "metadata", "request", "debug"}
)
"""Fields that `original` does not take as they stand. metadata and request are the server's to fill."""

_LAST_SECOND = 20_000_000_000
"""A number up to this is a time in seconds, past it in milliseconds (pydantic's rule for a datetime)."""


def read_event(
    event: Params,
    index: int,
    around: Params,
    *,
    uuid: Any,
    session: str | None = None,
    trusted: bool = False,
    forgets: bool = False,
) -> RawEvent:
    """Return the RawEvent of an event.

    around   what its request says for all events
    trusted  sent with a secret key: a back end, which may speak for a visitor elsewhere
    forgets  the visitor may not be known again: nothing is kept that would do it
    """
    told = _object(around.get("context")) | _object(event.get("context"))
    agent = _at(told, _AGENT)
    named, kind = _object(event.get("time")), event.get("type")
    others = {name: value for name, value in around.items() if name not in _READ_AROUND}
    if forgets:
        others.pop("device", None)
    original = others | {name: value for name, value in event.items() if name not in _READ}
    original["options"] = _object(around.get("options")) | _object(event.get("options"))
    original["time"] = {name: value for name, value in named.items() if name != "create"}
    context = _context(told, original, forgets=forgets)
    if session is not None and not forgets:
        context["session"] = session
    return RawEvent(
        index=index,
        id=event.get("id"),
        action=kind.strip() if isinstance(kind, str) else kind,
        time=_time(named.get("create")),
        uuid=uuid,
        params=event.get("properties"),
        context=context,
        named_freely=True,
        # The page's own address is told by nobody then: the back end's would be another place.
        visitor=Visitor(user_agent=agent) if trusted and isinstance(agent, str) else None,
    )


def _context(told: Params, original: Params, *, forgets: bool) -> Params:
    """The context as ours: what has a column, and all else in `original`."""
    ours: Params = {}
    rest = told
    page = told.get("page")
    if page is not None:
        ours["page"] = _page(page) if isinstance(page, dict) else page
        rest = _without(rest, ("page",))
    for name, path in _COLUMNS:
        value = _at(told, path)
        if value is not None:
            ours[name] = value
            rest = _without(rest, path)
    for path in (*_SAID_BY_A_HEADER, *(_KNOWING if forgets else ())):
        rest = _without(rest, path)
    original["context"] = rest
    ours["original"] = original
    filled: Params = {name: value for name, value in original.items() if value not in (None, {}, [])}
    ours["original"] = filled
    return {name: value for name, value in ours.items() if value not in (None, {}, "")}


def _page(page: Params) -> Params:
    """The page, with where its visitor came from as one address, which the rules for referrers can read."""
    told = {name: value for name, value in page.items() if name != "referer"}
    referer = page.get("referer")
    if isinstance(referer, dict):
        host, query = referer.get("host"), referer.get("query")
        # Its scheme and path are not told.
        referer = f"//{host}/" if host and isinstance(host, str) else None
        if referer and query and isinstance(query, str):
            referer += "?" + query.removeprefix("?")
    return told | {"referrer": referer} if referer and isinstance(referer, str) else told


def _time(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LAST_SECOND:
        return value * 1000
    return value


def _object(value: Any) -> Params:
    return value if isinstance(value, dict) else {}


def _at(tree: Params, path: _Path) -> Any:
    """The value at a path; None where there is none."""
    value: Any = tree
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _without(tree: Params, path: _Path) -> Params:
    """The tree without what stands at a path, nor an object around it that held nothing else."""
    name, within = path[0], path[1:]
    if name not in tree:
        return tree
    kept = dict(tree)
    inner = kept.pop(name)
    if within:
        left = _without(inner, within) if isinstance(inner, dict) else inner
        if left not in ({}, None):
            kept[name] = left
    return kept
