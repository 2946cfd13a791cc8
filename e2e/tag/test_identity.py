"""Who the visitor is: said by the page, kept apart from the next person, and one across tabs."""

import pytest
from playwright.sync_api import BrowserContext, Page

from collector.model.source import Consent, Modules, Settings, TagSettings
from e2e.tag.conftest import MakeSite, Site
from snippet.install import stub_line

IDENTIFY = Modules(identify=True)


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    """A site whose pages say who the visitor is."""
    return make_site(Settings(tag=TagSettings(modules=IDENTIFY)))


def uuids(site: Site, action: str, count: int) -> list[str | None]:
    return [event.uuid for event in site.wait_for_all(action, count)]


def test_what_the_page_says_reaches_the_profile(page: Page, site: Site, page_errors: list[str]) -> None:
    page.goto(site.page())
    page.evaluate(
        "tagwell.identify({email: 'ada@example.com', customId: 'ada-7', city: 'London', plan: 'pro'})"
    )
    event = site.wait_for("client.createOrUpdate")
    assert event.params == {"email": "ada@example.com", "customId": "ada-7", "city": "London", "plan": "pro"}
    assert event.uuid == site.wait_for("page.visit").uuid
    profile = site.collector.store.find_profile("customId", "ada-7")
    assert profile is not None
    assert (profile.email, profile.attributes) == ("ada@example.com", {"plan": "pro"})
    assert page_errors == []


@pytest.mark.parametrize(
    ("call", "params"),
    [
        pytest.param("identify('C-7')", {"customId": "C-7"}, id="an id alone"),
        pytest.param("identify(42, {plan: 'pro'})", {"customId": 42, "plan": "pro"}, id="a number and more"),
        pytest.param(
            "identify({customId: 1}, {plan: 'pro'})", {"customId": 1, "plan": "pro"}, id="two objects"
        ),
    ],
)
def test_an_id_may_be_given_by_itself(page: Page, site: Site, call: str, params: dict[str, object]) -> None:
    page.goto(site.page())
    page.evaluate(
        f"() => {{ tagwell.identify(); tagwell.identify(null); tagwell.identify(''); tagwell.{call} }}"
    )
    assert site.wait_for("client.createOrUpdate").params == params
    assert len(site.events("client.createOrUpdate")) == 1


def test_another_person_at_this_browser_is_another_visitor(page: Page, site: Site) -> None:
    page.goto(site.page())
    for who in (
        "{customId: 'ada'}",
        "{email: 'ada@example.com'}",
        "{customId: 'ada', email: ' ADA@example.com'}",
        "{customId: 'bob'}",
        "{email: 'bob@example.com'}",
        "{customId: 'ada'}",
    ):
        page.evaluate(f"tagwell.identify({who})")
    ada, *found = uuids(site, "client.createOrUpdate", 6)
    assert found[:2] == [ada, ada]
    bob = found[2]
    assert bob == found[3]
    assert len({ada, bob, found[4]}) == 3


def test_after_reset_the_next_person_is_another_visitor(page: Page, site: Site) -> None:
    page.goto(site.page())
    page.evaluate("tagwell.identify('ada')")
    page.evaluate("() => { tagwell.reset(); tagwell.track('out'); tagwell.identify('ada') }")
    page.evaluate("tagwell.track('later')")
    first, again = uuids(site, "client.createOrUpdate", 2)
    out = site.wait_for("out").uuid
    assert first != out == again == site.wait_for("later").uuid


def test_calls_before_the_script_arrives_keep_their_order(page: Page, site: Site) -> None:
    calls = "tagwell.identify('ada'); tagwell.track('first'); tagwell.reset(); tagwell.track('second')"
    page.goto(site.page(head=stub_line() + f"<script>{calls}</script>"))
    visit, who, first, second = (
        site.wait_for(action).uuid for action in ("page.visit", "client.createOrUpdate", "first", "second")
    )
    assert visit == who == first != second


def test_without_consent_nothing_is_kept_of_who_it_was(
    page: Page, make_site: MakeSite, context: BrowserContext
) -> None:
    modules = Modules(identify=True, consent=True)
    site = make_site(Settings(tag=TagSettings(modules=modules, consent=Consent())))
    page.goto(site.page())
    page.evaluate("() => { tagwell.identify('ada'); tagwell.reset() }")
    assert context.storage_state() == {"cookies": [], "origins": []}
    page.evaluate("() => { tagwell.consent('denied'); tagwell.identify('bob'); tagwell.reset() }")
    assert context.storage_state() == {"cookies": [], "origins": []}
    page.evaluate("() => { tagwell.consent('granted'); tagwell.identify('cleo') }")
    assert site.wait_for("client.createOrUpdate").params == {"customId": "cleo"}


def test_twenty_tabs_opened_at_once_are_one_visitor_in_one_session(page: Page, make_site: MakeSite) -> None:
    """Of somebody who has been here: twenty that each find no id may make some more (visitor.js)."""
    site = make_site()
    url = site.page()
    page.goto(url)
    site.wait_for("page.visit")
    page.evaluate("url => { for (let n = 0; n < 20; n++) open(url, '_blank', 'noopener') }", url)
    visits = site.wait_for_all("page.visit", 21)
    assert len(site.events("session.start")) == len({visit.uuid for visit in visits}) == 1
