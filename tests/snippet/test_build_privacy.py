"""What the tag carries for lists, consent and a cookieless source, and what it is told."""

import json
from typing import Any

import msgspec
import pytest

from collector.model.policy import Policy
from collector.model.source import Consent, Modules, TagSettings
from collector.wire.segment.actions import OF_EVENT
from snippet.build import build_tag, module_names
from snippet.hashed import hashed, lists_of
from snippet.sizes import sample_source

KEY = sample_source(TagSettings()).source_id[:8]


def told(tag: TagSettings, policy: Policy | None = None) -> dict[str, Any]:
    """The script's data."""
    script = build_tag(sample_source(tag, policy)).plain.decode()
    found: dict[str, Any] = json.loads(script.rpartition("})(")[2].rstrip().removesuffix(")"))
    return found


@pytest.mark.parametrize(
    ("policy", "carried"),
    [
        pytest.param(Policy(), set(), id="no list"),
        pytest.param(Policy(allow=("a",)), {"lists"}, id="actions"),
        pytest.param(Policy(block_params=("a",)), {"lists", "list_params"}, id="params"),
        pytest.param(Policy(allow_paths=("/",)), {"lists", "list_paths"}, id="pages"),
        pytest.param(
            Policy(block=("a",), allow_params=("b",), block_paths=("/c",)),
            {"lists", "list_params", "list_paths"},
            id="all",
        ),
    ],
)
def test_the_tag_carries_the_lists_that_are_not_empty(policy: Policy, carried: set[str]) -> None:
    names = module_names(sample_source(TagSettings(), policy))
    assert {name for name in names if name.startswith("list")} == carried
    pairs = {
        "lists": (policy.allow, policy.block),
        "list_params": (policy.allow_params, policy.block_params),
        "list_paths": (policy.allow_paths, policy.block_paths),
    }
    config = told(TagSettings(), policy)
    assert {name: config[name] for name in config if name.startswith("list")} == {
        name: {"allow": [*hashed(pairs[name][0], KEY)], "block": [*hashed(pairs[name][1], KEY)]}
        for name in carried
    }


@pytest.mark.parametrize(
    ("policy", "device", "carried"),
    [
        pytest.param(Policy(), True, {"device"}, id="all is kept"),
        pytest.param(Policy(keep_screen=False), True, {"device_language"}, id="no screen"),
        pytest.param(Policy(keep_language=False), True, {"device_screen"}, id="no language"),
        pytest.param(Policy(keep_screen=False, keep_language=False), True, set(), id="neither"),
        pytest.param(Policy(keep_screen=False), False, set(), id="the module is off"),
        pytest.param(Policy(keep_referrer=False), True, {"device", "no_referrer"}, id="no referrer"),
    ],
)
def test_the_tag_leaves_out_what_the_policy_does_not_keep(
    policy: Policy, device: bool, carried: set[str]
) -> None:
    names = module_names(sample_source(TagSettings(modules=Modules(device=device)), policy))
    assert {name for name in names if name.startswith("device") or name == "no_referrer"} == carried


def test_no_list_can_be_read_in_the_script() -> None:
    """Nor does anything of those lists that the collector alone obeys change a byte of it."""
    own = Policy(
        allow=("heron.allow",),
        block=("heron.*",),
        allow_params=("heronParam",),
        block_params=("formData.heron",),
        allow_paths=("/heron/*",),
        block_paths=("/heron",),
    )
    others = msgspec.structs.replace(
        own,
        allow_hosts=("shop.heron",),
        block_hosts=("*.heron",),
        allow_referrers=("ok.heron",),
        block_referrers=("heron.example",),
        allow_countries=("PL",),
        block_countries=("DE",),
        allow_networks=("203.0.113.0/24",),
        block_networks=("2001:db8::/32",),
        allow_agents=("HeronAgent",),
        block_agents=("curl",),
        allow_bots=("search-engine",),
        block_bots=("seo",),
    )
    build = build_tag(sample_source(TagSettings(), own)).plain
    assert b"heron" not in build.lower()
    assert build_tag(sample_source(TagSettings(), others)).plain == build


