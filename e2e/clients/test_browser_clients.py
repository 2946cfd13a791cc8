"""Browser libraries of Segment, Customer.io and RudderStack, as npm has them, in Chromium.

Each page loads its library as the vendor's documents tell, with our host, and makes every call. The answer
to what is sent first is lost: it is stored by then, and the library sends it once more. Then the visitor
goes on to the next page in the middle of a call. What is stored is what was meant, once.
"""

import json
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from collector.model.event import EventRecord
from collector.model.outcome import Outcome
from e2e.clients.relay import Relay, open_relay
from e2e.delivery.gate import wait_until
from e2e.harness import Collector

# What the snippets of Segment and Customer.io do: calls wait in an array until the script has come.
STUB = """
const queue = window.NAME = []
queue.invoked = true
for (const name of ['page', 'track']) queue[name] = (...told) => queue.push([name, ...told])
"""


@dataclass(frozen=True)
class Library:
    """How a page carries a library. In its lines, HOST is ours and KEY the write key.

    file     in the folder of the npm clients
    path     at which the page asks for it
    script   attributes of its script element
    before   runs before it, and `after` behind it; then `name` has the calls
    hears    whether it hears of a lost answer, and sends once more
    screen   whether it has that call
    alias    whether it says whom an alias is for
    """

    file: str
    path: str
    name: str
    script: str = ""
    before: str = ""
    after: str = ""
    hears: bool = True
    screen: bool = True
    alias: bool = True


def rudderstack(options: str = "", *, hears: bool = True) -> Library:
    return Library(
        file="@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js",
        path="/own/rudderstack.js",
        name="calls",
        after=f"window.calls = new rudderanalytics.RudderAnalytics()\n"
        f"calls.load('KEY', 'HOST', {{configUrl: 'HOST/config', {options}}})",
        hears=hears,
        screen=False,
    )


LIBRARIES = {
    "segment": Library(
        file="@segment/analytics-next/dist/umd/standalone.js",
        path="/analytics.js/v1/KEY/analytics.min.js",
        name="analytics",
        # Its pattern for the address of its own script wants https.
        before=STUB.replace("NAME", "analytics") + "queue._cdn = 'HOST'",
        alias=False,
    ),
    "customerio": Library(
        file="@customerio/cdp-analytics-browser/dist/umd/standalone.js",
        path="/v1/analytics-js/snippet/KEY/analytics.min.js",
        name="cioanalytics",
        script="data-global-customerio-analytics-key=cioanalytics",
        before=STUB.replace("NAME", "cioanalytics") + "queue._writeKey = 'KEY'",
    ),
    "rudderstack": rudderstack(),
    "rudderstack by beacon": rudderstack("useBeacon: true", hears=False),
}

SONG = {"title": "Low Tide", "seconds": 215, "tags": ["sea", "calm"], "band": {"name": "The Potters"}}


@pytest.fixture
def npm() -> Path:
    """The folder of the npm clients."""
    folder = os.environ.get("E2E_CLIENTS", "")
    if not folder:
        missing = "no npm clients here: `make test` installs them where there is npm"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return Path(folder)


@pytest.fixture
def relay(collector: Collector) -> Iterator[Relay]:
    """Stands before the collector, and gives the libraries out as their vendor's host does."""
    with open_relay(collector.url) as opened:
        yield opened


def serve(library: Library, relay: Relay, npm: Path, key: str, collector: Collector, calls: str) -> str:
    """Serve a page with the library that makes these calls at once; return its URL."""

    def filled(text: str) -> str:
        return text.replace("HOST", relay.url).replace("KEY", key)

    script = npm / library.file
    relay.served[filled(library.path)] = script.read_bytes()
    # Parts of the script that it asks its own host for.
    relay.served |= {
        f"{folder}/{part.name}": part.read_bytes()
        for part in script.parent.glob("*.js")
        for folder in ("/analytics-next/bundles", "/v1/analytics-js")
    }
    return collector.page(
        f"<!doctype html><html lang=en><title>Docs</title><script>{filled(library.before)}</script>"
        f"<script {library.script} src='{relay.url}{filled(library.path)}'></script>"
        f"<script>{filled(library.after)}\n{calls}</script>"
    )


def once_more(relay: Relay) -> bool:
    """Whether the message whose answer was lost has come a second time."""
    ids = [json.loads(request.body)["messageId"] for request in relay.posts()]
    return len(set(ids)) < len(ids)


