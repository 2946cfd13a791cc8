"""Events as they arrive, newest first, each with all that is kept of it.

The page asks for new rows once a second and gets a piece of HTML made by the same template as
the page itself, so that what arrives live is escaped in the same place. A push channel would
save requests, but would hold a connection an open tab for as long as it is open.
"""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.admin.display import EventView, event_view, zone
from collector.admin.guard import AdminRequest
from collector.model.event import EventRecord

PAGE_SIZE = 50
MAX_SEQ = 2**63 - 1
USUAL_ACTIONS = ("page.visit", "session.start", "session.end", "form.submit", "client.createOrUpdate")


def live_page(page: AdminRequest) -> Response:
    """Show the newest events, or with `before` those older than an event."""
    source, action = page.source(), page.query("action").strip()
    before = _seq(page, "before")
    events = page.context.store.events(
        source.source_id, before_seq=before, action=action or None, limit=PAGE_SIZE + 1, newest=True
    )
    shown = events[:PAGE_SIZE]
    return page.render(
        "live.html",
        source=source,
        tab="live",
        action=action,
        actions=sorted({event.action for event in shown} | set(USUAL_ACTIONS)),
        rows=_views(page, shown),
        is_live=before is None,
        last_seq=shown[0].seq if shown else 0,
        older_than=shown[-1].seq if len(events) > PAGE_SIZE else None,
    )


def new_rows(page: AdminRequest) -> Response:
    """Return the rows of events after `after`, newest first; 204 when there are none.

    The header Tagwell-Last-Seq is the next `after`. Tagwell-Gap says that more arrived than are
    sent here, so that the rows before them must go.
    """
    source, action = page.source(), page.query("action").strip()
    events = page.context.store.events(
        source.source_id,
        after_seq=_seq(page, "after") or 0,
        action=action or None,
        limit=PAGE_SIZE + 1,
        newest=True,
    )
    if not events:
        return Response(status_code=204)
    shown = events[:PAGE_SIZE]
    response = page.render("live_rows.html", source=source, rows=_views(page, shown))
    response.headers["Tagwell-Last-Seq"] = str(shown[0].seq)
    if len(events) > PAGE_SIZE:
        response.headers["Tagwell-Gap"] = "yes"
    return response


def event_page(page: AdminRequest) -> Response:
    """Show one event."""
    source = page.source()
    event = page.context.store.event(source.source_id, _number(page.request.path_params["seq"]))
    if event is None:
        raise HTTPException(404)
    return page.render("event.html", source=source, tab="live", event=event, row=_views(page, [event])[0])


def _views(page: AdminRequest, events: list[EventRecord]) -> list[EventView]:
    now_ms, shown_in = page.context.now_ms(), zone(page.context.store.workspace().time_zone)
    return [event_view(event, now_ms, shown_in) for event in events]


def _seq(page: AdminRequest, name: str) -> int | None:
    text = page.query(name)
    if not text:
        return None
    return _number(text)


def _number(text: str) -> int:
    """A seq as written in an address: a few digits, or there is no such page."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19) or int(text) > MAX_SEQ:
        raise HTTPException(404)
    return int(text)
