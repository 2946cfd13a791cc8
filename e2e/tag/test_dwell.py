"""Triggers that take their time: how much of an element was seen or pointed at, and for how long."""

from typing import Any

import pytest
from playwright.sync_api import Page

from collector.model.source import Interaction, Settings, TagSettings, Trigger
from e2e.tag.conftest import MakeSite, Site

HIDDEN = """hidden => {
    Object.defineProperty(document, 'hidden', {get: () => hidden, configurable: true})
    document.dispatchEvent(new Event('visibilitychange'))
}"""

SCROLL = """async (tops) => {
    for (const top of tops) {
        scrollTo(0, top)
        // One to show it, one for its observers.
        for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame)
    }
}"""
"""To one place after the other, in the page's own time: no test waits in between."""


@pytest.fixture
def shop(make_site: MakeSite) -> Site:
    """A site with triggers of each kind that counts seconds or percent, fast and slow ones."""
    kinds: list[tuple[str, Interaction, str, dict[str, Any]]] = [
        ("card", "onHover", "hover.short", {"seconds": 0.3}),
        ("card", "onHover", "hover.usual", {}),
        ("card", "onHover", "hover.long", {"seconds": 600}),
        ("ad", "onVisible", "ad.short", {"percent": 60, "seconds": 0.8}),
        ("ad", "onVisible", "ad.long", {"percent": 60, "seconds": 600}),
        ("map", "onVisible", "map.seen", {"percent": 100}),
        ("story", "onScroll", "read.half", {"percent": 50}),
        ("story", "onScroll", "read.all", {"percent": 100}),
        ("offer", "onTimer", "offer.short", {"seconds": 1.2}),
        ("offer", "onTimer", "offer.long", {"seconds": 600}),
    ]
    triggers = tuple(Trigger(tag=t, interaction=i, action=a, **options) for t, i, a, options in kinds)
    return make_site(Settings(tag=TagSettings(triggers=triggers)))


def wait(page: Page, seconds: float) -> None:
    """Let time pass, which is what these triggers are about."""
    page.evaluate("ms => new Promise(done => setTimeout(done, ms))", seconds * 1000)


def later(page: Page, shop: Site, action: str) -> None:
    """Wait until all that the page has reported so far is there."""
    page.evaluate("action => requestAnimationFrame(() => setTimeout(() => tagwell.track(action)))", action)
    shop.wait_for(action)


def test_a_hover_counts_when_it_was_longer_than_usual_and_tells_how_long(page: Page, shop: Site) -> None:
    page.goto(shop.page("<div data-tracardi-tag=card data-tracardi-sku=A>A <b>b</b> c</div><p>Other</p>"))
    shop.wait_for("page.visit")
    page.hover("b")
    wait(page, 0.5)
    page.hover("div", position={"x": 1, "y": 1})  # Still the card.
    wait(page, 0.6)
    page.hover("p")
    for action in ("hover.short", "hover.usual"):
        hover = shop.wait_for(action).params
        assert hover["sku"] == "A"
        assert 1.1 <= hover["seconds"] < 10
    assert shop.events("hover.long") == []


def test_a_hover_that_ends_with_the_page_counts(page: Page, shop: Site) -> None:
    away = shop.collector.page("<!doctype html><title>Away</title>")
    page.goto(shop.page(f"<a href='{away}' data-tracardi-tag=card>go</a>"))
    shop.wait_for("page.visit")
    page.hover("a")
    wait(page, 0.4)
    page.click("a")
    page.wait_for_url(away)
    shop.wait_for("hover.short")
    assert len(shop.events("hover.short")) == 1


def test_an_element_must_show_its_share_and_stay(page: Page, shop: Site) -> None:
    page.set_viewport_size({"width": 800, "height": 600})
    ad = "<div data-tracardi-tag=ad style='height:200px;margin-top:500px'>Ad</div><p style='height:3000px'>"
    page.goto(shop.page(f"<body style='margin:0'>{ad}"))
    shop.wait_for("page.visit")
    wait(page, 1)  # Half of it is in view.
    page.evaluate(SCROLL, [100, 1500])  # All of it, but not for long.
    wait(page, 1)
    later(page, shop, "none")
    assert shop.events("ad.short") == []
    page.evaluate("scrollTo(0, 100)")
    shop.wait_for("ad.short")
    page.evaluate(SCROLL, [1500, 100])
    wait(page, 1)
    later(page, shop, "later")
    assert len(shop.events("ad.short")) == 1
    assert shop.events("ad.long") == []


@pytest.mark.parametrize("windows", [1.3, 7, 60])
def test_an_element_larger_than_the_window_is_seen_when_it_fills_it(
    page: Page, shop: Site, windows: float
) -> None:
    page.set_viewport_size({"width": 800, "height": 600})
    height = windows * 600
    page.goto(
        shop.page(
            f"<body style='margin:0'><p style='height:500px;margin:0'></p>"
            f"<div data-tracardi-tag=map style='height:{height}px'></div><p style='height:3000px'>"
        )
    )
    shop.wait_for("page.visit")
    for top in range(0, 420, 40):
        page.evaluate("top => { scrollTo(0, top) }", top)
        page.evaluate("new Promise(requestAnimationFrame)")
    later(page, shop, "before")
    assert shop.events("map.seen") == []
    for top in range(420, 510, 10):
        page.evaluate("top => { scrollTo(0, top) }", top)
        page.evaluate("new Promise(requestAnimationFrame)")
    shop.wait_for("map.seen")


def test_a_depth_counts_once_the_element_has_been_scrolled_to_it(page: Page, shop: Site) -> None:
    page.set_viewport_size({"width": 800, "height": 600})
    story = "<div data-tracardi-tag=story style='height:3000px'>Story</div><p style='height:3000px'>"
    page.goto(shop.page(f"<body style='margin:0'>{story}"))
    shop.wait_for("page.visit")
    page.evaluate("scrollTo(0, 880)")
    later(page, shop, "before")
    assert shop.events("read.half") == []
    page.evaluate("scrollTo(0, 920)")
    shop.wait_for("read.half")
    # The window never shows all of it at once, and need not.
    page.evaluate("scrollTo(0, 4000)")
    shop.wait_for("read.all")
    page.evaluate("scrollTo(0, 0)")
    page.evaluate("scrollTo(0, 4000)")
    later(page, shop, "later")
    assert [len(shop.events(action)) for action in ("read.half", "read.all")] == [1, 1]


def test_a_timer_runs_while_the_page_is_seen(page: Page, shop: Site) -> None:
    page.goto(shop.page("<p>Text</p>"))
    shop.wait_for("page.visit")
    page.evaluate(
        """async (hide) => {
            const offer = '<i data-tracardi-tag=offer data-tracardi-n=1>x</i>'
            document.body.insertAdjacentHTML('beforeend', offer)
            await new Promise(done => setTimeout(done, 500));
            (0, eval)(hide)(true)
        }""",
        HIDDEN,
    )
    wait(page, 1.5)
    later(page, shop, "hidden")
    assert shop.events("offer.short") == []
    page.evaluate(HIDDEN, False)
    assert shop.wait_for("offer.short").params == {"n": "1"}
    later(page, shop, "later")
    assert len(shop.events("offer.short")) == 1
    assert shop.events("offer.long") == []
