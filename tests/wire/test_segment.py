"""Segment's dialect where a file of cases would not show it: limits, times, traits, orders, settings."""

from typing import Any

import msgspec
import pytest

from collector.model.event import RawEvent
from collector.model.outcome import Reason, Rejected
from collector.normalise import normalise
from collector.wire import native
from collector.wire.segment.actions import Kind
from collector.wire.segment.call import MAX_BODY_BYTES, MAX_EVENT_BYTES, MAX_EVENTS, read_call
from collector.wire.segment.order import MAX_PRODUCTS, transaction
from collector.wire.segment.settings import settings_document, source_config
from collector.wire.segment.traits import profile_fields
from tests.pipeline.make import make_beacon

ANN = {"userId": "ann", "event": "a"}


def read(body: Any, kind: Kind | None = "track") -> list[RawEvent | Rejected]:
    sent = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return read_call(sent, kind).decode(make_beacon(sent))


def one(body: Any, kind: Kind | None = "track") -> RawEvent:
    [event] = read(body, kind)
    assert isinstance(event, RawEvent)
    return event


def batch(*messages: Any) -> dict[str, Any]:
    return {"batch": [{"type": "track", **ANN, **message} for message in messages]}


def test_time_is_corrected_by_the_wait_as_the_seed_shows() -> None:
    received_ms = 1_767_294_661_266  # 2026-01-01 19:11:01.266
    event = one(
        {**ANN, "originalTimestamp": "2026-01-01T19:11:01.152Z", "sentAt": "2026-01-01T19:11:01.169Z"}
    )
    assert normalise(event, make_beacon(received_ms=received_ms)).time_ms == received_ms - 17
    # As the seed stores it, all four told: it is settled, and not corrected once more.
    stored = {"timestamp": "2026-01-01T19:11:01.249Z", "receivedAt": "2026-01-01T19:11:01.266Z"}
    event = one(
        {
            **ANN,
            **stored,
            "originalTimestamp": "2026-01-01T19:11:01.152Z",
            "sentAt": "2026-01-01T19:11:01.169Z",
        }
    )
    assert normalise(event, make_beacon(received_ms=received_ms + 60_000)).time_ms == received_ms - 17


@pytest.mark.parametrize(
    ("length", "reason"), [(MAX_EVENT_BYTES, None), (MAX_EVENT_BYTES + 1, Reason.EVENT_TOO_LARGE)]
)
def test_one_message_may_be_so_long(length: int, reason: Reason | None) -> None:
    body = b'{"userId":"ann","event":"a"' + b" " * (length - 28) + b"}"
    assert len(body) == length
    [item] = read(body)
    assert (item.reason if isinstance(item, Rejected) else None) is reason


def test_what_a_batch_says_for_all_counts_into_each_of_its_messages() -> None:
    context = {"app": "x" * (MAX_EVENT_BYTES - 100)}
    items = read({**batch({}, {"properties": {"a": "y" * 100}}), "context": context}, None)
    assert [isinstance(item, Rejected) and item.reason for item in items] == [False, Reason.EVENT_TOO_LARGE]


def test_what_a_batch_says_for_all_does_not_grow_past_bounds() -> None:
    with pytest.raises(Rejected) as rejected:
        read({**batch(*[{}] * 400), "context": {"app": "x" * 20_000}}, None)
    assert rejected.value.reason is Reason.BODY_TOO_LARGE


def test_too_many_messages_are_all_counted() -> None:
    assert len(read(batch(*[{}] * MAX_EVENTS), None)) == MAX_EVENTS
    items = read(batch(*[{}] * (MAX_EVENTS + 1)), None)
    assert [item.reason for item in items if isinstance(item, Rejected)] == [Reason.TOO_MANY_EVENTS] * 2501


def test_a_body_may_be_so_long() -> None:
    body = b'{"batch":[' + b" " * (MAX_BODY_BYTES - 12) + b"]}"
    assert read(body, None) == []
    with pytest.raises(Rejected) as rejected:
        read(body + b" ", None)
    assert rejected.value.reason is Reason.BODY_TOO_LARGE


def test_half_an_emoji_does_not_lose_the_event() -> None:
    assert one(b'{"userId":"ann","event":"Sold \\ud83d"}').action == "Sold \N{REPLACEMENT CHARACTER}"


def test_a_retry_has_the_same_id_however_long_it_is() -> None:
    ids = [one({**ANN, "messageId": name}).id for name in ("m" * 99, "m" * 100, "m" * 100, "m" * 101, "a\nb")]
    assert ids[0] == "m" * 99
    assert ids[1] == ids[2] != ids[3]
    assert all(len(each) == 36 for each in ids[1:])


