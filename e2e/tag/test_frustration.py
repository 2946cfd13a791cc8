"""Clicks in anger and clicks that nothing answers, told by the element's own names alone.

The page's clock stands still and is moved by the tests, so that "within a second" is exact.
"""

import time

import pytest
from playwright.sync_api import Dialog, Page

from e2e.tag.conftest import MakeSite, Sent, Site
from e2e.tag.leaving import with_modules

BUTTONS = """
<style>[id] { display: inline-block; margin: 4px }</style>
<button id=buy class="main big"><b>Buy for ada@example.com</b></button>
<p><a id=fake>no link</a> <a id=empty href="#">empty link</a>
<span id=role role=button>role</span> <div id=inline onclick="0">inline</div>
<input id=input type=button value=input></p>
<p id=text>A paragraph of text that nobody takes for a button.</p>
<input id=field value="a field"> <input id=check type=checkbox>
"""


@pytest.fixture
def annoyed(make_site: MakeSite) -> Site:
    """A site that wants to know."""
    return make_site(with_modules("frustration"))


def open_page(page: Page, site: Site, body: str) -> None:
    """Load, and stop the clock."""
    page.clock.install()
    page.goto(site.page(body))
    site.wait_for("page.visit")
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 10"))


def pass_second(page: Page) -> None:
    """Let a second and a moment pass, after the frame in which a click shows what it did."""
    page.evaluate("new Promise((done) => new IntersectionObserver(done).observe(document.body))")
    page.evaluate("new Promise((done) => new IntersectionObserver(done).observe(document.body))")
    page.clock.run_for(1050)


def elements(site: Site, page: Page, action: str) -> list[str]:
    """Those that were told, once all that was sent before is there."""
    page.evaluate("tagwell.track('end')")
    page.clock.resume()
    site.wait_for("end")
    return [event.params["element"] for event in site.events(action)]


def test_many_clicks_on_one_spot_are_told_once(
    page: Page, annoyed: Site, sent: Sent, page_errors: list[str]
) -> None:
    open_page(page, annoyed, BUTTONS)
    page.click("#buy", click_count=7)
    pass_second(page)
    page.click("#buy", click_count=3)
    assert elements(annoyed, page, "click.rage") == ["button#buy.main", "button#buy.main"]
    assert "ada@" not in sent.text()
    assert page_errors == []


def test_what_is_no_rage_is_not_told_as_such(page: Page, annoyed: Site) -> None:
    open_page(page, annoyed, BUTTONS)
    page.click("#buy", click_count=2)  # A double click.
    for _ in range(2):
        for element in ("#fake", "#role", "#buy"):  # Here and there.
            page.click(element)
    page.click("#text", click_count=3)  # Selects the paragraph.
    page.click("#field", click_count=3)  # Selects what is in the field.
    page.focus("#buy")
    for _ in range(5):
        page.keyboard.press("Enter")  # A key held down.
    page.evaluate("for (let n = 0; n < 5; n++) document.getElementById('buy').click()")
    for _ in range(3):  # Slowly, as one steps through pages.
        page.click("#buy")
        page.clock.run_for(600)
    assert elements(annoyed, page, "click.rage") == []


def test_a_click_that_nothing_answers_is_dead(page: Page, annoyed: Site, page_errors: list[str]) -> None:
    open_page(page, annoyed, BUTTONS)
    expected = ["button#buy.main", "a#fake", "a#empty", "span#role", "div#inline", "input#input"]
    for element in ("#buy", "#fake", "#empty", "#role", "#inline", "#input"):
        page.click(element)
        pass_second(page)
    for element in ("#text", "#field", "#check"):  # Nobody expects an answer.
        page.click(element)
        pass_second(page)
    assert elements(annoyed, page, "click.dead") == expected
    assert page_errors == []


ANSWERS = {
    "a text that changes": "onclick=\"document.getElementById('out').firstChild.data = 'b'\"",
    "an attribute": "onclick=\"document.body.title = 'b'\"",
    "an element, half a second later": "onclick=\"setTimeout(() => document.body.append('b'), 500)\"",
    "as the pointer goes down": "onpointerdown=\"document.body.append('b')\"",
    "as the pointer goes up": "onpointerup=\"document.body.append('b')\"",
    "a scroll": 'onclick="window.scrollBy(0, 50)"',
    "the focus": "onclick=\"document.getElementById('f').focus()\"",
    "a form that is sent": 'form=sent onclick="0"',
    "a form that is refused": "form=refused",
    "a popover": "type=button popovertarget=pop",
    "a copy": 'onclick="copy()"',
}


SCENERY = """
<div id=out>a</div><input id=f><div id=pop popover>pop</div>
<form id=sent onsubmit="return false"></form><form id=refused><input required></form>
<p><a id=slow href="/slow" onclick="event.preventDefault()">a link that takes its time</a></p>
<p><a href="/slow"><button class=within onclick="event.preventDefault()">in a link</button></a></p>
<x-toggle></x-toggle><div style="height: 3000px"></div>
<script>
    const root = document.querySelector('x-toggle').attachShadow({mode: 'open'})
    root.innerHTML = '<button class=component>in a component</button>'
    root.firstChild.onclick = (event) => { event.target.title = 'b' }
    copy = () => {
        getSelection().selectAllChildren(document.getElementById('out'))
        document.execCommand('copy')
        getSelection().empty()
    }
</script>"""


def test_a_click_that_something_answers_is_not_dead(
    page: Page, annoyed: Site, page_errors: list[str]
) -> None:
    buttons = "".join(
        f"<p><button class={name.replace(' ', '-')} {does}>{name}</button></p>"
        for name, does in ANSWERS.items()
    )
    open_page(page, annoyed, buttons + SCENERY)
    for button in page.locator("button, #slow").all():
        button.click()
        pass_second(page)
    assert elements(annoyed, page, "click.dead") == []
    assert page_errors == []


def test_a_click_that_keeps_the_page_busy_is_not_dead(page: Page, annoyed: Site) -> None:
    """By the real clock: an alert and a long task stop what else there is."""
    busy = "const end = performance.now() + 700; while (performance.now() < end);"
    page.goto(
        annoyed.page(
            '<button id=alert onclick="alert(1)">alert</button>'
            f'<button id=busy onclick="{busy}">busy</button>'
        )
    )
    annoyed.wait_for("page.visit")

    def read(dialog: Dialog) -> None:
        time.sleep(0.7)  # As a person takes to read it.
        dialog.dismiss()

    page.on("dialog", read)
    for name in ("alert", "busy"):
        page.click(f"#{name}")
        page.evaluate("new Promise((done) => setTimeout(done, 1100))")
    page.evaluate("tagwell.track('end')")
    annoyed.wait_for("end")
    assert annoyed.events("click.dead") == []
