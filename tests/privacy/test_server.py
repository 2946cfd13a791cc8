"""The rules for params count for what a back end says of a profile, too."""

from typing import Any

import msgspec
import pytest

from collector.model.change import ProfileChange
from collector.model.client import Client, ServerEvent
from collector.model.policy import Policy
from collector.model.source import Source
from collector.privacy.server import kept_change, kept_server
from tests.pipeline.make import make_source

ANN = "ann@shop.example"


def under(**policy: Any) -> Source:
    return make_source(policy=Policy(**policy))


CASES = [
    pytest.param({}, {"email", "customId", "phone", "score", "plan"}, id="no rules"),
    pytest.param({"block_params": ("email",)}, {"customId", "phone", "score", "plan"}, id="blocked"),
    pytest.param({"allow_params": ("email", "plan")}, {"email", "plan"}, id="not on the allow list"),
    pytest.param({"mask_params": ("phone", "score")}, {"email", "customId", "plan"}, id="masked"),
    pytest.param({"hash_params": ("customId",)}, {"email", "phone", "score", "plan"}, id="hashed"),
]


@pytest.mark.parametrize(("policy", "left"), CASES)
def test_a_change_keeps_what_the_policy_admits(policy: dict[str, Any], left: set[str]) -> None:
    change = ProfileChange(
        client_id=7,
        email=ANN,
        custom_id="c",
        uuid="b-1",
        fields={"phone": "12 34 56"},
        attributes={"score": 1, "plan": None},
        tags=("vip",),
        agreements={"email": True, "sms": False},
        newsletter="enabled",
    )
    kept = kept_change(change, under(**policy), 5, "cause").change
    identifiers = {"email": kept.email, "customId": kept.custom_id}
    named = {name for name, value in identifiers.items() if value is not None}
    assert named | {*kept.fields, *kept.attributes} == left
    assert (kept.client_id, kept.uuid) == (7, "b-1")


BESIDE = ("tags", "agreements", "newsletterAgreement")


@pytest.mark.parametrize("name", BESIDE)
@pytest.mark.parametrize("rule", ["block_params", "mask_params", "hash_params", "allow_params"])
def test_tags_agreements_and_wishes_are_under_the_rules_by_their_names(name: str, rule: str) -> None:
    change = ProfileChange(
        tags=("vip ann@shop.example",), agreements={"email": True, "sms": False}, newsletter="enabled"
    )
    gone = {name} if rule != "allow_params" else {*BESIDE} - {name}
    kept = kept_change(change, under(**{rule: (name,)}), 5, "cause").change
    assert kept.tags == (() if "tags" in gone else change.tags)
    # Whoever takes an agreement back is heard all the same.
    assert kept.agreements == ({"sms": False} if "agreements" in gone else change.agreements)
    assert kept.newsletter == (None if "newsletterAgreement" in gone else "enabled")
    stop = msgspec.structs.replace(change, newsletter="disabled")
    assert kept_change(stop, under(**{rule: (name,)}), 5, "cause").change.newsletter == "disabled"


@pytest.mark.parametrize(("policy", "left"), CASES)
def test_a_client_keeps_the_names_that_the_policy_admits(policy: dict[str, Any], left: set[str]) -> None:
    said = ServerEvent(client=Client(id=7, custom_id="c", uuid="b-1", email=ANN), salt="s")
    kept = kept_server(said, under(**policy))
    assert kept is not None
    assert kept.client == Client(
        id=7,
        uuid="b-1",
        custom_id="c" if "customId" in left else None,
        email=ANN if "email" in left else None,
    )
    assert kept.salt == "s"
    if not policy:
        assert kept is said


def test_what_names_no_client_is_left_as_it_is() -> None:
    said = ServerEvent(salt="s", transaction=True)
    assert kept_server(said, under(allow_params=("url",))) is said
    assert kept_server(None, under()) is None
