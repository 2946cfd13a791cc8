"""A site for each test: a source of its own, and pages of another origin that carry its line."""

import json
import time
from collections.abc import Callable, Mapping
from html import escape

import httpx
import pytest
from playwright.sync_api import Page, Request

from collector.model.event import EventRecord
from collector.model.policy import Policy
from collector.model.source import Settings
from e2e.harness import Collector
from snippet.install import install_line
from tests.auth.signing import public_pem, rsa_key, sign
from tests.receive.running import wait_until


class Site:
    """One source, its pages, and what arrived for it."""

    def __init__(self, collector: Collector, settings: Settings, policy: Policy) -> None:
        self.collector = collector
        self.id = collector.add_source(settings=settings, policy=policy).source_id
        self.line = install_line(collector.url, self.id)

    def page(
        self, body: str = "", *, title: str = "Test", head: str = "", headers: Mapping[str, str] | None = None
    ) -> str:
        """Serve a page with the line; return its URL."""
        html = (
            f"<!doctype html><html lang=en><head><title>{escape(title)}</title>{head}{self.line}</head>"
            f"<body>{body}</body></html>"
        )
        return self.collector.page(html, headers=headers)

    def add_token_key(self) -> None:
        """Give the source the public half of `rsa_key()`, and wait until it is in force: within a second."""
        self.collector.store.add_token_key(self.id, "back end", "RS256", public_pem(rsa_key()))
        token = sign({"uuid": "back-end"}, now_ms=time.time_ns() // 1_000_000)
        beacon = {"events": [{"action": "key.try", "uuid": "back-end"}], "token": token}
        wait_until(lambda: httpx.post(f"{self.collector.url}/b/{self.id}", json=beacon).status_code == 204)

    def events(self, action: str | None = None) -> list[EventRecord]:
        """What arrived, in commit order."""
        return self.collector.events(self.id, action)

    def wait_for(self, action: str) -> EventRecord:
        """The first event of this action, once it is there."""
        return self.collector.wait_for(self.id, action)

    def wait_for_all(self, action: str, count: int) -> list[EventRecord]:
        """The first so many events of this action, once they are there."""
        return self.collector.wait_for(self.id, action, count)


class Sent:
    """The bodies of what a page posts."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._bodies: list[bytes] = []
        self._addresses: list[str] = []
        page.on("request", lambda request: self._note(request))

    def _note(self, request: Request) -> None:
        if request.method == "POST":
            self._bodies.append(request.post_data_buffer or b"")
            self._addresses.append(request.url)

    def bodies(self) -> list[bytes]:
        """All so far. Waiting for the store lets no news of the browser in; a word with the page does."""
        self._page.evaluate("0")
        return list(self._bodies)

    def addresses(self) -> list[str]:
        """Where each body went."""
        self._page.evaluate("0")
        return list(self._addresses)

    def text(self) -> str:
        """All so far, as one text to search."""
        return b"".join(self.bodies()).decode()

    def actions(self) -> list[list[str]]:
        """The actions in each body."""
        return [[event["action"] for event in json.loads(body)["events"]] for body in self.bodies()]


@pytest.fixture
def sent(page: Page) -> Sent:
    """What this page posts from now on."""
    return Sent(page)


MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(collector: Collector) -> MakeSite:
    """Makes a site: `make_site(settings, policy)`; a new source's own where none is given."""

    def make(settings: Settings | None = None, policy: Policy | None = None) -> Site:
        return Site(collector, settings or Settings(), policy or Policy())

    return make


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    """A site with the settings of a new source."""
    return make_site()
