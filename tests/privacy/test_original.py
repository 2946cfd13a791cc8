"""What other dialects say beside the params: what no rule names, and what a mapping gave another name."""

from typing import Any

import msgspec
import pytest

from collector.model.beacon import Beacon
from collector.model.event import EventRecord, Params, RawEvent, StoredEvent
from collector.model.outcome import Reason
from collector.model.policy import Policy
from collector.model.source import Settings, TagSettings
from collector.normalise import normalise
from collector.privacy import apply_privacy
from collector.privacy.hashing import hashed
from collector.privacy.rebuilt import kept_of
from collector.wire import native
from collector.wire.segment import facade as segment_facade
from collector.wire.segment.message import read_message
from collector.wire.tracardi import facade as tracardi_facade
from tests.pipeline.make import NOON, make_beacon, make_event, make_source, rejection

COOKIELESS = Settings(tag=TagSettings(device_storage=False))
BEACON = make_beacon(address="203.0.113.77", user_agent="Firefox", day_salt=bytes(32))
MARK = "tells-one-device"

IDS: Params = {
    "type": "track",
    "deviceId": MARK,
    "device": {"id": MARK, "type": "ios"},
    "traits": {"anonymousId": MARK, "plan": "free"},
    "context": {
        "device": {"id": MARK, "advertisingId": MARK, "token": MARK},
        "amp": {"id": MARK},
        "referrer": {"id": MARK, "type": "dataxu"},
        "sessionId": MARK,
        "session_id": MARK,
        "ids": {"ga": MARK},
        "tracardi": {"pass": {"profile": MARK}, "version": 1},
        "library": {"name": "analytics.js"},
    },
}


def stored(message: Params, kind: Any = "track", beacon: Beacon = BEACON, **of_source: Any) -> StoredEvent:
    """What is kept of a message of Segment's."""
    raw = read_message(message, 0, kind, trusted=beacon.trusted)
    return apply_privacy(normalise(raw, beacon), beacon, make_source(**of_source))


def test_a_cookieless_source_keeps_no_id_of_a_device() -> None:
    source = make_source(settings=COOKIELESS, policy=Policy(query="all"))
    kept = apply_privacy(make_event(context={"original": IDS}), BEACON, source)
    assert kept.context["original"] == {
        "type": "track",
        "device": {"type": "ios"},
        "traits": {"plan": "free"},
        "context": {
            "referrer": {"type": "dataxu"},
            "tracardi": {"version": 1},
            "library": {"name": "analytics.js"},
        },
    }
    back_end = make_beacon(trusted=True)
    assert apply_privacy(make_event(context={"original": IDS}), back_end, source).context["original"] == IDS


def test_a_trial_of_a_policy_takes_no_id_out_of_what_a_back_end_sent() -> None:
    context = {"original": IDS}
    record = EventRecord(
        seq=1,
        id="e",
        action="x",
        label="x",
        time_ms=NOON,
        received_ms=NOON,
        source_id="s",
        profile_id=None,
        session_id=None,
        uuid=None,
        params={},
        context=context,
        derived=False,
    )
    assert kept_of(record, make_source(settings=COOKIELESS, policy=Policy(query="all")))["context"] == context


@pytest.mark.parametrize(
    ("read", "sent"),
    [
        pytest.param(
            segment_facade.read_facade,
            {"uuid": MARK, "segment": {"type": "alias", "userId": "bob", "previousId": MARK}},
            id="segment",
        ),
        pytest.param(
            tracardi_facade.read_facade,
            {
                "action": "pv",
                "uuid": MARK,
                "tracardi": {"device": {"id": MARK}, "context": {"ids": {"ga": MARK}}},
            },
            id="tracardi",
        ),
    ],
)
def test_nor_does_it_by_the_tag(read: Any, sent: Params) -> None:
    kept = apply_privacy(normalise(read(sent, 0), BEACON), BEACON, make_source(settings=COOKIELESS))
    assert MARK not in repr([getattr(kept, name) for name in kept.__struct_fields__])
    assert kept.uuid is not None


