"""A whole collector in this process: `build_app` on a store of its own, its lifespan run, asked by HTTP."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, TypeVar

import httpx
from starlette.types import Message

from collector.app import build_app
from collector.config import Config
from collector.model.event import EventRecord
from collector.model.outcome import Outcome
from collector.store import Store, connect

T = TypeVar("T")

VISITOR = "203.0.113.77"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

SOON_S = 5.0
"""How long a test waits for what is promised within one second: the rest is for a busy machine."""


class Running:
    """A collector between `start` and `stop`. Its loop runs in a thread of its own, as a server's does."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder / 'tagwell.db'}"
        self.store: Store = connect(self.url)
        self.store.migrate()
        self._config = Config(store=self.url, **settings)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def start(self) -> None:
        """Build the application and wait until it is ready."""
        self._app = build_app(self._config)
        self._thread.start()
        self._run(self._start())

    def stop(self) -> None:
        """Shut the application down and wait until it has."""
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.store.close()

    def request(self, method: str, path: str, *, peer: str = VISITOR, **options: Any) -> httpx.Response:
        """One request from `peer`. Whatever the application raises is a 500, as a server would answer it."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False, client=(peer, 40_000))
            async with httpx.AsyncClient(transport=transport, base_url="http://collector.example") as client:
                return await client.request(method, path, **options)

        return self._run(send())

    def post(self, source_id: str, body: Any, **options: Any) -> httpx.Response:
        """Send a beacon: bytes as they are, anything else as JSON."""
        headers = {"user-agent": FIREFOX, "content-type": "text/plain"} | options.pop("headers", {})
        if isinstance(body, bytes):
            options["content"] = body
        else:
            options["json"] = body
        return self.request("POST", f"/b/{source_id}", headers=headers, **options)

    def events(self, source_id: str) -> list[EventRecord]:
        """All that is stored of a source, derived events included."""
        return self.store.events(source_id)

    def sums(self, source_id: str | None) -> dict[str, int]:
        """What became of the events of a source (None: of unknown ones); rejected ones by their reason."""
        sums: dict[str, int] = {}
        for row in self.store.outcomes():
            if row.source_id == source_id:
                name = row.reason if row.outcome is Outcome.REJECTED else row.outcome.value
                sums[name] = sums.get(name, 0) + row.count
        return sums

    def files_hold(self, text: str | bytes) -> list[str]:
        """The names of the data's files in which these bytes are, journals included."""
        needle = text.encode() if isinstance(text, str) else text
        return [
            path.name for path in self.folder.rglob("*") if path.is_file() and needle in path.read_bytes()
        ]

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=60)

    async def _start(self) -> None:
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message] = asyncio.Queue()
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        self._lifespan = asyncio.ensure_future(self._app(scope, self._to_app.get, self._from_app.put))
        await self._tell("startup")

    async def _stop(self) -> None:
        await self._tell("shutdown")
        await self._lifespan

    async def _tell(self, what: str) -> None:
        await self._to_app.put({"type": f"lifespan.{what}"})
        answer = await self._from_app.get()
        assert answer["type"] == f"lifespan.{what}.complete", answer


def wait_until(condition: Callable[[], bool]) -> None:
    """Ask again and again until it is so; fail after SOON_S."""
    deadline = time.monotonic() + SOON_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"


def actions(events: Iterable[EventRecord]) -> list[str]:
    """The actions of what the senders sent, without what we derived."""
    return [event.action for event in events if not event.derived]


def detail_of(response: httpx.Response) -> str:
    """What went wrong, as an answer in JSON tells it: one text named `detail` and nothing else."""
    assert response.headers["content-type"] == "application/json"
    [(name, detail)] = response.json().items()
    assert name == "detail"
    assert isinstance(detail, str)
    return detail
