"""Custom events: what a page reports by tagwell.track, before and after the tag has arrived."""

from typing import Any

import pytest
from playwright.sync_api import Page

from collector.model.source import Modules, Settings, TagSettings
from e2e.tag.conftest import MakeSite, Site
from snippet.install import stub_line


def test_an_event_carries_action_params_and_label(page: Page, site: Site) -> None:
    page.goto(site.page())
    site.wait_for("page.visit")
    page.evaluate("tagwell.track('entries.count', {entries: 27, shop: {id: 'S198'}}, 'Entries count')")
    event = site.wait_for("entries.count")
    assert event.params == {"entries": 27, "shop": {"id": "S198"}}
    assert event.label == "Entries count"


def test_the_label_is_the_action_unless_given(page: Page, site: Site) -> None:
    page.goto(site.page())
    page.evaluate("tagwell.track('dog.bark')")
    event = site.wait_for("dog.bark")
    assert (event.label, event.params) == ("dog.bark", {})


@pytest.mark.parametrize(
    "action",
    [
        pytest.param("a", id="one letter"),
        pytest.param("A-b_c.9", id="all kinds of character"),
        pytest.param("x" * 32, id="32 characters"),
    ],
)
def test_a_valid_action_is_sent(page: Page, site: Site, action: str) -> None:
    page.goto(site.page())
    page.evaluate("action => tagwell.track(action)", action)
    site.wait_for(action)


@pytest.mark.parametrize(
    "action",
    [
        pytest.param("", id="empty"),
        pytest.param("x" * 33, id="33 characters"),
        pytest.param("dog bark", id="a space"),
        pytest.param("zażółć.x", id="diacritics"),
        pytest.param("a/b", id="a slash"),
        pytest.param("a\n", id="a newline at the end"),
        pytest.param(None, id="nothing"),
        pytest.param(7, id="a number"),
        pytest.param({"toString": "x"}, id="an object"),
    ],
)
def test_an_invalid_action_warns_once_and_sends_nothing(
    page: Page, site: Site, action: Any, page_errors: list[str]
) -> None:
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text) if message.type == "warning" else None)
    page.goto(site.page())
    page.evaluate("action => { tagwell.track(action); tagwell.track('later') }", action)
    site.wait_for("later")
    assert {event.action for event in site.events()} == {"session.start", "page.visit", "later"}
    assert len([text for text in warnings if text.startswith("tagwell")]) == 1
    assert page_errors == []


@pytest.mark.parametrize(
    "params",
    ["undefined", "null", "'text'", "7", "[1, 2]", "new Date()", "new Map([[1, 2]])", "document.body"],
)
def test_params_that_are_no_plain_object_are_none(page: Page, site: Site, params: str) -> None:
    page.goto(site.page())
    page.evaluate(f"tagwell.track('odd', {params})")
    assert site.wait_for("odd").params == {}


@pytest.mark.parametrize("params", ["(() => { const a = {}; a.a = a; return a })()", "{get x() { throw 1 }}"])
def test_params_that_cannot_be_written_take_no_other_event_with_them(
    page: Page, site: Site, params: str, page_errors: list[str]
) -> None:
    page.goto(site.page())
    page.evaluate(f"() => {{ tagwell.track('bad', {params}); tagwell.track('good') }}")
    site.wait_for("good")
    assert site.events("bad") == []
    assert page_errors == []


def test_a_value_that_json_has_none_for_takes_nothing_with_it(page: Page, site: Site) -> None:
    page.goto(site.page())
    page.evaluate("tagwell.track('odd', {big: 1n, symbol: Symbol('x'), none: NaN, kept: [1, Symbol('y')]})")
    assert site.wait_for("odd").params == {"big": None, "symbol": None, "none": None, "kept": [1, None]}


def test_params_are_kept_as_they_were_when_tracked(page: Page, site: Site) -> None:
    page.goto(site.page())
    page.evaluate("() => { const p = {n: 1}; tagwell.track('count', p); p.n = 2 }")
    assert site.wait_for("count").params == {"n": 1}


def test_calls_before_the_script_arrives_are_replayed_in_order_at_their_time(page: Page, site: Site) -> None:
    early = (
        "<script>made = Date.now(); tagwell.track('early', {n: 1}); tagwell.track('early', {n: 2})</script>"
    )
    page.goto(site.page(head=stub_line() + early))
    events = site.wait_for_all("early", 2)
    assert [event.params["n"] for event in events] == [1, 2]
    assert events[0].time_ms - page.evaluate("made") in range(200)
    # The visit comes first, although the call was made before it.
    actions = [event.action for event in site.events()]
    assert actions.index("page.visit") < actions.index("early")


def test_a_page_that_kept_the_stub_calls_the_tag(page: Page, site: Site) -> None:
    page.goto(site.page(head=stub_line() + "<script>const kept = tagwell</script>"))
    site.wait_for("page.visit")
    page.evaluate("kept.track('through.stub')")
    site.wait_for("through.stub")


def test_a_source_without_custom_events_takes_calls_and_sends_nothing(
    page: Page, make_site: MakeSite, page_errors: list[str]
) -> None:
    site = make_site(Settings(tag=TagSettings(modules=Modules(custom_events=False))))
    page.goto(site.page())
    page.evaluate("() => { tagwell.track('dog.bark'); tagwell.rescan() }")
    page.goto(site.page())
    site.wait_for_all("page.visit", 2)
    assert site.events("dog.bark") == []
    assert page_errors == []
