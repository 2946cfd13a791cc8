"""The page for those who move here, and the lines on the install page: for everybody, dark, on a phone."""

from playwright.sync_api import Page, expect

from e2e.admin.test_access import faults
from e2e.harness import Collector


def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(
    collector: Collector, admin: Page, page_errors: list[str]
) -> None:
    source = collector.add_source("Moving")
    admin.set_viewport_size({"width": 390, "height": 844})
    admin.goto(f"{collector.url}/admin/sources/{source.source_id}/install")
    for details in admin.locator("#moving details").all():
        details.locator("summary").click()
    assert admin.evaluate("document.documentElement.scrollWidth") <= 390
    assert faults(admin) == []
    admin.get_by_role("link", name="More about Tracardi").click()
    expect(admin.get_by_role("heading", name="Tracardi", exact=True)).to_be_in_viewport()
    assert admin.evaluate("document.documentElement.scrollWidth") <= 390
    assert faults(admin) == []
    admin.emulate_media(color_scheme="dark")
    assert faults(admin) == []
    assert page_errors == []
