"""Strict, hostile and odd pages: the tag works, or stays silent, and never breaks one."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import BrowserContext, Page

from collector.model.source import Consent, Settings
from e2e.tag.conftest import MakeSite, Site
from snippet.install import install_line
from snippet.sizes import EVERYTHING

# All that there is, without a banner to wait for.
ALL_ON = Settings(tag=replace(EVERYTHING, consent=Consent(until="granted"), name="tagwell"))

FORM = (
    "<form data-synerise=contact onsubmit='return false'>{}"
    "<input name=e data-synerise=email value=a@b.pl><button>Send</button></form>"
)


def test_a_policy_that_allows_the_collector_only(page: Page, site: Site, page_errors: list[str]) -> None:
    host = site.collector.url
    policy = f"default-src 'none'; script-src {host}; connect-src {host}"
    page.goto(site.page(title="Strict", headers={"Content-Security-Policy": policy}))
    assert site.wait_for("page.visit").params["title"] == "Strict"
    assert page_errors == []


def test_a_page_that_wants_trusted_types(page: Page, site: Site, page_errors: list[str]) -> None:
    policy = "require-trusted-types-for 'script'; trusted-types 'none'"
    page.goto(site.page(headers={"Content-Security-Policy": policy}))
    site.wait_for("page.visit")
    assert page_errors == []


STRICT = (
    "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; connect-src {host}; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def test_a_nonce_strict_dynamic_and_trusted_types_at_once(
    page: Page, make_site: MakeSite, page_errors: list[str]
) -> None:
    site = make_site(ALL_ON)
    line = site.line.replace("<script ", "<script nonce=abc ")
    policy = STRICT.format(host=site.collector.url)
    url = site.collector.page(
        f"<!doctype html><title>Strict</title>{line}<p data-tracardi-tag=product>x</p>",
        headers={"Content-Security-Policy": policy},
    )
    page.goto(url)
    site.wait_for("product.seen")
    assert site.wait_for("page.visit").params["title"] == "Strict"
    assert page_errors == []


BROKEN = {
    "JSON.stringify gives nonsense": "JSON.stringify = () => 'nonsense'",
    "JSON.stringify throws": "JSON.stringify = () => { throw new Error('no') }",
    "a toJSON of arrays, as old Prototype.js has it": "Array.prototype.toJSON = () => 'spoiled'",
    "fetch throws": "window.fetch = () => { throw new Error('no') }",
    "fetch rejects": "window.fetch = () => Promise.reject(new Error('no'))",
    "fetch returns nothing": "window.fetch = () => {}",
    "fetch is wrapped": "{ const own = fetch; window.fetch = (...args) => own(...args).then((a) => a) }",
    "pushState throws": "History.prototype.pushState = () => { throw new Error('no') }",
    "more in Array.prototype": "Array.prototype.last = function () { return this[this.length - 1] }",
    "more in Object.prototype": "Object.prototype.each = function () {}",
    "old polyfills of Array.prototype": (
        "for (const name of ['map', 'filter', 'find', 'some', 'forEach', 'includes']) {"
        "  const own = Array.prototype[name];"
        "  Array.prototype[name] = function (...args) { return own.apply(this, args) } }"
    ),
    "no requestIdleCallback": "delete window.requestIdleCallback",
    "frozen prototypes": (
        "for (const one of [Object, Array, Function, String, Promise, Element, HTMLElement, HTMLFormElement, "
        "Document, Event, EventTarget, History, Storage]) Object.freeze(one.prototype)"
    ),
    "a frozen window and history": "Object.freeze(history); Object.freeze(navigator)",
}


ACT = r"""<script>
const timer = setInterval(() => {
    if (document.readyState !== 'complete' || !window.tagwell || !tagwell['KEY']) return
    clearInterval(timer)
    tagwell.track('list.sent', {list: [1, 'ż\ud83d\ude00"'], when: new Date(0), deep: {a: null}})
    document.querySelector('button').click()
    // Where fetch does nothing, a beacon carries it as the page goes.
    setTimeout(() => { location = 'AWAY' }, 300)
}, 20)
</script>"""


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_page_that_broke_the_platform_before_us_is_counted(
    page: Page, make_site: MakeSite, page_errors: list[str], broken: str
) -> None:
    site = make_site(ALL_ON)
    away = site.collector.page("<!doctype html><title>Away</title>")
    # All in the page itself: the browser's driver would stumble over some of this too.
    act = ACT.replace("AWAY", away).replace("KEY", site.id[:8])
    page.goto(site.page(FORM.format(""), head=f"<script>{broken}</script>{act}", title="Broken"))
    page.wait_for_url(away)
    found = site.wait_for("list.sent").params
    assert found == {
        "list": [1, 'ż😀"'],
        "when": "1970-01-01T00:00:00.000Z",
        "deep": {"a": None},
    }
    assert site.wait_for("page.visit").params["title"] == "Broken"
    assert site.wait_for("form.submit").params["formData"] == {"e": "a@b.pl"}
    assert page_errors == []


WATCH = """
    window.prevented = []
    window.listened = []
    const prevent = Event.prototype.preventDefault
    Event.prototype.preventDefault = function () { prevented.push(this.type); return prevent.call(this) }
    const listen = EventTarget.prototype.addEventListener
    EventTarget.prototype.addEventListener = function (type, ...rest) {
        listened.push(type)
        return listen.call(this, type, ...rest)
    }
