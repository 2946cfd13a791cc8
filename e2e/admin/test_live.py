"""The live page: rows arrive by themselves, as text, unless it is paused."""

import json

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from collector.model.source import Source
from e2e.harness import Collector

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def source(collector: Collector) -> Source:
    """A source of this test's own."""
    return collector.add_source("Live")


def send(page: Page, collector: Collector, source: Source, **event: object) -> None:
    """Post one event as any client may."""
    response = page.request.post(
        f"{collector.url}/b/{source.source_id}", data=json.dumps([{"action": "shelf.filled"} | event])
    )
    assert response.status == 204


def open_live(page: Page, collector: Collector, source: Source, query: str = "") -> None:
    page.goto(f"{collector.url}/admin/sources/{source.source_id}/live{query}")
    expect(page.get_by_role("status")).to_have_text("Live")


def test_a_hostile_event_arrives_as_text(
    collector: Collector, source: Source, admin: Page, page_errors: list[str]
) -> None:
    dialogs: list[Dialog] = []
    admin.on("dialog", lambda dialog: dialogs.append(dialog))
    open_live(admin, collector, source)
    send(
        admin, collector, source, label=SCRIPT, uuid='"><img src=x onerror=alert(1)>', params={SCRIPT: SCRIPT}
    )
    row = admin.get_by_role("listitem").filter(has_text="shelf.filled")
    expect(row.locator(".label")).to_have_text(SCRIPT)
    row.locator("summary").click()
    expect(row.get_by_label("The whole payload")).to_contain_text(f'"{SCRIPT}": "{SCRIPT}"')
    row.get_by_role("link", name="Open on its own page").click()
    expect(admin.get_by_role("heading", name=SCRIPT)).to_be_visible()
    expect(admin).to_have_title(f"shelf.filled: {SCRIPT} · Tagwell")
    assert admin.locator("main script, main img").count() == 0
    assert dialogs == []
    assert page_errors == []


def test_newest_first_and_counted(collector: Collector, source: Source, admin: Page) -> None:
    open_live(admin, collector, source)
    expect(admin.locator("#nothing")).to_contain_text("No event yet")
    send(admin, collector, source, label="first")
    send(admin, collector, source, label="second")
    expect(admin.locator(".event .label")).to_have_text(["second", "first"])
    expect(admin.get_by_role("status")).to_have_text("Live: 2 new")
    expect(admin.locator("#nothing")).to_be_hidden()


def test_nothing_arrives_while_paused_and_all_of_it_after(
    collector: Collector, source: Source, admin: Page
) -> None:
    open_live(admin, collector, source)
    admin.get_by_role("button", name="Pause").click()
    expect(admin.get_by_role("status")).to_have_text("Paused")
    send(admin, collector, source, label="meanwhile")
    with admin.expect_response(lambda response: "/live/rows" in response.url):
        pass  # an answer that holds the event has come, and was dropped
    expect(admin.locator(".event")).to_have_count(0)
    admin.get_by_role("button", name="Pause").click()
    expect(admin.locator(".event .label")).to_have_text(["meanwhile"])


def test_only_the_filtered_action_arrives(collector: Collector, source: Source, admin: Page) -> None:
    open_live(admin, collector, source)
    admin.get_by_label("Action").fill("wanted.action")
    admin.get_by_role("button", name="Filter").click()
    expect(admin.get_by_role("status")).to_have_text("Live")
    send(admin, collector, source, action="other.action", label="not this")
    send(admin, collector, source, action="wanted.action", label="this")
    expect(admin.locator(".event .label")).to_have_text(["this"])


def test_an_open_row_stays_open_while_others_arrive(
    collector: Collector, source: Source, admin: Page
) -> None:
    send(admin, collector, source, label="stays")
    open_live(admin, collector, source)
    row = admin.get_by_role("listitem").filter(has_text="stays")
    row.locator("summary").click()
    send(admin, collector, source, label="later")
    expect(admin.locator(".event .label")).to_have_text(["later", "stays"])
    expect(row.get_by_label("The whole payload")).to_be_visible()


def test_a_page_whose_sign_in_ended_says_so(
    collector: Collector, source: Source, admin: Page, context: BrowserContext
) -> None:
    open_live(admin, collector, source)
    context.clear_cookies()
    expect(admin.get_by_role("status")).to_have_text("Signed out. Reload the page to sign in again")
    admin.reload()
    expect(admin.get_by_role("heading", name="Sign in")).to_be_visible()
