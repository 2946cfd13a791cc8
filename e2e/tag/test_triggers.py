"""Triggers: a tagged element and what is done to it send what the settings say, and no more."""

from typing import Any

import pytest
from playwright.sync_api import Page

from collector.model.source import AutoEvent, Interaction, Settings, TagSettings, Trigger
from e2e.tag.conftest import MakeSite, Sent, Site


@pytest.fixture
def shop(make_site: MakeSite) -> Site:
    """A site with triggers of most kinds, and an automatic event."""
    kinds: list[tuple[str, Interaction, str, dict[str, Any]]] = [
        ("product", "onVisible", "product.seen", {"list": "home", "sku": "none"}),
        ("product", "onClick", "product.click", {}),
        ("banner", "onMouseOver", "banner.over", {}),
        ("banner", "onMouseOver", "banner.over.too", {}),
        ("banner", "onClick", "banner.click", {}),
        ("story", "onTextSelect", "text.select", {}),
        ("story", "onCopy", "text.copy", {}),
        ("sign-up", "onFocus", "form.begin", {}),
        ("sign-up", "onChange", "form.change", {}),
        ("sign-up", "onSubmit", "form.send", {}),
    ]
    triggers = tuple(Trigger(tag=t, interaction=i, action=a, params=p) for t, i, a, p in kinds)
    auto = (AutoEvent(action="shop.open", params={"season": "winter"}),)
    return make_site(Settings(tag=TagSettings(triggers=triggers, auto_events=auto)))


CARD = "<div data-tracardi-tag=product data-tracardi-sku={0} id={0} style='height:50px'>Card {0}</div>"
FAR = "<div style='height:3000px'></div>"


def later(page: Page, site: Site) -> None:
    """Wait until all that the page has reported so far is there."""
    page.evaluate("() => { requestAnimationFrame(() => setTimeout(() => tagwell.track('later'))) }")
    site.wait_for("later")


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
    page.evaluate("tagwell.rescan()")
    later(page, shop)
    assert [event.params["sku"] for event in shop.events("product.seen")] == ["A1", "B2"]


def test_every_click_counts_in_the_element_and_in_what_it_lies_in(page: Page, shop: Site) -> None:
    inner = "<div data-tracardi-tag=product data-tracardi-sku=A1><b id=inner>text</b></div>"
    page.goto(shop.page(f"<div data-tracardi-tag=banner>{inner}</div><p id=other>Other</p>"))
    shop.wait_for("page.visit")
    page.click("#other")
    page.click("#inner")
    page.click("#inner")
    clicks = shop.wait_for_all("product.click", 2)
    assert [click.params for click in clicks] == [{"sku": "A1"}] * 2
    assert len(shop.wait_for_all("banner.click", 2)) == 2


def test_a_click_that_leaves_the_page_arrives(page: Page, shop: Site) -> None:
    away = shop.collector.page("<!doctype html><title>Away</title>")
    page.goto(shop.page(f"<a href='{away}' data-tracardi-tag=product data-tracardi-sku=A1>go</a>"))
    shop.wait_for("page.visit")
    page.click("a")
    page.wait_for_url(away)
    assert shop.wait_for("product.click").params == {"sku": "A1"}


def test_a_click_that_the_page_stops_still_counts(page: Page, shop: Site) -> None:
    stop = "<script>document.addEventListener('click', e => e.stopImmediatePropagation(), true)</script>"
    page.goto(shop.page("<button data-tracardi-tag=product>go</button>", head=stop))
    shop.wait_for("page.visit")
    page.click("button")
    shop.wait_for("product.click")


def test_the_pointer_over_an_element_counts_once_for_each_trigger(page: Page, shop: Site) -> None:
    page.goto(shop.page("<div data-tracardi-tag=banner>A <b>b</b> c</div><p>Other</p>"))
    shop.wait_for("page.visit")
    for selector in ("b", "p", "div", "p", "b"):
        page.hover(selector)
    later(page, shop)
    assert [len(shop.events(action)) for action in ("banner.over", "banner.over.too")] == [1, 1]


def test_an_element_without_a_trigger_sends_nothing(page: Page, shop: Site) -> None:
    page.goto(shop.page("<button data-tracardi-tag=Product>go</button><b data-tracardi-tag=other>x</b>"))
    page.click("button")
    page.click("b")
    later(page, shop)
    assert {event.action for event in shop.events()} == {"session.start", "page.visit", "shop.open", "later"}


def select(page: Page, selector: str) -> None:
    page.dblclick(selector, position={"x": 10, "y": 8})


def test_selected_text_is_told_by_mouse_and_by_keyboard(page: Page, shop: Site) -> None:
    page.goto(shop.page("<p id=other>Elsewhere</p><p id=story data-tracardi-tag=story>Once upon a time</p>"))
    shop.wait_for("page.visit")
    select(page, "#other")
    select(page, "#story")
    assert shop.wait_for("text.select").params == {"text": "Once"}
    for _ in range(5):
        page.keyboard.press("Shift+ArrowRight")
    # Each key is a change of the selection: all of them are one.
    assert shop.wait_for_all("text.select", 2)[1].params == {"text": "Once upon"}