"""


def test_nothing_is_prevented_and_no_unload_is_heard(page: Page, make_site: MakeSite) -> None:
    """Every kind of interaction with everything switched on."""
    site = make_site(ALL_ON)
    page.add_init_script(WATCH)
    body = (
        "<p data-tracardi-tag=product>Some text to select and copy</p><a href='#here'>link</a>"
        "<a href='https://elsewhere.invalid/' target=none>out</a>" + FORM.format("")
    )
    page.goto(site.page(body))
    site.wait_for("page.visit")
    page.click("p", click_count=3)
    page.keyboard.press("Control+C")
    page.hover("a")
    page.click("a")
    page.fill("input", "b@c.pl")
    page.press("input", "Enter")
    page.click("button")
    page.mouse.wheel(0, 400)
    page.evaluate("history.pushState({}, '', '?two'); history.back()")
    site.wait_for("form.submit")
    assert page.evaluate("prevented") == ["submit"] * page.evaluate("prevented.length"), "the form's own"
    assert not {"unload", "beforeunload"} & set(page.evaluate("listened"))


def test_the_source_of_the_tag_prevents_nothing() -> None:
    modules = Path(__file__).parent.parent.parent / "snippet" / "modules"
    for file in modules.glob("*.js"):
        code = file.read_text()
        for word in (
            "preventDefault(",
            "stopPropagation(",
            "stopImmediatePropagation(",
            "eval(",
            "new Function",
        ):
            assert word not in code, file.name


def test_the_line_pasted_twice_counts_once(page: Page, site: Site, page_errors: list[str]) -> None:
    page.goto(site.page(FORM.format("") + site.line, head=site.line))
    page.wait_for_load_state("load")
    page.click("button")
    page.evaluate("tagwell.track('later')")
    site.wait_for("later")
    assert [len(site.events(action)) for action in ("page.visit", "form.submit", "later")] == [1, 1, 1]
    assert page_errors == []


def test_two_sources_on_one_page_both_get_everything(page: Page, make_site: MakeSite) -> None:
    one, other = make_site(), make_site()
    page.goto(one.page(FORM.format(""), head=other.line))
    page.wait_for_load_state("load")
    page.click("button")
    page.evaluate("tagwell.track('later')")
    for site in (one, other):
        site.wait_for("later")
        assert [len(site.events(action)) for action in ("page.visit", "form.submit", "later")] == [1, 1, 1]
    # One browser, one visitor.
    assert one.wait_for("page.visit").uuid == other.wait_for("page.visit").uuid


CONTROLS = (
    "name id elements getAttribute getAttributeNames attributes matches closest querySelectorAll "
    "addEventListener submit action method target nodeType type value form contains"
)


def test_a_form_whose_controls_hide_its_own_methods(page: Page, site: Site, page_errors: list[str]) -> None:
    clobbering = "".join(f"<input name={name} value=x>" for name in CONTROLS.split())
    page.goto(site.page(FORM.format(clobbering)))
    site.wait_for("page.visit")
    # Playwright's own click stumbles over such a form.
    page.evaluate("document.querySelector('button').click()")
    sent = site.wait_for("form.submit").params
    assert (sent["formType"], sent["formData"]) == ("contact", {"e": "a@b.pl"})
    assert page_errors == []


def test_elements_that_hide_the_document_s_own_methods(
    page: Page, site: Site, page_errors: list[str]
) -> None:
    names = (
        "currentScript querySelectorAll addEventListener readyState cookie title referrer body "
        "documentElement prerendering visibilityState hidden"
    )
    # In the head, so that they are there before the tag runs.
    hiding = "".join(f"<img name={name}>" for name in names.split())
    page.goto(site.collector.page(f"<!doctype html><body>{hiding}{FORM.format('')}{site.line}</body>"))
    site.wait_for("page.visit")
    page.evaluate("document.getElementsByTagName('button')[0].click()")
    assert site.wait_for("form.submit").params["formData"] == {"e": "a@b.pl"}
    assert page_errors == []


@pytest.mark.parametrize("value", ["1", "'text'", "Object.freeze({})", "document"])
def test_a_page_that_has_a_tagwell_of_its_own_is_left_alone(
    page: Page, site: Site, page_errors: list[str], value: str
) -> None:
    page.goto(site.page(head=f"<script>var tagwell = {value}</script>"))
    page.wait_for_load_state("load")
    assert page_errors == []


def test_a_sandboxed_frame_has_no_storage_and_still_counts(
    page: Page, site: Site, page_errors: list[str]
) -> None:
    inner = site.page(title="Inside")
    page.goto(site.collector.page(f"<!doctype html><iframe sandbox=allow-scripts src='{inner}'></iframe>"))
    visit = site.wait_for("page.visit")
    assert visit.params["title"] == "Inside"
    assert visit.uuid is not None
    assert page_errors == []


REFUSED = """
    const refuse = () => { throw new DOMException('', 'SecurityError') }
    Object.defineProperty(Document.prototype, 'cookie', {get: refuse, set: refuse})
    Object.defineProperty(window, 'localStorage', {get: refuse})
    Object.defineProperty(window, 'sessionStorage', {get: refuse})
