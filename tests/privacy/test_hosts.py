"""The lists of hosts and referrers: who is refused, by which rule, and who is not."""

from typing import Any

import pytest

from collector.model.outcome import Reason
from collector.model.policy import Policy
from collector.privacy import apply_privacy
from tests.pipeline.make import make_beacon, make_event, make_source
from tests.privacy.judging import PASSED, Judgement, came, judged, page

SHOP = page("https://shop.example/a")
HOST_BLOCKED, HOST_NOT = Reason.HOST_BLOCKED, (Reason.HOST_NOT_ALLOWED, "")


@pytest.mark.parametrize(
    ("told", "lists", "expected"),
    [
        pytest.param(SHOP, {}, PASSED, id="no list"),
        pytest.param(SHOP, {"block_hosts": ["shop.example"]}, (HOST_BLOCKED, "shop.example"), id="exact"),
        pytest.param(SHOP, {"block_hosts": ["*.example"]}, (HOST_BLOCKED, "*.example"), id="below"),
        pytest.param(SHOP, {"block_hosts": ["*.shop.example"]}, PASSED, id="a host is not below itself"),
        pytest.param(
            SHOP, {"block_hosts": ["op.example", "*.op.example"]}, PASSED, id="an end ends at its dot"
        ),
        pytest.param(SHOP, {"block_hosts": ["*"]}, (HOST_BLOCKED, "*"), id="all"),
        pytest.param(
            page("https://a.b.shop.example/"),
            {"block_hosts": ["*.example", "*.b.shop.example"]},
            (HOST_BLOCKED, "*.b.shop.example"),
            id="the narrowest is named",
        ),
        pytest.param(SHOP, {"allow_hosts": ["shop.example"]}, PASSED, id="allowed"),
        pytest.param(SHOP, {"allow_hosts": ["*.shop.example"]}, HOST_NOT, id="not on the allow list"),
        pytest.param(
            SHOP,
            {"allow_hosts": ["shop.example"], "block_hosts": ["*.example"]},
            (HOST_BLOCKED, "*.example"),
            id="block wins",
        ),
        pytest.param(
            page("https://SHOP.Example:8443/"),
            {"block_hosts": ["shop.example"]},
            (HOST_BLOCKED, "shop.example"),
            id="capitals and a port",
        ),
        pytest.param(
            page("https://user:pass@shop.example./"),
            {"block_hosts": ["shop.example"]},
            (HOST_BLOCKED, "shop.example"),
            id="a user and the root's dot",
        ),
        pytest.param(
            page("https://żółw.example/"),
            {"block_hosts": ["xn--w-uga1v8h.example"]},
            (HOST_BLOCKED, "xn--w-uga1v8h.example"),
            id="international",
        ),
        pytest.param(
            page("http://[2001:db8:0::1]:80/"),
            {"block_hosts": ["[2001:0db8::1]"]},
            (HOST_BLOCKED, "[2001:0db8::1]"),
            id="IPv6, written otherwise",
        ),
        pytest.param(
            page("http://192.0.2.1/"), {"block_hosts": ["192.0.2.1"]}, (HOST_BLOCKED, "192.0.2.1"), id="IPv4"
        ),
        pytest.param(
            {"context": {"page": {"url": "https://shop.example/"}}},
            {"block_hosts": ["shop.example"]},
            (HOST_BLOCKED, "shop.example"),
            id="context.page",
        ),
        pytest.param(
            {"context": {"page": "/a"}, "origin": "https://shop.example"},
            {"block_hosts": ["shop.example"]},
            (HOST_BLOCKED, "shop.example"),
            id="the Origin",
        ),
        pytest.param(
            {**SHOP, "origin": "https://staging.example"},
            {"block_hosts": ["staging.example"]},
            (HOST_BLOCKED, "staging.example"),
            id="another canonical host does not hide it",
        ),
        pytest.param(
            {**SHOP, "origin": "https://mirror.test"},
            {"allow_hosts": ["shop.example"]},
            HOST_NOT,
            id="nor does it let in",
        ),
        pytest.param(
            {"referer": "https://shop.example/a"},
            {"block_hosts": ["shop.example"]},
            (HOST_BLOCKED, "shop.example"),
            id="the Referer",
        ),
        pytest.param(
            {"action": "link.outbound", **SHOP},
            {"allow_hosts": ["a.example"]},
            PASSED,
            id="a link's host is no page's",
        ),
        pytest.param(
            {"origin": "null", **page("/a")}, {"allow_hosts": ["a.example"]}, PASSED, id="no host told"
        ),
        pytest.param(page("https://[nonsense/"), {"allow_hosts": ["a.example"]}, PASSED, id="no URL"),
        pytest.param({}, {"allow_hosts": ["a.example"], "block_hosts": ["*"]}, PASSED, id="nothing told"),
    ],
)
def test_hosts_of_pages(told: dict[str, Any], lists: dict[str, Any], expected: Judgement) -> None:
    assert judged(told, **lists) == expected


