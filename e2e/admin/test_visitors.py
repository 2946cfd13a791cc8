"""A person's requests from end to end; and the erased browser, which goes on visiting."""

import json
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Download, Page, expect

from collector.model.outcome import Outcome
from collector.model.source import Source
from e2e.harness import Collector

EMAIL = "ann.planted@shop.example"
PHONE_WIDTH = 390


def faults(page: Page) -> list[str]:
    """What axe finds, and what is wider than a phone."""
    found = Axe().run(page).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth") > PHONE_WIDTH
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]] + ["wide"] * wide


def erased(collector: Collector, source: Source) -> int:
    counts = collector.store.outcomes(source.source_id)
    return sum(each.count for each in counts if each.outcome is Outcome.REJECTED and each.reason == "erased")


@pytest.fixture
def visitor(browser: Browser, browser_context_args: dict[str, Any]) -> Page:
    """The visitor's own browser."""
    return browser.new_context(**browser_context_args).new_page()


def test_a_visitor_asks_and_is_erased_and_does_not_come_back(
    collector: Collector, visitor: Page, admin: Page, tmp_path: Path, page_errors: list[str]
) -> None:
    source = collector.add_source("Low Tide Pottery <b>")
    tag = f"{collector.url}/t/{source.source_id}.js"
    shop = collector.page(f'<!doctype html><title>Shop</title><script src="{tag}"></script>')
    visitor.goto(shop)
    uuid = collector.wait_for(source.source_id, "page.visit").uuid
    assert uuid is not None
    params = {"formType": "contact", "formData": {"email": EMAIL, "firstName": "<i>Ann</i>"}}
    submitted = [{"action": "form.submit", "label": "Sent a form", "uuid": uuid, "params": params}]
    admin.request.post(f"{collector.url}/b/{source.source_id}", data=json.dumps(submitted))
    collector.wait_for(source.source_id, "form.submit")

    admin.set_viewport_size({"width": PHONE_WIDTH, "height": 844})
    admin.get_by_role("link", name="Visitors").click()
    assert faults(admin) == []
    admin.get_by_label("Who").fill(EMAIL.upper())
    admin.get_by_role("button", name="Find").click()
    expect(admin.get_by_role("heading", name="Visitor ", exact=False).first).to_be_visible()
    assert EMAIL not in admin.url.lower()
    assert faults(admin) == []
    client_id = admin.url.rpartition("/")[2]

    content = json.loads(path_of(admin, "Export as JSON").read_text("utf-8"))
    assert content["profile"]["email"] == EMAIL
    assert [event["action"] for event in content["events"] if not event["derived"]] == [
        "page.visit",
        "form.submit",
    ]
    exported = tmp_path / "export.html"
    exported.write_bytes(path_of(admin, "Export as a page").read_bytes())
    visitor.goto(exported.as_uri())
    expect(visitor.get_by_text("<i>Ann</i>", exact=True)).to_be_visible()
    visitor.get_by_text("Sent a form", exact=True).click()
    expect(visitor.get_by_text('"formType": "contact"')).to_be_visible()
    visitor.set_viewport_size({"width": PHONE_WIDTH, "height": 844})
    assert faults(visitor) == []

    admin.get_by_role("link", name="Erase").click()
    assert faults(admin) == []
    admin.get_by_label(f"Type {client_id} to confirm").fill(client_id)
    admin.get_by_role("button", name="Erase for good").click()
    expect(admin.get_by_role("heading", name=f"Visitor {client_id} is erased")).to_be_visible()
    assert faults(admin) == []
    receipt = path_of(admin, "Download the receipt").read_text("utf-8")
    admin.goto(f"{collector.url}/admin/visitors/receipt")
    admin.get_by_label("The receipt of an erasure").fill(receipt)
    admin.get_by_role("button", name="Check it").click()
    expect(admin.get_by_text("The receipt holds.")).to_be_visible()
    assert faults(admin) == []
    assert page_errors == []

    with visitor.expect_response(lambda response: "/b/" in response.url) as answered:
        visitor.goto(shop)
    assert answered.value.status == 204, "the browser is told nothing"
    assert erased(collector, source) >= 1
    assert collector.events(source.source_id) == []
    assert collector.store.find_profile("uuid", uuid) is None


def path_of(page: Page, button: str) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    download: Download = waiting.value
    return Path(download.path())
