"""The native dialect: its limits, its pixel, its answers, and that no body breaks it."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.model.event import RawEvent
from collector.model.outcome import Outcome, Reason, Rejected
from collector.wire import native
from collector.wire.native import MAX_EVENT_BYTES, MAX_EVENTS, reply
from collector.wire.pixel import decode_pixel
from tests.pipeline.make import make_beacon, rejection

PAGE = "https://shop.example/no-script"


def _decode(body: bytes) -> list[RawEvent | Rejected]:
    return native.decode(make_beacon(body))


def _event_of(size: int) -> bytes:
    """An event whose JSON is so many bytes long."""
    frame = b'{"action":"a","label":""}'
    return frame[:-2] + b"x" * (size - len(frame)) + frame[-2:]


def test_an_event_may_be_as_long_as_the_limit() -> None:
    [event] = _decode(b"[" + _event_of(MAX_EVENT_BYTES) + b"]")
    assert isinstance(event, RawEvent)


def test_an_event_past_the_limit_is_rejected_and_its_neighbours_are_not() -> None:
    first, long, last = _decode(b'[{"action":"a"},' + _event_of(MAX_EVENT_BYTES + 1) + b',{"action":"b"}]')
    assert isinstance(long, Rejected)
    assert long.reason is Reason.EVENT_TOO_LARGE
    assert isinstance(first, RawEvent)
    assert isinstance(last, RawEvent)


@pytest.mark.parametrize(
    "envelope",
    [
        pytest.param(b'{"context":{"page":"%b"},' % (b"x" * MAX_EVENT_BYTES), id="context"),
        pytest.param(b'{"session":"%b",' % (b"x" * MAX_EVENT_BYTES), id="session"),
    ],
)
def test_what_the_envelope_says_for_all_counts_into_the_size_of_each(envelope: bytes) -> None:
    """Else one beacon of 1 MB would make a thousand events of nearly 1 MB each."""
    body = envelope + b'"events":[{"action":"a"},{"action":"b"}]}'
    rejected = rejection(_decode, body)
    for item in [rejected] if rejected else _decode(body):
        assert isinstance(item, Rejected)
        assert item.reason is Reason.EVENT_TOO_LARGE


def test_a_beacon_may_hold_as_many_events_as_the_limit() -> None:
    assert len(_decode(b"[" + b",".join([b"{}"] * MAX_EVENTS) + b"]")) == MAX_EVENTS


def test_a_beacon_of_one_event_more_is_rejected_whole() -> None:
    with pytest.raises(Rejected) as rejected:
        _decode(b"[" + b",".join([b"{}"] * (MAX_EVENTS + 1)) + b"]")
    assert rejected.value.reason is Reason.TOO_MANY_EVENTS


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 100_000, id="open lists"),
        pytest.param(b"[" * 400_000 + b"]" * 400_000, id="closed lists"),
        pytest.param(b'{"a":' * 100_000, id="open objects"),
        pytest.param(b'[{"action":"a","params":{"n":' + b"[" * 9000 + b"]" * 9000 + b"}}]", id="in params"),
        pytest.param(
            b'{"context":' + b'{"a":' * 9000 + b"1" + b"}" * 9000 + b',"events":[{}]}', id="in the envelope"
        ),
    ],
)
def test_nesting_without_end_is_a_malformed_body(body: bytes) -> None:
    with pytest.raises(Rejected) as rejected:
        _decode(body)
    assert rejected.value.reason is Reason.MALFORMED_BODY


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_rejected(body: bytes) -> None:
    rejected = rejection(_decode, body)
    assert rejected is None or rejected.reason is Reason.MALFORMED_BODY


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_KEYS = st.sampled_from(["id", "action", "label", "time", "uuid", "session", "params", "context", "x"])
_EVENT = st.dictionaries(_KEYS, _JSON, max_size=9) | _JSON


@given(st.lists(_EVENT, min_size=1, max_size=5))
def test_any_json_list_gives_one_item_an_event(events: list[object]) -> None:
    items = _decode(msgspec.json.encode(events))
    assert len(items) == len(events)
    assert [item.index for item in items if isinstance(item, RawEvent)] == [
        index for index, event in enumerate(events) if isinstance(event, dict)
    ]


@given(st.text(st.characters(categories=["Cs"]) | st.characters(), max_size=12))
def test_text_that_a_script_cut_in_the_middle_of_a_character_is_read(label: str) -> None:
    """JSON.stringify writes half an emoji as an escape of its own: `text.slice(0, n)` makes such halves."""
    [event] = _decode(json.dumps([{"action": "a", "label": label}]).encode())
    assert isinstance(event, RawEvent)


def test_a_pixel_is_the_visit_of_the_page_that_shows_it() -> None:
    event = decode_pixel("", PAGE)
    assert (event.action, event.label, event.params) == ("page.visit", None, {"url": PAGE})


def test_a_pixel_takes_its_own_fields_from_the_query_and_keeps_the_rest_as_params() -> None:
    event = decode_pixel("action=mail.open&label=Opened&uuid=u-1&id=e-1&campaign=May+sale&empty=", PAGE)
    assert (event.action, event.label, event.uuid, event.id) == ("mail.open", "Opened", "u-1", "e-1")
    assert event.params == {"campaign": "May sale", "empty": "", "url": PAGE}


def test_a_pixel_that_names_its_page_is_believed() -> None:
    event = decode_pixel("url=https%3A%2F%2Fshop.example%2Fmail&title=Mail", PAGE)
    assert event.params == {"url": "https://shop.example/mail", "title": "Mail"}


def test_a_pixel_of_too_many_fields_is_rejected() -> None:
    with pytest.raises(Rejected) as rejected:
        decode_pixel("&".join(f"a{n}={n}" for n in range(500)), PAGE)
    assert rejected.value.reason is Reason.MALFORMED_EVENT


@given(st.text(max_size=200))
def test_no_query_breaks_the_pixel(query: str) -> None:
    assert isinstance(decode_pixel(query, ""), RawEvent)


MALFORMED = Rejected(Reason.MALFORMED_EVENT, "event 1 is not a JSON object")
BLOCKED = Rejected(Reason.ACTION_BLOCKED, "blocklist: debug.*")


@pytest.mark.parametrize(
    ("results", "status", "rejected"),
    [
        pytest.param([Outcome.STORED], 204, 0, id="stored"),
        pytest.param([Outcome.DUPLICATE], 204, 0, id="duplicate"),
        pytest.param([BLOCKED], 204, 0, id="blocked reads as accepted"),
        pytest.param([Outcome.STORED, MALFORMED], 204, 1, id="one bad among good"),
        pytest.param([BLOCKED, MALFORMED], 204, 1, id="one bad beside a blocked one"),
        pytest.param([MALFORMED, MALFORMED], 400, 2, id="all bad"),
        pytest.param([Rejected(Reason.UNKNOWN_SOURCE, "")], 401, 1, id="unknown source"),
        pytest.param([Rejected(Reason.SOURCE_DISABLED, "")], 401, 1, id="source switched off"),
        pytest.param([Rejected(Reason.NOT_AUTHORISED, "")], 401, 1, id="bad key"),
        pytest.param([Rejected(Reason.ORIGIN_NOT_ALLOWED, "")], 403, 1, id="foreign origin"),
        pytest.param([Rejected(Reason.BODY_TOO_LARGE, "")], 413, 1, id="body too large"),
        pytest.param([Rejected(Reason.EVENT_TOO_LARGE, "")], 413, 1, id="event too large"),
        pytest.param([Rejected(Reason.TOO_MANY_EVENTS, "")], 413, 1, id="too many events"),
    ],
)
def test_answer_to_a_beacon(results: list[Outcome | Rejected], status: int, rejected: int) -> None:
    answer = reply(results)
    assert (answer.status, answer.rejected) == (status, rejected)
    assert (answer.detail is None) == (status == 204)


def test_a_beacon_may_not_have_a_thousand_signatures_checked() -> None:
    def body(tokens: int) -> bytes:
        return json.dumps([{"action": "a", "token": f"t{n}"} for n in range(tokens)]).encode()

    assert len(_decode(body(10))) == 10
    with pytest.raises(Rejected, match="11 different tokens, limit 10"):
        _decode(body(11))


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_an_answer_that_is_no_fault_of_the_server(reason: Reason) -> None:
    status = reply([Rejected(reason, "why")]).status
    if reason is Reason.POLICY_UNREADABLE:
        assert status == 503  # not the sender's, who shall come again
    else:
        assert status == 204 if reason.is_policy else 400 <= status < 500
