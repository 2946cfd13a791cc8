"""`/docs/migrate`: how pages and servers made for another vendor move here, and what is different then.

Its tables are made from the readers of those dialects (`migration_tables`), its lines are those that the
install page of a source shows (`snippet.moving`).
"""

import threading
from functools import cache

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from collector.api import migration_tables as tables
from collector.api.docs_page import HEADERS, render
from collector.wire import native
from collector.wire.segment.call import MAX_BODY_BYTES, MAX_EVENT_BYTES, MAX_EVENTS
from snippet.moving import moves

SOURCE_ID = "SOURCE_ID"
"""Stands for the id of the reader's own source."""


class Migration:
    """Serves the page, for a collector that answers at `base_url`."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        # Whoever asks first makes it: two at once would make it twice.
        self._lock = threading.Lock()
        self._page = cache(self._render)

    def routes(self) -> list[BaseRoute]:
        """The path."""
        return [Route("/docs/migrate", self._read)]

    async def _read(self, request: Request) -> Response:
        root = str(request.scope.get("root_path", ""))
        return HTMLResponse(await run_in_threadpool(self._kept, root), headers=HEADERS)

    def _kept(self, root: str) -> str:
        with self._lock:
            return self._page(root)

    def _render(self, root: str) -> str:
        return render(
            "migrate",
            root,
            moves={move.id: move for move in moves(self._base_url, SOURCE_ID)},
            actions=tables.segment_actions(),
            messages=tables.segment_fields(),
            traits=tables.segment_traits(),
            orders=tables.order_fields(),
            payloads=tables.tracardi_fields(),
            limits={
                "event": MAX_EVENT_BYTES,
                "body": MAX_BODY_BYTES,
                "events": MAX_EVENTS,
                "tracardi_events": native.MAX_EVENTS,
            },
        )
