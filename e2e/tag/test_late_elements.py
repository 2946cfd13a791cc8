"""Elements and shadow roots that come, go, move and change after the tag has started."""

from typing import Any

import pytest
from playwright.sync_api import Page

from collector.model.source import Interaction, Settings, TagSettings, Trigger
from e2e.tag.conftest import MakeSite, Site

COUNTING = """
    listeners = 0
    const add = EventTarget.prototype.addEventListener
    EventTarget.prototype.addEventListener = function (...args) { listeners++; return add.apply(this, args) }
"""


@pytest.fixture
def shop(make_site: MakeSite) -> Site:
    """A site where a card is seen, there, used and waited for."""
    kinds: list[tuple[Interaction, str, dict[str, Any]]] = [
        ("onTimer", "there", {}),
        ("onVisible", "seen", {}),
        ("onVisible", "seen.long", {"seconds": 600}),
        ("onTimer", "stayed", {"seconds": 0.5}),
        ("onClick", "clicked", {}),
        ("onMouseOver", "over", {}),
        ("onHover", "hovered", {"seconds": 0.1}),
        ("onFocus", "focused", {}),
        ("onChange", "changed", {}),
        ("onSubmit", "submitted", {}),
    ]
    triggers = tuple(Trigger(tag="card", interaction=i, action=a, **options) for i, a, options in kinds)
    return make_site(Settings(tag=TagSettings(triggers=triggers)))


def later(page: Page, shop: Site, action: str = "later") -> None:
    """Wait until all that the page has reported so far is there, a round of its observers later."""
    page.evaluate(
        """action => requestAnimationFrame(() => requestAnimationFrame(
            () => setTimeout(() => tagwell.track(action))))""",
        action,
    )
    shop.wait_for(action)


def cards(shop: Site, action: str) -> list[str]:
    """The `n` of each event of this action."""
    return sorted(event.params["n"] for event in shop.events(action))


def test_a_thousand_elements_are_found_and_cost_no_listener(
    page: Page, shop: Site, page_errors: list[str]
) -> None:
    page.add_init_script(COUNTING)
    page.goto(shop.page())
    shop.wait_for("page.visit")
    before = page.evaluate("listeners")
    page.evaluate(
        """document.body.insertAdjacentHTML('beforeend', Array.from({length: 1000},
            (_, n) => `<p><b data-tracardi-tag=card data-tracardi-n=${n}>x</b></p>`).join(''))"""
    )
    shop.wait_for_all("there", 1000)
    assert page.evaluate("listeners") == before
    later(page, shop)
    assert cards(shop, "there") == sorted(map(str, range(1000)))
    assert page_errors == []


def test_an_element_that_goes_moves_and_comes_back_counts_once(page: Page, shop: Site) -> None:
    page.goto(shop.page("<main></main><aside></aside>"))
    shop.wait_for("page.visit")
    # There and gone at once, and tagged later.
    page.evaluate(
        """() => {
            [main, aside] = document.body.children
            card = n => { const b = document.createElement('b'); b.dataset.tracardiTag = 'card'
                b.dataset.tracardiN = n; b.textContent = n; return b }
            tagged = document.createElement('i')
            main.append(card('gone'), moved = card('moved'), back = card('back'), tagged)
            main.firstChild.remove()
            tagged.textContent = tagged.dataset.tracardiN = 'tagged'
        }"""
    )
    shop.wait_for_all("seen", 2)
    page.evaluate("() => { back.remove(); aside.append(moved); tagged.dataset.tracardiTag = 'card' }")
    shop.wait_for_all("stayed", 2)
    later(page, shop, "without")
    assert cards(shop, "stayed") == ["moved", "tagged"]
    page.evaluate("() => { main.append(back); main.append(moved); tagwell.rescan() }")
    shop.wait_for_all("stayed", 3)
    later(page, shop)
    for action in ("there", "seen", "stayed"):
        assert cards(shop, action) == ["back", "moved", "tagged"]