@pytest.mark.parametrize(
    ("traits", "fields"),
    [
        pytest.param(
            {"name": "Ann Lee"}, {"displayName": "Ann Lee", "firstName": "Ann", "lastName": "Lee"}, id="name"
        ),
        pytest.param({"name": "Ann"}, {"displayName": "Ann"}, id="one word"),
        pytest.param({"name": "A B", "first_name": "C"}, {"displayName": "A B", "firstName": "C"}, id="both"),
        pytest.param({"firstName": "A", "first_name": "B"}, {"firstName": "A"}, id="our own name counts"),
        pytest.param({"address": "Quay 1"}, {"address": "Quay 1"}, id="address as text"),
        pytest.param({"address": {"zip": "1"}, "city": "B"}, {"zipCode": "1", "city": "B"}, id="address"),
        pytest.param({"birthday": "1984-02-29"}, {"birthDate": "1984-02-29"}, id="birthday"),
        pytest.param({"birthday": "in May"}, {"birthday": "in May"}, id="no date"),
        pytest.param({"gender": "M"}, {"sex": "MALE"}, id="gender"),
        pytest.param({"gender": 7}, {"gender": 7}, id="no gender"),
        pytest.param({"company": "Tide"}, {"company": "Tide"}, id="company as text"),
        pytest.param({"company": {"id": 1}}, {}, id="company without a name"),
        pytest.param({"customId": "bob", "plan": 1}, {"plan": 1}, id="nobody else's customId"),
    ],
)
def test_traits_are_fields_of_the_profile(traits: dict[str, Any], fields: dict[str, Any]) -> None:
    assert profile_fields(traits, has_user_id=True) == fields


@pytest.mark.parametrize(
    ("order", "params"),
    [
        pytest.param({}, {"products": []}, id="nothing"),
        pytest.param(
            {"total": "9.5"},
            {"products": [], "revenue": {"amount": 9.5}, "value": {"amount": 9.5}},
            id="text",
        ),
        pytest.param({"total": "nan", "discount": 0}, {"products": []}, id="no amounts"),
        pytest.param(
            {"products": ["a", {"sku": 7}]}, {"products": [{"quantity": 1, "sku": "7"}]}, id="no product"
        ),
        pytest.param({"products": {"sku": "a"}}, {"products": []}, id="no list"),
    ],
)
def test_an_order_is_read_as_far_as_it_can_be(order: dict[str, Any], params: dict[str, Any]) -> None:
    assert transaction(order) == params


@pytest.mark.parametrize("ours", [False, True])
def test_products_of_one_body_make_no_endless_events(ours: bool) -> None:
    """Neither of a client's batch nor of our tag's. Each order is kept whole."""
    orders = [{"products": [{"sku": "a"}] * count} for count in (600, 600, MAX_PRODUCTS - 600)]
    if ours:
        told = {"action": "Order Completed", "segment": {"type": "track"}}
        items = native.decode(make_beacon(msgspec.json.encode([{**told, "params": each} for each in orders])))
    else:
        items = read(batch(*[{"event": "Order Completed", "properties": each} for each in orders]), None)
    events = [item for item in items if isinstance(item, RawEvent)]
    assert [event.server is not None for event in events] == [True, False, True]
    assert [len(event.params["products"]) for event in events] == [600, 600, 400]


def test_a_call_of_the_page_is_read_as_the_same_call_of_a_client() -> None:
    """What our tag sends for `analytics.track` and `analytics.identify`, without an id of a browser too."""
    sent = [
        {
            "id": "m-1",
            "action": "Product Viewed",
            "uuid": "b-1",
            "params": {"sku": "a"},
            "time": 1_767_268_000_000,
            "segment": {
                "type": "track",
                "userId": "ann",
                "context": {"library": {"name": "x"}, "locale": "pl"},
            },
        },
        {"id": "m-2", "action": "identify", "params": {"first_name": "Ann"}, "segment": {"type": "identify"}},
    ]
    body = {
        "sent_at": 1_767_268_100_000,
        "consent": "granted",
        "context": {"screen": {"width": 1}},
        "events": sent,
    }
    viewed, identified = native.decode(make_beacon(msgspec.json.encode(body)))
    assert isinstance(viewed, RawEvent)
    assert isinstance(identified, RawEvent)
    client = one(
        {
            "type": "track",
            "event": "Product Viewed",
            "userId": "ann",
            "anonymousId": "b-1",
            "messageId": "m-1",
            "properties": {"sku": "a"},
            "context": {"library": {"name": "x"}, "locale": "pl", "screen": {"width": 1}},
        }
    )
    for name in ("id", "action", "label", "uuid", "params", "context", "custom_id", "named_freely"):
        assert getattr(viewed, name) == getattr(client, name), name
    assert (viewed.time, viewed.sent, viewed.consent) == (1_767_268_000_000, 1_767_268_100_000, "granted")
    assert (identified.action, identified.params, identified.uuid) == (
        "client.createOrUpdate",
        {"firstName": "Ann"},
        None,
    )


def test_both_browsers_are_told_where_to_send() -> None:
    document = settings_document("WK", "https://t.example/in")
    integration = {"apiKey": "WK", "apiHost": "t.example/in/v1", "protocol": "https"}
    assert document["integrations"] == {"Segment.io": integration, "Customer.io Data Pipelines": integration}
    assert document["metrics"] == {"sampleRate": 0}
    source = source_config("WK", "2026-01-01T00:00:00.000Z")["source"]
    assert (source["writeKey"], source["enabled"], source["destinations"]) == ("WK", True, [])
