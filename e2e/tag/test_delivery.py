"""Delivery, what one browser and its requests can show; the promises in three browsers: e2e/delivery/."""

import pytest
from playwright.sync_api import Page, Request, Route

from collector.model.source import Modules, Settings, TagSettings
from e2e.harness import ONLY_DELIVERY
from e2e.tag.conftest import MakeSite, Sent, Site


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    """A site that sends its visits and what a test makes."""
    return make_site(ONLY_DELIVERY)


def hold_first(page: Page) -> list[Route]:
    """Keep the first beacon on its way until its route, the only item, is continued."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/b/*", hold)
    return held


def test_events_of_one_task_go_in_one_body(page: Page, site: Site, sent: Sent) -> None:
    page.goto(site.page())
    site.wait_for("page.visit")
    page.evaluate("['a', 'b', 'c'].forEach(action => tagwell.track(action))")
    site.wait_for("c")
    assert sent.actions() == [["page.visit"], ["a", "b", "c"]]


def test_no_beacon_asks_first(page: Page, site: Site) -> None:
    """A text/plain body needs no preflight from another origin."""
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    page.goto(site.page())
    site.wait_for("page.visit")
    page.evaluate("0")
    posts = [request for request in requests if request.method == "POST"]
    assert [request.headers["content-type"] for request in posts] == ["text/plain;charset=UTF-8"]
    assert "cookie" not in posts[0].all_headers()


def test_without_the_module_each_event_goes_at_once(page: Page, make_site: MakeSite, sent: Sent) -> None:
    off = dict.fromkeys(Modules.__struct_fields__, False)
    modules = Modules(**off | {"page_visits": True, "custom_events": True})
    site = make_site(Settings(tag=TagSettings(modules=modules)))
    away = site.collector.page("<!doctype html><title>Away</title>")
    page.goto(site.page())
    site.wait_for("page.visit")
    page.evaluate("away => { tagwell.track('a'); tagwell.track('b'); location = away }", away)
    page.wait_for_url(away)
    site.wait_for("b")
    assert sent.actions() == [["page.visit"], ["a"], ["b"]]


def test_while_one_body_is_on_its_way_the_rest_waits_together(page: Page, site: Site, sent: Sent) -> None:
    held = hold_first(page)
    with page.expect_request("**/b/*"):
        page.goto(site.page())
    page.evaluate("tagwell.track('a')")
    page.evaluate("tagwell.track('b')")
    assert len(sent.bodies()) == 1
    with page.expect_response(lambda response: '"b"' in (response.request.post_data or "")):
        held[0].continue_()
    site.wait_for("b")
    assert sent.actions() == [["page.visit"], ["a", "b"]]


def test_an_event_that_no_body_can_hold_is_dropped_alone(
    page: Page, site: Site, page_errors: list[str]
) -> None:
    page.goto(site.page())
    page.evaluate("() => { tagwell.track('huge', {text: 'x'.repeat(70000)}); tagwell.track('small') }")
    site.wait_for("small")
    assert site.events("huge") == []
    assert page_errors == []
