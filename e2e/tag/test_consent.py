"""Consent: nothing leaves the page or stays on the device before the visitor's word, and none after a no."""

import json

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from collector.model.consent import ConsentState
from collector.model.policy import Category, Policy
from e2e.tag.conftest import MakeSite, Sent
from e2e.tag.consent import FORM, NOTHING, asking, device, evidence, settle


def test_before_a_decision_nothing_is_sent_read_or_kept(
    page: Page, context: BrowserContext, make_site: MakeSite, sent: Sent, page_errors: list[str]
) -> None:
    site = make_site(asking(google=True, tcf=True, evidence=True))
    url = site.page(FORM)
    # What an earlier visit left in the outbox.
    page.goto(site.collector.page("An empty page"))
    left = {f"tagwell_{site.id[:8]}_1": json.dumps({"id": "1", "action": "left.behind"})}
    page.evaluate("(left) => Object.assign(localStorage, left)", left)
    page.goto(url)
    page.click("button")
    page.evaluate("tagwell.track('dog.bark')")
    settle(page)
    assert device(page) == NOTHING | {"local": list(left)}
    page.goto(site.page("Another"))
    settle(page)
    assert sent.bodies() == []
    assert context.cookies() == []
    page.evaluate("tagwell.consent('granted')")
    site.wait_for("left.behind")
    assert "dog.bark" not in sent.text()
    assert page_errors == []


def test_a_grant_sends_what_waited_as_it_was(
    page: Page, make_site: MakeSite, sent: Sent, page_errors: list[str]
) -> None:
    site = make_site(asking())
    landing = site.page(FORM, title="Landing") + "?utm_source=mail"
    page.goto(site.collector.page(f"<a href='{landing}'>To the shop</a>"))
    referrer = page.url
    page.click("a")
    page.wait_for_load_state("load")
    # What the page does to its params, to its address and to JSON afterwards changes nothing.
    seen = page.evaluate(
        """() => {
            const params = {size: 'small', parts: {a: 1}}
            tagwell.track('dog.bark', params)
            params.size = params.parts.a = 'changed'
            JSON.stringify = () => 'broken'
            history.pushState(0, '', '/elsewhere')
            document.title = 'Elsewhere'
            return Date.now()
        }"""
    )
    page.click("button")
    page.wait_for_function("(seen) => Date.now() > seen + 400", arg=seen)
    assert sent.bodies() == []
    page.evaluate("tagwell.consent('granted')")
    bark, submit = site.wait_for("dog.bark"), site.wait_for("form.submit")
    visit = site.wait_for("page.visit")
    assert (visit.params["url"], visit.params["referrer"]) == (landing, referrer)
    assert visit.params["title"] == "Landing"
    assert bark.params == {"size": "small", "parts": {"a": 1}}
    assert visit.time_ms <= bark.time_ms <= seen + 50
    assert visit.uuid
    assert {event.uuid for event in site.events()} == {visit.uuid}
    assert submit.params["formData"] == {"e": "a@b.pl"}
    # Who the form says the visitor is was remembered too, now that it may be.
    assert "tagwell_identity" in device(page)["cookies"]
    assert page_errors == []


def test_of_too_many_events_the_first_hundred_wait(page: Page, make_site: MakeSite) -> None:
    site = make_site(asking())
    page.goto(site.page())
    page.evaluate("for (let n = 0; n < 150; n++) tagwell.track('n' + n)")
    page.evaluate("tagwell.consent('granted'), tagwell.track('last')")
    site.wait_for("last")
    actions = {event.action for event in site.events()}
    assert {"page.visit", "n0", "n98"} <= actions
    assert "n99" not in actions


def test_a_grant_is_kept_for_half_a_year_and_the_next_page_need_not_wait(
    page: Page, context: BrowserContext, make_site: MakeSite
) -> None:
    site = make_site(asking())
    page.goto(site.page())
    now = page.evaluate("tagwell.consent('granted'), Date.now() / 1000")
    [cookie] = [cookie for cookie in context.cookies() if cookie["name"] == "tagwell_consent"]
    assert cookie["expires"] == pytest.approx(now + 180 * 86400, abs=60)
    page.goto(site.page())
    first, second = site.wait_for_all("page.visit", 2)
    assert first.uuid == second.uuid


def test_where_a_platform_tells_each_page_a_kept_grant_counts_for_nothing(
    page: Page, make_site: MakeSite, sent: Sent
) -> None:
    site = make_site(asking(google=True))
    page.goto(site.page())
    page.evaluate("tagwell.consent('granted')")
    site.wait_for("page.visit")
    before = len(sent.bodies())
    page.goto(site.page())
    settle(page)
    assert len(sent.bodies()) == before


def test_a_call_made_before_the_tag_is_there_decides(page: Page, make_site: MakeSite) -> None:
    site = make_site(asking())
    stub = "<script>tagwell = {q: [['consent', ['granted'], Date.now()]]}</script>"
    page.goto(site.page(head=stub))
    site.wait_for("page.visit")


