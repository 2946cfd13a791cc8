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


CHECK_S = 1.0
"""How long what was found of the store holds, in seconds."""

PATIENCE_S = 3.0
"""Longest that the store may take to answer, in seconds: with CHECK_S within the five that are promised."""


class Ready:
    """Whether this process can store: 503 with the cause while it cannot.

    One look at the store is under way at most, however many ask, and nobody waits for it longer than
    PATIENCE_S: a disk that hangs holds one thread and one empty write, not the probe.
    """

    def __init__(self, store: Store, *, min_free_bytes: int) -> None:
        self._store = store
        self._min_free_bytes = min_free_bytes
        self._look: asyncio.Task[str | None] | None = None
        self._began_s = 0.0
        self._ended_s = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = await self._problem()
        if problem is None:
            response: Response = PlainTextResponse("ready\n")
        else:
            response = JSONResponse({"detail": problem}, 503)
        await response(scope, receive, send)

    async def _problem(self) -> str | None:
        look = self._look
        if look is None or (look.done() and time.monotonic() - self._ended_s >= CHECK_S):
            self._began_s = time.monotonic()
            look = self._look = asyncio.create_task(self._look_at_store())
        waited_s = time.monotonic() - self._began_s
        await asyncio.wait([look], timeout=max(0.0, PATIENCE_S - waited_s))
        if look.done():
            return look.result()
        waited_s = time.monotonic() - self._began_s
        return (
            f"the store has not answered for {waited_s:.0f} s: its disk, its server or a writer holds it up"
        )

    async def _look_at_store(self) -> str | None:
        try:
            problem = await asyncio.to_thread(self._store.trouble, self._min_free_bytes)
            if problem is None:
                await self._store.append([], [])  # the way that beacons take
        except (StoreUnavailable, OSError) as error:
            problem = f"the store takes nothing: {error}"
        finally:
            self._ended_s = time.monotonic()
        return problem


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
