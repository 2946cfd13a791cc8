"""A page counts when a person sees it: not as it is prerendered, and again as it comes back."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserType, Page

from e2e.conftest import QUIET
from e2e.tag.conftest import Site

pytestmark = pytest.mark.only_browser("chromium")

START_SECONDS = 60
"""A browser with a profile to make is slow to start on a busy machine."""


@pytest.fixture
def browse(whole_chromium_args: dict[str, Any], tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Opens a URL in a browser that nobody drives: one that Playwright is attached to prerenders nothing."""
    command = [whole_chromium_args["executable_path"], *QUIET]
    command += ["--headless=new", f"--user-data-dir={tmp_path / 'profile'}"]
    opened: list[subprocess.Popen[bytes]] = []

    def open_url(url: str) -> None:
        opened.append(subprocess.Popen([*command, url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    yield open_url
    for browser in opened:
        browser.terminate()
        browser.wait(20)


# Of the page that is prerendered. Storage is how the one before it learns that it stands.
AHEAD = """<script>
    tagwell = {q: [['track', ['called', {prerendering: document.prerendering}], Date.now()]]}
    addEventListener('load', () => { localStorage.ready = Date.now() })
    tell = () => tagwell.track('activated', performance.getEntriesByType('navigation')[0].toJSON())
    document.addEventListener('prerenderingchange', () => setTimeout(tell))
</script>"""


def lets_prerender(site: Site, ahead: str, then: str) -> str:
    """A page that has another prerendered and, when that stands, goes elsewhere."""
    rules = f'{{"prerender": [{{"urls": ["{ahead}"], "eagerness": "immediate"}}]}}'
    return site.page(
        f"""<script type=speculationrules>{rules}</script>
        <script>
            setInterval(() => {{
                if (!localStorage.ready) return
                tagwell.track('ready', {{at: +localStorage.ready}})
                delete localStorage.ready
                location = '{then}'
            }}, 20)
        </script>"""
    )


def test_a_page_that_is_prerendered_and_never_shown_sends_nothing(
    browse: Callable[[str], None], site: Site
) -> None:
    ahead, other = site.page(head=AHEAD), site.page()
    first = lets_prerender(site, ahead, other)
    browse(first)
    visits = site.collector.wait_for(site.id, "page.visit", 2, timeout=START_SECONDS)
    assert [visit.params["url"] for visit in visits] == [first, other]
    site.wait_for("ready")
    assert len(site.events("page.visit")) == 2
    assert site.events("called") == site.events("activated") == []


def test_a_prerendered_page_counts_once_when_it_is_shown(browse: Callable[[str], None], site: Site) -> None:
    ahead = site.page(head=AHEAD)
    first = lets_prerender(site, ahead, ahead)
    browse(first)
    activated = site.collector.wait_for(site.id, "activated", timeout=START_SECONDS)
    assert activated.params["activationStart"] > 0
    assert [event.params for event in site.events("called")] == [{"prerendering": True}]
    visits = site.events("page.visit")
    assert [(visit.params["url"], visit.params["referrer"]) for visit in visits] == [
        (first, ""),
        (ahead, first),
    ]
    assert visits[1].time_ms >= site.wait_for("ready").params["at"]


@pytest.fixture
def cached(browser_type: BrowserType, whole_chromium_args: dict[str, Any]) -> Iterator[Page]:
    """A page of a browser that has its back/forward cache, which Playwright takes away."""
    with browser_type.launch(
        **whole_chromium_args, ignore_default_args=["--disable-back-forward-cache"]
    ) as browser:
        yield browser.new_page()


def test_a_page_that_comes_back_from_the_back_forward_cache_is_visited_anew(cached: Page, site: Site) -> None:
    away = site.collector.page("<!doctype html><title>Away</title>")
    # A page that may not be stored is not kept either.
    home = site.page(headers={"Cache-Control": "no-cache"})
    cached.goto(home)
    site.wait_for("page.visit")
    # A view that is left before the app could settle, and is there again when the page comes back.
    cached.evaluate("away => { kept = true; history.pushState({}, '', '/a'); location = away }", away)
    cached.wait_for_url(away)
    cached.go_back(wait_until="commit")
    site.wait_for_all("page.visit", 3)
    assert cached.evaluate("kept")
    cached.evaluate("history.pushState({}, '', '/b')")
    visits = site.wait_for_all("page.visit", 4)
    view = home.rpartition("/")[0]
    assert [visit.params["url"] for visit in visits] == [home, view + "/a", view + "/a", view + "/b"]
    assert [visit.params.get("persisted") for visit in visits] == [None, None, True, None]
    assert visits[3].params["referrer"] == view + "/a"
