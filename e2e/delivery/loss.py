"""What becomes of numbered events whose page is left in the task in which they were made.

Page and collector are two origins, each behind TLS and 75 ms away, and no page is kept for a
return: that hides losses. Each number is looked for in the store, which must hold it once.
"""

import itertools
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

import trustme

from e2e.delivery.driver import Browser, BrowserError, Context, Tab
from e2e.delivery.gate import Gate, open_gate, wait_until
from e2e.harness import ONLY_DELIVERY, Collector, Pages, serve_pages
from snippet.install import install_line

ONE_WAY_SECONDS = 0.075
DIRECT_SECONDS = 4.0
"""How long an event may take that did not need a second page."""
LEFT_SECONDS = 30.0
LANES = 6
"""Visitors at a time."""

KINDS = ("custom", "visit")
EXITS = ("link", "script", "reload", "close")
TEMPERATURES = ("cold", "warm")
"""Cold: a visitor who was never here. Warm: the script is cached, the connection is open."""

_LEAVE = {
    "link": "const a = document.createElement('a'); a.href = '/away'; document.body.append(a); a.click()",
    "script": "location.href = '/away'",
    "reload": "location.reload()",
    "close": "window.close()",
}


def _try_page(line: str, kind: str, exit: str) -> str:
    """A page that makes the event of the number in its address and goes; reloaded, it is without the line."""
    make = "tagwell.track('loss', {n: +location.search.slice(1)});" if kind == "custom" else ""
    return (
        "<!doctype html><html lang=en><head><title>Try</title><script>"
        "if (sessionStorage[location.search]) document.title = 'Away';"
        f"else document.write({line!r}.replace('@', '/'));"
        "addEventListener('load', () => { if (sessionStorage[location.search]) return;"
        f" sessionStorage[location.search] = 1; {make} {_LEAVE[exit]} }})</script></head><body></body></html>"
    )


@dataclass
class Tally:
    """What a run made, and what came of it. Repeats are events that reached the collector again."""

    made: set[int] = field(default_factory=set)
    stored: Counter[int] = field(default_factory=Counter)
    rescued: int = 0
    repeats: int = 0
    preflights: int = 0

    @property
    def lost(self) -> set[int]:
        return self.made - set(self.stored)

    @property
    def doubled(self) -> set[int]:
        return {number for number, times in self.stored.items() if times > 1}

    def __str__(self) -> str:
        return (
            f"made {len(self.made):>5}  stored {len(self.made - self.lost):>5}  lost {len(self.lost):>3}"
            f"  doubled {len(self.doubled):>3}  by a later page {self.rescued:>4}"
            f"  repeats {self.repeats:>4}  preflights {self.preflights:>3}"
        )


class Site:
    """A source whose numbered events are watched as they are stored."""

    def __init__(self, collector: Collector, beacons: Gate, pages: Pages, origin: str) -> None:
        self.collector = collector
        self.gate = beacons
        self.origin = origin
        self.id = collector.add_source(settings=ONLY_DELIVERY).source_id
        self.line = install_line(beacons.url, self.id)
        pages.add("<!doctype html><title>Away</title>", path="/away")
        pages.add(f"<!doctype html><title>Home</title>{self.line}", path="/home")
        for kind, exit in itertools.product(KINDS, EXITS):
            pages.add(_try_page(self.line.replace("</", "<@"), kind, exit), path=f"/{kind}/{exit}")
        self.tally = Tally()
        self._seen = 0
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    def number(self) -> int:
        """A number of which one event will be made."""
        with self._lock:
            number = next(self._numbers)
            self.tally.made.add(number)
            return number

    def look(self) -> Counter[int]:
        """Read what was stored since the last look; return how often each number was."""
        with self._lock:
            while found := self.collector.store.events(self.id, after_seq=self._seen, limit=1000):
                for event in found:
                    self._seen = event.seq
                    url = str(event.params.get("url", ""))
                    if event.action == "loss":
                        self.tally.stored[event.params["n"]] += 1
                    elif event.action == "page.visit" and "/visit/" in url:
                        self.tally.stored[int(url.partition("?")[2])] += 1
            return self.tally.stored

    def arrives(self, numbers: set[int], seconds: float) -> bool:
        """Whether all of them are stored within this time."""
        deadline = time.monotonic() + seconds
        while not numbers <= set(self.look()):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def finish(self) -> Tally:
        """The tally, with what the gate saw."""
        ids = Counter(event["id"] for beacon in self.gate.beacons if beacon.passed for event in beacon.events)
        self.tally.repeats = ids.total() - len(ids)
        self.tally.preflights = self.gate.preflights
        self.look()
        return self.tally


