"""What an answer quotes of a rejected value: always JSON, never a mirror for a megabyte."""

import json
from typing import Any

import pytest

from collector.wire.synerise.faults import BadBody, fault, read_json, shown

DEEP: list[Any] = []
for _ in range(5000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        pytest.param("short", "short", id="text"),
        pytest.param("x" * 300, "x" * 200 + "…", id="long text"),
        pytest.param(True, True, id="bool"),
        pytest.param(1.5, 1.5, id="number"),
        pytest.param(float("inf"), None, id="past all numbers"),
        pytest.param({"a": [float("inf"), 1]}, {"a": [None, 1]}, id="past all numbers, inside"),
        pytest.param(10**5000, "…", id="an integer of many digits"),
        pytest.param({"a": 10**5000}, "…", id="the same, inside"),
        pytest.param(DEEP, "…", id="deep"),
        pytest.param(["y"] * 100, ('["y"' + ',"y"' * 99)[:200] + "…", id="long"),
    ],
)
def test_a_value_is_quoted_as_json_can_say_it(value: Any, quoted: Any) -> None:
    found = shown(value)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found == quoted


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 50_000, b"1" * 10_000, b"\xff", b""])
def test_what_no_reader_could_take_is_a_fault(body: bytes) -> None:
    with pytest.raises(BadBody, match="JSON parse error"):
        read_json(body)


@pytest.mark.parametrize("field", ["password", "apiKey", "token", "client.password"])
def test_a_secret_is_not_quoted(field: str) -> None:
    assert fault(1, field, "too short", "hunter2").rejected_value is None
    assert fault(1, f"{field}Hint", "too short", "hunter2").rejected_value == "hunter2"
