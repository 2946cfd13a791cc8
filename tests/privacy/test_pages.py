"""Rules for pages: what tells an event's page, and that no later event tells one that is under the rules."""

from typing import Any

import pytest

from collector.model.outcome import Reason
from collector.model.policy import Policy
from collector.privacy import apply_privacy
from tests.pipeline.make import make_beacon, make_event, make_source, rejection
from tests.privacy.cases import PATHS, PathCase


@pytest.mark.parametrize("case", PATHS, ids=lambda case: case.name)
def test_lists_of_pages(case: PathCase) -> None:
    source = make_source(policy=Policy(allow_paths=case.allow, block_paths=case.block))
    event = make_event(params={"url": f"https://shop.example{case.path}"})
    rejected = rejection(apply_privacy, event, make_beacon(), source)
    assert (rejected is None) == case.kept
    if rejected:
        blocked = any(case.path.startswith(rule.rstrip("*")) for rule in case.block)
        assert rejected.reason is (Reason.PAGE_BLOCKED if blocked else Reason.PAGE_NOT_ALLOWED)
        assert rejected.reason.is_policy


@pytest.mark.parametrize(
    ("told", "blocked"),
    [
        pytest.param({"page": "/private/1"}, True, id="the tag's word"),
        pytest.param({"page": "/", "url": "https://a.example/private/1"}, True, id="its word is not all"),
        pytest.param({"page": 7, "url": "https://a.example/private/1"}, True, id="a word that is none"),
        pytest.param({"page": {"url": "https://a.example/private/1"}}, True, id="an object with an url"),
        pytest.param({"page": {"path": "/private/1"}}, True, id="an object with a path"),
        pytest.param(
            {"page": {"url": "https://a.example/private/1", "path": "/shop"}}, True, id="url and path differ"
        ),
        pytest.param(
            {"page": {"path": "/shop"}, "url": "https://a.example/private/1"}, True, id="object and url"
        ),
        pytest.param({"page": {"path": ["/private/1"], "title": "/private/1"}}, False, id="no address"),
        pytest.param({"url": "https://a.example/private/1?q#f"}, True, id="the event's url"),
        pytest.param({"url": "HTTP://A.example/private/1"}, True, id="an url in capitals"),
        pytest.param({"url": "/private/1?q"}, True, id="an url without host"),
        pytest.param(
            {"url": "https://a.example/shop", "referer": "https://a.example/private/1"}, False, id="url first"
        ),
        pytest.param(
            {"page": {"path": "/shop"}, "referer": "https://a.example/private/1"}, False, id="object first"
        ),
        pytest.param({"referer": "https://a.example/private/1"}, True, id="the Referer"),
        pytest.param({"page": {}, "referer": "https://a.example/private/1"}, True, id="an empty object"),
        pytest.param({"url": "app:private/1"}, False, id="an app's address is no page"),
        pytest.param({"url": "private/1"}, False, id="no path"),
        pytest.param({"url": "http://[private/1"}, False, id="no URL"),
        pytest.param({"url": ["/private/1"]}, False, id="no text"),
        pytest.param({}, False, id="nothing told"),
    ],
)
def test_what_tells_the_page(told: dict[str, Any], blocked: bool) -> None:
    assert _page_is_blocked("page.visit", told) is blocked


_LISTED_URL = {"url": "https://a.example/private/1"}


@pytest.mark.parametrize(
    ("action", "told", "blocked"),
    [
        *(
            pytest.param(action, {"page": "/shop", **_LISTED_URL}, True, id=action)
            for action in ("page.visit", "page.engagement", "web.vitals", "page.notFound")
        ),
        pytest.param("link.outbound", {"page": "/shop", **_LISTED_URL}, False, id="a link's url is no page"),
        pytest.param("file.download", {"page": "/shop", **_LISTED_URL}, False, id="nor is a file's"),
        pytest.param("file.download", _LISTED_URL, False, id="not even alone"),
        pytest.param("file.download", {"page": "/private/1", "url": "/a.pdf"}, True, id="a link's page"),
        pytest.param(
            "link.outbound",
            {"url": "https://b.example/", "referer": "https://a.example/private/1"},
            True,
            id="a link's Referer",
        ),
        pytest.param("video.play", {"page": "/shop", **_LISTED_URL}, False, id="an owner's own action"),
        pytest.param("video.play", _LISTED_URL, True, id="an owner's own action that tells no other page"),
    ],
)
def test_whose_url_is_the_pages(action: str, told: dict[str, Any], blocked: bool) -> None:
    assert _page_is_blocked(action, told) is blocked


def _page_is_blocked(action: str, told: dict[str, Any]) -> bool:
    event = make_event(
        action,
        params={name: told[name] for name in ("url",) if name in told},
        context={name: told[name] for name in ("page",) if name in told},
    )
    beacon = make_beacon(referer=told.get("referer", ""))
    source = make_source(policy=Policy(block_paths=("/private/*",)))
    return rejection(apply_privacy, event, beacon, source) is not None


@pytest.mark.parametrize("policy", [Policy(block_paths=("/private/*",)), Policy(allow_paths=("/shop",))])
@pytest.mark.parametrize(
    ("referrer", "kept"),
    [
        pytest.param("https://a.example/private/1?q", False, id="a page under the rules"),
        pytest.param("HTTPS://A.example:443/private/1", False, id="written otherwise"),
        pytest.param("/private/1", False, id="without host"),
        pytest.param("https://a.example/shop", True, id="another page"),
        pytest.param("https://b.example/private/1", True, id="of another site"),
        pytest.param("", True, id="none"),
        pytest.param(7, True, id="no text"),
    ],
)
def test_no_later_visit_tells_the_address_of_a_page_under_the_rules(
    policy: Policy, referrer: Any, kept: bool
) -> None:
    told = {"url": "https://a.example/shop", "referrer": referrer}
    event = make_event(params=told, context={"page": told})
    stored = apply_privacy(event, make_beacon(), make_source(policy=policy))
    expected = told if kept else {"url": told["url"]}
    assert (stored.params, stored.context["page"]) == (expected, expected)
    assert event.params == event.context["page"] == told


@pytest.mark.parametrize(
    ("context", "beacon", "kept"),
    [
        pytest.param({"page": {"url": "https://a.example/shop"}}, {}, False, id="the page"),
        pytest.param({"page": "/shop"}, {"origin": "https://a.example"}, False, id="the Origin"),
        pytest.param({"page": "/shop"}, {"referer": "https://a.example/"}, False, id="the Referer"),
        pytest.param({"page": "/shop"}, {"origin": "null"}, True, id="nothing"),
    ],
)
def test_what_tells_which_site_is_its_own(
    context: dict[str, Any], beacon: dict[str, Any], kept: bool
) -> None:
    event = make_event("login", params={"referrer": "https://a.example/private/1"}, context=context)
    source = make_source(policy=Policy(block_paths=("/private/*",)))
    assert ("referrer" in apply_privacy(event, make_beacon(**beacon), source).params) is kept


def test_the_bare_origin_that_another_site_gets_as_referer_is_no_page() -> None:
    for policy in (Policy(allow_paths=("/shop/*",)), Policy(block_paths=("/",))):
        apply_privacy(make_event(), make_beacon(referer="https://a.example/"), make_source(policy=policy))
    home = make_event(params={"url": "https://a.example"})
    assert rejection(apply_privacy, home, make_beacon(), make_source(policy=Policy(block_paths=("/",))))
