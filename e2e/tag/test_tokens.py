"""Tokens in a browser: what a page hands over goes with the events, and lies nowhere on the device."""

import time

from playwright.sync_api import BrowserContext, Page

from collector.model.policy import Policy
from collector.model.source import Modules, Settings, TagSettings
from e2e.tag.conftest import MakeSite, Sent
from e2e.tag.consent import settle
from tests.auth.signing import sign

FORM = (
    "<form data-synerise=contact onsubmit='return false'>"
    "<input name=email data-synerise=email value=ann@b.example>"
    "<input name=first data-synerise=firstname value=Ann><button>Send</button></form>"
)
WITH_TOKENS = Settings(tag=TagSettings(modules=Modules(tokens=True)))
MAY_CHANGE = Policy(trust="strict", token_actions=("shop.*",))


def test_a_form_on_a_strict_source_needs_the_token_that_the_page_hands_over(
    page: Page, context: BrowserContext, make_site: MakeSite, sent: Sent, page_errors: list[str]
) -> None:
    site = make_site(WITH_TOKENS, MAY_CHANGE)
    store = site.collector.store
    site.add_token_key()
    page.goto(site.page(FORM))
    uuid = site.wait_for("page.visit").uuid

    # Without a token the form is refused, and forgotten: nothing tries it again.
    with page.expect_response(lambda response: response.status == 401):
        page.click("button")
    settle(page)
    outbox = "Object.keys(localStorage).filter((key) => key.startsWith('tagwell_'))"
    assert page.evaluate(outbox) == []
    before = len(sent.bodies())
    page.evaluate("tagwell.token(''), tagwell.track('dog.bark')")
    site.wait_for("dog.bark")
    assert len(sent.bodies()) == before + 1
    assert site.events("form.submit") == []

    # What waits in the outbox is sent with the token of then.
    claims = {"uuid": uuid, "email": "ann@b.example"}
    token = sign(claims, now_ms=time.time_ns() // 1_000_000)
    page.evaluate("tagwell.track('shop.open')")
    page.evaluate("(token) => tagwell.token(token)", token)
    page.fill("[name=first]", "Zoe")
    page.click("button")
    site.wait_for("shop.open")
    submit = site.wait_for("form.submit")
    assert submit.uuid == uuid
    profile = store.find_profile("email", "ann@b.example")
    assert profile is not None
    assert (profile.fields["firstName"], profile.uuids) == ("Zoe", [uuid])
    assert token in sent.text()
    page.fill("[name=first]", "Bea")
    page.click("button")
    site.wait_for_all("form.submit", 2)
    profile = store.find_profile("email", "ann@b.example")
    assert profile is not None
    assert profile.fields["firstName"] == "Bea"

    # It lies nowhere: not on the device, and not with the next page.
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert token[-40:] not in kept
    assert all(token[-40:] not in cookie["value"] for cookie in context.cookies())
    page.evaluate("tagwell.token(null)")
    with page.expect_response(lambda response: response.status == 401):
        page.evaluate("tagwell.track('shop.open')")
    assert len(site.events("shop.open")) == 1
    assert [error for error in page_errors if "401" not in error] == []
