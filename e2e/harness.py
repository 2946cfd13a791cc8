"""The collector and the pages of the browser tests, run for real.

The collector is the command that an operator starts, in a process of its own, so that a test may
kill it; what arrived is read from its store, not from its answers. The pages come from another
origin, since a tag that works only on the collector's own would be of no use.
"""

import contextlib
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import overload

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from collector.model.event import EventRecord
from collector.model.policy import Policy
from collector.model.source import Modules, Settings, Source, TagSettings
from collector.store import connect
from collector.store.interface import Store

TAGWELL = Path(sys.executable).parent / "tagwell"
"""The installed command. Not resolved: the venv's folder is the point."""

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
"""In the first line that `tagwell serve` prints, once it accepts connections."""

POLL_SECONDS = 0.02

ONLY_DELIVERY = Settings(
    tag=TagSettings(
        modules=Modules(
            **dict.fromkeys(Modules.__struct_fields__, False)
            | dict.fromkeys(("page_visits", "sessions", "delivery", "custom_events"), True)
        )
    )
)
"""Of a site that sends its visits and what a test makes, and nothing else."""


class Pages:
    """A server of test pages, on a port of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._pages: dict[str, tuple[bytes, list[tuple[bytes, bytes]]]] = {}

    def add(self, html: str, *, headers: Mapping[str, str] | None = None, path: str | None = None) -> str:
        """Serve `html` with these response headers; return its URL. A path given twice is replaced."""
        path = path or f"/page-{len(self._pages) + 1}.html"
        sent = {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"}
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        self._pages[path] = (html.encode(), [(k.encode(), v.encode()) for k, v in sent.items()])
        return self.url + path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer any method with the page of that path: a form may be posted to one."""
        while (await receive()).get("more_body"):
            pass
        # Browsers ask for an icon by themselves; a 404 would be an error on the console.
        missing = 204 if scope["path"] == "/favicon.ico" else 404
        body, headers = self._pages.get(scope["path"], (b"", []))
        status = 200 if headers else missing
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@contextlib.contextmanager
def serve_pages() -> Iterator[Pages]:
    """Serve pages until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # The socket listens from here on, so nobody has to wait for the thread below.
        pages = Pages(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with serving(pages, listener):
            yield pages


@contextlib.contextmanager
def serving(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Run an application on a listening socket, in a thread, until the block ends."""
    config = uvicorn.Config(app, lifespan="off", ws="none", log_level="error", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name=type(app).__name__)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


class ServerProcess:
    """One `tagwell serve` as a child process.

    `url` is its address. Its output is drained all the time, so that a full pipe never stops it;
    `output()` is what it printed so far.
    """

    def __init__(self, command: list[str], *, folder: Path, environment: Mapping[str, str]) -> None:
        """Start it and wait until it listens. Raises AssertionError with its output if it does not."""
        self._lines: list[str] = []
        self._listening: queue.Queue[str] = queue.Queue()
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, name="collector output")
        self._reader.start()
        try:
            self.url = self._listening.get(timeout=30)
        except queue.Empty:
            self.url = ""
        if not self.url:
            self.kill()
            raise AssertionError(f"{' '.join(command)} does not listen:\n{self.output()}")

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.append(line)
            if found := ADDRESS.search(line):
                self._listening.put(found[0])
        self._listening.put("")  # It ended: whoever still waits need not.

    def output(self) -> str:
        """All that it printed so far, both streams."""
        return "".join(self._lines)

    def stop(self) -> int:
        """Ask it to end (SIGTERM) and return its exit status. Raises AssertionError if it hangs."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the collector did not end on SIGTERM:\n{self.output()}") from None
        self._finish()
        return self.process.returncode

    def kill(self) -> None:
        """End it and its workers at once (SIGKILL), as a power cut would."""
        tasks = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        workers = tasks.read_text().split() if tasks.exists() else []
        for pid in (self.process.pid, *map(int, workers)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self._finish()

    def _finish(self) -> None:
        self._reader.join()
        if self.process.stdout is not None:
            self.process.stdout.close()


class Collector:
    """A running collector and what a test asks of it.

    `store` is the same store, opened by the test's own process; a source that is added through
    it is known to the running collector at once.
    """

    def __init__(self, server: ServerProcess, store_url: str, store: Store, pages: Pages) -> None:
        self.server = server
        self.url = server.url
        self.store_url = store_url
        self.store = store
        self._pages = pages

    def page(self, html: str, *, headers: Mapping[str, str] | None = None, path: str | None = None) -> str:
        """Serve `html` from another origin, with these response headers; return its URL."""
        return self._pages.add(html, headers=headers, path=path)

    def add_source(
        self, name: str = "Test", *, settings: Settings | None = None, policy: Policy | None = None
    ) -> Source:
        """Add a source; what is not given is as for any new source."""
        return self.store.add_source(name, settings or Settings(), policy or Policy())

    def events(self, source_id: str, action: str | None = None) -> list[EventRecord]:
        """What arrived, in commit order."""
        return self.store.events(source_id, action=action)

    @overload
    def wait_for(self, source_id: str, action: str, *, timeout: float = 10) -> EventRecord: ...

    @overload
    def wait_for(
        self, source_id: str, action: str, count: int, *, timeout: float = 10
    ) -> list[EventRecord]: ...

    def wait_for(
        self, source_id: str, action: str, count: int | None = None, *, timeout: float = 10
    ) -> EventRecord | list[EventRecord]:
        """Return the first event of this action, or the first `count` of them, once they are stored.

        `timeout` is in seconds; then it raises AssertionError with what did arrive. A request that
        Playwright's `page.route` holds in this thread cannot go on meanwhile.
        """
        wanted = count or 1
        deadline = time.monotonic() + timeout
        while len(found := self.events(source_id, action)) < wanted:
            if time.monotonic() > deadline:
                raise AssertionError(self._what_arrived(source_id, action, wanted))
            time.sleep(POLL_SECONDS)
        return found[0] if count is None else found[:wanted]

    def _what_arrived(self, source_id: str, action: str, wanted: int) -> str:
        events = [f"  {event.action} {event.params}" for event in self.events(source_id)]
        refused = [f"  {record.reason}: {record.detail}" for record in self.store.rejections(source_id)]
        printed = self.server.output().splitlines()[-20:]
        return "\n".join(
            [f"wanted {wanted} x {action}. Stored:", *events, "Rejected:", *refused, "Printed:", *printed]
        )

    def stop(self) -> int:
        """End the collector in good order; return its exit status."""
        return self.server.stop()

    def kill(self) -> None:
        """End the collector as a power cut would."""
        self.server.kill()


@contextlib.contextmanager
def run_collector(
    folder: Path,
    pages: Pages,
    *,
    demo: bool = False,
    arguments: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
    store_url: str | None = None,
) -> Iterator[Collector]:
    """Run a collector whose data lies in `folder`, until the block ends or the test ended it itself.

    `arguments` go to `tagwell serve`, `environment` holds TAGWELL_* settings; those of the caller's
    shell do not count. `store_url` is that of a store elsewhere.
    """
    store_url = store_url or f"sqlite:///{folder / 'tagwell.db'}"
    command = [str(TAGWELL), "serve", "--host", "127.0.0.1", "--port", "0", "--store", store_url]
    command += [*(["--demo"] if demo else []), *arguments]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TAGWELL_")}
    server = ServerProcess(command, folder=folder, environment=inherited | dict(environment or {}))
    try:
        store = connect(store_url)
        store.open()
        try:
            yield Collector(server, store_url, store, pages)
        finally:
            store.close()
    finally:
        if server.process.poll() is None:
            server.stop()
