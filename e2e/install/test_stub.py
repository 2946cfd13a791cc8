"""The stub: every call that a page makes too early is kept, and no more than a page can need."""

from playwright.sync_api import Page

from e2e.install.conftest import Console
from e2e.tag.conftest import Site
from snippet.install import STUB_CALLS, stub_line


def test_early_calls_are_kept_and_debug_is_one_of_them(
    page: Page, site: Site, console: Console, page_errors: list[str]
) -> None:
    early = "<script>tagwell.debug(); for (let n = 0; n < 300; n++) tagwell.track('early', {n})</script>"
    page.goto(site.page(head=stub_line() + early))
    console.wait_for("events go to")
    page.evaluate("tagwell.track('later')")
    site.wait_for("later")
    # The call of debug() is one of those kept.
    assert [event.params["n"] for event in site.events("early")] == list(range(STUB_CALLS - 1))
    assert page_errors == []


def test_a_page_whose_tag_is_blocked_gathers_no_calls(page: Page, site: Site) -> None:
    page.route("**/t/*.js", lambda route: route.abort())
    page.goto(site.page(head=stub_line()))
    page.evaluate("for (let n = 0; n < 5000; n++) tagwell.track('early', {n})")
    assert page.evaluate("tagwell.q.length") == STUB_CALLS