def test_a_denial_removes_everything_at_once_and_ends_collection(
    page: Page, context: BrowserContext, make_site: MakeSite, sent: Sent, page_errors: list[str]
) -> None:
    site = make_site(asking())
    page.goto(site.page(FORM))
    page.evaluate("tagwell.consent('granted')")
    page.click("button")
    site.wait_for("client.createOrUpdate")
    # One event is on its way and will fail, one lies in the outbox.
    held: list[Route] = []
    page.route("**/b/*", lambda route: held.append(route))
    with page.expect_request("**/b/*"):
        page.evaluate("tagwell.track('stuck.one')")
    assert device(page)["local"] != []
    page.evaluate("localStorage.other = 'the page’s own', document.cookie = 'other=1'")
    after = page.evaluate(
        """() => {
            tagwell.track('stuck.two')
            tagwell.consent('denied')
            return [document.cookie, Object.keys(localStorage)]
        }"""
    )
    assert after == ["other=1", ["other"]]
    assert [cookie["name"] for cookie in context.cookies()] == ["other"]
    before = len(sent.bodies())
    for route in held:
        route.abort()
    page.unroute("**/b/*")
    page.evaluate("tagwell.track('too.late')")
    page.click("button")
    settle(page)
    page.goto(site.page())
    settle(page)
    assert len(sent.bodies()) == before
    assert device(page)["local"] == ["other"]
    page.evaluate("tagwell.consent('granted'), tagwell.track('again')")
    site.wait_for("again")
    assert not {"stuck.one", "stuck.two", "too.late"} & {event.action for event in site.events()}
    # The failed request of the test's own making is the only complaint.
    assert [error for error in page_errors if "ERR_FAILED" not in error] == []


def test_what_failed_does_not_go_out_after_a_denial_and_a_new_grant(
    page: Page, make_site: MakeSite, sent: Sent
) -> None:
    site = make_site(asking())
    page.goto(site.page())
    page.evaluate("tagwell.consent('granted')")
    first = site.wait_for("page.visit")
    held: list[Route] = []
    page.route("**/b/*", lambda route: held.append(route))
    with page.expect_request("**/b/*"):
        page.evaluate("tagwell.track('stuck')")
    page.evaluate("tagwell.consent('denied')")
    with page.expect_event("requestfailed"):
        held[0].abort()
    page.unroute("**/b/*")
    settle(page)
    page.evaluate("tagwell.consent('granted'), tagwell.track('again')")
    # Another visitor, as far as anybody can tell.
    assert site.wait_for("again").uuid != first.uuid
    assert site.events("stuck") == []


def test_a_denial_drops_what_waited(page: Page, make_site: MakeSite, sent: Sent) -> None:
    site = make_site(asking())
    page.goto(site.page())
    page.evaluate("tagwell.track('one'), tagwell.consent('denied'), tagwell.track('two')")
    settle(page)
    assert sent.bodies() == []
    assert device(page) == NOTHING
    page.evaluate("tagwell.consent('granted'), tagwell.track('three')")
    site.wait_for("three")
    assert not {"page.visit", "one", "two"} & {event.action for event in site.events()}


def test_a_word_that_is_no_grant_is_none(page: Page, make_site: MakeSite, sent: Sent) -> None:
    site = make_site(asking())
    page.goto(site.page())
    page.evaluate("tagwell.consent('yes'), tagwell.consent(), tagwell.consent(true), tagwell.track('one')")
    settle(page)
    assert sent.bodies() == []


def test_what_is_withdrawn_in_one_tab_ends_the_other(
    page: Page, context: BrowserContext, make_site: MakeSite, sent: Sent
) -> None:
    site = make_site(asking())
    page.goto(site.page())
    page.evaluate("tagwell.consent('granted')")
    site.wait_for("page.visit")
    other = context.new_page()
    other.goto(site.page())
    site.wait_for_all("page.visit", 2)
    other.evaluate("tagwell.consent('denied')")
    before = len(sent.bodies())
    page.evaluate("tagwell.track('too.late')")
    settle(page)
    assert len(sent.bodies()) == before
    assert device(page) == NOTHING


def test_where_the_owner_so_chose_events_go_out_until_a_denial(
    page: Page, make_site: MakeSite, sent: Sent
) -> None:
    site = make_site(asking(until="granted"))
    page.goto(site.page())
    site.wait_for("page.visit")
    assert "tagwell_consent" not in device(page)["cookies"]
    page.evaluate("tagwell.consent('denied')")
    before = len(sent.bodies())
    page.evaluate("tagwell.track('too.late')")
    settle(page)
    assert len(sent.bodies()) == before
    assert device(page) == NOTHING


