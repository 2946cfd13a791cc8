"""Cookieless: events arrive, nothing lies on the device, and visitors are told apart for a day only."""

from playwright.sync_api import BrowserContext, Page

from collector.model.source import Consent, Modules, Settings, TagSettings
from e2e.tag.conftest import MakeSite, Sent
from e2e.tag.consent import FORM, NOTHING, device
from snippet.build import build_tag
from snippet.sizes import sample_source

COOKIELESS = Settings(tag=TagSettings(device_storage=False))


def test_events_leave_nothing_on_the_device_and_are_told_apart_by_the_collector(
    page: Page, context: BrowserContext, make_site: MakeSite, sent: Sent, page_errors: list[str]
) -> None:
    site = make_site(COOKIELESS)
    for title in ("One", "Two"):
        page.goto(site.page(FORM, title=title))
        page.click("button")
    site.wait_for_all("client.createOrUpdate", 2)
    visits = site.wait_for_all("page.visit", 2)
    assert [visit.params["title"] for visit in visits] == ["One", "Two"]
    # The tag tells no uuid; what a form says of a person is told apart by nothing but that.
    first, second = visits
    assert first.uuid == second.uuid is not None
    assert first.session_id == second.session_id is not None
    forms = [event for event in site.events() if event.action in ("form.submit", "client.createOrUpdate")]
    assert {event.uuid for event in forms} == {None}
    assert device(page) == NOTHING
    assert context.cookies() == []
    assert '"uuid"' not in sent.text()
    assert page_errors == []


def test_what_a_tag_with_storage_left_behind_is_removed(
    page: Page, context: BrowserContext, make_site: MakeSite
) -> None:
    site = make_site(COOKIELESS)
    page.goto(site.page("A page of an earlier time", head="<script>localStorage.other = 1</script>"))
    site.wait_for("page.visit")
    page.evaluate("localStorage.tagwell_left = document.cookie = 'tagwell_uuid=1'")
    host = page.evaluate("location.hostname")
    context.add_cookies([{"name": "tagwell_identity", "value": "1", "domain": host, "path": "/"}])
    page.evaluate("document.cookie = 'other=1'")
    page.goto(site.page())
    site.wait_for_all("page.visit", 2)
    assert device(page) == NOTHING | {"cookies": "other=1", "local": ["other"]}
    assert [cookie["name"] for cookie in context.cookies()] == ["other"]


def test_the_outbox_lasts_as_long_as_the_page(page: Page, make_site: MakeSite) -> None:
    site = make_site(COOKIELESS)
    page.goto(site.page())
    site.wait_for("page.visit")
    page.route("**/b/*", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.evaluate("tagwell.track('dog.bark')")
    assert device(page) == NOTHING
    page.unroute("**/b/*")
    page.evaluate("dispatchEvent(new Event('online'))")
    site.wait_for("dog.bark")


def test_with_consent_a_grant_is_asked_for_on_each_page(page: Page, make_site: MakeSite, sent: Sent) -> None:
    tag = TagSettings(device_storage=False, modules=Modules(consent=True), consent=Consent(evidence=True))
    site = make_site(Settings(tag=tag))
    page.goto(site.page())
    page.evaluate("tagwell.consent('granted')")
    assert site.wait_for("page.visit").uuid == site.wait_for("consent.granted").uuid is not None
    assert device(page) == NOTHING
    before = len(sent.bodies())
    page.goto(site.page())
    page.evaluate("tagwell.track('dog.bark'), tagwell.consent('denied')")
    assert site.wait_for("consent.denied").uuid is None
    assert len(sent.bodies()) == before + 1
    assert device(page) == NOTHING


def test_it_weighs_less_than_what_it_replaces() -> None:
    sizes = [
        len(build_tag(sample_source(TagSettings(device_storage=storage))).brotli) for storage in (False, True)
    ]
    assert sizes[0] < sizes[1]
