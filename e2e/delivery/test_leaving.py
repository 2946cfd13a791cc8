"""What a page reported as it was left, closed, covered or kept for later arrives, in three browsers."""

import itertools
from functools import partial

import pytest

from e2e.delivery.conftest import TWO_BROWSERS, GatedSite, outbox, track, wrong
from e2e.delivery.driver import Browser, Context
from e2e.delivery.gate import wait_until


def leaving(how: str) -> str:
    """A script that reports and leaves in one task, as soon as the page has loaded; not twice."""
    return (
        "addEventListener('load', () => { if (sessionStorage.left) return; sessionStorage.left = 1;"
        f" tagwell.track('bye'); {how} }})"
    )


@pytest.mark.parametrize(
    "how",
    [
        pytest.param("location.href = 'AWAY'", id="script"),
        pytest.param(
            "const a = document.createElement('a'); a.href = 'AWAY'; document.body.append(a); a.click()",
            id="link",
        ),
        pytest.param("location.reload()", id="reload"),
        pytest.param(
            "const f = document.createElement('form'); f.action = 'AWAY';"
            " document.body.append(f); f.submit()",
            id="form",
        ),
    ],
)
def test_a_page_that_is_left_in_the_task_of_an_event(visitor: Context, shop: GatedSite, how: str) -> None:
    """The event and the visit arrive, once each, and nothing asked first."""
    visitor.new_tab(shop.page(before=leaving(how.replace("AWAY", shop.away()))))
    shop.wait_for("bye")
    shop.wait_for("page.visit")
    assert len(shop.events("bye")) == 1
    assert shop.gate.preflights == 0
    assert {beacon.content_type.lower() for beacon in shop.gate.beacons} == {"text/plain;charset=utf-8"}


def test_a_tab_that_is_closed_at_once(visitor: Context, shop: GatedSite) -> None:
    visitor.new_tab(shop.away())
    tab = visitor.new_tab(shop.page())
    track(tab, "bye")
    tab.close()
    shop.wait_for("bye")
    shop.wait_for("page.visit")


def test_what_a_page_reports_as_its_tab_closes(engine: Browser, visitor: Context, shop: GatedSite) -> None:
    """With a later page at the latest.

    Firefox may close a tab without a word to its page, or lose what that has just kept: seen in about one
    run of a hundred. There it is told what the page reports as another tab comes to the front.
    """
    report = (
        "document.onvisibilitychange = () => document.hidden && tagwell.track('hidden');"
        " onpagehide = () => tagwell.track('gone')"
    )
    visitor.new_tab(shop.away())
    tab = visitor.new_tab(shop.page(f"<script>{report}</script>"))
    shop.wait_for("page.visit")
    if engine.name == "firefox":
        visitor.new_tab(shop.away())
        shop.wait_for("hidden")
        return
    tab.close()
    pages = itertools.count(2)

    def a_later_page_brings(action: str) -> object:
        visitor.new_tab(shop.page())
        shop.wait_for("page.visit", next(pages))
        return shop.events(action)

    for action in ("hidden", "gone"):
        wait_until(partial(a_later_page_brings, action), action, 40)
        assert len(shop.events(action)) == 1


def test_there_and_back(visitor: Context, shop: GatedSite) -> None:
    """The tag does not cost a page its place in the back/forward cache, and goes on when it returns."""
    tab = visitor.new_tab(
        shop.page("<script>window.same = 1; onpagehide = () => tagwell.track('left')</script>")
    )
    shop.wait_for("page.visit")
    tab.goto(shop.away())
    shop.wait_for("left")
    tab.back()
    shop.wait_for("page.visit", 2)
    assert tab.evaluate("window.same") == 1
    track(tab, "returned")
    shop.wait_for("returned")
    wait_until(lambda: outbox(tab) == [], "an empty outbox")
    assert wrong(tab) == []


def test_what_is_on_its_way_is_not_sent_again(visitor: Context, shop: GatedSite) -> None:
    """By the page that goes: Chromium tells it that the fetch failed. The next page cannot know better."""
    tab = visitor.new_tab(shop.page())
    shop.wait_for("page.visit")
    shop.gate.answers = ["hang"]
    track(tab, "going")
    wait_until(lambda: shop.gate.sent("going"), "a body on its way")
    tab.goto(shop.away())
    assert len(shop.gate.sent("going")) == 1
    tab.goto(shop.page())
    shop.wait_for("going")
    assert len(shop.gate.sent("going")) == 2


@TWO_BROWSERS
def test_a_covered_tab_sends_what_waits(engine: Browser, visitor: Context, shop: GatedSite) -> None:
    """At once, although another body is still on its way; and what it then reports as well."""
    shop.gate.answers = ["hang"]
    tab = visitor.new_tab(shop.page())
    wait_until(lambda: shop.gate.beacons, "the visit on its way")
    track(tab, "waits")
    visitor.new_tab(shop.away())
    shop.wait_for("waits")
    tab.evaluate("void (document.onvisibilitychange = () => document.hidden && tagwell.track('covered'))")
    tab.activate()
    visitor.new_tab(shop.away())
    shop.wait_for("covered")
    track(tab, "while.covered")
    shop.wait_for("while.covered")


@TWO_BROWSERS
def test_a_tab_opened_behind_another(engine: Browser, visitor: Context, shop: GatedSite) -> None:
    """What it reports while nobody has seen it goes at once, and once."""
    tab = visitor.new_tab()
    visitor.new_tab(shop.away())
    tab.goto(shop.page("<script>document.title = document.hidden</script>"))
    assert shop.wait_for("page.visit")[0].params["title"] == "true"
    track(tab, "behind")
    shop.wait_for("behind")
    assert [beacon.actions() for beacon in shop.gate.beacons] == [["page.visit"], ["behind"]]


def test_a_sandboxed_frame(visitor: Context, shop: GatedSite) -> None:
    """Without an origin it has no storage, and is left with its page."""
    inner = shop.page(
        "<script>addEventListener('load', () => setTimeout(() => tagwell.track('framed')))</script>"
    )
    tab = visitor.new_tab(shop.away())
    tab.evaluate(
        "void document.body.append(Object.assign(document.createElement('iframe'),"
        f" {{sandbox: 'allow-scripts', src: '{inner}'}}))"
    )
    shop.wait_for("page.visit")
    tab.goto(shop.away())
    shop.wait_for("framed")
