"""What the tag carries for lists, consent and a cookieless source, and what it is told."""

import json
from typing import Any

import pytest

from collector.model.policy import Policy
from collector.model.source import Consent, Modules, TagSettings
from snippet.build import build_tag, module_names
from snippet.sizes import sample_source


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
        name: {"allow": list(pairs[name][0]), "block": list(pairs[name][1])} for name in carried
    }


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
