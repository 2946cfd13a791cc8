"""Every view of a single-page app counts once, whoever changed the address and however.

The page's clock stands still and is moved by the tests, so that "a moment later" is exact.
"""

from collections.abc import Iterable

import pytest
from playwright.sync_api import Page

from collector.model.event import EventRecord
from collector.model.source import Modules, Settings, SinglePage, TagSettings
from e2e.tag.conftest import MakeSite, Site

SHORTHAND = """
    push = (url) => history.pushState({}, '', url)
    replace = (url) => history.replaceState({}, '', url)
    go = (steps) => new Promise((done) => {
        addEventListener('popstate', done, {once: true})
        history.go(steps)
    })
"""

# A browser from before the Navigation API (Safari 26.2, Firefox 147).
OLD = "delete window.navigation"

A_MOMENT_MS = 600
"""Longer than the tag waits for an address to last, and than it needs to see it where no event tells."""


@pytest.fixture
def app(page: Page) -> Page:
    """A page whose clock stands once it is opened by `open_app`."""
    page.add_init_script(SHORTHAND)
    page.clock.install()
    return page


def open_app(app: Page, url: str) -> None:
    """Load, and stop the clock."""
    app.goto(url)
    app.clock.pause_at(app.evaluate("Date.now() / 1000 + 10"))


def path(url: str) -> str:
    """What follows the origin."""
    return "/" + url.split("/", 3)[3]


def visits(app: Page, site: Site) -> list[EventRecord]:
    """All visits after the load, once a last one has arrived, which is left out."""
    app.evaluate("push('/end')")
    app.clock.run_for(A_MOMENT_MS)
    app.clock.resume()
    while not (seen := site.events("page.visit")) or path(seen[-1].params["url"]) != "/end":
        site.wait_for_all("page.visit", len(seen) + 1)
    return seen[1:-1]


def paths(visits: Iterable[EventRecord]) -> list[str]:
    return [path(visit.params["url"]) for visit in visits]


# Name: (steps with a moment between them, the views they make). Each begins at an address of its own,
# /begin, and PROMPT are those that only a browser with the Navigation API tells apart.
MATRIX: dict[str, tuple[list[str], list[str]]] = {
    "a new path": (["push('/a')"], ["/a"]),
    "the same address again": (["push(location.href)"], []),
    "twice at once, as React's StrictMode does": (["push('/a'); push('/a')"], ["/a"]),
    "only the query differs": (["push('?q=1')"], ["/begin?q=1"]),
    "replaced by a new path": (["replace('/a')"], ["/a"]),
    "replaced by itself": (["replace(location.href)"], []),
    "a hash": (["location.hash = 'x'"], []),
    "a link to a hash": (["document.links[0].click()"], []),
    "one step back": (["push('/a')", "go(-1)"], ["/a", "/begin"]),
    "two steps back, one forward": (
        ["push('/a')", "push('/b')", "go(-2)", "go(1)"],
        ["/a", "/b", "/begin", "/a"],
    ),
    "back over a hash": (["push('/a')", "location.hash = 'x'", "go(-1)", "go(-1)"], ["/a", "/begin"]),
    "a redirect": (["push('/a'); replace('/b'); replace('/c')"], ["/c"]),
    "redirected to where it came from": (["push('/a'); replace('/begin')"], []),
    "replaced a moment later": (["push('/a')", "replace('/b')"], ["/a", "/b"]),
    "a push that the browser refuses": (["try { push('https://other.example/') } catch {}"], []),
}
PROMPT: dict[str, tuple[list[str], list[str]]] = {
    "two at once": (["push('/a'); push('/b')"], ["/a", "/b"]),
    "there and back at once": (["push('/a'); go(-1)"], ["/a", "/begin"]),
    "through the Navigation API": (
        ["navigation.onnavigate = e => e.intercept()", "navigation.navigate('/a').finished"],
        ["/a"],
    ),
}


@pytest.mark.parametrize("old", [pytest.param(False, id="by event"), pytest.param(True, id="without events")])
def test_each_row_of_the_navigation_matrix(app: Page, site: Site, page_errors: list[str], old: bool) -> None:
    if old:
        app.add_init_script(OLD)
    rows = MATRIX if old else MATRIX | PROMPT
    open_app(app, site.page("<a href='#top'>up</a>"))
    for steps, _ in rows.values():
        for step in ["push('/row')", "push('/begin')", *steps]:
            app.evaluate(f"async () => {{ {step} }}".replace("go(", "await go("))
            app.clock.run_for(A_MOMENT_MS)
    found = " ".join(paths(visits(app, site))).split("/row /begin")
    assert dict(zip(rows, (row.split() for row in found[1:]), strict=True)) == {
        name: views for name, (_, views) in rows.items()
    }
    assert page_errors == []


def single_page(*, query: bool, hash: bool) -> Settings:
    return Settings(tag=TagSettings(single_page=SinglePage(query=query, hash=hash)))


