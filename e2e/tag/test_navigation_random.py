"""Random journeys through a single-page app make the views that a plain rule foretells."""

import random
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page

from collector.model.event import EventRecord
from e2e.tag.conftest import Site

SETTLED_MS = 300
"""How long an address must last, unless another is pushed."""

DO = """async (steps) => {
    for (const [how, to] of steps) {
        if (how === 'push') history.pushState({}, '', to)
        else if (how === 'replace') history.replaceState({}, '', to)
        else if (how === 'hash') location.hash = to
        else {
            const gone = new Promise((done) => addEventListener('popstate', done, {once: true}))
            history.go(to)
            await gone
        }
    }
}"""

PAUSES_MS = (0, 1, SETTLED_MS - 1, SETTLED_MS, 2000)


@dataclass
class Browser:
    """What a browser's session history does, and the addresses that it shows: (time, url, replaced)."""

    random: random.Random
    entries: list[str]
    now: int
    at: int = 0
    shown: list[tuple[int, str, bool]] = field(default_factory=list)

    def step(self) -> tuple[str, str | int]:
        """Go somewhere; return how and whereto, for the page to do the same."""
        here = self.entries[self.at]
        how = self.random.choice(("push", "push", "replace", "hash", "go"))
        to = self.random.choice("ab") + self.random.choice(("", "?q=1"))
        if how == "go":
            steps = self.random.choice(
                [n for n in range(-2, 3) if 0 <= self.at + n < len(self.entries) and n] or [0]
            )
            if not steps:
                return self.step()
            self._show(self.at + steps)
            return how, steps
        if how == "hash":
            to = self.random.choice("xy")
            if here.endswith("#" + to):
                return self.step()
            self._push(here.split("#")[0] + "#" + to)
        elif how == "push":
            to = "/" + to
            self._push(to)
        else:
            to = "/" + to
            self.entries[self.at] = to
            self._show(self.at, replaced=True)
        return how, to

    def _push(self, url: str) -> None:
        self.entries[self.at + 1 :] = [url]
        self._show(self.at + 1)

    def _show(self, at: int, *, replaced: bool = False) -> None:
        self.at = at
        self.shown.append((self.now, self.entries[at], replaced))


def foretold(start: str, shown: list[tuple[int, str, bool]]) -> list[tuple[str, str, int]]:
    """The views: (url, referrer, time).

    Of the addresses, those that differ from the last in more than the hash; of these, those that no
    other replaced before they had settled; of these, those that differ from the view before.
    """
    other: list[tuple[int, str, bool]] = []
    for change in shown:
        if page_of(change[1]) != page_of(other[-1][1] if other else start):
            other.append(change)
    views: list[tuple[str, str, int]] = []
    for change, after in zip(other, [*other[1:], None], strict=True):
        redirected = after is not None and after[2] and after[0] - change[0] < SETTLED_MS
        before = views[-1][0] if views else start
        if not redirected and page_of(change[1]) != page_of(before):
            views.append((change[1], before, change[0]))
    return views


def page_of(url: str) -> str:
    """The address without its hash, which makes no view in a new source."""
    return url.partition("#")[0]


def told(visit: EventRecord) -> tuple[str, str, int]:
    """A visit as the model has it."""
    url, referrer = (visit.params[name].partition("//")[2].partition("/")[2] for name in ("url", "referrer"))
    return "/" + url, "/" + referrer, visit.context.get("sent_time", visit.time_ms)


def journey(page: Page, site: Site, seed: int, bursts: int) -> None:
    """Make random steps, some at once and some a while apart, by a clock that only the test moves."""
    page.clock.install()
    url = site.page()
    page.goto(url)
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 10"))
    start = "/" + url.split("/", 3)[3]
    chance = random.Random(seed)
    browser = Browser(chance, [start], now=page.evaluate("Date.now()"))
    for _ in range(bursts):
        page.evaluate(DO, [browser.step() for _ in range(chance.randint(1, 4))])
        pause = chance.choice(PAUSES_MS)
        page.clock.run_for(pause)
        browser.now += pause
    page.evaluate(DO, [("push", "/end")])
    page.clock.run_for(SETTLED_MS)
    page.clock.resume()
    expected = [*foretold(start, browser.shown), ("/end", "", 0)]
    seen = [
        told(visit) for visit in site.collector.wait_for(site.id, "page.visit", len(expected) + 1, timeout=60)
    ]
    assert seen[1:-1] == expected[:-1]
    assert seen[-1][0] == "/end"
    assert len(site.events("page.visit")) == len(seen)


def test_a_random_journey(page: Page, site: Site, page_errors: list[str]) -> None:
    """Some three hundred steps."""
    journey(page, site, seed=3, bursts=120)
    assert page_errors == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_many_long_random_journeys(page: Page, site: Site, page_errors: list[str], seed: int) -> None:
    journey(page, site, seed=seed, bursts=400)
    assert page_errors == []
