"""Cross domain: a followed link hands the visitor to the owner's other domain, and nobody else's word does.

The domains are names below `localhost`, which browsers take to this machine and let share no cookie.
"""

import re
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Page, Request, Route

from collector.model.event import EventRecord
from collector.model.policy import Policy
from collector.model.source import Consent, Modules, Settings, TagSettings
from e2e.tag.conftest import MakeSite, Site

LINK = re.compile(r"\?link$")
HANDING = TagSettings(
    modules=Modules(cross_domain=True, outbound_links=True), domains=("blog.localhost", "shop.localhost")
)
LANDING = "?a=b%20c&d#part"
"""A query and a fragment that must come through as they are."""


def on(host: str, url: str) -> str:
    """The same page on another host."""
    return url.replace("127.0.0.1", host)


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    """A site of two domains."""
    return make_site(Settings(tag=HANDING))


class Asked:
    """What the pages of a context asked the collector for, beside beacons; preflights too."""

    def __init__(self, context: BrowserContext) -> None:
        self.links: list[str] = []
        self.preflights: list[str] = []
        context.on("request", self._note)

    def _note(self, request: Request) -> None:
        if request.method == "OPTIONS":
            self.preflights.append(request.url)
        if LINK.search(request.url):
            self.links.append(request.post_data or "")


@pytest.fixture
def asked(context: BrowserContext) -> Asked:
    """From the first page on."""
    return Asked(context)


def open_blog(
    page: Page, site: Site, *, link: str = LANDING, attributes: str = "", host: str = "shop"
) -> str:
    """Open a page of the blog with a link to the shop; return where that leads."""
    target = on(f"{host}.localhost", site.page()) + link
    page.goto(on("blog.localhost", site.page(f'<a href="{target}" {attributes}>Shop</a>')))
    site.wait_for("page.visit")
    return target


WATCH = """
    const real = fetch
    window.fetch = async (...args) => {
      const answer = await real(...args)
      const text = answer.text.bind(answer)
      answer.text = async () => {
        const read = await text()
        setTimeout(() => (window.answered = true))
        return read
      }
      return answer
    }
"""
"""Tells when the tag has read an answer: a click that comes sooner finds no token, as it should."""


@pytest.fixture(autouse=True)
def watched(context: BrowserContext) -> None:
    """All pages of the test."""
    context.add_init_script(WATCH)


def press(page: Page, *, button: Literal["left", "middle"] = "left") -> None:
    """Put the pointer down on the link, and wait for the token."""
    page.hover("a")
    page.evaluate("answered = false")
    page.mouse.down(button=button)
    page.wait_for_function("answered")


def visits(site: Site, count: int = 2) -> list[EventRecord]:
    return site.wait_for_all("page.visit", count)


def test_a_followed_link_hands_the_visitor_over(
    page: Page, site: Site, asked: Asked, page_errors: list[str]
) -> None:
    target = open_blog(page, site)
    press(page)
    with page.expect_navigation(url=re.compile("_tagwell=")):
        page.mouse.up()
    blog, shop = visits(site)
    assert shop.uuid == blog.uuid
    assert (shop.params["url"], page.url) == (target, target)
    # The second page is the visitor's own from now on, and was visited once.
    page.reload()
    assert [visit.uuid for visit in visits(site, 3)] == [blog.uuid] * 3
    assert len(site.events("session.start")) == 1
    assert site.wait_for("link.outbound").params == {"url": target}
    assert len(asked.links) == 2
    assert asked.preflights == []
    assert page_errors == []


SEEN = """() => {
    window.seen = []
    const link = document.querySelector('a')
    // A change made and taken back in two tasks is two records.
    new MutationObserver(() => seen.push(link.getAttribute('href'))).observe(link, {attributes: true})
}"""