@contextmanager
def far_away(collector: Collector) -> Iterator[Site]:
    """The site and its collector, each behind TLS and a long way."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(tls)
    with ExitStack() as stack:
        beacons = stack.enter_context(open_gate(collector.url, tls=tls, delay=ONE_WAY_SECONDS))
        pages = stack.enter_context(serve_pages())
        front = stack.enter_context(open_gate(pages.url, tls=tls, delay=ONE_WAY_SECONDS))
        # Another host than the collector's, so another site and not only another port.
        yield Site(collector, beacons, pages, front.url.replace("127.0.0.1", "localhost"))


def _has_left(tab: Tab, exit: str) -> bool:
    if exit == "close":
        return tab.closed()
    # Between two pages there is nobody to ask.
    with suppress(BrowserError):
        return bool(tab.evaluate("document.title === 'Away' && document.readyState === 'complete'"))
    return False


def leave_once(site: Site, context: Context, kind: str, exit: str, tab: Tab | None = None) -> int:
    """Make one event in this tab or a new one, leave its page, and return its number."""
    number = site.number()
    url = f"{site.origin}/{kind}/{exit}?{number}"
    if tab:
        tab.visit(url)
    else:
        tab = context.start_tab(url)
    wait_until(lambda: _has_left(tab, exit), f"{kind} {exit} to leave", LEFT_SECONDS)
    return number


def _cold(site: Site, browser: Browser, kind: str, exit: str) -> None:
    context = browser.new_context()
    number = leave_once(site, context, kind, exit)
    if not site.arrives({number}, DIRECT_SECONDS):
        _rescue(site, context, {number})
    context.close()


def _rescue(site: Site, context: Context, numbers: set[int]) -> None:
    """The visitor comes again: what lies on the device goes."""
    missing = numbers - set(site.look())
    context.new_tab(f"{site.origin}/home")
    if site.arrives(numbers, 20):
        site.tally.rescued += len(missing)


def _warm(site: Site, browser: Browser, kind: str, exit: str, times: int) -> None:
    context = browser.new_context()
    context.new_tab(f"{site.origin}/home")
    tab = context.new_tab()
    numbers = set()
    for _ in range(times):
        numbers.add(leave_once(site, context, kind, exit, None if exit == "close" else tab))
    if not site.arrives(numbers, DIRECT_SECONDS):
        _rescue(site, context, numbers)
    context.close()


def leave_in_every_way(site: Site, browser: Browser, times: int) -> Tally:
    """Make `times` events of each kind, exit and temperature, some visitors at once."""
    work: list[Callable[[], None]] = []
    for kind, exit in itertools.product(KINDS, EXITS):
        work += [lambda kind=kind, exit=exit: _cold(site, browser, kind, exit)] * times  # type: ignore[misc]
        # A visitor has 25 pages at most.
        for start in range(0, times, 25):
            some = min(25, times - start)
            work.append(lambda kind=kind, exit=exit, some=some: _warm(site, browser, kind, exit, some))  # type: ignore[misc]
    with ThreadPoolExecutor(LANES) as lanes:
        for done in [lanes.submit(one) for one in work]:
            done.result()
    return site.finish()
