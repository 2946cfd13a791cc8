"""What goes wrong in a page's scripts, and how fast the page felt."""

import pytest
from playwright.sync_api import Page

from e2e.tag.conftest import MakeSite, Sent, Site
from e2e.tag.leaving import hide, show, with_modules


@pytest.fixture
def watched(make_site: MakeSite) -> Site:
    """A site that wants to know of errors."""
    return make_site(with_modules("script_errors"))


def throw(page: Page, code: str) -> None:
    """Run code in a task of its own, so that the page's error is nobody's in particular."""
    page.evaluate("code => new Promise((done) => { setTimeout(code); setTimeout(done, 1) })", code)


def test_errors_are_told_once_at_once_and_counted_as_the_page_is_left(page: Page, watched: Site) -> None:
    url = watched.page("<script>function fail() { throw new TypeError('no bowl') }</script>")
    page.goto(url + "?session=secret#secret")
    watched.wait_for("page.visit")
    for _ in range(3):
        throw(page, "fail()")
    first = watched.wait_for("script.error")
    assert first.params == {
        "message": "Uncaught TypeError: no bowl",
        "source": url,
        "line": 1,
        "column": first.params["column"],
        "count": 1,
    }
    assert first.params["column"] > 1
    hide(page)
    again = watched.wait_for_all("script.error", 2)[1]
    assert again.params == {**first.params, "count": 2}
    # Nothing new: nothing told.
    show(page)
    hide(page)
    page.evaluate("tagwell.track('end')")
    watched.wait_for("end")
    assert len(watched.events("script.error")) == 2


def test_rejected_promises_are_told_without_stacks_and_queries(page: Page, watched: Site, sent: Sent) -> None:
    page.goto(watched.page())
    watched.wait_for("page.visit")
    reasons = {
        "new Error('https://api.example/items?token=hidden: 500')": "Error: https://api.example/items 500",
        "new Error('first line\\n    at hidden:1:2')": "Error: first line",
        "'GET /items?token=hidden failed'": "GET /items failed",
        "undefined": "undefined",
        "{code: 7}": "[object Object]",
        f"'{'long ' * 100}'": ("Uncaught (in promise) " + "long " * 100)[22:300],
        # Each slash may begin an address: a million of them must not hold the page up.
        "'a/'.repeat(1e6)": ("a/" * 150)[: 300 - len("Uncaught (in promise) ")],
    }
    for reason in reasons:
        throw(page, f"Promise.reject({reason})")
    events = watched.wait_for_all("script.error", len(reasons))
    messages = [event.params["message"].removeprefix("Uncaught (in promise) ") for event in events]
    assert [message.replace("items: 500", "items 500") for message in messages] == [
        text.replace(": 500", " 500") for text in reasons.values()
    ]
    assert "hidden" not in sent.text()


def test_a_script_of_another_host_tells_no_more_than_browsers_do(page: Page, watched: Site) -> None:
    script = watched.collector.page(
        "fail_far = () => { throw new Error('hidden') }", headers={"content-type": "text/javascript"}
    ).replace("127.0.0.1", "localhost")
    page.goto(watched.page(f"<script src='{script}'></script>"))
    throw(page, "setTimeout(fail_far)")
    event = watched.wait_for("script.error")
    assert (event.params["message"], event.params["source"], event.params["line"]) == ("Script error.", "", 0)


def test_ten_different_errors_a_page_are_enough(page: Page, watched: Site) -> None:
    page.goto(watched.page())
    watched.wait_for("page.visit")
    page.evaluate(
        """() => new Promise((done) => {
            const image = document.createElement('img')
            image.onerror = done
            image.src = '/missing.png'
            document.body.append(image)
        })"""
    )
    for number in range(12):
        throw(page, f"throw 'number {number}'")
    throw(page, "throw 'number 3'")
    throw(page, "throw 'number 11'")
    hide(page)
    page.evaluate("tagwell.track('end')")
    watched.wait_for("end")
    # What did not load is not an error of a script; the last is the one that came again.
    numbers = [
        event.params["message"].removeprefix("Uncaught number ") for event in watched.events("script.error")
    ]
    assert numbers == [*map(str, range(10)), "3"]


def test_faults_of_the_tag_are_not_the_pages(page: Page, watched: Site, page_errors: list[str]) -> None:
    page.goto(watched.page())
    watched.wait_for("page.visit")
    page.evaluate("tagwell.track('bad', {get x() { throw new Error('in the tag') }})")
    hide(page)
    page.evaluate("tagwell.track('end')")
    watched.wait_for("end")
    assert watched.events("script.error") == []
    assert page_errors == []