FROM = Reason.REFERRER_BLOCKED


@pytest.mark.parametrize(
    ("told", "lists", "expected"),
    [
        pytest.param(
            came("https://spam.example/x"),
            {"block_referrers": ["spam.example"]},
            (FROM, "spam.example"),
            id="blocked",
        ),
        pytest.param(
            came("https://a.spam.example/x"),
            {"block_referrers": ["*.spam.example"]},
            (FROM, "*.spam.example"),
            id="blocked below",
        ),
        pytest.param(
            came("https://ok.example/spam.example"),
            {"block_referrers": ["spam.example"]},
            PASSED,
            id="a path is no host",
        ),
        pytest.param(came("https://ok.example/"), {"allow_referrers": ["ok.example"]}, PASSED, id="allowed"),
        pytest.param(
            came("https://b.example/"),
            {"allow_referrers": ["ok.example"]},
            (Reason.REFERRER_NOT_ALLOWED, ""),
            id="not on the allow list",
        ),
        pytest.param(
            came("https://ok.example/"),
            {"allow_referrers": ["ok.example"], "block_referrers": ["*"]},
            (FROM, "*"),
            id="block wins",
        ),
        pytest.param(
            {"context": {"page": {"url": "https://shop.example/", "referrer": "https://spam.example/"}}},
            {"block_referrers": ["spam.example"]},
            (FROM, "spam.example"),
            id="context.page",
        ),
        pytest.param(
            came("android-app://com.spam.app/"),
            {"block_referrers": ["com.spam.app"]},
            (FROM, "com.spam.app"),
            id="an app",
        ),
        pytest.param(
            came("https://SHOP.example:443/b"),
            {"allow_referrers": ["ok.example"], "block_referrers": ["*"]},
            PASSED,
            id="its own host is no referrer",
        ),
        pytest.param(
            came("/b"),
            {"allow_referrers": ["ok.example"], "block_referrers": ["*"]},
            PASSED,
            id="nor is a path",
        ),
        pytest.param(
            came("", origin="https://shop.example"),
            {"allow_referrers": ["ok.example"], "block_referrers": ["*"]},
            PASSED,
            id="none told",
        ),
        pytest.param(came(["https://spam.example/"]), {"block_referrers": ["*"]}, PASSED, id="no text"),
        pytest.param(came("https://[spam/"), {"block_referrers": ["*"]}, PASSED, id="no URL"),
        pytest.param(
            {}, {"allow_referrers": ["ok.example"], "block_referrers": ["*"]}, PASSED, id="nothing told"
        ),
    ],
)
def test_referrers(told: dict[str, Any], lists: dict[str, Any], expected: Judgement) -> None:
    assert judged(told, **lists) == expected


@pytest.mark.parametrize(
    ("referrer", "kept"),
    [
        pytest.param("https://staff.example/tool?q", False, id="a blocked host"),
        pytest.param("HTTPS://STAFF.example:443/", False, id="written otherwise"),
        pytest.param("https://search.example/", True, id="another host"),
        pytest.param("/a", True, id="its own"),
        pytest.param(7, True, id="no text"),
    ],
)
def test_a_page_of_a_blocked_host_is_no_later_visits_referrer(referrer: Any, kept: bool) -> None:
    told = {"url": "https://shop.example/", "referrer": referrer}
    event = make_event(params=told, context={"page": told})
    source = make_source(policy=Policy(block_hosts=("staff.example",)))
    stored = apply_privacy(event, make_beacon(), source)
    assert ("referrer" in stored.params, "referrer" in stored.context["page"]) == (kept, kept)
