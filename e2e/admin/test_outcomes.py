"""What a malformed event's owner does: sees that it was rejected, mends it, sends it again; and the audit."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from e2e.harness import Collector


def _faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_malformed_event_is_found_mended_and_sent_again(
    collector: Collector, admin: Page, page_errors: list[str], scheme: str
) -> None:
    admin.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    source = collector.store.add_source(f"Mended in the {scheme}")
    url = f"{collector.url}/b/{source.source_id}"
    events = [
        {"action": "page.visit", "uuid": "u-1"},
        {"action": "page visit", "uuid": "u-1", "label": "<b>x</b>"},
    ]
    admin.request.post(url, data=json.dumps(events))

    admin.goto(f"{collector.url}/admin/sources/{source.source_id}/live")
    admin.get_by_role("link", name="Outcomes").click()
    expect(admin.get_by_role("heading", name="The last 24 hours")).to_be_visible()
    expect(admin.locator("svg rect.rejected")).to_have_count(1)
    assert _faults(admin) == []
    admin.get_by_role("link", name="Hour", exact=True).click()
    expect(admin.get_by_role("heading", name="The last hour")).to_be_visible()

    admin.get_by_role("link", name="Quarantine", exact=True).click()
    admin.get_by_role("link", name="The action breaks the rule").click()
    assert _faults(admin) == []
    admin.get_by_role("link", name="Open").click()
    box = admin.get_by_label("Its content")
    expect(box).to_have_value(re.compile("page visit"))
    admin.get_by_role("button", name="Send again").click()
    expect(admin.get_by_role("alert")).to_contain_text("Nothing was stored")
    assert _faults(admin) == []
    box.fill(box.input_value().replace("page visit", "page.visit"))
    admin.get_by_role("button", name="Send again").click()
    expect(admin.get_by_role("status")).to_contain_text("1 sent again and taken")
    expect(admin.get_by_text("Nothing is in quarantine")).to_be_visible()
    stored = [event for event in collector.events(source.source_id) if not event.derived]
    assert [event.action for event in stored] == ["page.visit", "page.visit"]

    admin.get_by_role("link", name="Audit").click()
    expect(admin.get_by_role("row", name=re.compile("quarantine.send")).first).to_contain_text(source.name)
    assert _faults(admin) == []
    # The browser reports the page that answers 422 by design, and nothing else.
    assert [error for error in page_errors if "status of 422" not in error] == []
