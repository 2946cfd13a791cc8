"""A receipt holds as long as its content is what was signed, however it is spelled."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.model.person import Erasure
from collector.profiles.receipt import BadReceipt, make_receipt, read_receipt

KEY = b"of the tests"
RECEIPT = make_receipt(
    Erasure(
        client_id=7,
        client_ids=[7, 3],
        erased_ms=1_767_268_800_000,
        identifiers=3,
        events=12,
        events_of_others=1,
        sessions=2,
        quarantined=0,
        consents_kept=1,
        tombstones={"ab" * 32: "email", "cd" * 32: "clientId"},
    ),
    by="ada <lovelace>",
    secret_key=KEY,
)


def test_it_says_what_was_done() -> None:
    content = read_receipt(RECEIPT, KEY)
    assert content["erased_at"] == "2026-01-01T12:00:00.000Z"
    assert (content["erased_by"], content["client_id"], content["merged_client_ids"]) == (
        "ada <lovelace>",
        7,
        [3],
    )
    assert content["deleted"]["events_of_others_that_named_the_person"] == 1
    assert content["tombstones"][0] == {"kind": "email", "hash": "ab" * 32}
    assert len(content["receipt_id"]) == 36


@pytest.mark.parametrize(
    "spelled",
    [
        pytest.param(lambda receipt: json.dumps(receipt), id="on one line"),
        pytest.param(lambda receipt: json.dumps(receipt, sort_keys=True), id="in another order"),
        pytest.param(lambda receipt: f"\n  {json.dumps(receipt, indent=8)}\n".encode(), id="as bytes"),
    ],
)
def test_it_holds_however_it_is_spelled(spelled: Any) -> None:
    assert read_receipt(spelled(json.loads(RECEIPT)), KEY)["client_id"] == 7


def changed(**changes: Any) -> str:
    return json.dumps(json.loads(RECEIPT) | changes)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param(changed(client_id=8), "does not hold", id="another visitor"),
        pytest.param(changed(deleted={}), "does not hold", id="other counts"),
        pytest.param(changed(note="added"), "does not hold", id="more"),
        pytest.param(changed(signature="x"), "does not hold", id="no signature of ours"),
        pytest.param(changed(signature="\ud800"), "no receipt", id="a signature that is no text"),
        pytest.param(changed(signature=None), "signature is missing", id="not signed"),
        pytest.param(changed(format="other"), "format", id="another paper"),
        pytest.param("", "not one JSON object", id="nothing"),
        pytest.param("[1]", "not one JSON object", id="a list"),
        pytest.param("[" * 100_000, "not one JSON object", id="deep"),
        pytest.param(b"\xff", "not one JSON object", id="no text"),
        pytest.param("1" * 1_000_001, "too long", id="long"),
    ],
)
def test_what_is_none_is_told(text: str | bytes, complaint: str) -> None:
    with pytest.raises(BadReceipt, match=complaint):
        read_receipt(text, KEY)


def test_another_server_s_is_none() -> None:
    with pytest.raises(BadReceipt, match="another secret key"):
        read_receipt(RECEIPT, b"another")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_no_changed_content_holds(value: object) -> None:
    for name in json.loads(RECEIPT):
        if json.loads(RECEIPT)[name] != value:
            with pytest.raises(BadReceipt):
                read_receipt(changed(**{name: value}), KEY)
