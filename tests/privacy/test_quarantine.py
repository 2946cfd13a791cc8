"""Quarantine: what is malformed is kept as far as the policy would keep an event, and in doubt not at all."""

import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.model.policy import Policy
from collector.model.source import Settings, TagSettings
from tests.privacy.quarantined import AGENT, EVENT, UUID, kept

SECRET = "s3cr3t"
MAIL = "john@example.com"


def payload(sent: Any, policy: Policy | None = None, **fields: Any) -> Any:
    """What was kept of it, read."""
    return msgspec.json.decode(kept(sent, policy, **fields).payload or "null")


def test_what_the_policy_has_nothing_against_is_kept_whole() -> None:
    sent = {
        "sent_at": 5,
        "uuid": UUID,
        "context": {"screen": {"width": 1}},
        "events": [{"action": "a b", "x": 1}],
    }
    found = kept(sent)
    assert msgspec.json.decode(found.payload) == sent
    assert (found.uuid, found.address, found.user_agent) == (UUID, "203.0.113.0", AGENT)
    text = json.dumps(sent).encode()
    assert (found.length, found.sha256) == (len(text), hashlib.sha256(text).hexdigest())


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"email=john%40example.com", id="a form"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b'"text"', id="a text"),
        pytest.param(b"7", id="a number"),
        pytest.param(b"[" * 40_000, id="deep"),
        pytest.param(b"[" * 30_000 + b"]" * 30_000, id="too long and deep"),
        pytest.param(b"[" * 900 + b"]" * 900, id="deep, and JSON"),
        pytest.param(b'{"a":' * 17 + b"1" + b"}" * 17, id="a level too deep"),
        pytest.param(b'[{"a":"' + b"x" * 32_000 + b'"}]', id="too long"),
        pytest.param(b'[{"a":"\\ud800"}]', id="half a surrogate pair"),
    ],
)
def test_what_cannot_be_walked_leaves_its_length_and_hash_alone(sent: bytes) -> None:
    found = kept(sent)
    assert (found.length, found.sha256) == (len(sent), hashlib.sha256(sent).hexdigest())
    assert (found.payload, found.uuid, found.address, found.user_agent) == (None, None, "", "")


def test_sixteen_levels_can_be_walked() -> None:
    assert payload(b'{"a":' * 16 + b"1" + b"}" * 16) is not None


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param([{"params": {"email": SECRET, "formData": {"tel": SECRET}}}], id="in its place"),
        pytest.param([{"email": SECRET, "formData": {"tel": SECRET}}], id="beside the params"),
        pytest.param({"evnts": [[{"a": {"email": [SECRET]}}]]}, id="deep"),
        pytest.param([{"context": {"original": {"email": SECRET}}}], id="in the context"),
        pytest.param([{"params": json.dumps({"email": SECRET})}], id="JSON written twice"),
        pytest.param([{"params": json.dumps({"a": json.dumps({"email": SECRET})})}], id="and thrice"),
        pytest.param([{"params": f"email={SECRET}"}], id="a form as params"),
        pytest.param([{"a": f'{{"email":"{SECRET}"'}], id="JSON cut off"),
        pytest.param(
            [{"token": SECRET, "params": {"Token": SECRET, "apiKey": SECRET, "ip": SECRET}}], id="keys"
        ),
    ],
)
@pytest.mark.parametrize(
    "policy",
    [
        Policy(block_params=("email", "formData.tel")),
        Policy(block_params=("email", "formData.*")),
        Policy(mask_params=("email", "formData.tel")),
        Policy(hash_params=("email", "formData")),
        Policy(allow_params=("size",)),
    ],
)
def test_a_rule_for_params_holds_wherever_its_name_stands(sent: Any, policy: Policy) -> None:
    found = kept(sent, policy)
    assert found.payload is not None
    assert SECRET not in found.payload


def test_an_allow_list_leaves_what_makes_an_event() -> None:
    policy = Policy(allow_params=("size", "in.*", "width"))
    event = {"id": "e1", "action": "a b", "time": 5, "uuid": UUID, "x": 1}
    consent = {"granted": True, "categories": {"ads": True}}
    params = {"params": {"size": 1, "in": {"a": 2}, "b": 3, "c": {"size": 4}}, "size": 5}
    told = {"consent": consent | {"note": "x"}}
    sent = {"sent_at": 1, "events": [event | params | told], "context": {"screen": {"width": 1, "height": 2}}}
    del event["x"]
    left = {"params": {"size": 1, "in": {"a": 2}, "c": {}}, "size": 5}
    assert payload(sent, policy) == {
        "sent_at": 1,
        "events": [event | left | {"consent": consent}],
        "context": {"screen": {"width": 1}},
    }