def test_a_rule_has_another_number_at_another_source_and_a_list_no_order() -> None:
    assert hashed(("a", "b"), "6f1d2c3b") == hashed(("b", "a", "b"), "6f1d2c3b")
    assert not set(hashed(("a", "b"), "6f1d2c3b")) & set(hashed(("a", "b"), "6f1d2c3c"))


def test_the_hash_is_of_code_units_as_javascript_has_them() -> None:
    """The same in the browser: e2e/tag/test_lists.py."""
    number = 0
    for unit in (ord("k"), 0xD83D, 0xDE00):
        number = (number * 8191 + unit) % 1_099_511_627_689
    assert hashed(("\U0001f600",), "k") == (number,)


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        pytest.param(("product.view",), {"Product Viewed"}, id="exact"),
        pytest.param(("client.*",), {"Products Searched", "Signed Up", "login", "logout"}, id="a prefix"),
        pytest.param(("Product Viewed",), set(), id="the vendor's own name is no action of ours"),
    ],
)
def test_a_page_of_segments_calls_actions_by_other_names(rules: tuple[str, ...], named: set[str]) -> None:
    """An allow list of ours would else refuse in the page what the collector takes."""
    for allow, block in ((rules, ()), ((), rules)):
        policy = Policy(allow=allow, block=block)
        [plain] = lists_of(policy, asks=False).values()
        [spoken] = lists_of(policy, asks=False, aliases=OF_EVENT).values()
        assert plain == (allow, block)
        assert set(spoken[0]) == set(allow) | (named if allow else set())
        assert set(spoken[1]) == set(block) | (named if block else set())
    lists = told(TagSettings(facades=("segment",)), Policy(block=rules))["lists"]
    assert lists["block"] == list(hashed((*rules, *named), KEY))


def test_names_that_differ_little_have_other_numbers() -> None:
    names = [f"/shop/{word}{number}" for word in ("", "item-", "ąę", "\U0001f600") for number in range(5000)]
    assert len(hashed(tuple(names), KEY)) == len(names)


def test_lists_that_are_switched_off_are_not_carried() -> None:
    policy = Policy(block=("a",), block_params=("a",), block_paths=("/a",))
    names = module_names(sample_source(TagSettings(modules=Modules(lists=False)), policy))
    assert not any(name.startswith("list") for name in names)


@pytest.mark.parametrize(
    ("consent", "carried", "config"),
    [
        pytest.param(Consent(), {"consent"}, {"until": "wait", "remember": True}, id="by call"),
        pytest.param(
            Consent(google=True, until="granted"),
            {"consent", "consent_google"},
            {"until": "granted"},
            id="Google",
        ),
        pytest.param(
            Consent(tcf=True, evidence=True, purposes=(1, 7)),
            {"consent", "consent_tcf"},
            {"until": "wait", "evidence": True},
            id="TCF",
        ),
    ],
)
def test_the_tag_carries_the_platforms_that_are_followed(
    consent: Consent, carried: set[str], config: dict[str, Any]
) -> None:
    tag = TagSettings(modules=Modules(consent=True), consent=consent)
    names = module_names(sample_source(tag))
    assert {name for name in names if name.startswith("consent")} == carried
    found = told(tag)
    assert found["consent"] == config
    assert found.get("consent_tcf") == (list(consent.purposes) if consent.tcf else None)
    assert "consent" in found["api"]


def test_consent_that_is_off_is_not_carried() -> None:
    names = module_names(sample_source(TagSettings(consent=Consent(google=True, tcf=True))))
    assert not any(name.startswith("consent") for name in names)


def test_a_cookieless_tag_carries_no_storage_and_no_visitor() -> None:
    names = module_names(sample_source(TagSettings(device_storage=False)))
    assert "cookieless" in names
    assert not {"storage", "visitor"} & set(names)
    script = build_tag(sample_source(TagSettings(device_storage=False))).plain.decode()
    assert "samesite" not in script
