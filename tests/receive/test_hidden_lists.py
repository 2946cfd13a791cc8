"""A visitor cannot tell from an answer what is on a list: what is refused is answered like what is kept."""

from typing import Any

import msgspec
import pytest

from collector.model.policy import Policy
from tests.receive.running import FIREFOX, Running

POLISH = "193.0.6.139"
URL = "https://shop.example/a"
EVENT = {"action": "page.visit", "params": {"url": URL, "referrer": "https://search.example/"}}

REFUSING: dict[str, list[dict[str, Any]]] = {
    "action": [{"block": ["page.*"]}, {"allow": ["a"]}],
    "page": [{"block_paths": ["/a"]}, {"allow_paths": ["/b"]}],
    "host": [{"block_hosts": ["shop.example"]}, {"allow_hosts": ["b.example"]}],
    "referrer": [{"block_referrers": ["*.example"]}, {"allow_referrers": ["b.example"]}],
    "country": [{"block_countries": ["NL"]}, {"allow_countries": ["AQ"]}],
    "network": [{"block_networks": [f"{POLISH}/24"]}, {"allow_networks": ["192.0.2.0/24"]}],
    "agent": [{"block_agents": ["Firefox"]}, {"allow_agents": ["curl"]}],
    "bot": [{"block_bots": ["http-library"]}, {"allow_bots": ["seo"]}],
}


def answers(collector: Running, policy: dict[str, Any], agent: str) -> tuple[list[Any], dict[str, int]]:
    """All that a visitor sees of the answers to a beacon and a pixel, and what became of both."""
    source_id = collector.store.add_source("Lists", policy=msgspec.convert(policy, Policy)).source_id
    headers = {"user-agent": agent, "origin": "https://shop.example", "referer": URL}
    seen = [
        collector.post(source_id, [EVENT, EVENT], headers=headers, peer=POLISH),
        collector.post(source_id, [EVENT, {"action": "not valid"}], headers=headers, peer=POLISH),
        collector.request("GET", f"/b/{source_id}.gif?action=page.visit", headers=headers, peer=POLISH),
    ]
    return [(one.status_code, one.headers.raw, one.content) for one in seen], collector.sums(source_id)


@pytest.mark.parametrize("kind", REFUSING)
def test_what_a_list_refuses_is_answered_like_what_is_kept(collector: Running, kind: str) -> None:
    agent = "curl/8.5.0" if kind == "bot" else FIREFOX
    kept, sums = answers(collector, {}, agent)
    assert (sums["stored"], sums["invalid_action"]) == (4, 1)
    for policy, reason in zip(REFUSING[kind], (f"{kind}_blocked", f"{kind}_not_allowed"), strict=True):
        refused, sums = answers(collector, policy, agent)
        # A pixel tells no referrer.
        assert (sums[reason], sums["invalid_action"]) == (3 if kind == "referrer" else 4, 1)
        assert refused == kept