def said(event: EventRecord) -> dict[str, Any]:
    """What was called: the params, without what the library tells of the page by itself."""
    if event.action != "page.visit":
        return event.params
    by_itself = {"url", "path", "search", "title", "referrer", "tab_url", "referring_domain"}
    by_itself |= {"initial_referrer", "initial_referring_domain"}
    return {name: value for name, value in event.params.items() if name not in by_itself}


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_page_with_a_library_loses_nothing_and_sends_nothing_twice(
    page: Page, collector: Collector, relay: Relay, npm: Path, page_errors: list[str], name: str
) -> None:
    library = LIBRARIES[name]
    key = collector.add_source(name).source_id
    user, api = f"user-{key}", library.name
    relay.lost = 1 if library.hears else 0
    early = (
        f"{api}.page('Docs', 'Home', {{section: 'start'}}); {api}.track('Song Played', {json.dumps(SONG)})"
    )
    home = serve(library, relay, npm, key, collector, early)
    away = serve(library, relay, npm, key, collector, "")

    started = time.time()
    page.goto(home)
    page.wait_for_function(f"!Array.isArray({api})")
    page.evaluate(f"() => new Promise((done) => {api}.ready(done))")
    if library.hears:
        collector.wait_for(key, "Song Played")
        collector.wait_for(key, "page.visit")
    page.evaluate(
        f"""async () => {{
            await {api}.identify('{user}', {{firstName: 'Grace', plan: 'pro'}})
            {f"await {api}.screen('Shop', 'Cart', {{items: 2}})" if library.screen else ""}
            await {api}.group('acme', {{name: 'Acme', employees: 12}})
        }}"""
    )
    if library.hears:
        # What is sent at once may arrive in any order, and an alias before the identify names another.
        collector.wait_for(key, "client.createOrUpdate")
    page.evaluate(f"() => void {api}.alias('{user}-too', '{user}')")
    if library.hears:
        wait_until(lambda: once_more(relay), "what got no good answer, once more")
    with page.expect_navigation(url=away):
        page.evaluate(f"() => {{ {api}.track('Left', {{on: 'exit'}}); location.href = '{away}' }}")
    collector.wait_for(key, "Left")

    meant: dict[str, dict[str, Any]] = {
        "page.visit": {"category": "Docs", "name": "Home", "section": "start"},
        "Song Played": SONG,
        "client.createOrUpdate": {"firstName": "Grace", "plan": "pro"},
        **({"screen.view": {"category": "Shop", "name": "Cart", "items": 2}} if library.screen else {}),
        "client.group": {"groupId": "acme", "group": {"name": "Acme", "employees": 12}},
        "client.alias": {},
        "Left": {"on": "exit"},
    }
    wait_until(lambda: len(sent(collector, key)) == len(meant), "all that was called")
    stored = {event.action: event for event in sent(collector, key)}
    assert {action: said(event) for action, event in stored.items()} == meant
    assert all(abs(event.time_ms / 1000 - started) < 60 for event in stored.values())
    visit = stored["page.visit"]
    assert (visit.params["url"], visit.params["title"]) == (home, "Docs")

    original = stored["client.alias"].context["original"]
    assert (original["userId"], original["previousId"]) == (
        (f"{user}-too", user) if library.alias else (user, user)
    )
    assert {event.uuid for action, event in stored.items() if action != "client.alias"} == {visit.uuid}
    person = collector.store.find_profile("customId", user)
    assert person is not None
    assert (person.fields, person.attributes["plan"]) == ({"firstName": "Grace"}, "pro")
    assert person.client_id == visit.profile_id, "what came before the identify is not the person's"

    counts: Counter[Outcome] = Counter()
    for row in collector.store.outcomes():
        if row.source_id == key:
            counts[row.outcome] += row.count
    assert counts[Outcome.STORED] == len(meant)
    assert counts[Outcome.REJECTED] == 0
    # What is on its way as the page goes may come a second time as well.
    assert bool(counts[Outcome.DUPLICATE]) == library.hears
    assert [error for error in page_errors if not re.search("503|CORS|ERR_FAILED", error)] == []


def sent(collector: Collector, key: str) -> list[EventRecord]:
    """What is stored of that which the libraries sent."""
    return [event for event in collector.events(key) if not event.derived]
