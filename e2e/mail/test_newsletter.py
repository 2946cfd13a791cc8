"""Double opt-in as a person lives it: a form, a mail, its link, the page behind it; and the way out again."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from e2e.harness import Collector
from snippet.install import install_line
from tests.mail.server import MailServer, link_in

ANN = "ann@shop.example"


@pytest.fixture
def collector(collector: Collector) -> Collector:
    """It asks twice."""
    collector.store.save_workspace(newsletter_mode="double")
    return collector


def agreed(collector: Collector) -> bool | None:
    profile = collector.store.find_profile("email", ANN)
    assert profile is not None
    return profile.agreements.get("email")


def test_a_form_a_mail_a_link_an_agreement_and_the_way_out(
    page: Page, context: BrowserContext, collector: Collector, mail_server: MailServer
) -> None:
    source = collector.add_source("Quire & Thread")
    form = (
        '<form data-synerise="newsletter" action="about:blank" onsubmit="return false">'
        '<input name="email" type="email" data-synerise="email"><button>Subscribe</button></form>'
    )
    line = install_line(collector.url, source.source_id)
    page.goto(
        collector.page(f"<!doctype html><html lang=en><title>T</title>{line}<body>{form}</body></html>")
    )
    collector.wait_for(source.source_id, "page.visit")
    page.get_by_role("textbox").fill(ANN)
    page.get_by_role("button", name="Subscribe").click()
    message = mail_server.wait_for(ANN)
    assert agreed(collector) is None

    # A reader without script presses the button; one with script need not.
    assert context.browser is not None
    with context.browser.new_context(java_script_enabled=False) as plain:
        quiet = plain.new_page()
        quiet.goto(link_in(message, "confirm"))
        expect(quiet.get_by_role("button", name="Yes, send me the news")).to_be_visible()
        assert agreed(collector) is None
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(link_in(message, "confirm"))
    expect(page.get_by_role("heading", name="Thank you, that is confirmed")).to_be_visible()
    assert agreed(collector) is True
    collector.wait_for(source.source_id, "newsletter.confirmSubscribe")
    assert errors == []

    page.goto(link_in(message, "unsubscribe"))
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    assert agreed(collector) is False
    collector.wait_for(source.source_id, "marketingAgreement.turnOff")
