"""debug() of the page API: the console says in words what is sent, what is held back, and why."""

import msgspec
import pytest
from playwright.sync_api import Page

from collector.model.policy import Category, Policy
from collector.model.source import Modules, Settings, TagSettings
from e2e.install.conftest import Console
from e2e.tag.conftest import MakeSite, Site


def test_it_tells_where_events_go_and_what_became_of_those_sent_before(
    page: Page, site: Site, console: Console, page_errors: list[str]
) -> None:
    page.goto(site.page(head=site.line))
    uuid = site.wait_for("page.visit").uuid
    # Whoever asks comes later than the answer.
    page.wait_for_function("performance.getEntriesByType('resource').some(({name}) => name.includes('/b/'))")
    page.evaluate("tagwell.debug()")
    console.wait_for("stand in the page twice")
    text = console.text()
    assert f"tagwell {site.id[:8]}: events go to {site.collector.url}/b/{site.id}." in text
    assert "page_visits" in text
    assert f"visitor id is {uuid}" in text
    assert "204, the collector has them" in text
    assert "no events are not acknowledged" in text

    page.evaluate("tagwell.track('video.play')")
    console.wait_for("video.play goes out once the page is idle")
    console.wait_for("video.play: 204, the collector has them")
    site.wait_for("video.play")

    # Asked again, it tells again.
    console.lines.clear()
    page.evaluate("tagwell.debug()")
    console.wait_for("events go to")
    assert page_errors == []


def test_what_a_list_holds_back_is_told_and_no_rule(
    page: Page, make_site: MakeSite, console: Console
) -> None:
    site = make_site(policy=Policy(block=("staff.*",)))
    page.goto(site.page())
    page.evaluate("tagwell.debug()")
    console.wait_for("the blocklist of actions has 1 rule")
    page.evaluate("tagwell.track('staff.login')")
    console.wait_for("staff.login is not sent: the blocklist has it")
    assert "staff.*" not in console.text()


def test_an_allowlist_and_global_privacy_control_are_told(
    page: Page, make_site: MakeSite, console: Console
) -> None:
    site = make_site(policy=Policy(allow=("page.*",)))
    page.add_init_script(
        "Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => sessionStorage.wish === 'on'})"
    )
    address = site.page()
    page.goto(address)
    page.evaluate("tagwell.debug()")
    console.wait_for("the allowlist of actions has 1 rule")
    page.evaluate("tagwell.track('video.play')")
    console.wait_for("video.play is not sent: the allowlist does not have it")

    page.evaluate("sessionStorage.wish = 'on'")
    page.goto(address)
    page.evaluate("tagwell.debug()")
    console.wait_for("nothing is sent: this browser sends Global Privacy Control")
    console.wait_for("no visitor id is kept")


def test_an_origin_that_the_source_does_not_take_is_told(
    page: Page, make_site: MakeSite, console: Console
) -> None:
    site = make_site(Settings(origins=("https://shop.example",)))
    address = site.page()
    with page.expect_response(lambda response: "/b/" in response.url) as refused:
        page.goto(address)
    assert refused.value.status == 403
    # The headers are there before the browser has noted the request.
    noted = "performance.getEntriesByType('resource').some((one) => one.responseStatus === 403)"
    page.wait_for_function(noted)
    page.evaluate("tagwell.debug()")
    console.wait_for("403, refused: the source does not take events from http://127.0.0.1")
    page.evaluate("tagwell.track('video.play')")
    console.wait_for("video.play: 403, refused")


def test_what_consent_holds_back_is_told_and_what_becomes_of_it(
    page: Page, make_site: MakeSite, console: Console
) -> None:
    modules = msgspec.structs.replace(Modules(), consent=True)
    site = make_site(Settings(tag=TagSettings(modules=modules)))
    address = site.page()
    page.goto(address)
    page.evaluate("tagwell.debug()")
    console.wait_for("no consent is kept on this device. Events wait in memory")
    page.evaluate("tagwell.track('video.play')")
    console.wait_for("video.play is not sent yet: it waits for consent")
    page.evaluate("tagwell.consent('granted')")
    console.wait_for("consent is granted (call)")
    console.wait_for("video.play goes out")
    site.wait_for("video.play")
    page.evaluate("tagwell.consent('denied')")
    console.wait_for("consent is denied: what waited is dropped")
    page.evaluate("tagwell.track('video.stop')")
    console.wait_for("video.stop is not sent: the visitor has denied consent")


