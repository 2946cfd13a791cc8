"""The three browsers, each driven by what it speaks itself.

Playwright keeps every page "visible" for ever, and has no WebKit that Debian could install; so the
delivery suite talks to the browsers directly: Chromium by its DevTools protocol, Firefox by
WebDriver BiDi, both over one websocket and without a driver program, and WebKit by WebDriver
(`webkit.py`). What a browser shows is what a visitor's browser does: tabs are really hidden,
closed and kept in the back/forward cache.

What each cannot do:

    Chromium    nothing here; but it is killed, not closed, at the end
    Firefox     no way to slow the processor or to freeze a page
    WebKit      one context and one command at a time; a tab that is covered by another hears
                nothing of it; no way to go offline; no way to switch its back/forward cache off
"""

import contextlib
import itertools
import json
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

ANSWER_SECONDS = 30


class BrowserError(Exception):
    """The browser refused a command, or the page's script threw."""


class Tab(Protocol):
    """A tab. `goto` and `reload` return when the page has loaded, `visit` and `back` at once."""

    def goto(self, url: str) -> None: ...
    def visit(self, url: str) -> None: ...
    def evaluate(self, script: str) -> Any:
        """Return what an expression (a promise: what it comes to) is, as JSON has it."""
        ...

    def reload(self) -> None: ...
    def back(self) -> None: ...
    def activate(self) -> None:
        """Bring it to the front of its window: others there are then hidden."""
        ...

    def offline(self, offline: bool) -> None: ...
    def close(self) -> None:
        """Close it, as a click on its cross does. The page is gone a moment later."""
        ...

    def closed(self) -> bool:
        """Whether it is gone."""
        ...


class Context(Protocol):
    """A visitor: cookies, storage and cache of its own, in one window."""

    def new_tab(self, url: str = "about:blank") -> Tab:
        """Open a tab in front of the others; with a URL, return when it has loaded."""
        ...

    def start_tab(self, url: str) -> Tab:
        """The same, without waiting, and with nothing before it in the tab: so it may close itself."""
        ...

    def close(self) -> None: ...


class Browser(Protocol):
    """A running browser. Contexts may be used from several threads at once, one thread each."""

    name: str

    def new_context(self) -> Context: ...


class Wire:
    """Commands and answers over a websocket, matched by their ids. Safe for several threads."""

    def __init__(self, address: str) -> None:
        self._connected = ExitStack()
        self._socket = self._connected.enter_context(
            connect(address, max_size=None, compression=None, open_timeout=ANSWER_SECONDS)
        )
        self._ids = itertools.count(1)
        self._open: dict[int, Future[dict[str, Any]]] = {}
        self._reader = threading.Thread(target=self._read, name="browser answers", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            for message in self._socket:
                answer = json.loads(message)
                if waiting := self._open.pop(answer.get("id", 0), None):
                    waiting.set_result(answer)
        for waiting in list(self._open.values()):
            waiting.set_exception(BrowserError("the browser has gone"))

    def start(self, method: str, params: dict[str, Any], **more: Any) -> Future[dict[str, Any]]:
        """Send a command; the future is its answer."""
        number, answer = next(self._ids), Future[dict[str, Any]]()
        self._open[number] = answer
        self._socket.send(json.dumps({"id": number, "method": method, "params": params, **more}))
        return answer

    def call(self, method: str, params: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Send a command and return its result. Raises BrowserError."""
        try:
            answer = self.start(method, params, **more).result(ANSWER_SECONDS)
        except TimeoutError:
            raise BrowserError(f"{method}: no answer") from None
        if "error" in answer:
            raise BrowserError(f"{method}: {answer.get('message') or answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def close(self) -> None:
        self._connected.close()
        self._reader.join()


@contextlib.contextmanager
def launched(command: list[str], listening: str) -> Iterator[Wire]:
    """Start a browser that says on stderr where it listens; end it, and what it kept, with the block.

    `{profile}` in the command is the folder of its own; files in it may be there before.
    """
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said: list[str] = []
        address = ""
        for line in process.stderr:
            said.append(line)
            if found := re.search(listening, line):
                address = found[1]
                break
        if not address:
            raise AssertionError(f"{command[0]} does not start:\n{''.join(said)}")
        # Drained all the time, or a full pipe stops it.
        drain = threading.Thread(target=process.stderr.read, name="browser output")
        drain.start()
        try:
            wire = Wire(address + ("/session" if "BiDi" in listening else ""))
            try:
                yield wire
            finally:
                wire.close()
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
            drain.join()


@contextlib.contextmanager
def profile_folder(files: dict[str, str]) -> Iterator[Path]:
    """A folder for the browser's data, with these files in it."""
    folder = Path(tempfile.mkdtemp(prefix="browser-"))
    try:
        for name, text in files.items():
            (folder / name).write_text(text)
        yield folder
    finally:
        # The last of its processes may write a moment longer.
        shutil.rmtree(folder, ignore_errors=True)