@pytest.fixture
def tabs(
    browser_type: BrowserType, whole_chromium_args: dict[str, Any], browser_context_args: dict[str, Any]
) -> Iterator[BrowserContext]:
    """A browser that opens a tab behind another where the middle button asks for one."""
    with browser_type.launch(**whole_chromium_args) as browser:
        context = browser.new_context(**browser_context_args)
        context.add_init_script(WATCH)
        yield context


@pytest.mark.parametrize("button", ["left", "middle"])
def test_the_link_is_as_it_was_after_the_click(
    tabs: BrowserContext, site: Site, button: Literal["left", "middle"]
) -> None:
    page = tabs.new_page()
    target = open_blog(page, site, attributes="target=_blank")
    before = page.get_attribute("a", "href")
    press(page, button=button)
    assert page.get_attribute("a", "href") == before
    page.evaluate(SEEN)
    with tabs.expect_page() as opened:
        page.mouse.up(button=button)
    page.wait_for_function("seen.length === 2")
    during, after = page.evaluate("seen")
    assert "?a=b%20c&d&_tagwell=" in during
    assert after == before
    opened.value.wait_for_url(target)


def test_a_visitor_who_is_known_there_stays_who_they_were(page: Page, site: Site, asked: Asked) -> None:
    page.goto(on("shop.localhost", site.page()))
    first = site.wait_for("page.visit")
    target = open_blog(page, site)
    visits(site)
    press(page)
    with page.expect_navigation():
        page.mouse.up()
    _, blog, shop = visits(site, 3)
    assert shop.uuid == first.uuid != blog.uuid
    assert shop.params["url"] == target
    assert len(asked.links) == 1


@pytest.mark.parametrize("fate", ["waits", "fails"])
def test_without_a_token_the_link_is_followed_as_it_is(page: Page, site: Site, fate: str) -> None:
    def answer(route: Route) -> None:
        if fate == "fails":
            route.abort()

    target = open_blog(page, site)
    page.route(LINK, answer)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.click("a")
    page.wait_for_url(target)
    blog, shop = visits(site)
    assert blog.uuid != shop.uuid
    assert not any("_tagwell" in url for url in requested)
    assert any(LINK.search(url) for url in requested)


def test_a_token_that_does_not_hold_changes_nothing(page: Page, site: Site, context: BrowserContext) -> None:
    """Forged; then good, but used before."""
    target = on("shop.localhost", site.page())
    page.goto(f"{target}?_tagwell=forged.x.y&a=1")
    assert page.url == f"{target}?a=1"
    own = site.wait_for("page.visit")
    assert own.params["url"] == f"{target}?a=1"
    context.clear_cookies()

    blog_page = context.new_page()
    open_blog(blog_page, site, link="")
    press(blog_page)
    carried: list[str] = []
    context.on("request", lambda request: carried.append(request.url) if "_tagwell=" in request.url else None)
    blog_page.mouse.up()
    blog_page.wait_for_url(re.compile("shop"))
    _, blog, shop = visits(site, 3)
    assert shop.uuid == blog.uuid
    context.clear_cookies()
    page.goto(carried[0])
    *_, again = visits(site, 4)
    assert again.uuid not in (own.uuid, blog.uuid)


def test_events_wait_for_the_answer_but_not_long(page: Page, site: Site) -> None:
    page.route(LINK, lambda route: None)
    page.goto(on("shop.localhost", site.page()) + "?_tagwell=x")
    page.evaluate("() => { const p = {n: 1}; tagwell.track('first', p); p.n = 2 }")
    assert site.events() == []
    visit, first = site.wait_for("page.visit"), site.wait_for("first")
    assert visit.uuid == first.uuid is not None
    assert first.params == {"n": 1}


def test_a_page_that_is_left_while_it_waits_loses_nothing(page: Page, site: Site) -> None:
    page.route(LINK, lambda route: None)
    page.goto(on("shop.localhost", site.page()) + "?_tagwell=x")
    page.goto("about:blank")
    assert site.wait_for("page.visit").params["url"].endswith(".html")