"""
NO_COOKIES = "Object.defineProperty(Document.prototype, 'cookie', {get: () => '', set() {}})"


def test_refused_storage_leaves_memory(
    page: Page, context: BrowserContext, site: Site, page_errors: list[str]
) -> None:
    page.add_init_script(REFUSED)
    page.goto(site.page())
    page.evaluate("tagwell.track('later')")
    later, visit = site.wait_for("later"), site.wait_for("page.visit")
    assert later.uuid == visit.uuid
    assert context.cookies() == []
    assert len(site.events("session.start")) == 1
    assert page_errors == []


def test_refused_cookies_leave_local_storage(page: Page, site: Site) -> None:
    page.add_init_script(NO_COOKIES)
    page.goto(site.page())
    page.goto(site.page())
    first, second = site.wait_for_all("page.visit", 2)
    assert first.uuid == second.uuid == page.evaluate("localStorage.tagwell_uuid.slice(0, 36)")


def test_a_page_without_random_uuid(page: Page, site: Site, page_errors: list[str]) -> None:
    page.add_init_script("delete Crypto.prototype.randomUUID")
    page.goto(site.page())
    site.wait_for("page.visit")
    assert page_errors == []


@pytest.mark.parametrize("query", ["", "?v=2"])
def test_a_path_before_the_script_is_a_path_before_the_beacon(page: Page, site: Site, query: str) -> None:
    """As behind the owner's own proxy: the tag never takes the collector to be at the root."""
    line = install_line(f"{site.collector.url}/metrics/", site.id).replace(".js", f".js{query}")
    script = site.collector.url + f"/t/{site.id}.js"
    page.route("**/metrics/t/*.js*", lambda route: route.fulfill(response=route.fetch(url=script)))
    page.route("**/metrics/b/*", lambda route: route.fulfill(status=204))
    with page.expect_request(f"{site.collector.url}/metrics/b/{site.id}") as sent:
        page.goto(site.collector.page(f"<!doctype html><title>Behind</title>{line}"))
    assert '"title":"Behind"' in (sent.value.post_data or "")


def test_the_tag_listens_to_nothing_that_costs_the_page_its_place_in_the_back_forward_cache(
    page: Page, site: Site
) -> None:
    page.add_init_script(
        """listened = []
        const add = EventTarget.prototype.addEventListener
        EventTarget.prototype.addEventListener = function (type, ...rest) {
            listened.push(type)
            return add.call(this, type, ...rest)
        }
        Event.prototype.preventDefault = () => { prevented = true }"""
    )
    page.goto(site.page(FORM.format("")))
    site.wait_for("page.visit")
    page.click("button")
    site.wait_for("form.submit")
    listened = set(page.evaluate("listened"))
    assert "submit" in listened
    assert listened.isdisjoint({"unload", "beforeunload"})
    assert page.evaluate("typeof prevented") == "undefined"
    assert page.evaluate("[window.onunload, window.onbeforeunload]") == [None, None]
