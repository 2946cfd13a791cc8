"""Activating an account as a person lives it: a mail, its link, the page that asks for the password."""

import httpx
from playwright.sync_api import Page, expect

from e2e.harness import Collector
from tests.mail.server import MailServer, link_in

ANN = "ann@shop.example"
PASSWORD = "tide-pool-42"
BROWSER = "07243772-008a-42e1-ba37-c3807cebde8f"


def register(api: httpx.Client, source_id: str) -> None:
    """Register as a shop's page does, on which the visitor has typed an address and a password."""
    browser = {"apiKey": source_id, "uuid": BROWSER}
    token = api.post("/sauth/v3/auth/login/client/anonymous", json=browser).json()["token"]
    body = {"email": ANN, "password": PASSWORD, "uuid": BROWSER, "firstName": "Ann"}
    headers = {"Authorization": f"Bearer {token}"}
    assert api.post("/sauth/clients/registered", json=body, headers=headers).status_code == 202


def test_a_link_asks_for_the_password_activates_once_and_says_so(
    page_errors: list[str], page: Page, collector: Collector, mail_server: MailServer
) -> None:
    source = collector.add_source("Quire & Thread")
    with httpx.Client(base_url=collector.url) as api:
        register(api, source.source_id)
        link = link_in(mail_server.wait_for(ANN), "activate")
        page.goto(link)
        expect(page.get_by_role("heading", name="Activate your account")).to_be_visible()
        expect(page.get_by_text("made an account at Quire & Thread")).to_be_visible()

        page.get_by_label("Password").fill("not-my-pass-1")
        with page.expect_response(lambda response: response.request.method == "POST") as answer:
            page.get_by_role("button", name="Activate").click()
        assert answer.value.status == 422
        expect(page.get_by_role("alert")).to_contain_text("not the password")
        expect(page.get_by_label("Password")).to_have_value("")
        assert collector.store.find_profile("email", ANN) is None

        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Your account is active")).to_be_visible()
        ann = collector.store.find_profile("email", ANN)
        assert ann is not None
        assert (ann.uuids, ann.fields) == ([BROWSER], {"firstName": "Ann"})
        body = {"apiKey": source.source_id, "identityProvider": "SYNERISE", "uuid": BROWSER}
        signed_in = api.post("/sauth/v3/auth/login/client", json=body | {"email": ANN, "password": PASSWORD})
        assert signed_in.status_code == 200

        page.goto(link)
        expect(page.get_by_role("heading", name="This link was used already")).to_be_visible()
        expect(page.get_by_label("Password")).to_have_count(0)
    # Chromium writes a line for each status that is no success, and there is nothing else.
    assert [error for error in page_errors if "the server responded with a status of 4" not in error] == []
