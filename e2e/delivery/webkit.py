"""WebKit (WebKitGTK's MiniBrowser) by WebDriver, under a display of its own.

It is the engine and not Safari: no tracking prevention, other networking.
"""

import contextlib
import glob
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from e2e.delivery.driver import ANSWER_SECONDS, BrowserError

BROWSERS = "/usr/lib/*/webkit2gtk-4*/MiniBrowser"


def find_webkit() -> str | None:
    """The path of a MiniBrowser that can be driven here, None where there is none."""
    found = sorted(glob.glob(BROWSERS))
    return found[-1] if found and shutil.which("WebKitWebDriver") and shutil.which("Xvfb") else None


class Session:
    """A browser of its own. WebDriver knows one window at a time: each command names its own."""

    def __init__(self, address: str, binary: str) -> None:
        self._address = address
        options = {"binary": binary, "args": ["--automation"]}
        wanted = {
            "browserName": "MiniBrowser",
            "acceptInsecureCerts": True,
            "webkitgtk:browserOptions": options,
        }
        made = self._request("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._path = f"/session/{made['sessionId']}"

    def _request(self, method: str, path: str, data: dict[str, Any] | None) -> Any:
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(self._address + path, body, method=method)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            with error:
                raise BrowserError(f"{path}: {error.read().decode()}") from None

    def call(self, path: str, data: dict[str, Any] | None = None, *, method: str = "POST") -> Any:
        return self._request(method, self._path + path, {} if data is None and method == "POST" else data)

    def switch(self, window: str) -> None:
        self.call("/window", {"handle": window})

    def quit(self) -> None:
        self._request("DELETE", self._path, None)


class WebKitTab:
    def __init__(self, session: Session, window: str) -> None:
        self._session = session
        self._window = window

    def _call(self, path: str, data: dict[str, Any] | None = None, *, method: str = "POST") -> Any:
        self._session.switch(self._window)
        return self._session.call(path, data, method=method)

    def goto(self, url: str) -> None:
        self._call("/url", {"url": url})

    def visit(self, url: str) -> None:
        self.goto(url)

    def evaluate(self, script: str) -> Any:
        wrapped = (
            "const done = arguments[0]; (async () => (await (" + script + ")) ?? null)()"
            ".then(value => done({value}), error => done({error: String(error)}))"
        )
        answer = self._call("/execute/async", {"script": wrapped, "args": []})
        if "error" in answer:
            raise BrowserError(answer["error"])
        return answer["value"]

    def reload(self) -> None:
        self._call("/refresh")

    def back(self) -> None:
        self.evaluate("void setTimeout(() => history.back())")

    def activate(self) -> None:
        self._session.switch(self._window)

    def offline(self, offline: bool) -> None:
        raise BrowserError("WebKit cannot be taken offline")

    def close(self) -> None:
        self._call("/window", method="DELETE")

    def closed(self) -> bool:
        return self._window not in self._session.call("/window/handles", method="GET")


class WebKitContext:
    def __init__(self, session: Session, driver: ExitStack) -> None:
        self._session = session
        self._driver = driver
        # Its own first tab is the only one that is in front.
        self._first: str | None = session.call("/window", method="GET")

    def new_tab(self, url: str = "about:blank") -> WebKitTab:
        # A closed tab stays the current one, and then there is nothing to open another from.
        self._session.switch(self._session.call("/window/handles", method="GET")[0])
        window = self._first or self._session.call("/window/new", {"type": "tab"})["handle"]
        self._first = None
        tab = WebKitTab(self._session, window)
        if url != "about:blank":
            tab.goto(url)
        return tab

    def start_tab(self, url: str) -> WebKitTab:
        return self.new_tab(url)

    def close(self) -> None:
        with self._driver:
            self._session.quit()


class WebKit:
    name = "webkit"

    def __init__(self, display: str, binary: str) -> None:
        self._display = display
        self._binary = binary

    def new_context(self) -> WebKitContext:
        """A driver and a browser of its own: a driver that has ended a session may hang in the next."""
        with ExitStack() as stack:
            address = stack.enter_context(_driver(self._display))
            return WebKitContext(Session(address, self._binary), stack.pop_all())


@contextlib.contextmanager
def _display() -> Iterator[str]:
    """A display that nobody sees: without one, WebKit's driver waits for ever."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield ":" + process.stdout.readline().strip()
        finally:
            process.terminate()


@contextlib.contextmanager
def _driver(display: str) -> Iterator[str]:
    """A driver; the value is its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {**os.environ, "DISPLAY": display}
    command = ["WebKitWebDriver", f"--port={port}"]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + ANSWER_SECONDS
            while True:
                try:
                    with urllib.request.urlopen(address + "/status", timeout=ANSWER_SECONDS):
                        break
                except OSError:
                    if time.monotonic() > deadline or process.poll() is not None:
                        raise
                    time.sleep(0.05)
            yield address
        finally:
            process.terminate()


@contextlib.contextmanager
def run_webkit(binary: str) -> Iterator[WebKit]:
    """Run it on a display of its own."""
    with _display() as display:
        yield WebKit(display, binary)