def test_who_is_told_by_name_alone_has_a_uuid_for_the_day() -> None:
    today, again = (stored({"event": "x", "userId": "bob"}, settings=COOKIELESS) for _ in range(2))
    other = stored({"event": "x", "userId": "ann"}, settings=COOKIELESS)
    tomorrow = make_beacon(address=BEACON.address, user_agent="Firefox", day_salt=bytes(range(32)))
    later = stored({"event": "x", "userId": "bob"}, beacon=tomorrow, settings=COOKIELESS)
    assert today.uuid == again.uuid
    assert len({today.uuid, other.uuid, later.uuid, None}) == 4
    refused = stored(
        {"event": "x", "userId": "bob"}, settings=COOKIELESS, policy=Policy(block_params=("customId",))
    )
    assert refused.uuid is None


@pytest.mark.parametrize("query", ["all", "listed", "none"])
def test_a_click_s_id_stays_where_all_of_an_address_does(query: Any) -> None:
    sent = {"event": "x", "anonymousId": "a", "context": {"referrer": {"id": MARK}}}
    kept = stored(sent, policy=Policy(query=query))
    assert (MARK in repr(kept.context)) is (query == "all")


def test_without_the_user_agent_a_system_keeps_its_name_and_a_device_its_type() -> None:
    original = {
        "device": {"gpu": "ANGLE", "type": "tablet"},
        "context": {
            "os": {"name": "iOS", "version": "17.1"},
            "device": {"model": "iPhone15,2", "manufacturer": "Apple"},
        },
    }
    off = make_source(policy=Policy(keep_user_agent=False))
    assert apply_privacy(make_event(context={"original": original}), BEACON, off).context["original"] == {
        "device": {"type": "tablet"},
        "context": {"os": {"name": "iOS"}},
    }
    on = apply_privacy(make_event(context={"original": original}), BEACON, make_source())
    assert on.context["original"] == original


PERSON = {"name": "Ann Lee", "last_name": "Lee", "birthday": "1980-01-01"}
RULES = Policy(block_params=("lastName", "birthDate"), hash_params=("email",), mask_params=("phone",))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        pytest.param("track", {"event": "e", "context": {"traits": PERSON}}, id="traits of another event"),
        pytest.param("page", {"context": {"traits": PERSON}}, id="traits of a page"),
        pytest.param("group", {"traits": {"a": 1}, "context": {"traits": PERSON}}, id="traits of a group's"),
        pytest.param(
            "track",
            {
                "event": "Order Completed",
                "properties": {"products": [{"sku": "x", "birthday": "1980-01-01"}]},
            },
            id="a list that was mapped",
        ),
        pytest.param("track", {"event": "e", "properties": [PERSON]}, id="properties that are no object"),
    ],
)
def test_rules_are_not_passed_by_the_sender_s_own_names(kind: Any, message: Params) -> None:
    message = {"anonymousId": "a", **message}
    assert "traits" in (told := stored(message, kind).context["original"]) or "properties" in told
    ruled = stored(message, kind, policy=RULES).context["original"]
    assert "Lee" not in repr(ruled)
    assert not {"properties", "traits"} & set(ruled)


def test_a_group_is_under_the_rules_for_its_bare_names() -> None:
    group = {"email": "ann@x.example", "phone": "600700800", "plan": "free", "lastName": "Lee"}
    source = make_source(policy=RULES)
    kept = stored({"anonymousId": "a", "groupId": "g", "traits": group}, "group", policy=RULES)
    assert kept.params == {
        "groupId": "g",
        "group": {
            "email": hashed("ann@x.example", source.salt),
            "phone": "***",
            "plan": "free",
        },
    }
    assert kept.profile is not None
    assert kept.profile.attributes == {"groupId": "g", "group": {"plan": "free"}}


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        pytest.param(Policy(allow_params=("plan",)), {"group": {"plan": "free"}}, id="allowed by its name"),
        pytest.param(Policy(allow_params=("group.plan",)), {"group": {"plan": "free"}}, id="by both names"),
        pytest.param(Policy(allow_params=("groupId",)), {"groupId": "g"}, id="not allowed"),
        pytest.param(Policy(block_params=("group",)), {"groupId": "g"}, id="blocked whole"),
        pytest.param(Policy(mask_params=("group",)), {"groupId": "g", "group": "***"}, id="masked whole"),
    ],
)
def test_a_group_s_own_name_is_one_too(policy: Policy, kept: Params) -> None:
    message = {"anonymousId": "a", "groupId": "g", "traits": {"plan": "free", "size": 7}}
    assert stored(message, "group", policy=policy).params == kept


