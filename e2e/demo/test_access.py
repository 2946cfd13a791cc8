"""The demo shop is open to everybody: axe finds nothing on any page, in light and in dark."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

from collector.assets import shop_dir
from e2e.harness import Collector

PAGES = sorted(path.relative_to(shop_dir()).as_posix() for path in shop_dir().rglob("*.html"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(
    demo_collector: Collector,
    page: Page,
    page_errors: list[str],
    path: str,
    scheme: Literal["light", "dark"],
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{demo_collector.url}/demo/{path}")
    if path.startswith("products/"):
        page.locator("#ask").click()
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "it scrolls sideways"
    assert page_errors == []
