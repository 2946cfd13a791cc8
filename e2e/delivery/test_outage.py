"""A collector that cannot be reached, is busy or says no, in three browsers: kept and repeated, or not."""

import itertools
from typing import Literal

import pytest

from e2e.conftest import StartCollector
from e2e.delivery.conftest import FAST, ONE_BROWSER, TWO_BROWSERS, GatedSite, MakeGated, outbox, track, wrong
from e2e.delivery.driver import Browser, Context
from e2e.delivery.gate import wait_until
from e2e.harness import ONLY_DELIVERY


@TWO_BROWSERS
def test_offline_and_online_again(engine: Browser, visitor: Context, shop: GatedSite) -> None:
    """What was made offline goes as the network returns, whatever pause was on."""
    tab = visitor.new_tab(shop.page())
    shop.wait_for("page.visit")
    shop.gate.answers = [(503, {"retry-after": "600"})]
    track(tab, "refused")
    wait_until(lambda: shop.gate.sent("refused"), "a refusal")
    tab.offline(True)
    track(tab, "offline")
    assert len(outbox(tab)) == 2
    tab.offline(False)
    shop.wait_for("offline")
    shop.wait_for("refused")
    wait_until(lambda: outbox(tab) == [], "an empty outbox")
    assert wrong(tab) == []


def test_a_collector_that_ends_and_comes_again(
    visitor: Context, gated: MakeGated, start_collector: StartCollector
) -> None:
    """Killed, then started elsewhere with the same store: what was made meanwhile is stored, once."""
    first = start_collector()
    shop = gated(ONLY_DELIVERY, first)
    tab = visitor.new_tab(shop.page())
    shop.wait_for("page.visit")
    first.kill()
    track(tab, "down")
    wait_until(lambda: shop.gate.sent("down"), "a try")
    second = start_collector()
    shop.gate.target = second.url.removeprefix("http://")
    assert len(second.wait_for(shop.id, "down", 1, timeout=20)) == 1
    wait_until(lambda: outbox(tab) == [], "an empty outbox")
    assert len(second.events(shop.id, "down")) == 1
    assert wrong(tab) == []


def test_what_failed_goes_with_the_next_page(visitor: Context, shop: GatedSite) -> None:
    """From the same device, although the page that made it is long gone."""
    tab = visitor.new_tab(shop.page())
    shop.wait_for("page.visit")
    shop.gate.answer = "close"
    track(tab, "kept")
    wait_until(lambda: shop.gate.sent("kept"), "a try")
    tab.goto(shop.away())
    assert shop.events("kept") == []
    shop.gate.answer = None
    tab.goto(shop.page())
    shop.wait_for("kept")
    assert len(shop.events("kept")) == 1


def test_what_may_be_repeated(visitor: Context, shop: GatedSite) -> None:
    """Goes again under the same id, after what the collector asks for or else a second at least."""
    repeated = (408, 429, 500, 501, 502, 503, 504)
    shop.gate.answers = ["close", *((status, {"retry-after": "10"}) for status in repeated)]
    tab = visitor.new_tab(shop.page(before=FAST))
    shop.wait_for("page.visit")
    assert len({beacon.events[0]["id"] for beacon in shop.gate.beacons}) == 1
    times = [beacon.time for beacon in shop.gate.beacons]
    first, *asked = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert len(asked) == len(repeated)
    assert first >= 1 / 20
    assert min(asked) >= 10 / 20
    wait_until(lambda: outbox(tab) == [], "an empty outbox")


@pytest.mark.parametrize("odd", ["soon", "-1", "Wed, 21 Oct 2015 07:28:00 GMT", "999999999999"])
@ONE_BROWSER
def test_an_odd_retry_after(engine: Browser, visitor: Context, shop: GatedSite, odd: str) -> None:
    """Never means at once."""
    shop.gate.answer = (503, {"retry-after": odd})
    visitor.new_tab(shop.page(before=FAST))
    wait_until(lambda: len(shop.gate.beacons) > 1 or odd[-1:] in "19", "another try")
    tab = visitor.new_tab(shop.away())
    tab.evaluate("new Promise((done) => setTimeout(done, 1000))")
    assert len(shop.gate.beacons) < 8


