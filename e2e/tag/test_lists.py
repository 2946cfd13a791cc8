"""Params and pages that the policy does not want: they stay in the browser, by the collector's own rules."""

import random
from typing import Any

import pytest
from playwright.sync_api import Page

from collector.assets import modules_dir
from collector.model.event import EventRecord
from collector.model.policy import Policy
from collector.model.source import Modules, Settings, TagSettings
from collector.privacy.lists import RuleList
from collector.privacy.params import kept_params
from e2e.tag.conftest import MakeSite, Sent
from snippet.hashed import hashed
from tests.privacy.cases import PARAMS, PATHS, leaves

META = "<meta property='og:title' content='Secret title'><meta property='og:type' content=shop>"
FORM = (
    "<form data-synerise=contact onsubmit='return false'><input name=e data-synerise=email value=a@b.pl>"
    "<input name=tel data-synerise=phone value=600700800><button>Go</button></form>"
)


def test_a_blocked_param_is_taken_out_before_it_is_sent(
    page: Page, make_site: MakeSite, sent: Sent, page_errors: list[str]
) -> None:
    blocked = ("og:title", "formData.tel", "phone", "password", "user.address.*", "title")
    site = make_site(policy=Policy(block_params=blocked))
    page.goto(site.page(FORM, head=META, title="Secret title"))
    page.click("button")
    kept = page.evaluate(
        """() => {
            const params = {password: 'secret-1', size: 1, user: {name: 'A', address: {street: 'secret-2'}}}
            tagwell.track('dog.bark', params)
            return params
        }"""
    )
    bark = site.wait_for("dog.bark")
    assert bark.params == {"size": 1, "user": {"name": "A", "address": {}}}
    # The page's own object is as it was.
    assert kept == {
        "password": "secret-1",
        "size": 1,
        "user": {"name": "A", "address": {"street": "secret-2"}},
    }
    visit, submit = site.wait_for("page.visit"), site.wait_for("form.submit")
    assert "og:title" not in visit.params
    assert visit.params["og:type"] == "shop"
    # The label has the title too.
    assert (visit.label, submit.label) == ("page.visit", "Form submitted")
    assert submit.params["formData"] == {"e": "a@b.pl"}
    assert "phone" not in site.wait_for("client.createOrUpdate").params
    assert not [secret for secret in ("secret-", "Secret title", "600700800") if secret in sent.text()]
    assert page_errors == []


def test_an_allow_list_of_params_admits_only_its_own(page: Page, make_site: MakeSite, sent: Sent) -> None:
    site = make_site(policy=Policy(allow_params=("url", "user.*")))
    page.goto(site.page(title="Secret title"))
    page.evaluate("tagwell.track('dog.bark', {url: '/a', size: 'secret', user: {name: 'A'}})")
    assert site.wait_for("dog.bark").params == {"url": "/a", "user": {"name": "A"}}
    assert list(site.wait_for("page.visit").params) == ["url"]
    assert site.wait_for("page.visit").label == "page.visit"
    assert not [secret for secret in ('"secret"', "Secret title") if secret in sent.text()]


def test_nothing_is_sent_from_a_blocked_page(
    page: Page, make_site: MakeSite, sent: Sent, page_errors: list[str]
) -> None:
    modules = Modules(canonical=True, engagement=True, outbound_links=True)
    policy = Policy(block_paths=("/account", "/account/*"))
    site = make_site(Settings(tag=TagSettings(modules=modules)), policy)
    # A canonical address does not hide where the visitor is.
    page.goto(site.page(FORM, head="<link rel=canonical href='/elsewhere'>"))
    site.wait_for("page.visit")
    page.evaluate("history.pushState(0, '', '/account/orders?id=7')")
    page.evaluate("tagwell.track('dog.bark', {url: 'https://other.example/allowed'})")
    page.click("button")
    page.evaluate("history.pushState(0, '', '/account')")
    page.evaluate("history.pushState(0, '', '/shop')")
    shop = site.wait_for_all("page.visit", 2)[1]
    assert shop.context["page"] == "/shop"
    # What the visitor did on that page, and where it came from, is told as of it.
    page.evaluate("tagwell.track('later')")
    site.wait_for("later")
    assert {"dog.bark", "form.submit"} & {event.action for event in site.events()} == set()
    assert "/account" not in sent.text()
    assert "id=7" not in sent.text()
    assert page_errors == []


def test_the_page_of_an_event_is_the_one_it_happened_on(page: Page, make_site: MakeSite) -> None:
    modules = Modules(engagement=True, outbound_links=True, downloads=True)
    site = make_site(Settings(tag=TagSettings(modules=modules)), Policy(block_paths=("/account/*",)))
    file = "/account/list.pdf"
    page.goto(site.page(f"<a href={file} onclick='return false'>A</a><p style='height:3000px'>"))
    # Where a link leads is no page of the visitor's.
    page.click("a")
    assert site.wait_for("file.download").params["url"].endswith(file)
    # A view that is told of once the browser has left it, for one that nobody may hear of.
    page.evaluate("scrollTo(0, 900), new Promise(requestAnimationFrame)")
    page.evaluate("history.pushState(0, '', '/view'), history.pushState(0, '', '/account/1')")
    home, view = site.wait_for_all("page.visit", 2)
    own = site.wait_for("page.engagement")
    assert (view.context["page"], view.params["url"][-5:]) == ("/view", "/view")
    assert own.context["page"] == home.context["page"] == "/" + page_name(own)


def page_name(event: EventRecord) -> str:
    """The last part of an event's own address."""
    return str(event.params["url"]).rpartition("/")[2]