def test_a_long_selection_is_cut(page: Page, shop: Site) -> None:
    page.goto(shop.page(f"<p data-tracardi-tag=story>{'word ' * 1000}</p>"))
    shop.wait_for("page.visit")
    page.click("p", click_count=3)
    assert len(shop.wait_for("text.select").params["text"]) == 1000


TYPED = """
    <input id=field value='my secret'>
    <textarea id=area>my secret</textarea>
    <div id=editor contenteditable>my secret</div>
    <p id=text>text</p>
"""


def test_what_a_visitor_types_is_not_read_as_selected_text(page: Page, shop: Site, sent: Sent) -> None:
    shadow = (
        "<div id=host></div><script>host.attachShadow({mode: 'open'}).innerHTML = "
        "'<input id=hidden value=\"my secret\">'</script>"
    )
    page.goto(shop.page(f"<div data-tracardi-tag=story>{TYPED}{shadow}</div>"))
    shop.wait_for("page.visit")
    for told, field in enumerate(("#field", "#area", "#editor", "#hidden"), 1):
        # Within the half second that a selection has to rest, and after it.
        select(page, "#text")
        select(page, field)
        page.keyboard.press("Control+a")
        wait(page, 600)
        # From the text into a field, by which it is refused.
        page.evaluate("getSelection().setBaseAndExtent(text, 0, editor.firstChild, 5)")
        wait(page, 600)
        page.evaluate("() => { document.activeElement.blur(); getSelection().removeAllRanges() }")
        select(page, "#text")
        assert shop.wait_for_all("text.select", told)[-1].params == {"text": "text"}
    assert len(shop.events("text.select")) == 4
    assert "secret" not in sent.text()


def wait(page: Page, ms: int) -> None:
    """Let so much time pass as a selection has to rest."""
    page.evaluate("ms => new Promise(done => setTimeout(done, ms))", ms)


def test_a_copy_tells_its_length_and_no_text(page: Page, shop: Site, sent: Sent) -> None:
    page.goto(shop.page("<p>Elsewhere</p><p id=story data-tracardi-tag=story>Onceupon</p>"))
    shop.wait_for("page.visit")
    page.dblclick("p")
    page.keyboard.press("Control+c")
    select(page, "#story")
    page.keyboard.press("Control+c")
    assert shop.wait_for("text.copy").params == {"length": 8}
    assert len(shop.events("text.copy")) == 1


FORM = """
    <p><input id=other></p>
    <form data-tracardi-tag=sign-up data-tracardi-step=1 onsubmit='return false'>
      <input name=email id=email required>
      <input name=password type=password id=password value=hidden-secret>
      <input name=getAttribute><input name=getAttributeNames><input name=matches><input name=contains>
      <input name=parentNode><input name=isConnected><input name=shadowRoot><input name=nodeType>
      <button>Send</button>
    </form>
"""


def test_a_form_tells_of_focus_change_and_submit_and_of_no_value(
    page: Page, shop: Site, sent: Sent, page_errors: list[str]
) -> None:
    page.goto(shop.page(FORM))
    shop.wait_for("page.visit")
    page.click("#other")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Refused: the address is missing.
    page.keyboard.type("typed-secret")
    page.keyboard.press("Tab")
    page.keyboard.type("typed-secret")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.focus("#other")
    page.focus("#email")
    later(page, shop)
    found = {action: [event.params for event in shop.events(action)] for action in ACTIONS}
    # From field to field the focus stays in the form. Enter changes a field before it sends the form.
    assert found == {
        "form.begin": [{"step": "1"}] * 2,
        "form.change": [{"step": "1"}] * 2,
        "form.send": [{"step": "1"}] * 2,
    }
    assert "secret" not in sent.text()
    assert page_errors == []


ACTIONS = ("form.begin", "form.change", "form.send")


def test_prototypes_that_the_page_has_replaced_do_no_harm(
    page: Page, shop: Site, page_errors: list[str]
) -> None:
    hostile = """<script>
        for (const name of ['closest', 'matches', 'hasAttribute', 'remove']) {
            Element.prototype[name] = () => { throw name }
        }
        Object.freeze(Element.prototype); Object.freeze(Node.prototype); Object.freeze(Document.prototype)
        Array.prototype.toJSON = () => 'spoiled'
    </script>"""
    page.goto(shop.page(CARD.format("A1") + "<form name=createTreeWalker></form>", head=hostile))
    assert shop.wait_for("product.seen").params == {"list": "home", "sku": "A1"}
    # Playwright's own click needs what the page has replaced.
    page.evaluate("document.getElementById('A1').click()")
    shop.wait_for("product.click")
    assert page_errors == []
