"""The privacy team's round: edit, try, see the effect, save, see it obeyed, and go back."""

import json

import pytest
from playwright.sync_api import Page, expect

from collector.model.source import Source
from e2e.harness import Collector
from tests.receive.running import wait_until


@pytest.fixture
def source(collector: Collector) -> Source:
    """A source of this test's own."""
    return collector.add_source("Privacy")


def send(page: Page, collector: Collector, source: Source, action: str) -> None:
    """Post one event as any client may; what the policy refuses is answered in the same way."""
    response = page.request.post(
        f"{collector.url}/b/{source.source_id}", data=json.dumps([{"action": action, "label": "<b>Lamp</b>"}])
    )
    assert response.status == 204


def refused(collector: Collector, source: Source) -> list[str]:
    """The rules that refused an event, newest first."""
    return [record.rule for record in collector.store.rejections(source.source_id)]


def stored(collector: Collector, source: Source, action: str) -> int:
    """How many events of an action are stored."""
    return len(collector.events(source.source_id, action))


def test_a_policy_is_edited_tried_saved_obeyed_and_taken_back(
    collector: Collector, source: Source, admin: Page, page_errors: list[str]
) -> None:
    send(admin, collector, source, "shelf.filled")
    collector.wait_for(source.source_id, "shelf.filled")
    base = f"{collector.url}/admin/sources/{source.source_id}/privacy"

    admin.goto(base)
    admin.get_by_label("Blocklist of events").fill("shelf.*")
    admin.get_by_text("Countries", exact=True).click()
    admin.get_by_label("Blocklist of countries").fill("FR")
    admin.get_by_label("What changes, and why").fill("No shelves")
    admin.get_by_role("button", name="Try it").click()
    row = admin.get_by_role("row").filter(has_text="The action is on the blocklist")
    expect(row).to_contain_text("shelf.*")
    row.get_by_text("Examples").click()
    expect(row).to_contain_text("<b>Lamp</b>")
    send(admin, collector, source, "shelf.filled")
    collector.wait_for(source.source_id, "shelf.filled", 2)  # a trial changes nothing

    admin.get_by_role("button", name="Back to the form").click()
    expect(admin.get_by_role("status")).to_have_text("Not saved yet: these are your changes.")
    expect(admin.get_by_label("Blocklist of events")).to_have_value("shelf.*")
    expect(admin.get_by_label("Blocklist of countries")).to_have_value("FR")  # its fold stands open
    admin.get_by_role("button", name="Save the policy").click()
    expect(admin.get_by_role("status")).to_have_text("Saved. In force within a second.")

    def is_refused() -> bool:
        send(admin, collector, source, "shelf.filled")
        return "shelf.*" in refused(collector, source)

    wait_until(is_refused)

    admin.get_by_role("link", name="History").click()
    expect(admin.get_by_role("row").filter(has_text="No shelves")).to_contain_text("in force")
    admin.get_by_role("button", name="Return to version 1").click()
    expect(admin.get_by_role("status")).to_contain_text("Version 1 is in force again")
    before = stored(collector, source, "shelf.filled")

    def is_stored() -> bool:
        send(admin, collector, source, "shelf.filled")
        return stored(collector, source, "shelf.filled") > before

    wait_until(is_stored)
    assert page_errors == []


def test_a_policy_on_trial_counts_what_it_would_do(
    collector: Collector, source: Source, admin: Page, page_errors: list[str]
) -> None:
    admin.goto(f"{collector.url}/admin/sources/{source.source_id}/privacy")
    admin.get_by_label("Blocklist of events").fill("shelf.*")
    admin.get_by_role("button", name="Try it").click()
    admin.get_by_role("button", name="Run it beside, on live traffic").click()
    expect(admin.get_by_role("heading", name="A policy on trial")).to_be_visible()

    def is_counted() -> bool:
        send(admin, collector, source, "shelf.filled")
        return bool(collector.store.shadow_counts(source.source_id))

    wait_until(is_counted)
    admin.reload()
    expect(admin.get_by_role("row").filter(has_text="The action is on the blocklist")).to_contain_text(
        "shelf.*"
    )
    assert refused(collector, source) == []
    admin.get_by_role("button", name="End the trial").click()
    expect(admin.get_by_label("Blocklist of events")).to_have_value("")
    assert page_errors == []