def test_the_address_of_a_blocked_page_is_no_referrer(page: Page, make_site: MakeSite, sent: Sent) -> None:
    site = make_site(policy=Policy(block_paths=("/hidden/*",)))
    link = f"<!doctype html>{site.line}<a href='{site.page()}'>Back</a>"
    page.goto(site.collector.page(link, path="/hidden/7.html"))
    page.click("a")
    assert "referrer" not in site.wait_for("page.visit").params
    page.evaluate("['/hidden/8', '/a', '/b'].forEach((path) => history.pushState(0, '', path))")
    _, a, b = site.wait_for_all("page.visit", 3)
    assert "referrer" not in a.params
    assert b.params["referrer"] == a.params["url"]
    assert "/hidden" not in sent.text()


def test_an_allow_list_of_pages_admits_only_its_own(page: Page, make_site: MakeSite, sent: Sent) -> None:
    site = make_site(policy=Policy(allow_paths=("/shop/*",)))
    page.goto(site.page(title="Secret title"))
    page.evaluate("tagwell.track('dog.bark')")
    page.evaluate("history.pushState(0, '', '/shop/1'), tagwell.track('later')")
    # Sent to another site, the Referer is the bare origin: the collector takes the tag's word.
    assert site.wait_for("later").context["page"] == "/shop/1"
    assert site.events("dog.bark") == []
    assert "Secret title" not in [
        event.params.get("title") for event in site.events() if "shop" not in str(event.params)
    ]


# The module itself, run on each case: what it refuses and what it leaves.
RUN = """
([modules, cases]) => {
    const features = (0, eval)(`(() => { ${modules}; return [lists, list_paths, list_params] })()`)
    return cases.map(({paths, params, event}) => {
        const config = {key: KEY, lists: {allow: [], block: []}, list_paths: paths, list_params: params}
        const tag = {config, filters: [], text: JSON.stringify}
        for (const feature of features) feature(tag)
        const refused = tag.filters.some((refuses) => refuses(event))
        return refused ? null : event.params
    })
}
"""
KEY = "6f1d2c3b"


def lists(allow: tuple[str, ...] = (), block: tuple[str, ...] = ()) -> dict[str, tuple[int, ...]]:
    """A pair of lists as the tag has them."""
    return {"allow": hashed(allow, KEY), "block": hashed(block, KEY)}


def run(page: Page, cases: list[dict[str, Any]]) -> list[Any]:
    """What the tag's modules make of each case: None where it is refused, else the params."""
    source = "\n".join(
        (modules_dir() / f"{name}.js").read_text() for name in ("lists", "list_paths", "list_params")
    )
    results: list[Any] = page.evaluate(RUN.replace("KEY", f"'{KEY}'"), [source, cases])
    return results


def path_case(path: str, allow: tuple[str, ...], block: tuple[str, ...]) -> dict[str, Any]:
    event = {"action": "page.visit", "params": {"url": path}}
    return {"paths": lists(allow, block), "params": lists(), "event": event}


def param_case(params: dict[str, Any], allow: tuple[str, ...], block: tuple[str, ...]) -> dict[str, Any]:
    event = {"action": "a", "params": params}
    return {"paths": lists(), "params": lists(allow, block), "event": event}


def test_the_tag_s_rules_are_the_collector_s(page: Page) -> None:
    kept = run(page, [path_case(case.path, case.allow, case.block) for case in PATHS])
    assert {c.name: k is not None for c, k in zip(PATHS, kept, strict=True)} == {
        c.name: c.kept for c in PATHS
    }
    left = run(page, [param_case(case.params, case.allow, case.block) for case in PARAMS])
    assert dict(zip([c.name for c in PARAMS], left, strict=True)) == {c.name: c.kept for c in PARAMS}


@pytest.mark.parametrize("seed", [1])
def test_the_tag_agrees_with_the_collector_on_anything(page: Page, seed: int) -> None:
    chance = random.Random(seed)

    def name(letters: str) -> str:
        return "".join(chance.choice(letters) for _ in range(chance.randint(1, 5)))

    def rules(letters: str, separator: str, start: str = "") -> tuple[str, ...]:
        ends = ("", "", f"{separator}*")
        made = [start + name(letters) + chance.choice(ends) for _ in range(chance.randint(0, 3))]
        return (*made, *(["*"] if chance.random() < 0.05 else []))

    def params(depth: int) -> dict[str, Any]:
        values = [1, "x", None, [1, {"a": 2}]]
        return {
            name("aż.") if chance.random() < 0.3 else name("aż")[:2]: params(depth - 1)
            if depth and chance.random() < 0.5
            else chance.choice(values)
            for _ in range(chance.randint(0, 4))
        }

    policies = [
        Policy(
            allow_params=rules("aż.", "."),
            block_params=rules("aż.", "."),
            allow_paths=rules("ab/", "/", "/"),
            block_paths=rules("ab/", "/", "/"),
        )
        for _ in range(500)
    ]
    given = [params(3) for _ in policies]
    left = run(
        page, [param_case(p, y.allow_params, y.block_params) for p, y in zip(given, policies, strict=True)]
    )
    # The collector takes out the objects that are left empty too.
    assert [leaves(p) for p in left] == [
        leaves(kept_params(p, y)) for p, y in zip(given, policies, strict=True)
    ]

    paths = ["/" + name("ab/") for _ in policies]
    kept = run(
        page, [path_case(p, y.allow_paths, y.block_paths) for p, y in zip(paths, policies, strict=True)]
    )
    assert [k is not None for k in kept] == [
        RuleList(y.block_paths, "/").match(p) is None
        and (not y.allow_paths or RuleList(y.allow_paths, "/").match(p) is not None)
        for p, y in zip(paths, policies, strict=True)
    ]
    assert any(k is None for k in kept)
    assert any(k is not None for k in kept)
