"""Strict, hostile and odd pages: the tag works, or stays silent, and never breaks one."""

import pytest
from playwright.sync_api import BrowserContext, Page

from e2e.tag.conftest import MakeSite, Site
from snippet.install import install_line

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
    assert first.uuid == second.uuid == page.evaluate("localStorage.tagwell_uuid")


def test_a_page_without_random_uuid(page: Page, site: Site, page_errors: list[str]) -> None:
    page.add_init_script("delete Crypto.prototype.randomUUID")
    page.goto(site.page())
    site.wait_for("page.visit")
    assert page_errors == []


def test_a_path_before_the_script_is_a_path_before_the_beacon(page: Page, site: Site) -> None:
    """As behind the owner's own proxy: the tag never takes the collector to be at the root."""
    line = install_line(f"{site.collector.url}/metrics/", site.id)
    script = site.collector.url + f"/t/{site.id}.js"
    page.route("**/metrics/t/*.js", lambda route: route.fulfill(response=route.fetch(url=script)))
    page.route("**/metrics/b/*", lambda route: route.fulfill(status=204))
    with page.expect_request(f"{site.collector.url}/metrics/b/{site.id}") as sent:
        page.goto(site.collector.page(f"<!doctype html><title>Behind</title>{line}"))
    assert "Visited page Behind" in (sent.value.post_data or "")


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