def test_being_offline_is_told_and_what_waits_for_the_network(
    page: Page, site: Site, console: Console
) -> None:
    page.goto(site.page())
    # The collector has the visit before the page has the answer.
    page.wait_for_function("!Object.keys(localStorage).some((key) => /^tagwell_.{40}/.test(key))")
    page.evaluate("tagwell.debug()")
    console.wait_for("not acknowledged")
    page.context.set_offline(True)
    console.wait_for("the network is gone")
    page.evaluate("tagwell.track('video.play')")
    console.wait_for("video.play: no answer. Offline")
    console.lines.clear()
    page.evaluate("tagwell.debug()")
    console.wait_for("1 event is not acknowledged")
    console.wait_for("this browser is offline")
    page.context.set_offline(False)
    console.wait_for("the network is back")
    site.wait_for("video.play")


def test_a_policy_that_stops_the_events_is_named(page: Page, site: Site, console: Console) -> None:
    host = site.collector.url
    policy = f"script-src {host}; connect-src 'self'"
    page.goto(site.page(headers={"Content-Security-Policy": policy}))
    page.evaluate("tagwell.debug()")
    console.wait_for("not acknowledged")
    page.evaluate("tagwell.track('video.play')")
    console.wait_for(f"stops {host}/b/{site.id}. Add {host} to its connect-src")


def test_where_its_script_may_not_load_it_says_so_and_nothing_breaks(
    page: Page, site: Site, console: Console
) -> None:
    thrown: list[object] = []
    page.on("pageerror", lambda error: thrown.append(error))
    page.route("**/*?debug", lambda route: route.abort())
    page.goto(site.page())
    assert page.evaluate("tagwell.debug()") is None
    console.wait_for("Failed to fetch dynamically imported module")
    page.evaluate("tagwell.track('later')")
    site.wait_for("later")
    assert thrown == []


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param("script-src 'nonce-abc' 'strict-dynamic'", id="strict-dynamic"),
        pytest.param(
            "script-src 'nonce-abc' 'strict-dynamic'; "
            "require-trusted-types-for 'script'; trusted-types 'none'",
            id="Trusted Types",
        ),
    ],
)
def test_a_line_with_a_nonce_and_its_debug_run_under_a_strict_policy(
    page: Page, site: Site, console: Console, page_errors: list[str], policy: str
) -> None:
    line = site.line.replace("<script ", "<script nonce=abc ")
    headers = {"Content-Security-Policy": policy}
    page.goto(site.collector.page(f"<!doctype html><title>Strict</title>{line}", headers=headers))
    site.wait_for("page.visit")
    page.evaluate("tagwell.debug()")
    console.wait_for("events go to")
    assert page_errors == []


def test_it_costs_no_request_until_it_is_asked(page: Page, make_site: MakeSite) -> None:
    site = make_site(Settings(tag=TagSettings(name="acme")))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.page())
    site.wait_for("page.visit")
    page.evaluate("0")  # lets the news of the requests in
    assert [url for url in asked if url.startswith(site.collector.url)] == [
        f"{site.collector.url}/t/{site.id}.js",
        f"{site.collector.url}/b/{site.id}",
    ]
    with page.expect_request(f"{site.collector.url}/t/{site.id}.js?debug"):
        page.evaluate("acme.debug()")


def test_what_the_visitor_refuses_by_its_category_is_told(
    page: Page, make_site: MakeSite, console: Console
) -> None:
    site = make_site(policy=Policy(consent="opt-in", categories=(Category(name="ads", actions=("ad.*",)),)))
    page.goto(site.page())
    page.evaluate("tagwell.debug()")
    console.wait_for("no consent is kept on this device. Events wait in memory")
    # What goes with the word reaches the tag through what debug() puts around it.
    page.evaluate("tagwell.consent('granted', {categories: {ads: false}}), tagwell.track('ad.seen')")
    console.wait_for("ad.seen is not sent: the visitor has refused its category")
