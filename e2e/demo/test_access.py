"""The demo shop is open to everybody: axe finds nothing on any page, in light and in dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

from collector.assets import shop_dir
from e2e.harness import Collector

PAGES = sorted(path.relative_to(shop_dir()).as_posix() for path in shop_dir().rglob("*.html"))


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(demo_collector: Collector, page: Page, page_errors: list[str], path: str) -> None:
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{demo_collector.url}/demo/{path}")
    if path.startswith("products/"):
        page.locator("#ask").click()
    assert _faults(page) == []
    page.emulate_media(color_scheme="dark")
    assert _faults(page, rules=["color-contrast"]) == []  # all else is the same in the dark
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "it scrolls sideways"
    assert page_errors == []


def _faults(page: Page, rules: list[str] | None = None) -> list[tuple[str, list[str]]]:
    options = {"runOnly": rules} if rules else {}
    found = Axe().run(page, options=options).response["violations"]
    return [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found]
