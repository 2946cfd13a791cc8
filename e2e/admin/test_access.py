"""Everyone can use the pages: by keyboard, by screen reader, on a phone, in the dark, without script."""

import json
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from collector.model.outcome import Reason
from collector.model.source import AutoEvent, Settings, Source, TagSettings, Trigger
from e2e.admin.conftest import PASSWORD, SignIn
from e2e.harness import Collector

Scheme = Literal["light", "dark"]
SETTINGS = Settings(
    tag=TagSettings(
        auto_events=(AutoEvent(action="catalogue.open", params={"season": "autumn"}),),
        triggers=(Trigger(tag="product", interaction="onClick", action="product.clicked"),),
    )
)


@pytest.fixture
def filled(collector: Collector, page: Page) -> Source:
    """A source with settings, events and rejections."""
    source = collector.add_source("Filled", settings=SETTINGS)
    events: list[dict[str, Any]] = [
        {"action": "page.visit", "label": "Visited page with a long name " * 4},
        {"action": "two words"},
        {"action": "a" * 32, "label": "x" * 200, "params": {"long": "y" * 300}},
    ]
    page.request.post(f"{collector.url}/b/{source.source_id}", data=json.dumps(events))
    collector.wait_for(source.source_id, "a" * 32)
    assert collector.store.rejections(source.source_id)[0].reason is Reason.INVALID_ACTION
    return source


def paths(collector: Collector, source: Source) -> list[str]:
    """Every page."""
    seq = collector.events(source.source_id)[0].seq
    tabs = [
        "live",
        "install",
        "settings",
        "privacy",
        "privacy/history",
        "privacy/history/1",
        "tokens",
        "outcomes",
        "rejected",
        "quarantine",
        f"events/{seq}",
    ]
    others = ["/", "/sources/new", "/workspace", "/keys", "/people", "/audit", "/password", "/nothing"]
    others += ["/visitors", "/visitors/receipt"]
    return [f"{collector.url}/admin{path}" for path in others] + [
        f"{collector.url}/admin/sources/{source.source_id}/{tab}" for tab in tabs
    ]


