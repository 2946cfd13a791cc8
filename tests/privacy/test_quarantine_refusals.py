"""Quarantine: where a wish or a list may refuse what is malformed, nothing of it is kept."""

from typing import Any

import pytest

from collector.model.policy import Category, Policy
from collector.store.rules import NOTHING
from tests.privacy.quarantined import EVENT, kept

PAGES = Policy(block_paths=("/a",))
REFUSING = [
    pytest.param(EVENT, NOTHING, {}, id="rules that cannot be read"),
    pytest.param(EVENT, Policy(), {"source": {"problem": "the policy cannot be read"}}, id="a problem"),
    pytest.param(EVENT, Policy(), {"global_privacy_control": True}, id="Global Privacy Control"),
    pytest.param(EVENT, Policy(do_not_track=True), {"do_not_track": True}, id="Do Not Track"),
    pytest.param(EVENT, Policy(), {"do_not_track": True}, id="Do Not Track that may count later"),
    pytest.param(EVENT, Policy(consent="opt-in"), {}, id="undecided under opt-in"),
    pytest.param([EVENT | {"consent": "denied"}], Policy(consent="opt-out"), {}, id="denied"),
    pytest.param([EVENT | {"consent": "denied"}], Policy(), {}, id="denied though nobody asked"),
    pytest.param([EVENT | {"consent": {"granted": False}}], Policy(), {}, id="denied, as an object"),
    pytest.param([EVENT | {"consent": "perhaps"}], Policy(), {}, id="a decision that cannot be read"),
    pytest.param({"evnts": [{"consent": "denied"}]}, Policy(), {}, id="denied somewhere"),
    pytest.param({"consent": "denied", "events": [EVENT]}, Policy(), {}, id="denied for all"),
    pytest.param(
        [EVENT | {"consent": "granted"}, EVENT], Policy(consent="opt-in"), {}, id="granted for one of two"
    ),
    pytest.param(
        {"consent": "granted", "events": [EVENT | {"consent": {"granted": None}}]},
        Policy(consent="opt-in"),
        {},
        id="its own word goes first",
    ),
    pytest.param(
        [EVENT | {"consent": {"granted": True, "categories": {"ads": False}}}],
        Policy(categories=(Category(name="ads", actions=("dog bark",)),)),
        {},
        id="its category denied",
    ),
    pytest.param(
        [{"action": 5}],
        Policy(categories=(Category(name="ads", actions=("a",)),)),
        {},
        id="a category unknown",
    ),
    pytest.param([EVENT | {"action": "consent.denied"}], Policy(), {}, id="a denial that is malformed"),
    pytest.param([EVENT], Policy(block=("dog bark",)), {}, id="action blocked"),
    pytest.param([EVENT], Policy(allow=("page.*",)), {}, id="action not allowed"),
    pytest.param([EVENT | {"action": " dog.bark"}], Policy(block=("dog.*",)), {}, id="a space before it"),
    pytest.param([EVENT | {"action": "Dog Bark"}], Policy(block=("dog.*",)), {}, id="meant as a blocked one"),
    pytest.param(
        [EVENT | {"params": {"events": [{"action": "dog.bark"}]}}],
        Policy(block=("dog.*",)),
        {},
        id="a blocked one within it",
    ),
    pytest.param([EVENT | {"params": '{"url": "/a"}'}], PAGES, {}, id="params that are text"),
    pytest.param([EVENT | {"params": [{"url": "/a"}]}], PAGES, {}, id="params that are a list"),
    pytest.param([EVENT | {"context": '{"page": "/a"}'}], PAGES, {}, id="a context that is text"),
    pytest.param([EVENT | {"context": {"page": ["/a"]}}], PAGES, {}, id="a page that is a list"),
    pytest.param([{"action": ["dog bark"]}], Policy(block=("x",)), {}, id="an action that cannot be read"),
    pytest.param({"evnts": [EVENT]}, Policy(block=("x",)), {}, id="events that cannot be found"),
    pytest.param([EVENT | {"context": {"page": "/a"}}], Policy(block_paths=("/a",)), {}, id="page blocked"),
    pytest.param(
        {"context": {"page": "/a"}, "events": [EVENT]}, Policy(block_paths=("/a",)), {}, id="page of all"
    ),
    pytest.param(
        [EVENT], Policy(block_paths=("/a",)), {"referer": "https://x.example/a"}, id="page of the header"
    ),
    pytest.param([{"page": "/a"}], Policy(block_paths=("/a",)), {}, id="a page that cannot be told"),
    pytest.param([EVENT], Policy(block_networks=("203.0.113.0/24",)), {}, id="network"),
    pytest.param([EVENT], Policy(block_agents=("Firefox",)), {}, id="program"),
    pytest.param([EVENT], Policy(block_countries=("PL",)), {}, id="a country that nobody told"),
    pytest.param([EVENT], Policy(bots="reject"), {}, id="whether it is a bot nobody told"),
    pytest.param([EVENT, EVENT | {"uuid": "other"}], Policy(), {}, id="two browsers"),
]


@pytest.mark.parametrize(("sent", "policy", "fields"), REFUSING)
def test_what_a_wish_or_a_list_may_refuse_leaves_no_content(sent: Any, policy: Policy, fields: Any) -> None:
    found = kept(sent, policy, **fields)
    assert (found.payload, found.uuid, found.address, found.user_agent) == (None, None, "", "")


@pytest.mark.parametrize(
    ("sent", "policy", "fields"),
    [
        pytest.param([EVENT | {"consent": "granted"}], Policy(consent="opt-in"), {}, id="granted"),
        pytest.param(EVENT, Policy(consent="opt-out"), {}, id="undecided under opt-out"),
        pytest.param(
            [EVENT], Policy(block=("x",), allow=("dog bark",)), {}, id="on no blocklist, and allowed"
        ),
        pytest.param([EVENT], Policy(block_countries=("PL",)), {"trusted": True}, id="of a back end"),
        pytest.param({"evnts": [EVENT]}, Policy(), {}, id="no form, but no list either"),
        pytest.param(
            [EVENT | {"context": {"geo": "x", "bot": 1}}], Policy(bots="mark"), {}, id="hostile context"
        ),
        pytest.param(
            [EVENT | {"params": 5, "context": 7}], Policy(block_paths=("/a",)), {}, id="hostile form"
        ),
    ],
)
def test_what_nothing_refuses_is_kept(sent: Any, policy: Policy, fields: Any) -> None:
    assert kept(sent, policy, **fields).payload is not None
