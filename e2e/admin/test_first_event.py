"""What a newcomer does: sign in, make a source, paste its line, and watch the first event arrive."""

import re

from playwright.sync_api import BrowserContext, Page, expect

from e2e.admin.conftest import PASSWORD
from e2e.harness import Collector


def test_from_the_sign_in_to_the_first_events_arriving(
    collector: Collector, context: BrowserContext, page: Page, person: str, page_errors: list[str]
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=collector.url)
    page.goto(f"{collector.url}/admin/")
    page.get_by_label("Name").fill(person)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="New source").click()
    page.get_by_label("Name").fill("Low Tide Pottery")
    page.get_by_role("button", name="Create the source").click()

    expect(page.get_by_role("heading", name="Waiting for the first event")).to_be_visible()
    page.get_by_role("button", name="Copy the line").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    line = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(rf'<script async src="{collector.url}/t/[0-9a-f-]{{36}}\.js"></script>', line)

    site = collector.page(f"<!doctype html><title>Celadon bowl</title>{line}<p>Wheel-thrown.")
    visitor = context.new_page()
    visitor.goto(site)
    expect(page.get_by_role("heading", name="First event arrived")).to_be_visible()
    page.get_by_role("link", name="Watch events live").click()

    rows = page.get_by_role("listitem")
    expect(rows.filter(has_text="Visited page Celadon bowl")).to_have_count(1)
    visitor.goto(site)
    expect(rows.filter(has_text="Visited page Celadon bowl")).to_have_count(2)
    newest = rows.filter(has_text="Visited page Celadon bowl").first
    expect(newest).to_contain_text("Chrome on Linux")
    newest.locator("summary").click()
    expect(newest.get_by_label("The whole payload")).to_contain_text(f'"url": "{site}"')
    assert page_errors == []


def test_a_refused_first_event_is_told(collector: Collector, admin: Page) -> None:
    source = collector.add_source("Refused")
    admin.goto(f"{collector.url}/admin/sources/{source.source_id}/install")
    expect(admin.get_by_role("heading", name="Waiting for the first event")).to_be_visible()
    admin.request.post(f"{collector.url}/b/{source.source_id}", data='[{"action": "two words"}]')
    expect(admin.get_by_role("heading", name="An event came, and was rejected")).to_be_visible()
    expect(admin.locator("#status")).to_contain_text("The action breaks the rule for names")