def test_what_is_removed_is_let_go(page: Page, shop: Site) -> None:
    page.goto(shop.page("<main></main>"))
    shop.wait_for("page.visit")
    page.evaluate(
        """() => {
            const card = '<p data-tracardi-tag=card data-tracardi-n=1>x</p>'
            document.querySelector('main').innerHTML = card.repeat(100)
            const host = document.createElement('div')
            host.attachShadow({mode: 'open'}).innerHTML = card
            document.querySelector('main').append(host)
            kept = [host, ...document.querySelectorAll('p')].map(element => new WeakRef(element))
        }"""
    )
    shop.wait_for_all("seen", 10)
    page.hover("p >> nth=0")
    page.evaluate("() => { document.querySelector('main').remove() }")
    page.mouse.move(1, 1)
    cdp = page.context.new_cdp_session(page)
    left = 101
    for _ in range(20):
        cdp.send("HeapProfiler.collectGarbage")
        left = page.evaluate(
            "new Promise(done => setTimeout(() => done(kept.filter(ref => ref.deref()).length), 200))"
        )
        if not left:
            break
    assert left == 0


NESTED = """
    outer = document.createElement('div')
    document.body.append(outer)
    setTimeout(() => {
        const inner = document.createElement('div')
        outer.attachShadow({mode: 'open'}).append(inner)
        inner.attachShadow({mode: 'open'}).innerHTML =
            `<form data-tracardi-tag=card data-tracardi-n=deep onsubmit="return false">
            <input id=one><input id=two><button id=send>Send</button></form><p id=beside>Beside</p>`
        outer.shadowRoot.append(document.createElement('hr'))
    })
"""
DECLARED = """<div><template shadowrootmode=open><div><template shadowrootmode=open>
    <form data-tracardi-tag=card data-tracardi-n=deep onsubmit="return false">
    <input id=one><input id=two><button id=send>Send</button></form><p id=beside>Beside</p>
    </template></div></template></div>"""


@pytest.mark.parametrize("late", [True, False], ids=["attached later", "declared in the page"])
def test_a_form_two_shadow_roots_deep_is_as_any_other(
    page: Page, shop: Site, page_errors: list[str], late: bool
) -> None:
    body = "" if late else DECLARED
    page.goto(shop.page(f"<section data-tracardi-tag=card data-tracardi-n=around>{body}</section>"))
    shop.wait_for("page.visit")
    if late:
        page.evaluate(NESTED.replace("document.body", "document.querySelector('section')"))
    page.hover("#one")
    page.wait_for_function("start => performance.now() > start + 200", arg=page.evaluate("performance.now()"))
    page.hover("#beside")
    page.hover("#two")
    page.click("#one")
    page.keyboard.type("text")
    page.click("#two")
    page.click("#send")
    page.mouse.move(1, 1)
    shop.wait_for_all("stayed", 2)
    later(page, shop)
    counts = {
        "seen": 1,
        "there": 1,
        "stayed": 1,
        "over": 1,
        "focused": 1,
        "changed": 1,
        "submitted": 1,
        "clicked": 3,
    }
    for action, count in counts.items():
        assert (action, cards(shop, action)) == (action, ["around"] * count + ["deep"] * count)
    # Left for what lies beside it in the same root, of which the window hears nothing.
    assert cards(shop, "hovered") == ["around", "deep", "deep"]
    assert page_errors == []


def test_a_closed_shadow_root_is_left_alone(page: Page, shop: Site, page_errors: list[str]) -> None:
    page.goto(shop.page("<div id=host></div>"))
    shop.wait_for("page.visit")
    page.evaluate(
        """() => {
            const root = document.getElementById('host').attachShadow({mode: 'closed'})
            root.innerHTML = '<b data-tracardi-tag=card data-tracardi-n=1>x</b>'
            threw = ''
            const link = document.createElement('a')
            try { link.attachShadow({mode: 'open'}) } catch (error) { threw = error.name }
        }"""
    )
    later(page, shop)
    assert shop.events("there") == []
    # What the browser refuses it still does.
    assert page.evaluate("threw") == "NotSupportedError"
    assert page_errors == []


def test_a_page_that_clobbers_what_comes_later(page: Page, shop: Site, page_errors: list[str]) -> None:
    page.goto(shop.page("<form name=createTreeWalker></form><form name=addEventListener></form>"))
    shop.wait_for("page.visit")
    names = "getAttribute getAttributeNames matches contains parentNode isConnected shadowRoot nodeType host"
    page.evaluate(
        """names => {
            document.body.insertAdjacentHTML('beforeend', '<form data-tracardi-tag=card data-tracardi-n=1>' +
                names.split(' ').map(name => `<input name=${name}>`).join('') + '<b>x</b></form>')
            document.querySelector('form b').click()
        }""",
        names,
    )
    shop.wait_for("seen")
    shop.wait_for("stayed")
    assert cards(shop, "clicked") == ["1"]
    assert page_errors == []
