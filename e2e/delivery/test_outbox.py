"""The outbox: emptied by acknowledgement, bounded, shared by tabs, and whole where storage fails."""

import pytest

from e2e.delivery.conftest import FAST, ONE_BROWSER, GatedSite, MakeGated, outbox, track, wrong
from e2e.delivery.driver import Browser, Context
from e2e.delivery.gate import wait_until


def test_acknowledged_events_leave_nothing(visitor: Context, shop: GatedSite) -> None:
    """An event lies in the outbox until the collector has it, and then no more."""
    tab = visitor.new_tab(shop.page())
    shop.wait_for("page.visit")
    wait_until(lambda: outbox(tab) == [], "an empty outbox")
    shop.gate.answers = ["hang"]
    track(tab, "held")
    wait_until(lambda: shop.gate.sent("held"), "a body on its way")
    (key,) = outbox(tab)
    assert tab.evaluate(f"JSON.parse(localStorage[{key!r}]).action") == "held"


def test_one_body_at_a_time(visitor: Context, shop: GatedSite) -> None:
    """What is made meanwhile waits, and goes together: here behind a refusal, so in the repeat."""
    shop.gate.answers = [(503, {"retry-after": "1"})]
    tab = visitor.new_tab(shop.page())
    wait_until(lambda: shop.gate.beacons, "the visit on its way")
    track(tab, "a")
    track(tab, "b")
    shop.wait_for("b")
    assert [beacon.actions() for beacon in shop.gate.beacons] == [["page.visit"], ["page.visit", "a", "b"]]


def test_bodies_are_small_and_hold_everything(visitor: Context, shop: GatedSite) -> None:
    """Under 60,000 bytes each, also where a character is three; and none is lost by leaving meanwhile."""
    tab = visitor.new_tab(shop.page())
    shop.wait_for("page.visit")
    tab.evaluate(
        "(() => { for (let n = 0; n < 40; n++) tagwell.track('big', {n, text: '\u20ac'.repeat(1000)});"
        f" location = {shop.away()!r} }})()"
    )
    wait_until(lambda: tab.evaluate("document.title") == "Away", "the other page")
    tab.goto(shop.page())
    found = shop.wait_for("big", 40)
    assert sorted(event.params["n"] for event in found) == list(range(40))
    assert len(shop.events("big")) == 40
    assert max(beacon.size for beacon in shop.gate.beacons) < 60_000
    wait_until(lambda: outbox(tab) == [], "an empty outbox")


def test_it_is_bounded(visitor: Context, shop: GatedSite) -> None:
    """Half a million bytes, of the newest; the page's own storage is not touched."""
    shop.gate.answer = "close"
    tab = visitor.new_tab(shop.page(before="localStorage.own = 'mine'"))
    tab.evaluate(
        "(() => { for (let n = 0; n < 40; n++) tagwell.track('big', {n, text: 'x'.repeat(20000)}) })()"
    )
    tab.goto(shop.page())
    size = "Object.keys(localStorage).reduce((sum, key) => sum + localStorage[key].length, 0)"
    wait_until(lambda: 400_000 < tab.evaluate(size) <= 500_100, "a smaller outbox")
    shop.gate.answer = None
    tab.goto(shop.page())
    wait_until(lambda: outbox(tab) == [], "an empty outbox", 30)
    numbers = {event.params["n"] for event in shop.events("big")}
    assert numbers == set(range(40 - len(numbers), 40))
    assert tab.evaluate("localStorage.own") == "mine"


def test_tabs_share_it(visitor: Context, shop: GatedSite) -> None:
    """Another tab delivers what this one could not; this one says it once more at most."""
    shop.gate.answers = [None, (503, {"retry-after": "30"})]
    first = visitor.new_tab(shop.page(before=FAST))
    shop.wait_for("page.visit")
    track(first, "shared")
    wait_until(lambda: shop.gate.sent("shared"), "a refusal")
    second = visitor.new_tab(shop.page())
    shop.wait_for("shared")
    first.activate()
    track(first, "later")
    shop.wait_for("later")
    assert len(shop.events("shared")) == 1
    assert len(shop.gate.sent("shared")) <= 3
    wait_until(lambda: outbox(second) == [], "an empty outbox")


