"""A frozen tag: a page with its hash keeps its tag, whatever is switched, and runs nothing else."""

import re

import httpx
from playwright.sync_api import Page, expect

from collector.model.source import Modules, Settings, TagSettings
from e2e.admin.conftest import SignIn, person, sign_in
from e2e.harness import Collector
from e2e.install.conftest import Console

__all__ = ["person", "sign_in"]


def test_frozen_on_the_install_page_it_outlives_every_switch(
    collector: Collector, page: Page, sign_in: SignIn, console: Console, page_errors: list[str]
) -> None:
    source = collector.add_source("Frozen")
    sign_in(page)
    page.goto(f"{collector.url}/admin/sources/{source.source_id}/install")
    page.get_by_role("button", name="Freeze the tag as it is now").click()
    expect(page.get_by_text("Still the same as the tag of today")).to_be_visible()
    line = page.get_by_label("The line of a frozen tag").input_value()
    # Twice is once.
    page.get_by_role("button", name="Freeze the tag as it is now").click()
    expect(page.get_by_label("The line of a frozen tag")).to_have_count(1)

    off = Modules(**dict.fromkeys(Modules.__struct_fields__, False))
    collector.store.save_source(source.source_id, settings=Settings(tag=TagSettings(modules=off)))
    page.reload()
    expect(page.get_by_text("Still the same as the tag of today")).to_have_count(0)

    page.goto(collector.page(f"<!doctype html><title>Kept</title>{line}"))
    assert collector.wait_for(source.source_id, "page.visit").params["title"] == "Kept"
    page.evaluate("tagwell.track('video.play')")
    collector.wait_for(source.source_id, "video.play")
    page.evaluate("tagwell.debug()")
    console.wait_for("custom_events")
    # The one of today has neither.
    address = str(re.search(r'src="([^"]+)"', line)[1])  # type: ignore[index]
    assert "page.visit" in httpx.get(address).text
    assert "page.visit" not in httpx.get(f"{collector.url}/t/{source.source_id}.js").text
    assert page_errors == []


def test_other_bytes_than_the_line_says_do_not_run(collector: Collector, page: Page) -> None:
    source = collector.add_source("Tampered")
    address = f"{collector.url}/t/{source.source_id}.js"
    line = f'<script src="{address}" integrity="sha384-{"A" * 64}" crossorigin="anonymous"></script>'
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.goto(collector.page(f"<!doctype html>{line}"))
    assert page.evaluate("typeof tagwell") == "undefined"
    assert any("integrity" in error for error in errors)
