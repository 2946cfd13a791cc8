"""What the operator's probes ask: is it alive, is it ready, and the metrics."""

import asyncio
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from collector.auth.keys import hash_key
from collector.outcomes import metrics_text
from collector.store import Store, StoreUnavailable
from collector.store.catalog import Catalog


async def healthz(_request: Request) -> Response:
    """Whether the process answers."""
    return PlainTextResponse("ok\n")


class Ready:
    """Whether this process can store: 503 with the cause while it cannot. Tried at most once a second."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tried_s = -1.0
        self._problem: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if time.monotonic() - self._tried_s >= 1:
            self._tried_s = time.monotonic()
            try:
                await self._store.append([], [])
                self._problem = None
            except StoreUnavailable as error:
                self._problem = f"the store takes nothing: {error}"
        if self._problem is None:
            response: Response = PlainTextResponse("ready\n")
        else:
            response = JSONResponse({"detail": self._problem}, 503)
        await response(scope, receive, send)


class Metrics:
    """Prometheus's text, to whoever shows an api key: counts tell a stranger how well a site does."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if await self._may_read(request):
            text = await asyncio.to_thread(metrics_text, self._store)
            response: Response = Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
        else:
            response = JSONResponse({"detail": "metrics need an api key"}, 401)
        await response(scope, receive, send)

    async def _may_read(self, request: Request) -> bool:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        found = await self._catalog.find_key(hash_key(key)) if scheme.lower() == "bearer" else None
        return found is not None and found.source_id is None  # a key of one source may not see the others