REFUSED = {
    "a sandbox without an origin": ("", {"content-security-policy": "sandbox allow-scripts"}),
    "localStorage throws": (
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no') }})",
        {},
    ),
    "every use of it throws": (
        "{ const no = () => { throw new DOMException('no') };"
        " Object.defineProperty(window, 'localStorage', {value: new Proxy({}, {get: no, set: no,"
        " deleteProperty: no, ownKeys: no, has: no})}) }",
        {},
    ),
    "it can be written and not cleared": (
        "{ const no = () => { throw new DOMException('no') };"
        " Object.defineProperty(window, 'localStorage', {value: new Proxy({}, {deleteProperty: no})}) }",
        {},
    ),
    "it is full": (
        "for (let size = 1 << 20; size; size >>= 1) try { for (let n = 0;; n++) localStorage[size + '-' + n]"
        " = 'x'.repeat(size) } catch {}",
        {},
    ),
    "no cookies": ("Object.defineProperty(document, 'cookie', {get: () => '', set() {}})", {}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_where_storage_fails(visitor: Context, shop: GatedSite, case: str) -> None:
    """This page's memory will do: what failed is repeated, one visitor stays one, nothing goes uncaught."""
    before, headers = REFUSED[case]
    shop.gate.answers = [(503, {"retry-after": "10"})]
    tab = visitor.new_tab(shop.page(before=FAST + before, headers=headers))
    shop.wait_for("page.visit")
    track(tab, "more")
    shop.wait_for("more")
    assert wrong(tab) == []
    (visit,), (more,) = shop.events("page.visit"), shop.events("more")
    assert visit.uuid == more.uuid


def test_a_page_that_clears_its_storage(visitor: Context, shop: GatedSite) -> None:
    """Takes no event with it: neither one just made nor one that failed."""
    shop.gate.answers = [(503, {"retry-after": "1"})]
    tab = visitor.new_tab(shop.page())
    wait_until(lambda: shop.gate.beacons, "a refusal")
    tab.evaluate("(() => { tagwell.track('log.out'); localStorage.clear() })()")
    shop.wait_for("log.out")
    shop.wait_for("page.visit")
    wait_until(lambda: outbox(tab) == [], "an empty outbox")


def test_strange_things_under_our_names(visitor: Context, shop: GatedSite) -> None:
    """Stop nothing: a huge value, and one of another source."""
    mine, other = f"tagwell_{shop.id[:8]}0", "tagwell_ffffffff0"
    before = f"localStorage[{mine!r}] = 'x'.repeat(100000); localStorage[{other!r}] = 'theirs'"
    tab = visitor.new_tab(shop.page(before=before))
    shop.wait_for("page.visit")
    track(tab, "still")
    shop.wait_for("still")
    assert tab.evaluate(f"localStorage[{other!r}]") == "theirs"


def test_one_visitor_on_the_next_page_without_cookies(visitor: Context, shop: GatedSite) -> None:
    before = "Object.defineProperty(document, 'cookie', {get: () => '', set() {}})"
    tab = visitor.new_tab(shop.page(before=before))
    shop.wait_for("page.visit")
    tab.goto(shop.page(before=before))
    first, second = shop.wait_for("page.visit", 2)
    assert first.uuid == second.uuid


def test_the_line_twice_and_two_sources(visitor: Context, gated: MakeGated) -> None:
    """The same line counts once, two sources each have their own; an event goes to both."""
    one, two = gated(), gated()
    tab = visitor.new_tab(one.page(one.line + two.line))
    one.wait_for("page.visit")
    two.wait_for("page.visit")
    track(tab, "both")
    one.wait_for("both")
    two.wait_for("both")
    assert [len(site.events(action)) for site in (one, two) for action in ("page.visit", "both")] == [1] * 4
    assert one.events("both")[0].uuid == two.events("both")[0].uuid


@ONE_BROWSER
def test_a_clock_that_jumps(engine: Browser, visitor: Context, shop: GatedSite) -> None:
    """Back a day and forth: everything is delivered, once."""
    tab = visitor.new_tab(
        shop.page(before="{ const own = Date.now; window.jump = 0; Date.now = () => own() + jump }")
    )
    for number, jump in enumerate((0, -86_400_000, 86_400_000, 0)):
        tab.evaluate(f"void (window.jump = {jump})")
        track(tab, f"jump.{number}")
        shop.wait_for(f"jump.{number}")
    wait_until(lambda: outbox(tab) == [], "an empty outbox")
    assert [len(shop.events(f"jump.{number}")) for number in range(4)] == [1] * 4
