"""Triggers: a tagged element and what is done to it send what the settings say, and no more."""

from typing import Any

import pytest
from playwright.sync_api import Page

from collector.model.source import AutoEvent, Interaction, Settings, TagSettings, Trigger
from e2e.tag.conftest import MakeSite, Site


@pytest.fixture
def shop(make_site: MakeSite) -> Site:
    """A site with a trigger of each kind, and an automatic event."""
    kinds: list[tuple[str, Interaction, str, dict[str, Any]]] = [
        ("product", "onVisible", "product.seen", {"list": "home", "sku": "none"}),
        ("product", "onClick", "product.click", {}),
        ("banner", "onMouseOver", "banner.hover", {}),
        ("banner", "onClick", "banner.click", {}),
        ("story", "onTextSelect", "text.select", {}),
    ]
    triggers = tuple(Trigger(tag=t, interaction=i, action=a, params=p) for t, i, a, p in kinds)
    auto = (AutoEvent(action="shop.open", params={"season": "winter"}),)
    return make_site(Settings(tag=TagSettings(triggers=triggers, auto_events=auto)))


CARD = "<div data-tracardi-tag=product data-tracardi-sku={0} id={0} style='height:50px'>Card {0}</div>"
FAR = "<div style='height:3000px'></div>"


def test_an_automatic_event_is_sent_with_each_page(page: Page, shop: Site) -> None:
    page.goto(shop.page())
    page.goto(shop.page())
    events = shop.wait_for_all("shop.open", 2)
    assert [event.params for event in events] == [{"season": "winter"}] * 2


def test_an_element_is_seen_once_and_only_when_in_view(page: Page, shop: Site) -> None:
    page.goto(shop.page(CARD.format("A1") + FAR + CARD.format("B2") + FAR))
    first = shop.wait_for("product.seen")
    # The element's own attribute wins over the settings' param of that name.
    assert first.params == {"list": "home", "sku": "A1"}
    assert first.label == "product.seen"
    page.locator("#B2").scroll_into_view_if_needed()
    shop.wait_for_all("product.seen", 2)
    page.locator("#A1").scroll_into_view_if_needed()
    page.evaluate("() => { tagwell.rescan(); requestAnimationFrame(() => tagwell.track('later')) }")
    shop.wait_for("later")
    assert [event.params["sku"] for event in shop.events("product.seen")] == ["A1", "B2"]


def test_an_element_added_later_is_found_by_rescan(page: Page, shop: Site) -> None:
    page.goto(shop.page())
    shop.wait_for("page.visit")
    page.evaluate(
        "card => { document.body.innerHTML += card; tagwell.rescan(); tagwell.rescan() }", CARD.format("C3")
    )
    assert shop.wait_for("product.seen").params["sku"] == "C3"
    page.click("#C3")
    shop.wait_for("product.click")
    assert len(shop.events("product.seen")) == 1


def test_every_click_counts_in_the_element_and_in_what_it_lies_in(page: Page, shop: Site) -> None:
    inner = "<div data-tracardi-tag=product data-tracardi-sku=A1><b id=inner>text</b></div>"
    page.goto(shop.page(f"<div data-tracardi-tag=banner>{inner}</div><p id=other>Other</p>"))
    page.click("#other")
    page.click("#inner")
    page.click("#inner")
    clicks = shop.wait_for_all("product.click", 2)
    assert [click.params for click in clicks] == [{"sku": "A1"}] * 2
    assert len(shop.wait_for_all("banner.click", 2)) == 2


def test_a_click_that_leaves_the_page_arrives(page: Page, shop: Site) -> None:
    away = shop.collector.page("<!doctype html><title>Away</title>")
    page.goto(shop.page(f"<a href='{away}' data-tracardi-tag=product data-tracardi-sku=A1>go</a>"))
    page.click("a")
    page.wait_for_url(away)
    assert shop.wait_for("product.click").params == {"sku": "A1"}


def test_a_click_that_the_page_stops_still_counts(page: Page, shop: Site) -> None:
    stop = "<script>document.addEventListener('click', e => e.stopImmediatePropagation(), true)</script>"
    page.goto(shop.page("<button data-tracardi-tag=product>go</button>", head=stop))
    shop.wait_for("page.visit")
    page.click("button")
    shop.wait_for("product.click")


def test_the_pointer_over_an_element_counts_once(page: Page, shop: Site) -> None:
    page.goto(shop.page("<div data-tracardi-tag=banner>A <b>b</b> c</div><p>Other</p>"))
    shop.wait_for("page.visit")
    for selector in ("b", "p", "div", "p", "b"):
        page.hover(selector)
    page.evaluate("tagwell.track('later')")
    shop.wait_for("later")
    assert len(shop.events("banner.hover")) == 1


def test_selected_text_is_told(page: Page, shop: Site) -> None:
    page.goto(shop.page("<p id=other>Elsewhere</p><p data-tracardi-tag=story>Once upon a time</p>"))
    shop.wait_for("page.visit")
    page.dblclick("#other")
    page.dblclick("[data-tracardi-tag]", position={"x": 10, "y": 8})
    assert shop.wait_for("text.select").params == {"text": "Once"}
    assert len(shop.events("text.select")) == 1


def test_a_long_selection_is_cut(page: Page, shop: Site) -> None:
    page.goto(shop.page(f"<p data-tracardi-tag=story>{'word ' * 1000}</p>"))
    shop.wait_for("page.visit")
    page.click("p", click_count=3)
    # The double click on the way selected a word.
    texts = [event.params["text"] for event in shop.wait_for_all("text.select", 2)]
    assert max(map(len, texts)) == 1000


def test_what_is_typed_into_a_field_is_not_read_as_selected_text(page: Page, shop: Site) -> None:
    page.goto(shop.page("<div data-tracardi-tag=story><input value='my secret'><p>text</p></div>"))
    shop.wait_for("page.visit")
    page.dblclick("input")
    page.dblclick("p", position={"x": 5, "y": 8})
    assert shop.wait_for("text.select").params == {"text": "text"}
    assert "secret" not in str([event.params for event in shop.events()])


def test_an_element_without_a_trigger_sends_nothing(page: Page, shop: Site) -> None:
    page.goto(shop.page("<button data-tracardi-tag=Product>go</button><b data-tracardi-tag=other>x</b>"))
    page.click("button")
    page.click("b")
    page.evaluate("tagwell.track('later')")
    shop.wait_for("later")
    assert {event.action for event in shop.events()} == {"session.start", "page.visit", "shop.open", "later"}


def test_a_tagged_element_in_an_open_shadow_root_is_clicked(page: Page, shop: Site) -> None:
    script = """<script>document.getElementById('host').attachShadow({mode: 'open'}).innerHTML =
        '<button data-tracardi-tag=product data-tracardi-sku=S1>in the shadow</button>'</script>"""
    page.goto(shop.page("<div id=host></div>" + script))
    shop.wait_for("page.visit")
    page.click("button")
    assert shop.wait_for("product.click").params == {"sku": "S1"}
