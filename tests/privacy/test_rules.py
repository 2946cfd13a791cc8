"""Compiled lists: made once for a policy, and a few look-ups for an event, whatever the visitor sends."""

import threading
from typing import Any

import msgspec
import pytest

from collector.model.policy import Category, Policy
from collector.privacy.agents import AgentList
from collector.privacy.hosts import HostList
from collector.privacy.lists import RuleList
from collector.privacy.networks import NetworkList
from collector.privacy.rules import rules_of


class Counted(str):
    """A text that counts how often a part of it is made or looked for."""

    looks = 0

    def __getitem__(self, part: Any) -> str:
        Counted.looks += 1
        return super().__getitem__(part)

    def find(self, *args: Any) -> int:
        Counted.looks += 1
        return super().find(*args)


@pytest.mark.parametrize(
    ("rules", "hostile"),
    [
        pytest.param(RuleList(["b.*", "b" * 253 + ".*"]), "a" + ".a" * 15_000, id="a name"),
        pytest.param(RuleList(["/a/*", "/" + "b" * 999 + "/*"], "/"), "/x" * 15_000, id="a path"),
        pytest.param(HostList(["*.shop.example"]), "x." * 15_000 + "example", id="a host"),
    ],
)
def test_a_long_name_costs_no_more_than_the_longest_rule(rules: RuleList | HostList, hostile: str) -> None:
    Counted.looks = 0
    assert rules.match(Counted(hostile)) is None
    assert Counted.looks < 2_100


def test_long_user_agents_and_addresses_are_cut_or_left_before_work() -> None:
    agents, networks = AgentList(["curl"]), NetworkList(["0.0.0.0/0"])
    long = "curl/8 " * 1_200
    assert agents.match(long) == "curl"
    # Those that differ only behind what is read are one to the cache, as nothing else of them is kept.
    assert agents.match(long + "x") == "curl"
    assert agents._find.cache_info().currsize == 1
    assert networks.match("1.2.3.4" + "%" + "x" * 8_000) is None
    assert networks._find.cache_info().currsize == 0


@pytest.mark.parametrize("count", [10, 10_000])
def test_an_address_is_looked_up_once_for_each_length_of_prefix(count: int) -> None:
    rules = [f"10.{n >> 8}.{n & 255}.0/24" for n in range(count)] + ["2001:db8::/32"]
    tables = NetworkList(rules)._tables
    assert {bits: len(table) for bits, table in tables.items()} == {32: 1, 128: 1}


def test_what_a_visitor_sends_is_remembered_within_bounds() -> None:
    agents, networks = AgentList(["curl"]), NetworkList(["10.0.0.0/8"])
    for number in range(5_000):
        agents.match(f"x/{number}")
        networks.match(f"192.0.{number >> 8}.{number & 255}")
    assert agents._find.cache_info().currsize <= 1_024
    assert networks._find.cache_info().currsize <= 2_048


def test_a_policy_is_compiled_once() -> None:
    policy, other = Policy(block=("a",)), Policy(block=("b",))
    assert rules_of(policy) is rules_of(policy)
    assert rules_of(other).block.match("b") == "b"
    assert rules_of(policy).block.match("b") is None


def test_what_is_compiled_is_no_part_of_the_policy() -> None:
    policy = Policy(block=("a",))
    rules = rules_of(policy)
    changed = msgspec.structs.replace(policy, block=("b",))
    assert rules_of(changed).block.match("a") is None
    assert rules_of(policy) is rules
    assert policy == Policy(block=("a",))
    assert msgspec.json.decode(msgspec.json.encode(policy), type=Policy) == policy


def test_policies_that_follow_one_another_in_memory_are_not_mistaken() -> None:
    for number in range(2_000):
        assert rules_of(Policy(block=(f"a{number}",))).block.match(f"a{number}") == f"a{number}"


def test_several_threads_may_ask_at_once() -> None:
    policies = [Policy(block=(f"a{number}",)) for number in range(200)]
    wrong: list[int] = []

    def ask() -> None:
        for number, policy in enumerate(policies):
            if rules_of(policy).block.match(f"a{number}") is None:
                wrong.append(number)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_every_list_of_a_policy_is_compiled_under_its_name() -> None:
    """A field forgotten here would be a rule that nobody obeys."""
    lists: dict[str, Any] = {
        name: ("a",)
        for name in Policy.__struct_fields__
        if name.startswith(("allow", "block", "mask_", "hash_", "token_", "profile_"))
    }
    lists |= {name: ("/a",) for name in lists if name.endswith("_paths")}
    lists |= {name: ("192.0.2.1",) for name in lists if name.endswith("_networks")}
    category = Category(name="ads", actions=("a",))
    rules = rules_of(Policy(**lists, keep_query=("q",), categories=(category,)))
    for name, (rule,) in lists.items():
        assert getattr(rules, name).match(rule) == rule, name
        assert not getattr(rules_of(Policy(**{**lists, name: ()})), name), name
    assert rules.keep_query == {"q"}
    assert [(name, each.match("a")) for name, each in rules.categories] == [("ads", "a")]


@pytest.mark.parametrize("name", ["paths", "hosts", "referrers", "countries", "networks", "agents", "bots"])
@pytest.mark.parametrize("way", ["allow", "block"])
def test_an_event_is_asked_what_a_list_asks_for(way: str, name: str) -> None:
    rule = "192.0.2.1" if name == "networks" else "a"
    rules = rules_of(Policy(**{f"{way}_{name}": (rule,)}))  # type: ignore[arg-type]
    of_pages = name in ("paths", "hosts", "referrers")
    assert (rules.of_pages, rules.of_visitors) == (of_pages, not of_pages)