@pytest.mark.parametrize(
    ("event", "action"),
    [
        pytest.param("Mail to ann@example.com", "Mail to [email]", id="an e-mail address"),
        pytest.param("Paid by 4111111111111111", "Paid by [card]", id="a card"),
        pytest.param("Seen at 203.0.113.77", "Seen at 203.0.113.0", id="the visitor's address"),
        pytest.param("?token=secret", "[address]", id="nothing but a query"),
        pytest.param("Cup Sold", "Cup Sold", id="words"),
    ],
)
def test_an_action_of_the_sender_s_words_is_a_text(event: str, action: str) -> None:
    kept = stored({"event": event, "anonymousId": "a"}, policy=Policy(query="none"))
    assert kept.action == action


@pytest.mark.parametrize("query", ["all", "none"])
def test_a_cookieless_source_keeps_no_id_that_an_address_or_a_session_carries(query: Any) -> None:
    source = make_source(settings=COOKIELESS, policy=Policy(query=query))
    url = f"https://shop.example/a?x=1&__tr_pid={MARK}&__tr_src={MARK}&ajs_aid={MARK}#__tr_pid={MARK}"
    event = make_event(
        params={"url": url, "anonymousId": MARK, "anonymous_id": MARK, "links": [url], "plan": "free"},
        context={"session": {"id": MARK}, "page": {"url": url}, "original": {"rudderId": MARK, "a": url}},
    )
    kept = apply_privacy(event, BEACON, source)
    assert MARK not in str((kept.params, kept.context))
    assert kept.params["plan"] == "free"
    if query == "all":
        assert kept.params["url"] == "https://shop.example/a?x=1&#"


def test_any_other_source_keeps_them() -> None:
    event = make_event(params={"anonymousId": MARK}, context={"session": MARK})
    kept = apply_privacy(event, BEACON, make_source())
    assert (kept.params["anonymousId"], kept.context["session"]) == (MARK, MARK)


@pytest.mark.parametrize(
    "told",
    [
        {"page": "/public", "original": {"context": {"page": {"path": "/secret/x"}}}},
        {"page": "/public", "original": {"page": {"url": "https://s.example/secret/x"}}},
        {"page": "/public", "original": {"properties": [{"URL": "https://s.example/secret/x"}]}},
    ],
)
def test_a_page_is_judged_wherever_a_dialect_tells_it(told: Params) -> None:
    source = make_source(policy=Policy(block_paths=("/secret/*",)))
    rejected = rejection(apply_privacy, make_event(context=told), BEACON, source)
    assert rejected is not None
    assert rejected.reason is Reason.PAGE_BLOCKED


def test_the_address_of_a_product_is_not_where_its_order_was_made() -> None:
    policy = Policy(block_paths=("/secret/*",), allow_hosts=("shop.example",))
    told = {
        "page": {"url": "https://shop.example/cart"},
        "original": {"properties": {"url": "https://images.example/secret/x", "total": 5}},
    }
    event = make_event("transaction.charge", context=told)
    assert rejection(apply_privacy, event, BEACON, make_source(policy=policy)) is None


@pytest.mark.parametrize("facade", ["segment", "tracardi"])
def test_the_tags_word_on_where_it_is_counts_beside_a_pages_own(facade: str) -> None:
    public = {"page": {"url": "https://s.example/public", "path": "/public"}}
    told = {"action": "e", "uuid": "u", "context": {"page": "/secret/x"}, facade: {"context": public}}
    beacon = make_beacon(msgspec.json.encode([told]))
    [raw] = native.decode(beacon)
    assert isinstance(raw, RawEvent)
    assert raw.context["page"] == "/secret/x"
    assert raw.context["original"]["context"] == public
    source = make_source(policy=Policy(block_paths=("/secret/*",)))
    rejected = rejection(apply_privacy, normalise(raw, beacon), beacon, source)
    assert rejected is not None
    assert rejected.reason is Reason.PAGE_BLOCKED
