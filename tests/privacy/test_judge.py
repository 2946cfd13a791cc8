"""The lists of countries, networks, programs and bots: who is refused, by which rule, and who is not."""

from typing import Any

import msgspec
import pytest

from collector.model.outcome import Reason
from collector.model.policy import Policy
from collector.privacy.judge import judge
from tests.pipeline.make import make_beacon, make_event, rejection
from tests.privacy.judging import PASSED, Judgement, came, judged

CURL = "curl/8.5.0"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

POLAND: dict[str, Any] = {"context": {"geo": {"country_code": "PL", "country": "Poland"}}}
NOWHERE: dict[str, Any] = {"context": {"geo": {}}}


@pytest.mark.parametrize(
    ("told", "lists", "expected"),
    [
        pytest.param(POLAND, {"block_countries": ["DE", "PL"]}, (Reason.COUNTRY_BLOCKED, "PL"), id="blocked"),
        pytest.param(POLAND, {"block_countries": ["DE"]}, PASSED, id="another is blocked"),
        pytest.param(POLAND, {"allow_countries": ["PL"]}, PASSED, id="allowed"),
        pytest.param(
            POLAND, {"allow_countries": ["DE"]}, (Reason.COUNTRY_NOT_ALLOWED, ""), id="another is allowed"
        ),
        pytest.param(
            POLAND,
            {"allow_countries": ["PL"], "block_countries": ["PL"]},
            (Reason.COUNTRY_BLOCKED, "PL"),
            id="block wins",
        ),
        pytest.param(NOWHERE, {"block_countries": ["PL"]}, PASSED, id="unknown is not blocked"),
        pytest.param(
            NOWHERE, {"allow_countries": ["PL"]}, (Reason.COUNTRY_NOT_ALLOWED, ""), id="nor is it allowed"
        ),
    ],
)
def test_countries(told: dict[str, Any], lists: dict[str, Any], expected: Judgement) -> None:
    assert judged(told, **lists) == expected


@pytest.mark.parametrize(
    ("address", "lists", "expected"),
    [
        pytest.param(
            "203.0.113.77",
            {"block_networks": ["203.0.113.0/24"]},
            (Reason.NETWORK_BLOCKED, "203.0.113.0/24"),
            id="blocked",
        ),
        pytest.param("203.0.114.77", {"block_networks": ["203.0.113.0/24"]}, PASSED, id="another is blocked"),
        pytest.param("203.0.113.77", {"allow_networks": ["203.0.113.77"]}, PASSED, id="allowed"),
        pytest.param(
            "203.0.113.78",
            {"allow_networks": ["203.0.113.77"]},
            (Reason.NETWORK_NOT_ALLOWED, ""),
            id="not allowed",
        ),
        pytest.param(
            "203.0.113.77",
            {"allow_networks": ["203.0.113.77"], "block_networks": ["0.0.0.0/0"]},
            (Reason.NETWORK_BLOCKED, "0.0.0.0/0"),
            id="block wins",
        ),
        pytest.param("", {"block_networks": ["::/0", "0.0.0.0/0"]}, PASSED, id="unknown is not blocked"),
        pytest.param(
            "",
            {"allow_networks": ["::/0", "0.0.0.0/0"]},
            (Reason.NETWORK_NOT_ALLOWED, ""),
            id="nor is it allowed",
        ),
    ],
)
def test_networks(address: str, lists: dict[str, Any], expected: Judgement) -> None:
    assert judged({"address": address}, **lists) == expected


@pytest.mark.parametrize(
    ("user_agent", "lists", "expected"),
    [
        pytest.param(
            CURL, {"block_agents": ["Curl"]}, (Reason.AGENT_BLOCKED, "Curl"), id="blocked, as it is written"
        ),
        pytest.param(FIREFOX, {"block_agents": ["curl"]}, PASSED, id="another is blocked"),
        pytest.param(FIREFOX, {"allow_agents": ["firefox"]}, PASSED, id="allowed"),
        pytest.param(CURL, {"allow_agents": ["firefox"]}, (Reason.AGENT_NOT_ALLOWED, ""), id="not allowed"),
        pytest.param(
            CURL,
            {"allow_agents": ["curl"], "block_agents": [CURL]},
            (Reason.AGENT_BLOCKED, CURL),
            id="block wins",
        ),
        pytest.param("", {"block_agents": ["curl"]}, PASSED, id="a missing one is not blocked"),
        pytest.param("", {"allow_agents": ["curl"]}, (Reason.AGENT_NOT_ALLOWED, ""), id="nor is it allowed"),
    ],
)
def test_programs(user_agent: str, lists: dict[str, Any], expected: Judgement) -> None:
    assert judged({"user_agent": user_agent}, **lists) == expected


