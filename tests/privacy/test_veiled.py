"""Masks and hashes: block wins over mask, mask over hash, and none of them is anybody's name."""

import hashlib
import hmac

import msgspec
import pytest

from collector.model.event import Params
from collector.model.policy import Policy
from collector.normalise import normalise
from collector.privacy import apply_privacy
from collector.privacy.hashing import hashed
from tests.pipeline.make import NOON, make_beacon, make_event, make_raw, make_source

SECRET = "john@example.com"
SALT = bytes(range(32))


def hash_of(text: str) -> str:
    return hmac.new(SALT, text.encode(), hashlib.sha256).hexdigest()[:32]


@pytest.mark.parametrize(
    ("params", "kept", "policy"),
    [
        pytest.param({"a": 1, "b": 2}, {"a": "***", "b": 2}, Policy(mask_params=("a",)), id="masked"),
        pytest.param(
            {"a": [1], "b": {"c": 1}}, {"a": "***", "b": "***"}, Policy(mask_params=("*",)), id="whole"
        ),
        pytest.param(
            {"a": {"b": 1, "c": 2}}, {"a": {"b": "***", "c": 2}}, Policy(mask_params=("a.b",)), id="within"
        ),
        pytest.param({"a": {"b": None}}, {"a": {"b": "***"}}, Policy(mask_params=("a.*",)), id="all within"),
        pytest.param({"a": "x"}, {"a": hash_of("x")}, Policy(hash_params=("a",)), id="hashed"),
        pytest.param(
            {"a": 7, "b": "7"}, dict.fromkeys("ab", hash_of("7")), Policy(hash_params=("*",)), id="number"
        ),
        pytest.param({"a": True}, {"a": hash_of("true")}, Policy(hash_params=("a",)), id="hashed truth"),
        pytest.param(
            {"a": {"z": 1, "b": ["ł"]}},
            {"a": hash_of('{"b":["ł"],"z":1}')},
            Policy(hash_params=("a",)),
            id="a hashed object is its JSON with sorted names",
        ),
        pytest.param({"a": 1}, {}, Policy(block_params=("a",), mask_params=("a",)), id="block over mask"),
        pytest.param(
            {"a": 1}, {"a": "***"}, Policy(mask_params=("a",), hash_params=("a",)), id="mask over hash"
        ),
        pytest.param(
            {"a": {"b": SECRET, "c": 1}},
            {"a": hash_of('{"c":1}')},
            Policy(block_params=("a.b",), hash_params=("a",)),
            id="what is blocked is in no hash",
        ),
        pytest.param(
            {"a": 1, "b": 2}, {"b": "***"}, Policy(allow_params=("b",), mask_params=("*",)), id="allowed"
        ),
    ],
)
def test_masks_and_hashes(params: Params, kept: Params, policy: Policy) -> None:
    stored = apply_privacy(
        make_event("a", params=params), make_beacon(), make_source(policy=policy, salt=SALT)
    )
    assert stored.params == kept
    original = {"original": params}
    stored = apply_privacy(make_event(context=original), make_beacon(), make_source(policy=policy, salt=SALT))
    assert stored.context["original"] == kept
    derived = stored.derive("marketingAgreement.turnOn", "", params, NOON)
    assert derived is not None
    assert derived.params == kept


@pytest.mark.parametrize("name", ["email", "Email", "EMAIL", "eMail"])
@pytest.mark.parametrize("field", ["block_params", "mask_params", "hash_params"])
@pytest.mark.parametrize("action", ["form.submit", "client.createOrUpdate"])
def test_a_rule_fits_a_profiles_field_in_any_case(action: str, field: str, name: str) -> None:
    policy = msgspec.convert({field: ["email", "formData.email"]}, Policy)
    data = {name: SECRET}
    params = data if action != "form.submit" else {"formType": "contact", "formData": data}
    event = normalise(make_raw(action, params=params), make_beacon())
    stored = apply_privacy(event, make_beacon(), make_source(policy=policy, salt=SALT))
    assert stored.profile is not None
    assert stored.profile.email is None
    assert SECRET not in repr((stored.params, stored.profile))


def test_a_hash_is_the_sources_own() -> None:
    assert hashed("a", b"1") != hashed("a", b"2") != hashed("b", b"2")


@pytest.mark.parametrize(
    "policy",
    [
        Policy(mask_params=("formData.e", "formData.tel", "formData.id")),
        Policy(hash_params=("formData.e", "formData.tel", "formData.id")),
        Policy(mask_params=("formData",)),
        Policy(hash_params=("formData",)),
    ],
)
def test_what_is_masked_or_hashed_reaches_no_profile(policy: Policy) -> None:
    data = {"e": SECRET, "tel": "600700800", "id": "customer-7"}
    mapping = {"email": "e", "phone": "tel", "customId": "id"}
    raw = make_raw("form.submit", params={"formType": "contact", "formData": data, "mapping": mapping})
    stored = apply_privacy(normalise(raw, make_beacon()), make_beacon(), make_source(policy=policy))
    assert stored.profile is not None
    assert (stored.profile.email, stored.profile.custom_id) == (None, None)
    assert (stored.profile.fields, stored.profile.attributes) == ({}, {})
    assert not [value for value in data.values() if value in repr(stored)]
