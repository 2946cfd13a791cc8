"""The stages joined: one result an event, whatever befalls the others, and nothing kept that may not be."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.enrich import Enricher
from collector.model.event import RawEvent, StoredEvent
from collector.model.outcome import Reason, Rejected
from collector.model.policy import Policy
from collector.model.source import Settings
from collector.pipeline import process, process_all
from collector.wire import native
from tests.pipeline.anything import ACTION, EVENT, JSON
from tests.pipeline.make import NOON, make_beacon, make_raw, make_source, rejection

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def _kept(event: StoredEvent) -> bytes:
    """All that a store could write of an event."""
    return msgspec.json.encode([getattr(event, name) for name in event.__struct_fields__ if name != "derive"])


def test_event_is_stored_with_all_that_is_known_of_it(enricher: Enricher) -> None:
    raw = make_raw(
        "dog.bark", id="event-1", label="bark", time=NOON - 5, uuid="u-1", params={"mood": "happy"}
    )
    beacon = make_beacon(user_agent=FIREFOX, address="193.0.6.139")
    stored = process(raw, beacon, make_source(), enricher)
    assert (stored.id, stored.action, stored.label, stored.uuid) == ("event-1", "dog.bark", "bark", "u-1")
    assert (stored.time_ms, stored.received_ms, stored.params) == (NOON - 5, NOON, {"mood": "happy"})
    assert stored.context["browser"]["name"] == "Firefox"
    assert stored.context["os"]["name"] == "Linux"
    assert stored.context["geo"]["country_code"] == "NL"
    assert stored.context["address"] == "193.0.6.0"


def test_page_cannot_pass_for_a_person_by_saying_so(enricher: Enricher) -> None:
    raw = make_raw(context={"bot": False, "browser": {"name": "Firefox"}})
    with pytest.raises(Rejected) as rejected:
        process(raw, make_beacon(user_agent=GOOGLEBOT), make_source(policy=Policy(bots="reject")), enricher)
    assert rejected.value.reason is Reason.BOT_BLOCKED


def test_results_stand_in_the_order_of_their_events(enricher: Enricher) -> None:
    body = b'[{"action":"a"}, 7, {"action":"debug.x"}, {"action":"not valid"}, {"action":"b"}]'
    results = process_all(
        native.decode, make_beacon(body), make_source(policy=Policy(block=("debug.*",))), enricher
    )
    assert [r.action if isinstance(r, StoredEvent) else r.reason for r in results] == [
        "a",
        Reason.MALFORMED_EVENT,
        Reason.ACTION_BLOCKED,
        Reason.INVALID_ACTION,
        "b",
    ]


def test_beacon_that_cannot_be_read_has_one_result(enricher: Enricher) -> None:
    [result] = process_all(native.decode, make_beacon(b"not json"), make_source(), enricher)
    assert isinstance(result, Rejected)
    assert result.reason is Reason.MALFORMED_BODY


def test_source_that_is_switched_off_keeps_nothing(enricher: Enricher) -> None:
    body = b'[{"action":"a"},{"action":"b"}]'
    results = process_all(native.decode, make_beacon(body), make_source(enabled=False), enricher)
    assert [r.reason for r in results if isinstance(r, Rejected)] == [Reason.SOURCE_DISABLED] * 2


_POLICY = st.builds(
    Policy,
    block=st.sampled_from([(), ("debug.*",), ("*",)]),
    allow=st.sampled_from([(), ("page.visit",)]),
    address=st.sampled_from(["full", "shortened", "dropped"]),
    bots=st.sampled_from(["mark", "reject"]),
    trust=st.sampled_from(["strict", "standard", "trusting"]),
)

_PROPERTY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@_PROPERTY
@given(events=st.lists(EVENT | JSON, min_size=1, max_size=4), policy=_POLICY, agent=st.text(max_size=30))
def test_any_json_has_exactly_one_result_an_event(
    events: list[Any], policy: Policy, agent: str, enricher: Enricher
) -> None:
    beacon = make_beacon(json.dumps(events).encode(), user_agent=agent, address="203.0.113.77")
    results = process_all(native.decode, beacon, make_source(policy=policy), enricher)
    assert len(results) == len(events)
    for result in results:
        if isinstance(result, StoredEvent):
            _kept(result).decode("utf-8")


@_PROPERTY
@given(raw=st.builds(make_raw, action=ACTION, params=JSON, label=JSON, uuid=JSON))
def test_full_address_is_never_in_what_may_be_stored(raw: RawEvent, enricher: Enricher) -> None:
    address = "203.0.113.77"
    beacon = make_beacon(address=address, user_agent=FIREFOX)
    rejected = rejection(process, raw, beacon, make_source(), enricher)
    if rejected is not None:
        assert address not in str(rejected)
        return
    stored = process(raw, beacon, make_source(), enricher)
    derived = stored.derive("session.start", "Started session", {}, NOON)
    assert derived is not None
    for event in (stored, derived):
        assert address.encode() not in _kept(event)
        assert event.context["address"] == "203.0.113.0"


@_PROPERTY
@given(
    origin=st.none() | st.sampled_from(["null", "https://shop.example", "https://evil.example"]) | st.text(),
    origins=st.sets(st.sampled_from(["null", "https://shop.example"])),
    trusted=st.booleans(),
)
def test_nothing_enters_from_an_origin_that_is_not_listed(
    origin: str | None, origins: set[str], trusted: bool, enricher: Enricher
) -> None:
    source = make_source(settings=Settings(origins=tuple(origins)))
    beacon = make_beacon(b'[{"action":"a"}]', origin=origin, trusted=trusted)
    [result] = process_all(native.decode, beacon, source, enricher)
    assert isinstance(result, StoredEvent) == (not origins or trusted or origin in origins)
