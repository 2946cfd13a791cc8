"""Engagement: how long each view was looked at and how deep it was scrolled, in parts that add up."""

import pytest
from playwright.sync_api import Page

from e2e.tag.conftest import MakeSite, Site
from e2e.tag.leaving import hide, show, with_modules

TALL = "<div style='height: 5000px'>Tall</div>"


@pytest.fixture
def engaged(make_site: MakeSite) -> Site:
    """A site that wants to know."""
    return make_site(with_modules("engagement"))


def look(page: Page, milliseconds: int) -> None:
    """Stay on the page for so long, by its own clock."""
    page.evaluate("ms => new Promise((done) => setTimeout(done, ms))", milliseconds)


def scroll(page: Page, pixels: int) -> None:
    """Scroll to there, and wait until the page has heard of it."""
    page.evaluate(
        """(top) => new Promise((done) => {
            addEventListener('scroll', () => done(), {once: true})
            scrollTo({top, behavior: 'instant'})
        })""",
        pixels,
    )


def test_a_page_that_is_left_tells_its_time_and_its_deepest_scroll(
    page: Page, engaged: Site, page_errors: list[str]
) -> None:
    url = engaged.page(TALL)
    page.goto(url)
    engaged.wait_for("page.visit")
    look(page, 200)
    scroll(page, 1000)
    scroll(page, 300)
    document, window, spent = page.evaluate(
        "[document.documentElement.scrollHeight, innerHeight, performance.now()]"
    )
    page.goto(engaged.page())
    params = engaged.wait_for("page.engagement").params
    time = params.pop("duration")
    assert 200 <= time <= spent + 2000
    assert params == {"url": url, "pixels": 1000, "percent": round(100 * (1000 + window) / document)}
    engaged.wait_for_all("page.visit", 2)
    assert len(engaged.events("page.engagement")) == 1
    assert page_errors == []


def test_parts_of_a_view_add_up_without_the_time_it_was_hidden_or_without_focus(
    page: Page, engaged: Site
) -> None:
    page.goto(engaged.page(TALL))
    engaged.wait_for("page.visit")
    began = page.evaluate("performance.now()")
    look(page, 150)
    hide(page)
    look(page, 700)
    show(page)
    scroll(page, 500)
    look(page, 150)
    # Another window, beside this one: visible and without the focus.
    page.evaluate("() => { document.hasFocus = () => false; dispatchEvent(new Event('blur')) }")
    look(page, 700)
    page.evaluate("() => { delete document.hasFocus; dispatchEvent(new Event('focus')) }")
    look(page, 150)
    hide(page)
    parts = engaged.wait_for_all("page.engagement", 2)
    whole = page.evaluate("performance.now()") - began
    seen = sum(part.params["duration"] for part in parts)
    # Before `began` it was seen too: while it loaded.
    assert 450 <= seen <= whole - 1400 + began
    assert [part.params["pixels"] for part in parts] == [0, 500]


def test_nobody_looking_and_nothing_scrolled_tells_nothing(page: Page, engaged: Site) -> None:
    page.add_init_script("document.hasFocus = () => false")
    page.goto(engaged.page(TALL))
    engaged.wait_for("page.visit")
    look(page, 200)
    hide(page)
    page.evaluate("tagwell.track('later')")
    engaged.wait_for("later")
    assert engaged.events("page.engagement") == []


def test_a_scroll_without_the_focus_is_told(page: Page, engaged: Site) -> None:
    page.add_init_script("document.hasFocus = () => false")
    page.goto(engaged.page(TALL))
    engaged.wait_for("page.visit")
    scroll(page, 700)
    hide(page)
    params = engaged.wait_for("page.engagement").params
    assert (params["duration"], params["pixels"]) == (0, 700)


def test_each_view_of_an_app_tells_its_own(page: Page, engaged: Site) -> None:
    """The next view is on the page a moment before it counts, and is not taken for the one before."""
    first = engaged.page(f"<main>{TALL}</main>")
    page.goto(first)
    engaged.wait_for("page.visit")
    scroll(page, 900)
    document, window = page.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    page.evaluate(
        """() => {
            history.pushState({}, '', '/app/second')
            document.querySelector('main').innerHTML = 'Short'
        }"""
    )
    engaged.wait_for_all("page.visit", 2)
    look(page, 150)
    hide(page)
    one, two = (part.params for part in engaged.wait_for_all("page.engagement", 2))
    assert (one["url"], one["pixels"]) == (first, 900)
    assert one["percent"] == round(100 * (900 + window) / document)
    assert two["url"].endswith("/app/second")
    assert (two["pixels"], two["percent"]) == (0, 100)


def test_a_page_that_comes_back_begins_anew(page: Page, engaged: Site) -> None:
    page.goto(engaged.page(TALL))
    engaged.wait_for("page.visit")
    scroll(page, 900)
    hide(page)
    scroll(page, 0)
    show(page)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    look(page, 150)
    hide(page)
    parts = engaged.wait_for_all("page.engagement", 2)
    assert [part.params["pixels"] for part in parts] == [900, 0]


def test_a_frame_in_the_page_has_the_focus_and_the_page_is_still_looked_at(page: Page, engaged: Site) -> None:
    page.goto(engaged.page("<iframe srcdoc='<input>'></iframe>"))
    engaged.wait_for("page.visit")
    page.frame_locator("iframe").locator("input").focus()
    assert page.evaluate("document.activeElement.localName") == "iframe"
    page.evaluate("began = performance.now()")
    look(page, 300)
    hide(page)
    assert engaged.wait_for("page.engagement").params["duration"] >= 300