@pytest.mark.parametrize(
    ("policy", "stays"),
    [
        (Policy(), True),
        (Policy(block_params=("title",)), False),
        (Policy(mask_params=("title",)), False),
        (Policy(allow_params=("url",)), False),
        (Policy(allow_params=("title",)), True),
    ],
)
def test_a_label_goes_where_a_title_may_not_stay(policy: Policy, stays: bool) -> None:
    assert ("label" in payload([EVENT | {"label": "Visited page X"}], policy)[0]) is stays


@pytest.mark.parametrize("action", ["page.visit", "form.submit", "client.createOrUpdate"])
def test_every_text_is_looked_at_in_forms_too(action: str) -> None:
    data = {"email": MAIL, "t": "+48600700800", MAIL: [4111111111111111], "json": json.dumps({"e": MAIL})}
    sent = [
        {"action": action, "time": "?", "params": {"formData": data}, "label": MAIL, "url": f"/?e={MAIL}"}
    ]
    found = kept(sent).payload
    assert MAIL not in found
    assert "600700800" not in found
    assert "4111111111111111" not in found
    assert MAIL in kept(sent, Policy(redact=())).payload


def test_addresses_and_switches_hold_everywhere() -> None:
    policy = Policy(query="none", keep_referrer=False, keep_screen=False, keep_language=False, geo="none")
    url = f"https://me:{SECRET}@x.example/p?token={SECRET}#{SECRET}"
    names = ("referrer", "screen", "language", "timezone", "geo")
    sent = [
        {"url": url, "params": {"a": url, "in": [dict.fromkeys(names, SECRET)]}, "context": {"page": url}}
    ]
    found = kept(sent, policy).payload
    assert SECRET not in found
    assert found.count("https://x.example/p") == 3


@pytest.mark.parametrize(
    ("policy", "address", "agent"),
    [
        (Policy(), "203.0.113.0", AGENT),
        (Policy(address="full"), "203.0.113.77", AGENT),
        (Policy(address="dropped", keep_user_agent=False), "", ""),
    ],
)
def test_of_the_visitor_it_keeps_what_an_event_keeps(policy: Policy, address: str, agent: str) -> None:
    found = kept([EVENT], policy)
    assert (found.address, found.user_agent) == (address, agent)


def test_a_hostile_user_agent_is_cut_and_has_no_line() -> None:
    agent = "x\n\x00\ud800\u2028" + "y" * 5000
    assert kept([EVENT], user_agent=agent).user_agent == "x" + "y" * 507


@pytest.mark.parametrize(
    ("uuid", "expected"),
    [(UUID, UUID), (7, "7"), (None, None), ("", None), ("x" * 129, None), ({"a": 1}, None), ("a\nb", None)],
)
def test_the_uuid_is_kept_where_an_erasure_can_find_it(uuid: Any, expected: str | None) -> None:
    found = kept([EVENT | {"uuid": uuid}])
    assert found.uuid == expected
    assert ('"uuid"' in found.payload) is (expected is not None)


def test_a_cookieless_source_keeps_no_uuid() -> None:
    found = kept([EVENT], source={"settings": Settings(tag=TagSettings(device_storage=False))})
    assert found.uuid is None
    assert UUID not in found.payload


@pytest.mark.parametrize(
    "sent",
    [
        [{"a." * 12_000: {f"k{number}": 1 for number in range(500)}}],
        [{"a": ["{" * 20_000, "[" * 9_000]}],
        [{"url": "https://" + ";?#" * 9_000}],
        [{"a": "https://a@;" * 2_500}],
        [{"a": "?" + "#" * 20_000}],
    ],
)
def test_what_is_hostile_takes_no_longer(sent: Any) -> None:
    """A walk that looks again at what it has seen would need minutes for one of these."""
    policy = Policy(
        block_params=("x.*",), allow_params=("a.*", "a", "url"), query="listed", keep_query=("a",)
    )
    assert kept(sent, policy).payload is not None


@given(st.binary(max_size=200) | st.text('{}[]":,\\u00ae1 ', max_size=200).map(str.encode))
def test_any_bytes_have_a_quarantine(sent: bytes) -> None:
    assert kept(sent, Policy(block_params=("a",), query="listed")).length == len(sent)