def test_query_and_hash_make_views_as_each_source_on_the_page_says(app: Page, make_site: MakeSite) -> None:
    expected = {
        (True, True): ["/a", "/a?q=1", "/a?q=1#x", "/a?q=1#x?y"],
        (True, False): ["/a", "/a?q=1"],
        (False, True): ["/a", "/a?q=1#x"],
        (False, False): ["/a"],
    }
    sites = {(query, hash): make_site(single_page(query=query, hash=hash)) for query, hash in expected}
    one, *others = sites.values()
    # The line of the first twice, which counts once.
    open_app(app, one.page(head="".join(site.line for site in (one, *others))))
    for address in ("/a", "/a?q=1", "/a?q=1#x", "/a?q=1#x?y"):
        app.evaluate("address => push(address)", address)
        app.clock.run_for(A_MOMENT_MS)
    assert {which: paths(visits(app, site)) for which, site in sites.items()} == expected


def test_a_view_is_told_as_the_app_shows_it_and_when_it_began(page: Page, make_site: MakeSite) -> None:
    """In real time: the app sets the title a while after the address."""
    site = make_site(Settings(tag=TagSettings(modules=Modules(canonical=True))))
    start = site.page(title="Home", head="<link rel='canonical' href='/home'><meta property='og:type'>")
    page.goto(start)
    site.wait_for("page.visit")
    page.evaluate(
        """() => {
            made = Date.now()
            history.pushState({}, '', '/bowl?color=blue')
            setTimeout(() => {
                document.title = 'Bowl'
                document.querySelector('link').href = '/bowl'
                document.querySelector('meta').content = 'product'
            }, 100)
        }"""
    )
    home, bowl = site.wait_for_all("page.visit", 2)
    origin = start.rpartition("/")[0]
    assert home.params["canonical"] == origin + "/home"
    assert bowl.label == "Visited page Bowl"
    assert bowl.params == {
        "url": origin + "/bowl?color=blue",
        "title": "Bowl",
        "referrer": start,
        "canonical": origin + "/bowl",
        "og:type": "product",
    }
    assert bowl.context.get("sent_time", bowl.time_ms) - page.evaluate("made") in range(50)


def test_a_view_that_is_too_large_to_send_takes_no_other_with_it(app: Page, site: Site) -> None:
    open_app(app, site.page(head="<meta property=og:description>"))
    meta = "document.querySelector('meta').content"
    for address, size in (("/a", 0), ("/large", 40_000), ("/b", 0)):
        app.evaluate(f"size => {{ push('{address}'); {meta} = 'x'.repeat(size) }}", size)
        app.clock.run_for(A_MOMENT_MS)
    assert paths(visits(app, site)) == ["/a", "/b"]


HIDE = """
    Object.defineProperty(document, 'hidden', {value: true})
    document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))
"""


@pytest.mark.parametrize("old", [pytest.param(False, id="by event"), pytest.param(True, id="without events")])
@pytest.mark.parametrize(
    "leave", ["location = 'about:blank'", pytest.param("", id="closed tab"), pytest.param(HIDE, id="hidden")]
)
def test_a_view_that_is_left_at_once_counts(app: Page, site: Site, leave: str, old: bool) -> None:
    """No timer runs while the clock stands, so only the leaving can have counted it."""
    if old:
        app.add_init_script(OLD)
    open_app(app, site.page())
    app.evaluate(f"() => {{ push('/a'); {leave} }}")
    if not leave:
        app.close()
    assert paths(site.wait_for_all("page.visit", 2))[1] == "/a"


# Each keeps `mine`, what the page put there, and notes its calls.
PATCHES = {
    "its own method": "history.pushState = mine = wrap(history.pushState)",
    "the prototype's": "History.prototype.pushState = mine = wrap(History.prototype.pushState)",
    "read-only": "Object.defineProperty(history, 'pushState', {value: mine = wrap(history.pushState)})",
    "frozen": "mine = history.pushState; Object.freeze(history); Object.freeze(History.prototype)",
}
WRAP = """
    calls = []
    wrap = (before) => function (...args) {
        calls.push([this === history, args.length])
        before.apply(this, args)
        return 'returned'
    }
"""


@pytest.mark.parametrize("patch", [pytest.param(patch, id=name) for name, patch in PATCHES.items()])
def test_what_a_page_does_to_its_history_stays_and_counts(
    app: Page, site: Site, page_errors: list[str], patch: str
) -> None:
    """Patched before the tag and again after it."""
    app.add_init_script(WRAP + patch)
    open_app(app, site.page())
    assert app.evaluate("history.pushState === mine")
    if "freeze" not in patch and "define" not in patch:
        app.evaluate(f"() => {{ {patch} }}")
    returned = app.evaluate("history.pushState({}, '', '/a')")
    assert app.evaluate("history.pushState === mine")
    assert returned == (None if "freeze" in patch else "returned")
    assert all(call == [True, 3] for call in app.evaluate("calls"))
    assert paths(visits(app, site)) == ["/a"]
    assert page_errors == []


@pytest.mark.parametrize("script", ["navigation = {}", "const navigation = {}"])
def test_a_page_with_a_navigation_of_its_own(
    app: Page, site: Site, page_errors: list[str], script: str
) -> None:
    open_app(app, site.page(head=f"<script>{script}</script>"))
    app.evaluate("push('/a')")
    app.clock.run_for(A_MOMENT_MS)
    assert paths(visits(app, site)) == ["/a"]
    assert page_errors == []
