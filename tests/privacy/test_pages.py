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
        pytest.param({"page": {"title": "/private/1"}}, False, id="no address"),
        pytest.param({"page": {"path": ["/private/1"]}}, True, id="an object with a list"),
        pytest.param({"page": [{"URL": "/private/1"}]}, True, id="a list, in capitals"),
        pytest.param({"url": {"href": "https://a.example/private/1"}}, True, id="an url's parts"),
        pytest.param({"url": "https://a.example/private/1?q#f"}, True, id="the event's url"),
        pytest.param({"url": "HTTP://A.example/private/1"}, True, id="an url in capitals"),
        pytest.param({"url": "/private/1?q"}, True, id="an url without host"),
        pytest.param({"path": "/private/1"}, True, id="the event's path"),
        pytest.param({"path": "/private/1", "url": "https://a.example/shop"}, True, id="path beside an url"),
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
        pytest.param({"url": ["/private/1"]}, True, id="a list"),
        pytest.param({"url": [7, None, {"title": "/private/1"}]}, False, id="no text"),
        pytest.param({}, False, id="nothing told"),
    ],
)
def test_what_tells_the_page(told: dict[str, Any], blocked: bool) -> None:
    assert _page_is_blocked("page.visit", told) is blocked


_SPELT = [
    "/%70rivate/1",
    "/priv%61te/1",
    "//private/1",
    "///private//1",
    "/a/../private/1",
    "/a/%2e%2E/private/1",
    "/../private/1",
    "/./private/1",
    "/private/./1",
    "/a/b/../../private/1",
    "/private/a/..",
    "/a//../private/1",
    "/%2e/%70rivate/1",
    "/\\private/1",
    " /private/1",
    "\t/private/1\n",
]


@pytest.mark.parametrize("path", _SPELT)
def test_another_spelling_of_a_path_is_the_same_page(path: str) -> None:
    if not path.startswith("/private"):
        assert _page_is_blocked("page.visit", {"page": path})
        assert _page_is_blocked("page.visit", {"page": {"url": path}})
    assert _page_is_blocked("page.visit", {"url": f"https://a.example{path.strip()}"})
    event = make_event(params={"referrer": path})
    source = make_source(policy=Policy(block_paths=("/private/*",)))
    assert apply_privacy(event, make_beacon(), source).params == {}


@pytest.mark.parametrize(
    ("lists", "path", "kept"),
    [
        pytest.param({"allow_paths": ("/shop/*",)}, "/shop/../private", False, id="out of what is allowed"),
        pytest.param({"allow_paths": ("/shop/*",)}, "/private/../shop/1", False, id="told from elsewhere"),
        pytest.param({"allow_paths": ("/shop/*",)}, "/shop//1/./2", True, id="within what is allowed"),
        pytest.param({"allow_paths": ("/a//b/*",)}, "/a//b/1", True, id="an odd rule"),
        pytest.param({"allow_paths": ("/a/%62",)}, "/a/%62", True, id="an odd exact rule"),
        pytest.param({"allow_paths": ("/a//*",)}, "/a//../b", False, id="out of what an odd rule allows"),
        pytest.param({"allow_paths": ("*",)}, "/a//../b", True, id="all allowed"),
        pytest.param({"block_paths": ("/a//*",)}, "/a/b", True, id="an odd rule that blocks"),
        pytest.param({"block_paths": ("/a//*",)}, "/a//b", False, id="what an odd rule blocks"),
        pytest.param({"block_paths": ("/a%2Fb",)}, "/a/b", True, id="an encoded slash is none"),
        pytest.param({"block_paths": ("/caf%C3%A9",)}, "/caf%c3%a9", False, id="hex in small letters"),
        pytest.param({"block_paths": ("/caf%C3%A9",)}, "/café", False, id="not encoded"),
        pytest.param({"block_paths": ("/a",)}, "/%2561", True, id="encoded twice is another page"),
    ],
)
def test_a_path_is_judged_as_told_and_plainly(lists: dict[str, Any], path: str, kept: bool) -> None:
    event = make_event(params={"url": f"https://a.example{path}"})
    refused = rejection(apply_privacy, event, make_beacon(), make_source(policy=Policy(**lists)))
    assert (refused is None) is kept


_HIDDEN = "https://a.example/private/1"


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"params": {"data": {"referrer": _HIDDEN}}}, id="within"),
        pytest.param({"params": {"a": [{"Referer": _HIDDEN}]}}, id="within a list"),
        pytest.param({"params": {"referrer": [_HIDDEN, {"url": _HIDDEN}]}}, id="in a list and an object"),
        pytest.param({"params": {"$initial_referrer": _HIDDEN}}, id="an initial one"),
        pytest.param({"context": {"page": {"referer": _HIDDEN}}}, id="the page's"),
        pytest.param({"context": {"page": [{"referrer": _HIDDEN}]}}, id="a page's in a list"),
        pytest.param({"context": {"original": {"referrer": _HIDDEN}}}, id="the original's"),
        pytest.param({"context": {"original": {"context": {"referer": _HIDDEN}}}}, id="unknown context"),
    ],
)
def test_the_address_of_a_page_under_the_rules_is_nowhere(told: dict[str, Any]) -> None:
    event = make_event("login", **told)
    beacon = make_beacon(origin="https://a.example")
    for policy in (Policy(block_paths=("/private/*",)), Policy(allow_paths=("/shop",))):
        stored = apply_privacy(event, beacon, make_source(policy=policy))
        assert "private" not in repr((stored.params, stored.context))
    other = apply_privacy(event, beacon, make_source(policy=Policy(block_paths=("/other",))))
    assert "private" in repr((other.params, other.context))


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
        params={name: told[name] for name in ("url", "path") if name in told},
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
