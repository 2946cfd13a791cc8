"""Delivery: one body for what happens together, again for what did not arrive, at once as the page goes."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route

from collector.model.source import Modules, Settings, TagSettings
from e2e.tag.conftest import MakeSite, Sent, Site

HIDE = """() => {
    Object.defineProperty(document, 'visibilityState', {get: () => 'hidden', configurable: true})
    Object.defineProperty(document, 'hidden', {get: () => true, configurable: true})
    document.dispatchEvent(new Event('visibilitychange'))
}"""


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


def actions(body: dict[str, Any]) -> list[str]:
    return [event["action"] for event in body["events"]]


def test_events_of_one_task_go_in_one_body(page: Page, site: Site, sent: Sent) -> None:
    page.goto(site.page())
    site.wait_for("page.visit")
    page.evaluate("['a', 'b', 'c'].forEach(action => tagwell.track(action))")
    site.wait_for("c")
    assert sent.actions() == [["session.start", "page.visit"], ["a", "b", "c"]]


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
    site = make_site(Settings(tag=TagSettings(modules=Modules(delivery=False))))
    away = site.collector.page("<!doctype html><title>Away</title>")
    page.goto(site.page())
    site.wait_for("page.visit")
    page.evaluate("away => { tagwell.track('a'); tagwell.track('b'); location = away }", away)
    site.wait_for("b")
    assert sent.actions() == [["session.start"], ["page.visit"], ["a"], ["b"]]


@pytest.mark.parametrize("status", [429, 500, 503, "failed"])
def test_what_did_not_arrive_goes_again_under_the_same_id(page: Page, site: Site, status: int | str) -> None:
    tries: list[str] = []

    def refuse_once(route: Route) -> None:
        tries.append(json.loads(route.request.post_data or "")["events"][-1]["id"])
        if len(tries) > 1:
            route.continue_()
        elif isinstance(status, int):
            route.fulfill(status=status, headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.abort()

    page.route("**/b/*", refuse_once)
    with page.expect_event("response", lambda response: response.status == 204):
        page.goto(site.page())
    assert len(tries) == 2
    assert tries[0] == tries[1] == site.wait_for("page.visit").id
    assert len(site.events("page.visit")) == 1


def test_what_the_collector_refuses_is_not_sent_again(page: Page, site: Site) -> None:
    tries: list[list[str]] = []

    def refuse(route: Route) -> None:
        tries.append(actions(json.loads(route.request.post_data or "")))
        route.fulfill(status=400, headers={"Access-Control-Allow-Origin": "*"})

    page.route("**/b/*", refuse)
    with page.expect_response("**/b/*"):
        page.goto(site.page())
    with page.expect_response("**/b/*"):
        page.evaluate("tagwell.track('later')")
    assert tries == [["session.start", "page.visit"], ["later"]]


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
    assert sent.actions() == [["session.start", "page.visit"], ["a", "b"]]


def test_a_hidden_page_sends_all_that_waits(page: Page, site: Site, sent: Sent) -> None:
    held = hold_first(page)
    with page.expect_request("**/b/*"):
        page.goto(site.page())
    page.evaluate("tagwell.track('a')")
    with page.expect_response("**/b/*"):
        page.evaluate(HIDE)
    site.wait_for("a")
    assert sent.actions()[1] == ["a"]
    held[0].continue_()
    site.wait_for("page.visit")


def test_each_body_stays_under_sixty_thousand_bytes(page: Page, site: Site, sent: Sent) -> None:
    page.goto(site.page())
    site.wait_for("page.visit")
    # Three bytes a character: it is bytes that count.
    page.evaluate("for (let n = 0; n < 30; n++) tagwell.track('big', {n, text: '\u20ac'.repeat(3000)})")
    found = site.wait_for_all("big", 30)
    assert [event.params["n"] for event in found] == list(range(30))
    sizes = [len(body) for body in sent.bodies()]
    assert max(sizes) < 60_000
    assert len(sizes) < 30


def test_an_event_that_no_body_can_hold_is_dropped_alone(
    page: Page, site: Site, page_errors: list[str]
) -> None:
    page.goto(site.page())
    page.evaluate("() => { tagwell.track('huge', {text: 'x'.repeat(70000)}); tagwell.track('small') }")
    site.wait_for("small")
    assert site.events("huge") == []
    assert page_errors == []


def test_a_page_that_is_left_at_once_was_visited(page: Page, site: Site) -> None:
    away = site.collector.page("<!doctype html><title>Away</title>")
    page.goto(site.page(f"<script>addEventListener('load', () => location = '{away}')</script>"))
    page.wait_for_url(away)
    site.wait_for("page.visit")


def test_a_closed_tab_sends_what_it_had(page: Page, site: Site) -> None:
    page.goto(site.page("<script>addEventListener('pagehide', () => tagwell.track('bye'))</script>"))
    site.wait_for("page.visit")
    page.close()
    site.wait_for("bye")