def faults(page: Page) -> list[str]:
    """What axe finds."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_the_policy_is_not_broken(
    collector: Collector, filled: Source, page: Page, sign_in: SignIn, page_errors: list[str], scheme: Scheme
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{collector.url}/admin/sign-in")
    assert faults(page) == []
    sign_in(page)
    for path in paths(collector, filled):
        page.goto(path)
        if path.endswith("/live"):
            page.locator("summary").first.click()
        assert faults(page) == [], path
    page.goto(f"{collector.url}/admin/sources/{filled.source_id}/settings")
    page.get_by_label("A session ends after").fill("0")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert faults(page) == []
    # The browser reports the two pages that answer with an error by design, and nothing else.
    assert [
        error for error in page_errors if "status of 404" not in error and "status of 422" not in error
    ] == []


def test_no_page_scrolls_sideways_on_a_phone(collector: Collector, filled: Source, admin: Page) -> None:
    admin.set_viewport_size({"width": 390, "height": 844})
    for path in paths(collector, filled):
        admin.goto(path)
        assert admin.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_a_source_is_made_by_keyboard_alone(collector: Collector, page: Page, person: str) -> None:
    page.goto(f"{collector.url}/admin/sources/new")
    tab_to(page, "Name")
    page.keyboard.type(person)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="New source")).to_be_visible()

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the page")).to_be_in_viewport()
    page.keyboard.press("Enter")
    tab_to(page, "Name")
    page.keyboard.type("Made by keyboard")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Waiting for the first event")).to_be_visible()

    tab_to(page, "Copy the line")
    tab_to(page, "Privacy", backwards=True)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Lists", exact=True)).to_be_visible()
    tab_to(page, "Blocklist of events")
    page.keyboard.type("mouse.*")
    tab_to(page, "Save the policy")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved. In force within a second.")).to_be_visible()
    source = next(each for each in collector.store.sources() if each.name == "Made by keyboard")
    assert source.policy.block == ("mouse.*",)


def tab_to(page: Page, name: str, *, backwards: bool = False) -> None:
    """Press Tab until what has the focus bears this label or text."""
    told = """() => { const at = document.activeElement
        return (at.labels?.[0] ?? at).textContent.trim() }"""
    seen = []
    for _ in range(60):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        seen.append(page.evaluate(told))
        if seen[-1].startswith(name):
            return
    raise AssertionError(f"no Tab leads to {name}: {seen}")


def test_rows_are_added_and_removed(collector: Collector, filled: Source, admin: Page) -> None:
    admin.goto(f"{collector.url}/admin/sources/{filled.source_id}/settings")
    admin.get_by_role("button", name="Remove this trigger").first.click()
    for number in range(3):
        admin.get_by_role("button", name="Add a trigger").click()
        expect(admin.get_by_label("Tag", exact=True).last).to_be_focused()
        admin.keyboard.type(f"tag-{number}")
        admin.get_by_label("Interaction").last.select_option(label="is pointed at")
        admin.locator("[name=trigger_action]").last.fill(f"action.{number}")
    admin.get_by_role("button", name="Save the settings").click()
    expect(admin.get_by_text("Saved. In force within a second.")).to_be_visible()
    now = collector.store.source(filled.source_id)
    assert now is not None
    assert now.settings.tag.triggers == tuple(
        Trigger(tag=f"tag-{number}", interaction="onMouseOver", action=f"action.{number}")
        for number in range(3)
    )
    assert now.settings.tag.auto_events == SETTINGS.tag.auto_events


def test_everything_but_liveness_works_without_script(
    collector: Collector, browser: Browser, browser_context_args: dict[str, Any], sign_in: SignIn
) -> None:
    with browser.new_context(**browser_context_args | {"java_script_enabled": False}) as context:
        page = context.new_page()
        sign_in(page)
        page.get_by_role("link", name="New source").click()
        page.get_by_label("Name").fill("No script")
        page.get_by_role("button", name="Create the source").click()
        expect(page.get_by_label("The line to paste")).to_be_visible()
        expect(page.get_by_role("button", name="Copy the line")).to_be_hidden()
        source_id = page.url.split("/")[-2]

        page.request.post(
            f"{collector.url}/b/{source_id}", data='[{"action": "shelf.filled", "label": "Filled"}]'
        )
        page.reload()
        expect(page.get_by_role("heading", name="First event arrived")).to_be_visible()
        page.get_by_role("link", name="Watch events live").click()
        row = page.get_by_role("listitem").filter(has_text="Filled")
        row.locator("summary").click()
        expect(row.get_by_label("The whole payload")).to_be_visible()

        page.get_by_role("link", name="Settings").click()
        page.locator("#auto_action_1").fill("catalogue.open")
        page.get_by_role("button", name="Save the settings").click()
        expect(page.get_by_text("Saved. In force within a second.")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_whoever_types_for_long_stays_signed_in(
    collector: Collector, admin: Page, page_errors: list[str]
) -> None:
    source_id = collector.add_source("Typing").source_id
    asked: list[str] = []
    admin.on("request", lambda request: asked.append(request.method))
    admin.clock.install()
    admin.goto(f"{collector.url}/admin/sources/{source_id}/privacy")
    field = admin.get_by_label("Blocklist of events")
    field.fill("shelf.*")
    assert "HEAD" not in asked, "a page was asked for a moment ago"
    admin.clock.fast_forward("10:00")
    with admin.expect_response(lambda response: response.request.method == "HEAD") as answer:
        field.fill("shelf.filled")
    assert answer.value.status == 200
    field.fill("shelf.emptied")
    assert asked.count("HEAD") == 1
    assert page_errors == []
