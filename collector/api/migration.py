"""`/docs/migrate`: how pages and servers made for another vendor move here, and what is different then.

Its tables are made from the readers of those dialects (`migration_tables`), its lines are those that the
install page of a source shows (`snippet.moving`).
"""

import threading
from functools import cache
from typing import Any

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
    """Serves the page. `public_url` is where the collector is reached, "" for wherever the reader does."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url.rstrip("/")
        # Whoever asks first makes the tables: two at once would make them twice.
        self._lock = threading.Lock()

    def routes(self) -> list[BaseRoute]:
        """The path."""
        return [Route("/docs/migrate", self._read)]

    async def _read(self, request: Request) -> Response:
        root = str(request.scope.get("root_path", ""))
        address = self._public_url or f"{request.url.scheme}://{request.url.netloc}{root}"
        return HTMLResponse(await run_in_threadpool(self._render, root, address), headers=HEADERS)

    def _render(self, root: str, address: str) -> str:
        with self._lock:
            mapped = _mapped()
        return render(
            "migrate",
            root,
            moves={move.id: move for move in moves(address, SOURCE_ID)},
            limits={
                "event": MAX_EVENT_BYTES,
                "body": MAX_BODY_BYTES,
                "events": MAX_EVENTS,
                "tracardi_events": native.MAX_EVENTS,
            },
            **mapped,
        )


@cache
def _mapped() -> dict[str, Any]:
    return {
        "actions": tables.segment_actions(),
        "messages": tables.segment_fields(),
        "traits": tables.segment_traits(),
        "orders": tables.order_fields(),
        "payloads": tables.tracardi_fields(),
    }