def test_evidence_is_one_record_a_decision_with_the_uuid_in_use(
    page: Page, make_site: MakeSite, page_errors: list[str]
) -> None:
    site = make_site(asking(evidence=True))
    page.goto(site.page())
    page.evaluate("tagwell.consent('denied'), tagwell.consent('denied')")
    # Nobody is known yet, and is not for saying no.
    assert site.wait_for("consent.denied").uuid is None
    assert device(page) == NOTHING
    page.evaluate("tagwell.consent('granted'), tagwell.consent('granted')")
    granted = site.wait_for("consent.granted")
    page.goto(site.page())
    page.evaluate("tagwell.consent('granted'), tagwell.track('later')")
    later = site.wait_for("later")
    assert later.uuid == granted.uuid is not None
    assert later.context["consent"] == {"granted": True}
    page.evaluate("tagwell.consent('denied')")
    denied = site.wait_for_all("consent.denied", 2)[1]
    assert denied.uuid == later.uuid
    assert {event.params["by"] for event in (granted, denied)} == {"call"}
    said = [(record.uuid, record.decision.state.granted) for record in evidence(site)]
    assert said == [(None, False), (later.uuid, True), (later.uuid, False)]
    assert device(page) == NOTHING
    assert page_errors == []


POLICY = Policy(
    consent="opt-in",
    consent_text="v1",
    allow=("page.visit", "ad.*", "shop.*"),
    categories=(
        Category(name="ads", actions=("ad.*", "shop.ad")),
        Category(name="shop", actions=("shop.*",)),
    ),
)


def test_the_policy_alone_makes_the_tag_ask_and_tell_categories_and_text(
    page: Page, make_site: MakeSite, sent: Sent, page_errors: list[str]
) -> None:
    site = make_site(policy=POLICY)
    page.goto(site.page())
    page.evaluate("['ad.one', 'shop.one', 'shop.ad'].forEach((action) => tagwell.track(action))")
    settle(page)
    assert sent.bodies() == []
    assert device(page) == NOTHING
    page.evaluate(
        """() => {
            const choice = {categories: {ads: false, shop: true}, text: 'v2; café'}
            tagwell.consent('granted', choice)
            // What the page does with its own object afterwards is no word of the visitor's.
            choice.categories.ads = true
            tagwell.track('ad.two')
        }"""
    )
    site.wait_for("shop.one")
    # The next page knows what was said; the same word is no news, another is.
    page.goto(site.page())
    page.evaluate(
        """() => {
            tagwell.track('ad.three')
            tagwell.consent('granted', {categories: {ads: false, shop: true}, text: 'v2; café'})
            tagwell.track('shop.two')
        }"""
    )
    two = site.wait_for("shop.two")
    assert two.context["consent"] == {"granted": True, "categories": {"ads": False, "shop": True}}
    assert not {"ad.one", "ad.two", "ad.three", "shop.ad"} & {event.action for event in site.events()}
    # The tag does not even send them.
    assert '"ad.' not in sent.text()
    page.evaluate(
        "tagwell.consent('granted', {categories: {ads: true, shop: false}}), tagwell.track('shop.three')"
    )
    page.evaluate("tagwell.track('ad.four')")
    site.wait_for("ad.four")
    assert site.events("shop.three") == []
    first, second = evidence(site)
    assert first.uuid == second.uuid == two.uuid
    assert first.decision.state == ConsentState(granted=True, categories={"ads": False, "shop": True})
    assert (first.decision.method, first.decision.text_version) == ("call", "v2; café")
    assert second.decision.state == ConsentState(granted=True, categories={"ads": True, "shop": False})
    # Nobody told another, so it is the policy's.
    assert second.decision.text_version == "v1"
    assert site.collector.store.rejections(site.id) == []
    assert page_errors == []


@pytest.mark.parametrize(
    "kept", [pytest.param("1", id="nothing but the grant"), pytest.param("%7Bspoilt", id="spoilt")]
)
def test_a_kept_grant_is_read_whatever_wrote_it(
    page: Page, make_site: MakeSite, sent: Sent, kept: str, page_errors: list[str]
) -> None:
    """What cannot be read is no grant, and ends nothing else: the visitor is asked again."""
    site = make_site(policy=POLICY)
    page.goto(site.collector.page("An empty page"))
    page.evaluate("(kept) => document.cookie = 'tagwell_consent=' + kept", kept)
    page.goto(site.page())
    settle(page)
    assert bool(sent.bodies()) is (kept == "1")
    page.evaluate("tagwell.consent('granted')")
    site.wait_for("page.visit")
    assert page_errors == []


@pytest.mark.parametrize(
    "choice", ["(() => { const a = {}; return (a.categories = a) })()", "Infinity", "'v3'"]
)
def test_a_refusal_is_heard_whatever_is_said_beside_it(page: Page, make_site: MakeSite, choice: str) -> None:
    site = make_site(policy=Policy(consent="opt-out"))
    page.goto(site.page())
    site.wait_for("page.visit")
    page.evaluate(f"tagwell.consent('denied', {choice})")
    site.wait_for("consent.denied")
    assert device(page) == NOTHING
