"""What the policy says of consent decides what the tag carries, whatever the owner chose for the tag."""

import json
from typing import Any

import pytest

from collector.model.policy import Category, Policy
from collector.model.source import Consent, Modules, TagSettings
from snippet.build import build_tag, build_types, module_names
from snippet.hashed import hashed
from snippet.sizes import sample_source

ADS = (Category(name="ads", actions=("ad.*", "a")), Category(name="maps", actions=("map.open",)))
ON = TagSettings(modules=Modules(consent=True))


def told(tag: TagSettings, policy: Policy) -> dict[str, Any]:
    """The script's data."""
    script = build_tag(sample_source(tag, policy)).plain.decode()
    found: dict[str, Any] = json.loads(script.rpartition("})(")[2].rstrip().removesuffix(")"))
    return found


@pytest.mark.parametrize(
    ("tag", "policy", "until", "evidence"),
    [
        pytest.param(TagSettings(), Policy(consent="opt-in"), "wait", True, id="opt-in"),
        pytest.param(TagSettings(), Policy(consent="opt-out"), "granted", True, id="opt-out"),
        pytest.param(
            TagSettings(modules=Modules(consent=True), consent=Consent(until="granted")),
            Policy(consent="opt-in"),
            "wait",
            True,
            id="opt-in is above the tag's setting",
        ),
        pytest.param(ON, Policy(consent="opt-out"), "granted", True, id="opt-out is, too"),
        pytest.param(TagSettings(), Policy(categories=ADS), "granted", True, id="categories alone"),
        pytest.param(ON, Policy(categories=ADS), "wait", True, id="categories and the tag's own waiting"),
        pytest.param(ON, Policy(), "wait", None, id="the tag's own setting"),
    ],
)
def test_the_policy_decides_whether_the_tag_waits(
    tag: TagSettings, policy: Policy, until: str, evidence: bool | None
) -> None:
    config = told(tag, policy)
    assert (config["consent"]["until"], config["consent"].get("evidence")) == (until, evidence)
    assert "consent" in config["api"]


def test_nobody_asked_and_nothing_switched_on_carries_nothing() -> None:
    assert not any(name.startswith("consent") for name in module_names(sample_source(TagSettings())))


def test_categories_are_told_in_the_policy_s_order_and_only_where_there_are_some() -> None:
    assert told(TagSettings(), Policy(categories=ADS))["consent_categories"] == [
        ["ads", ["ad.*", "a"]],
        ["maps", ["map.open"]],
    ]
    assert "consent_categories" not in module_names(sample_source(ON, Policy(consent="opt-in")))


def test_a_category_names_actions_as_pages_of_segments_do() -> None:
    shop = Policy(categories=(Category(name="shop", actions=("product.view", "other.*")),))
    [told_of] = told(TagSettings(facades=("segment",)), shop)["consent_categories"]
    assert told_of == ["shop", ["product.view", "other.*", "Product Viewed"]]


def test_evidence_passes_an_allow_list_of_who_asks() -> None:
    asks = told(TagSettings(), Policy(consent="opt-in", allow=("page.visit",)))
    rules = ("page.visit", "consent.granted", "consent.denied")
    assert asks["lists"] == {"allow": list(hashed(rules, asks["key"])), "block": []}
    other = told(TagSettings(), Policy(allow=("page.visit",)))
    assert other["lists"]["allow"] == list(hashed(("page.visit",), other["key"]))


def test_the_types_tell_what_a_decision_may_hold() -> None:
    types = build_types(sample_source(TagSettings(), Policy(consent="opt-in")))
    assert "choice?: {categories?: Record<string, boolean>, text?: string}" in types