@pytest.fixture
def measured(make_site: MakeSite) -> Site:
    """A site that wants to know how fast it felt."""
    return make_site(with_modules("web_vitals"))


# What the browser itself reports, read by the plainest code there is.
PLAIN = """<script>
    entries = {}
    for (const type of PerformanceObserver.supportedEntryTypes) new PerformanceObserver((list) => {
        (entries[type] ||= []).push(...list.getEntries())
    }).observe({type, buffered: true, durationThreshold: 16})
</script>"""

BUSY = "const end = performance.now() + {}; while (performance.now() < end);"

SHIFTING = f"""<button onclick="{BUSY.format(120)}">slow</button>
<div id=pushed style='height: 300px; background: linear-gradient(red, blue)'>pushed</div>"""

PUSH = """() => new Promise((done) => {
    const before = (entries['layout-shift'] || []).length
    pushed.style.marginTop = (parseInt(pushed.style.marginTop || 0) + 60) + 'px'
    const wait = () => (entries['layout-shift'] || []).length > before ? done() : requestAnimationFrame(wait)
    wait()
})"""


def test_vitals_are_told_once_as_the_page_is_left_and_are_the_browsers(
    page: Page, measured: Site, page_errors: list[str]
) -> None:
    url = measured.page(SHIFTING, head=PLAIN)
    page.goto(url)
    measured.wait_for("page.visit")
    page.wait_for_function("entries['largest-contentful-paint'] && entries.paint?.length > 1")
    page.evaluate(PUSH)
    page.evaluate(PUSH)
    # More than a second later it is another burst, and a smaller one.
    page.wait_for_function("performance.now() > entries['layout-shift'].at(-1).startTime + 1100")
    page.evaluate(PUSH)
    page.click("button")
    page.wait_for_function("(entries.event || []).some((one) => one.interactionId && one.duration >= 100)")
    hide(page)
    vitals = measured.wait_for("web.vitals").params
    # A busy browser may report more shifts than the three pushes.
    bursts: list[float] = page.evaluate(
        """() => {
            const bursts = []
            for (const shift of entries['layout-shift'].filter((one) => !one.hadRecentInput)) {
                const current = bursts.at(-1)
                if (current && shift.startTime - current.at(-1).startTime < 1000) current.push(shift)
                else bursts.push([shift])
            }
            return bursts.map((burst) => burst.reduce((sum, shift) => sum + shift.value, 0))
        }"""
    )
    assert len(bursts) > 1
    expected = page.evaluate(
        """() => ({
            url: location.href,
            TTFB: Math.round(performance.getEntriesByType('navigation')[0].responseStart),
            FCP: Math.round(entries.paint.find((one) => one.name === 'first-contentful-paint').startTime),
            LCP: Math.round(entries['largest-contentful-paint'].at(-1).startTime),
            INP: Math.max(...entries.event.filter((one) => one.interactionId).map((one) => one.duration)),
        })"""
    )
    assert vitals == pytest.approx({**expected, "CLS": max(bursts)})
    assert vitals["INP"] >= 100
    show(page)
    page.goto(measured.page())
    measured.wait_for_all("page.visit", 2)
    assert [event.params["url"] for event in measured.events("web.vitals")] == [url]
    assert page_errors == []


def test_one_slow_interaction_of_fifty_is_left_out(page: Page, measured: Site) -> None:
    page.add_init_script("Object.defineProperty(performance, 'interactionCount', {value: 50})")
    buttons = (f'<button id=b{ms} onclick="{BUSY.format(ms)}">{ms}</button>' for ms in (400, 120))
    page.goto(measured.page("".join(buttons), head=PLAIN))
    measured.wait_for("page.visit")
    for ms in (400, 120):
        page.click(f"#b{ms}")
        page.wait_for_function(
            "ms => (entries.event || []).some((one) => one.name === 'click' && one.target?.id === 'b' + ms)",
            arg=ms,
        )
    hide(page)
    assert 120 <= measured.wait_for("web.vitals").params["INP"] < 400


def test_what_did_not_happen_is_left_out(page: Page, measured: Site) -> None:
    """A page that opened behind another was painted whenever; a browser may not measure shifts."""
    page.add_init_script(
        """Object.defineProperty(document, 'hidden', {value: true, configurable: true})
        delete window.LayoutShift
        Object.defineProperty(PerformanceObserver, 'supportedEntryTypes', {value: ['paint', 'event']})"""
    )
    page.goto(measured.page("<h1>Text</h1>"))
    measured.wait_for("page.visit")
    show(page)
    hide(page)
    assert set(measured.wait_for("web.vitals").params) == {"url", "TTFB"}
