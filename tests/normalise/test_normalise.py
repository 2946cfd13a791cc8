"""One form for all: the action rule, labels, params, context, and text that every store can hold."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.model.event import Event
from collector.model.outcome import Reason, Rejected
from collector.normalise import normalise
from tests.pipeline.anything import JSON, TEXT
from tests.pipeline.make import NOON, make_beacon, make_raw, rejection


def _normalised(action: Any = "page.visit", **fields: Any) -> Event:
    return normalise(make_raw(action, **fields), make_beacon())


def _nested(depth: int) -> Any:
    value: Any = "deep"
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize("action", ["a", "dog.bark", "A-b_c.9", "x" * 32, "...", "-", "2026"])
def test_action_of_1_to_32_of_the_alphabet_is_valid(action: str) -> None:
    assert _normalised(action).action == action


@pytest.mark.parametrize(
    "action",
    [
        pytest.param("", id="empty"),
        pytest.param("x" * 33, id="33 characters"),
        pytest.param("dog bark", id="a blank"),
        pytest.param("zażółć.x", id="diacritics"),
        pytest.param("a/b", id="a slash"),
        pytest.param("a:b", id="a colon"),
        pytest.param("a\n", id="a line end, which match with $ lets pass"),
        pytest.param("\na", id="a line end before"),
        pytest.param("a\x00", id="NUL"),
        pytest.param("٣", id="a digit of another script"),
        pytest.param("ａ", id="a wide letter"),
        pytest.param("*", id="a rule"),
        pytest.param(None, id="absent"),
        pytest.param(7, id="a number"),
        pytest.param(True, id="true"),
        pytest.param(["dog.bark"], id="a list"),
        pytest.param({"a": 1}, id="an object"),
    ],
)
def test_any_other_action_is_rejected(action: Any) -> None:
    with pytest.raises(Rejected) as rejected:
        _normalised(action)
    assert rejected.value.reason is Reason.INVALID_ACTION


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        pytest.param("Visited page Home", "Visited page Home", id="as sent"),
        pytest.param(None, "Visited page", id="absent: our own"),
        pytest.param("", "Visited page", id="empty: our own"),
        pytest.param("<script>alert(1)</script>", "<script>alert(1)</script>", id="markup is text"),
        pytest.param("a\x00b", "a\ufffdb", id="NUL"),
        pytest.param("cut \ud83d", "cut \ufffd", id="half an emoji"),
        pytest.param("whole \U0001f600", "whole \U0001f600", id="a whole emoji"),
    ],
)
def test_label(label: Any, expected: str) -> None:
    assert _normalised(label=label).label == expected


@pytest.mark.parametrize(
    ("action", "params", "expected"),
    [
        pytest.param("page.visit", {"title": "Home"}, "Visited page Home", id="a visit"),
        pytest.param("page.visit", {"title": {"a": 1}}, "Visited page", id="a visit with an odd title"),
        pytest.param("form.submit", {}, "Form submitted", id="a form"),
        pytest.param("client.createOrUpdate", {}, "Client updated", id="a profile"),
        pytest.param("dog.bark", {"title": "Home"}, "dog.bark", id="anything else: the action"),
    ],
)
def test_label_of_our_own(action: str, params: dict[str, Any], expected: str) -> None:
    assert _normalised(action=action, params=params).label == expected


@pytest.mark.parametrize("label", [7, False, [], ["a"], {"a": 1}])
def test_label_that_is_no_text_is_rejected(label: Any) -> None:
    with pytest.raises(Rejected) as rejected:
        _normalised(label=label)
    assert rejected.value.reason is Reason.MALFORMED_EVENT


def test_reserved_params_are_dropped_and_are_no_error() -> None:
    params = {
        "modifiedBy": "me",
        "apiKey": "key",
        "eventUUID": "mine",
        "ip": "203.0.113.77",
        "time": NOON,
        "businessProfileId": 1,
        "entries": 27,
    }
    assert _normalised(params=params).params == {"entries": 27}


@pytest.mark.parametrize("name", ["ip", "IP", "Ip"])
@pytest.mark.parametrize(
    ("told", "kept"),
    [
        pytest.param({"client": {"$": "192.0.2.1", "a": 1}}, {"client": {"a": 1}}, id="within"),
        pytest.param({"a": [{"b": [[{"$": 1}]]}]}, {"a": [{"b": [[{}]]}]}, id="within lists"),
        pytest.param({"a": {"$": {"b": 1}}}, {"a": {}}, id="an object"),
        pytest.param({"zip": {"$s": 1}}, {"zip": {"$s": 1}}, id="another name"),
    ],
)
def test_an_address_by_name_is_dropped_at_any_depth(
    told: dict[str, Any], kept: dict[str, Any], name: str
) -> None:
    told, kept = (json.loads(json.dumps(each).replace("$", name)) for each in (told, kept))
    event = _normalised(params=told, context={"page": told, "original": told, "device": told})
    assert event.params == kept
    assert event.context == {"page": kept, "original": {**kept, "context": {"device": kept}}}


def test_time_among_the_params_of_the_vendors_own_example_is_not_the_events_time() -> None:
    """contracts/synerise-sdk.md section 4: the trap of `time: 1556474400000`."""
    event = _normalised(
        "entries.count",
        label="Entries count",
        params={"shopId": "S198", "time": 1556474400000, "entries": 27},
    )
    assert event.params == {"shopId": "S198", "entries": 27}
    assert event.time_ms == NOON


@pytest.mark.parametrize("params", [7, "text", [], [{"a": 1}], True])
def test_params_that_are_no_object_are_rejected(params: Any) -> None:
    with pytest.raises(Rejected) as rejected:
        _normalised(params=params)
    assert rejected.value.reason is Reason.MALFORMED_EVENT


def test_absent_params_are_empty() -> None:
    assert _normalised(params=None).params == {}


@pytest.mark.parametrize("field", ["params", "context"])
def test_values_may_nest_sixteen_deep_and_no_deeper(field: str) -> None:
    normalise(make_raw(**{field: {"page": _nested(15)}}), make_beacon())
    with pytest.raises(Rejected) as rejected:
        normalise(make_raw(**{field: {"page": _nested(16)}}), make_beacon())
    assert rejected.value.reason is Reason.MALFORMED_EVENT


def test_time_that_differs_from_the_sent_one_keeps_the_sent_one() -> None:
    event = _normalised(time="2030-01-01T00:00:00Z")
    assert event.time_ms == NOON
    assert event.context["sent_time"] == "2030-01-01T00:00:00Z"


def test_time_that_was_right_is_not_kept_twice() -> None:
    assert "sent_time" not in _normalised(time=NOON - 5).context


def test_skew_is_corrected_from_the_beacons_sent_time() -> None:
    event = _normalised(time=NOON - 3_600_000 - 2_000, sent=NOON - 3_600_000)
    assert event.time_ms == NOON - 2_000


@pytest.mark.parametrize("sent", ["never", [1], {"a": 1}, -5])
def test_sent_time_that_cannot_be_read_corrects_nothing(sent: Any) -> None:
    assert _normalised(time=NOON - 2_000, sent=sent).time_ms == NOON - 2_000


def test_event_time_that_cannot_be_read_is_rejected() -> None:
    with pytest.raises(Rejected) as rejected:
        _normalised(time="2022-10-14T15:00:000+01:00")
    assert rejected.value.reason is Reason.INVALID_TIME


def test_page_may_not_say_in_context_what_is_ours_to_say() -> None:
    sent = {"geo": {"country": "XX"}, "bot": False, "address": "192.0.2.1", "language": "pl"}
    context = _normalised(context=sent).context
    assert context == {
        "language": "pl",
        "original": {"context": {"geo": {"country": "XX"}, "bot": False, "address": "192.0.2.1"}},
    }


def test_unknown_keys_and_foreign_context_share_the_original() -> None:
    context = _normalised(context={"original": {"type": "track"}, "library": {"name": "x"}}).context
    assert context == {"original": {"type": "track", "context": {"library": {"name": "x"}}}}


def test_what_the_sender_keeps_is_not_changed_by_normalising_it() -> None:
    raw = make_raw(params={"ip": "a", "b": ["\x00"]}, context={"x": 1})
    normalise(raw, make_beacon())
    assert (raw.params, raw.context) == ({"ip": "a", "b": ["\x00"]}, {"x": 1})


def test_only_the_beacon_says_whether_the_event_is_trusted() -> None:
    assert not _normalised(params={"trusted": True}, context={"trusted": True}).trusted
    assert normalise(make_raw(), make_beacon(trusted=True)).trusted


@given(
    action=st.sampled_from(["page.visit", "form.submit", "client.createOrUpdate"]),
    label=TEXT,
    params=st.dictionaries(
        TEXT | st.sampled_from(["formData", "mapping", "tags", "email"]), JSON, max_size=4
    ),
    context=st.dictionaries(TEXT | st.sampled_from(["page", "session", "original"]), JSON, max_size=3),
)
def test_kept_text_holds_neither_nul_nor_half_a_character(
    action: str, label: str, params: dict[str, Any], context: dict[str, Any]
) -> None:
    raw = make_raw(action, label=label, params=params, context=context)
    rejected = rejection(normalise, raw, make_beacon())
    if rejected is not None:
        assert rejected.reason is Reason.MALFORMED_EVENT
        return
    event = normalise(raw, make_beacon())
    kept = [event.label, event.params, event.context]
    if event.profile is not None:
        kept.append(msgspec.to_builtins(event.profile))
    text = json.dumps(kept, ensure_ascii=False)
    assert "\\u0000" not in text
    text.encode("utf-8")  # a lone surrogate cannot be encoded
