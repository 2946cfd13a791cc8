"""A browser of each kind, and a site whose beacons go through a gate."""

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from collector.model.event import EventRecord
from collector.model.source import Settings
from e2e.delivery.chromium import run_chromium
from e2e.delivery.driver import Browser, Context, Tab
from e2e.delivery.firefox import run_firefox
from e2e.delivery.gate import Gate, open_gate
from e2e.delivery.webkit import find_webkit, run_webkit
from e2e.harness import ONLY_DELIVERY, Collector
from snippet.install import install_line

# Kept by the page itself, for `wrong`: none of the drivers is asked to listen.
WATCH = (
    "<script>window.wrong = [];"
    "addEventListener('error', (event) => wrong.push(String(event.message)));"
    "addEventListener('unhandledrejection', (event) => wrong.push('unhandled: ' + event.reason))</script>"
)


FAST = "{ const own = setTimeout; window.setTimeout = (run, ms, ...rest) => own(run, ms / 20, ...rest) }"
"""The timers of a page run twenty times as fast."""


ONE_BROWSER = pytest.mark.parametrize("engine", ["chromium"], indirect=True)
"""For what the tag's own script decides alone."""

TWO_BROWSERS = pytest.mark.parametrize("engine", ["chromium", "firefox"], indirect=True)
"""For what WebKit's driver cannot do: go offline, or have one tab behind another that hears of it."""


def find_browser(name: str) -> str | None:
    """The path of a browser for the suite: what `make test` found, else the system's."""
    if name == "webkit":
        return find_webkit()
    names = {"chromium": ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")}
    wanted = names.get(name, ("firefox-esr", "firefox"))
    return os.environ.get(f"E2E_{name.upper()}") or next(
        (path for n in wanted if (path := shutil.which(n))), None
    )


def run_browser(name: str, *, keep_pages: bool = True) -> contextlib.AbstractContextManager[Browser]:
    """Run this browser; skip the test where there is none, or fail it where CI is set."""
    path = find_browser(name)
    if not path:
        missing = f"no {name} here: `make test{'-webkit' if name == 'webkit' else ''}` finds or installs one"
        if os.environ.get("CI") and name != "webkit":
            pytest.fail(missing)
        pytest.skip(missing)
    if name == "webkit":
        return run_webkit(path)
    return (run_chromium if name == "chromium" else run_firefox)(path, keep_pages=keep_pages)


@pytest.fixture(scope="module", params=["chromium", "firefox", "webkit"])
def engine(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Each of the three browsers."""
    with run_browser(request.param) as browser:
        yield browser


@pytest.fixture
def visitor(engine: Browser) -> Iterator[Context]:
    """A visitor who has never been here."""
    context = engine.new_context()
    yield context
    context.close()


class GatedSite:
    """One source, pages of another origin with its line, and the gate before the collector."""

    def __init__(self, collector: Collector, gate: Gate, settings: Settings) -> None:
        self.collector = collector
        self.gate = gate
        self.id = collector.add_source(settings=settings).source_id
        self.line = install_line(gate.url, self.id)

    def page(self, body: str = "", *, before: str = "", headers: Mapping[str, str] | None = None) -> str:
        """Serve a page with the line, after a script that ran `before` it; return its URL."""
        first = f"<script>{before}</script>" if before else ""
        # no-store would keep it out of the back/forward cache.
        return self.collector.page(
            f"<!doctype html><html lang=en><head><title>Test</title>{WATCH}{first}{self.line}</head>"
            f"<body>{body}</body></html>",
            headers={"cache-control": "no-cache", **(headers or {})},
        )

    def away(self) -> str:
        """A page of the same site without the line."""
        return self.collector.page(
            "<!doctype html><title>Away</title>", headers={"cache-control": "no-cache"}
        )

    def events(self, action: str) -> list[EventRecord]:
        return self.collector.events(self.id, action)

    def wait_for(self, action: str, count: int = 1) -> list[EventRecord]:
        """The first so many events of this action, once they are stored."""
        return self.collector.wait_for(self.id, action, count, timeout=20)


MakeGated = Callable[..., GatedSite]


@pytest.fixture
def gated(collector: Collector) -> Iterator[MakeGated]:
    """Makes sites with a gate each: `gated(settings)`."""
    with ExitStack() as open_gates:

        def make(settings: Settings = ONLY_DELIVERY, before: Collector = collector) -> GatedSite:
            return GatedSite(before, open_gates.enter_context(open_gate(before.url)), settings)

        yield make


@pytest.fixture
def shop(gated: MakeGated) -> GatedSite:
    """A site that sends what a test makes, and page visits."""
    return gated()


def outbox(tab: Tab) -> list[str]:
    """The keys of what is kept in the tab's storage, as the tag sees it."""
    kept: list[str] = tab.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('tagwell_'))")
    return kept


def wrong(tab: Tab) -> list[str]:
    """What went uncaught in the page."""
    found: list[str] = tab.evaluate("window.wrong")
    return found


def track(tab: Tab, action: str, params: Any = None) -> None:
    """Call the page API in a task of its own."""
    tab.evaluate(f"void tagwell.track({json.dumps(action)}, {json.dumps(params or {})})")