@pytest.mark.parametrize(
    ("host", "attributes"),
    [
        pytest.param("www.blog", "", id="a subdomain, which shares the cookie"),
        pytest.param("elsewhere", "", id="a host that is not listed"),
        pytest.param("shop", "href=mailto:shop@shop.localhost", id="no page"),
    ],
)
def test_nothing_is_asked_for_a_link_to(
    page: Page, site: Site, asked: Asked, host: str, attributes: str
) -> None:
    target = on(f"{host}.localhost", site.page())
    page.goto(
        on("blog.localhost", site.page(f'<a {attributes} href="{target}" onclick="return false">A</a>'))
    )
    site.wait_for("page.visit")
    page.click("a")
    page.evaluate("tagwell.track('later')")
    site.wait_for("later")
    assert asked.links == []


def test_nothing_is_asked_where_the_browser_sends_global_privacy_control(
    page: Page, site: Site, asked: Asked, context: BrowserContext
) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    target = on("shop.localhost", site.page())
    page.goto(on("blog.localhost", site.page(f'<a href="{target}?_tagwell=x">Shop</a>')))
    page.click("a")
    page.wait_for_url(target)
    page.evaluate("tagwell.track('later')")
    assert asked.links == []
    assert context.cookies() == []


def test_nothing_is_asked_on_a_page_that_the_policy_does_not_want(
    page: Page, make_site: MakeSite, asked: Asked, context: BrowserContext
) -> None:
    site = make_site(Settings(tag=HANDING), Policy(block_paths=("/*",)))
    target = on("shop.localhost", site.page())
    page.goto(on("blog.localhost", site.page(f'<a href="{target}">Shop</a>')))
    page.click("a")
    page.wait_for_url(target)
    page.evaluate("0")
    assert (asked.links, context.cookies()) == ([], [])


def test_nothing_is_asked_after_a_denial_in_another_tab(
    page: Page, make_site: MakeSite, asked: Asked, context: BrowserContext
) -> None:
    modules = Modules(cross_domain=True, consent=True)
    site = make_site(Settings(tag=TagSettings(modules=modules, domains=HANDING.domains, consent=Consent())))
    target = on("shop.localhost", site.page())
    blog = on("blog.localhost", site.page(f'<a href="{target}">Shop</a>'))
    page.goto(blog)
    page.evaluate("tagwell.consent('granted')")
    site.wait_for("page.visit")
    other = context.new_page()
    other.goto(blog)
    other.evaluate("tagwell.consent('denied')")
    page.click("a")
    page.wait_for_url(target)
    page.evaluate("0")
    assert (asked.links, context.cookies()) == ([], [])


def test_consent_comes_first(page: Page, make_site: MakeSite, asked: Asked, context: BrowserContext) -> None:
    """On both pages: nothing is asked before the grant, and the visitor is handed over after it."""
    modules = Modules(cross_domain=True, consent=True)
    site = make_site(Settings(tag=TagSettings(modules=modules, domains=HANDING.domains, consent=Consent())))
    target = on("shop.localhost", site.page())
    page.goto(on("blog.localhost", site.page(f'<a href="{target}">Shop</a>')))
    page.hover("a")
    page.mouse.down()
    page.evaluate("document.querySelector('a').onclick = () => false")
    page.mouse.up()
    assert (asked.links, context.cookies()) == ([], [])
    page.evaluate("() => { document.querySelector('a').onclick = null; tagwell.consent('granted') }")
    site.wait_for("page.visit")
    press(page)
    with page.expect_navigation(url=re.compile("_tagwell=")):
        page.mouse.up()
    page.evaluate("0")
    assert len(asked.links) == 1
    assert {cookie["domain"] for cookie in context.cookies()} == {".blog.localhost"}
    page.evaluate("tagwell.consent('granted')")
    blog, shop = visits(site)
    assert shop.uuid == blog.uuid
