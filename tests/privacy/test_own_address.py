"""The visitor's full address is kept nowhere, where the policy does not keep it in full."""

from typing import Any

import pytest

from collector.model.policy import Address, Policy
from collector.normalise import normalise
from collector.privacy import apply_privacy
from tests.pipeline.make import make_beacon, make_raw, make_source

V4, V6 = "203.0.113.77", "2001:db8:1:2::7"


@pytest.mark.parametrize("address", [V4, V6])
@pytest.mark.parametrize("rule", ["full", "shortened", "dropped"])
@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"params": {"note": "from {}:80, twice: {}"}}, id="a text"),
        pytest.param({"params": {"a": {"b": [{"c": "{}"}]}}}, id="deep within"),
        pytest.param({"params": {"{}": 1}}, id="a name"),
        pytest.param({"action": "form.submit", "params": {"formData": {"note": "{}"}}}, id="a form"),
        pytest.param({"context": {"page": {"client": "{}"}}}, id="the page"),
        pytest.param({"context": {"session": "{}"}}, id="no object"),
        pytest.param({"context": {"device": {"address": "{}"}}}, id="unknown context"),
        pytest.param({"label": "Visited by {}"}, id="the label"),
        pytest.param({"params": {"title": "{}"}}, id="a label of ours"),
    ],
)
def test_its_text_is_what_the_policy_keeps_of_it(told: dict[str, Any], rule: Address, address: str) -> None:
    told = _filled(told, address)
    beacon = make_beacon(address=address)
    stored = apply_privacy(
        normalise(make_raw(**told), beacon), beacon, make_source(policy=Policy(address=rule))
    )
    kept = {"full": address, "dropped": "[address]"}.get(
        rule, "203.0.113.0" if address == V4 else "2001:db8:1::"
    )
    texts = repr((stored.label, stored.params, {**stored.context, "address": ""}, stored.profile))
    assert kept in texts
    assert (address in texts) is (rule == "full")


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (V4, "1203.0.113.77"),
        (V4, "203.0.113.770"),
        (V4, "203.0.113.7"),
        (V6, "2001:db8:1:2::70"),
        (V6, "12001:db8:1:2::7"),
        ("203.0.113.0", "203.0.113.0"),
        ("", "203.0.113.77"),
    ],
)
def test_another_number_is_not_the_address(address: str, text: str) -> None:
    beacon = make_beacon(address=address)
    stored = apply_privacy(
        normalise(make_raw("a", params={"n": text}, label=text), beacon), beacon, make_source()
    )
    assert (stored.params["n"], stored.label) == (text, text)


def _filled(value: Any, address: str) -> Any:
    if isinstance(value, str):
        return value.replace("{}", address)
    if isinstance(value, dict):
        return {_filled(name, address): _filled(item, address) for name, item in value.items()}
    return [_filled(item, address) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_page_of_the_collector_s_own_machine_keeps_its_address(address: str) -> None:
    url = f"http://{address}:8000/demo/"
    beacon = make_beacon(address=address)
    stored = apply_privacy(normalise(make_raw(params={"url": url}), beacon), beacon, make_source())
    assert stored.params["url"] == url