def test_what_is_refused_for_good(visitor: Context, shop: GatedSite) -> None:
    """A 4xx is an answer: it is not asked again, and the outbox is empty."""
    refused = [400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 422, 431, 451, 460]
    shop.gate.answers = [(status, {}) for status in refused]
    tab = visitor.new_tab(shop.page())
    for number, _ in enumerate(refused):
        wait_until(lambda: outbox(tab) == [], "an empty outbox")
        track(tab, f"event.{number}")
    shop.wait_for(f"event.{len(refused) - 1}")
    sent = [beacon.actions() for beacon in shop.gate.beacons]
    assert sent == [["page.visit"], *([f"event.{number}"] for number, _ in enumerate(refused))]
    assert len(shop.events("page.visit")) == 0


@pytest.mark.parametrize("broken", ["lost", "cut"])
def test_an_answer_that_does_not_arrive(
    visitor: Context, shop: GatedSite, broken: Literal["lost", "cut"]
) -> None:
    """The collector has the event and the tag does not know it: it goes again, and is stored once."""
    shop.gate.answers = [broken, broken]
    tab = visitor.new_tab(shop.page(before=FAST))
    wait_until(lambda: len(shop.gate.sent("page.visit")) == 3, "a third try")
    wait_until(lambda: outbox(tab) == [], "an empty outbox")
    track(tab, "after")
    shop.wait_for("after")
    assert all(beacon.passed for beacon in shop.gate.sent("page.visit"))
    assert len(shop.events("page.visit")) == 1


def test_a_connection_that_hangs(visitor: Context, shop: GatedSite) -> None:
    """Is given up after half a minute (here a second and a half)."""
    shop.gate.answers = ["hang"]
    tab = visitor.new_tab(shop.page(before=FAST))
    shop.wait_for("page.visit")
    assert len(shop.gate.sent("page.visit")) == 2
    wait_until(lambda: outbox(tab) == [], "an empty outbox")


@ONE_BROWSER
def test_pauses_grow_and_end(engine: Browser, visitor: Context, shop: GatedSite) -> None:
    """Each pause is about twice the one before; a success ends them."""
    shop.gate.answer = "close"
    tab = visitor.new_tab(shop.page(before=FAST))
    wait_until(lambda: len(shop.gate.beacons) >= 6, "six tries", 30)
    times = [beacon.time for beacon in shop.gate.beacons[:6]]
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    # 1, 2, 4, 8, 16 s, each up to twice as long, twenty times as fast.
    for number, pause in enumerate(pauses):
        assert 2**number / 20 <= pause < 2 ** (number + 1) / 20 + 0.6
    shop.gate.answer = None
    shop.wait_for("page.visit")
    track(tab, "after")
    shop.wait_for("after")


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("window.fetch = () => { throw new Error('no') }", id="throws"),
        pytest.param("window.fetch = () => {}", id="returns nothing"),
        pytest.param("window.fetch = () => Promise.reject(new Error('no'))", id="rejects"),
        pytest.param("window.fetch = async () => ({ok: true})", id="answers nothing"),
        pytest.param("delete window.fetch; delete window.Request", id="is missing"),
        pytest.param("delete Request.prototype.keepalive", id="has no keepalive"),
    ],
)
def test_a_page_whose_fetch(visitor: Context, shop: GatedSite, broken: str) -> None:
    """...is no good: a beacon carries everything, as the page is left at the latest."""
    tab = visitor.new_tab(shop.page(before=broken))
    track(tab, "carried")
    tab.evaluate("new Promise((done) => setTimeout(done, 600))")
    tab.goto(shop.away())
    shop.wait_for("carried")
    shop.wait_for("page.visit")
    assert shop.gate.preflights == 0
