"""Double opt-in as a person lives it: a form, a mail, its link, the page behind it; and the way out again."""

import re
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from e2e.harness import Collector, Pages, run_collector
from snippet.install import install_line
from tests.mail.server import MailServer, free_port, serve

ANN = "ann@shop.example"


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with serve(MailServer()) as running:
        yield running


@pytest.fixture
def collector(tmp_path: Path, pages: Pages, mail_server: MailServer) -> Iterator[Collector]:
    """A collector that sends mails. Links in them begin with the address it listens on."""
    environment = {"TAGWELL_SMTP_URL": mail_server.url, "TAGWELL_MAIL_FROM": "Shop <news@shop.example>"}
    port = ("--port", str(free_port()))
    with run_collector(tmp_path, pages, arguments=port, environment=environment) as running:
        running.store.save_workspace(newsletter_mode="double")
        yield running


def the_mail(server: MailServer) -> EmailMessage:
    """What arrived for Ann; the outbox is looked at every two seconds."""
    deadline = time.monotonic() + 15
    while not server.mails(ANN):
        assert time.monotonic() < deadline, "no mail arrived"
        time.sleep(0.02)
    return server.mails(ANN)[0]


def link_in(message: EmailMessage, path: str) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    found = re.search(rf"http://\S+/mail/{path}\?t=\S+", body.get_content())
    assert found
    return found[0]


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
    message = the_mail(mail_server)
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