PERSON = {"context": {"bot": False}}
CRAWLER = {"context": {"bot": True, "bot_name": "Googlebot", "bot_class": "search-engine"}}


@pytest.mark.parametrize(
    ("told", "lists", "expected"),
    [
        pytest.param(
            CRAWLER,
            {"block_bots": ["seo", "search-engine"]},
            (Reason.BOT_BLOCKED, "search-engine"),
            id="blocked",
        ),
        pytest.param(CRAWLER, {"block_bots": ["seo"]}, PASSED, id="another is blocked"),
        pytest.param(CRAWLER, {"allow_bots": ["search-engine"]}, PASSED, id="allowed"),
        pytest.param(CRAWLER, {"allow_bots": ["seo"]}, (Reason.BOT_NOT_ALLOWED, ""), id="another is allowed"),
        pytest.param(
            CRAWLER,
            {"allow_bots": ["search-engine"], "bots": "reject"},
            (Reason.BOT_BLOCKED, "bots"),
            id="all are refused",
        ),
        pytest.param(
            PERSON,
            {"allow_bots": ["seo"], "block_bots": ["other"], "bots": "reject"},
            PASSED,
            id="a person is under none of them",
        ),
    ],
)
def test_classes_of_bots(told: dict[str, Any], lists: dict[str, Any], expected: Judgement) -> None:
    assert judged(told, **lists) == expected


OF_VISITORS = [
    {"block_countries": ["PL"]},
    {"allow_countries": ["DE"]},
    {"block_networks": ["0.0.0.0/0"]},
    {"allow_networks": ["192.0.2.1"]},
    {"block_agents": ["curl"]},
    {"allow_agents": ["firefox"]},
    {"block_bots": ["http-library"]},
    {"allow_bots": ["seo"]},
    {"bots": "reject"},
]
BACK_END = {
    "context": {"geo": {"country_code": "PL"}, "bot": True, "bot_class": "http-library"},
    "user_agent": CURL,
}


@pytest.mark.parametrize("lists", OF_VISITORS, ids=str)
def test_a_back_end_with_an_api_key_is_no_visitor_and_a_token_makes_none_of_a_browser(
    lists: dict[str, Any],
) -> None:
    assert judged({**BACK_END, "trusted_beacon": True}, **lists) == PASSED
    assert judged({**BACK_END, "trusted": True}, **lists) != PASSED
    assert judged({**BACK_END}, **lists, trust="trusting") != PASSED


@pytest.mark.parametrize(
    "lists",
    [{"block": ["*"]}, {"block_paths": ["*"]}, {"block_hosts": ["*"]}, {"block_referrers": ["*"]}],
    ids=str,
)
def test_what_a_back_end_tells_of_pages_is_under_their_lists(lists: dict[str, Any]) -> None:
    assert judged(came("https://b.example/", trusted_beacon=True), **lists) != PASSED


SECRET = "only-this-visitor"


@pytest.mark.parametrize("kind", ["hosts", "referrers", "countries", "networks", "agents", "bots"])
def test_a_refusal_names_our_rule_and_nothing_of_the_visitor(kind: str) -> None:
    rule = {"countries": "DE", "networks": "192.0.2.0/24", "bots": "seo"}.get(kind, "other.example")
    event = make_event(
        params={"url": f"https://{SECRET}.example/", "referrer": f"https://{SECRET}.test/"},
        context={"geo": {"country_code": "PL"}, "bot": True, "bot_class": "http-library"},
    )
    beacon = make_beacon(user_agent=SECRET, origin=f"https://{SECRET}.example")
    policy = msgspec.convert({f"allow_{kind}": [rule]}, Policy)
    refused = rejection(judge, event, beacon, policy)
    assert refused is not None
    assert refused.reason.is_policy
    assert refused.rule == ""
    for told in (SECRET, "203.0.113", "PL"):
        assert told not in str(refused)
