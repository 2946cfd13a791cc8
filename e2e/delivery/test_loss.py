"""Nothing is lost and nothing doubled: pages left at once from far away, collectors that restart or are gone.

The short forms run always, the long ones in `make test-long`. WebKit is not among them: it has one
visitor at a time and no switch for its back/forward cache.
"""

import time
from collections.abc import Callable, Iterator

import pytest

from e2e.conftest import StartCollector
from e2e.delivery.conftest import run_browser
from e2e.delivery.driver import Browser, Tab
from e2e.delivery.loss import Site, Tally, far_away, leave_in_every_way, leave_once

LONG = pytest.mark.long
TRIES = [pytest.param(2, id="short"), pytest.param(125, id="long", marks=[LONG, pytest.mark.timeout(3600)])]
"""Of each of the sixteen ways: 32 events, or 1,000 custom ones and 1,000 visits."""

RESTARTS = [pytest.param(1, id="short"), pytest.param(10, id="long", marks=[LONG, pytest.mark.timeout(1200)])]

OUTAGES = [
    pytest.param(3, 6.0, id="short"),
    pytest.param(10, 600.0, id="long", marks=[LONG, pytest.mark.timeout(1200)]),
]

Note = Callable[[str, object], None]


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def fresh_pages(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A browser that keeps no page for a return."""
    with run_browser(request.param, keep_pages=False) as browser:
        yield browser


def note(record_property: Note, title: str, tally: Tally) -> None:
    """Have the figures printed at the end, and hold them to the targets."""
    record_property("figures", f"{title:<32} {tally}")
    assert (tally.lost, tally.doubled, tally.preflights) == (set(), set(), 0)


@pytest.mark.parametrize("times", TRIES)
def test_pages_left_at_once(
    fresh_pages: Browser, start_collector: StartCollector, times: int, record_property: Note
) -> None:
    """By a link, a script, a reload, a closed tab; cold and warm; the page's event and the visit itself."""
    with far_away(start_collector()) as site:
        tally = leave_in_every_way(site, fresh_pages, times)
    assert len(tally.made) == 16 * times
    note(record_property, f"{fresh_pages.name}, left at once", tally)


def make(site: Site, tab: Tab) -> None:
    tab.evaluate(f"void tagwell.track('loss', {{n: {site.number()}}})")


@pytest.mark.parametrize("restarts", RESTARTS)
def test_a_collector_that_restarts_under_load(
    fresh_pages: Browser, start_collector: StartCollector, restarts: int, record_property: Note
) -> None:
    """Killed and started again while events come and pages are left."""
    running = start_collector()
    with far_away(running) as site:
        context = fresh_pages.new_context()
        tab = context.new_tab(f"{site.origin}/home")
        for _ in range(restarts):
            for _ in range(5):
                make(site, tab)
            running.kill()
            for _ in range(5):
                make(site, tab)
            leave_once(site, context, "custom", "script")
            running = start_collector()
            site.gate.target = running.url.removeprefix("http://")
            leave_once(site, context, "visit", "close")
            make(site, tab)
        context.new_tab(f"{site.origin}/home")
        site.arrives(set(site.tally.made), 60)
        context.close()
        note(record_property, f"{fresh_pages.name}, {restarts} restarts", site.finish())


@pytest.mark.parametrize(("tabs", "seconds"), OUTAGES)
def test_no_collector_for_long(
    fresh_pages: Browser, start_collector: StartCollector, tabs: int, seconds: float, record_property: Note
) -> None:
    """Tabs are opened and closed all the while; the script comes from a cache, as where one is in front."""
    running = start_collector()
    with far_away(running) as site:
        context = fresh_pages.new_context()
        context.new_tab(f"{site.origin}/home")
        site.collector.wait_for(site.id, "page.visit")
        running.kill()
        end = time.monotonic() + seconds
        opened: list[Tab] = []
        while time.monotonic() < end:
            if len(opened) == tabs:
                opened.pop(0).close()
            opened.append(context.new_tab(f"{site.origin}/home"))
            for tab in opened:
                make(site, tab)
            # An outage is as long as it is: this is no wait for something to happen.
            time.sleep(seconds / 60)
        site.gate.target = start_collector().url.removeprefix("http://")
        for tab in opened:
            tab.close()
        context.new_tab(f"{site.origin}/home")
        site.arrives(set(site.tally.made), 120)
        context.close()
        note(record_property, f"{fresh_pages.name}, {seconds:.0f} s without one", site.finish())
