"""Tracardi's endpoints: what its script and its webhooks are answered, and what is stored by then."""

import gzip
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.model.event import EventRecord
from collector.model.policy import Policy
from collector.model.source import Settings, Source, TagSettings
from collector.wire.native import MAX_EVENTS
from collector.wire.tracardi.payload import NOT_ADOPTED, NOT_MERGED
from tests.receive.running import FIREFOX, Running, actions, wait_until
from tests.wire.test_tracardi_cases import CASES

UNKNOWN = "00000000-0000-4000-8000-000000000000"
INVALID_SOURCE = {"detail": "Access denied. Invalid source."}
PAGE = "https://shop.example"
SESSION = "53f37589-4f1f-4eb6-82a0-3562969c96a2"
DEVICE = "49a14ea2-d79e-40cf-a44c-61c1c744556b"


def view(**fields: Any) -> dict[str, Any]:
    """An event of the script."""
    return {"time": {"create": "2026-01-01T12:00:00Z"}, "type": "page-view", "properties": {}, **fields}


def payload(source_id: str, *events: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What the script sends around its events."""
    return {
        "source": {"id": source_id},
        "context": {},
        "profile": None,
        "device": {"id": DEVICE},
        "session": {"id": SESSION},
        "events": list(events),
        **fields,
    }


def send(
    collector: Running, body: Any, headers: dict[str, str] | None = None, path: str = "/track"
) -> httpx.Response:
    """One request of the script, from a page."""
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    told = {"user-agent": FIREFOX, "content-type": "application/json", "x-timestamp": "1767268800000"}
    return collector.request("POST", path, content=content, headers=told | {"origin": PAGE} | (headers or {}))


def sent(collector: Running, source: Source) -> list[EventRecord]:
    """What is stored of what was sent: not what follows from it."""
    return [event for event in collector.events(source.source_id) if not event.derived]


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_the_script_s_own_body_is_taken_as_a_whole(collector: Running, source: Source) -> None:
    body = msgspec.json.decode((CASES / "script_of_2024.json").read_bytes())
    response = send(collector, body | {"source": {"id": source.source_id}})
    answer = response.json()
    assert (response.status_code, list(answer)) == (
        200,
        ["task", "ux", "response", "events", "profile", "session", "errors", "warnings"],
    )
    assert (answer["ux"], answer["response"], answer["events"], answer["errors"]) == ([], {}, [], [])
    assert answer["session"] == body["session"]
    assert answer["warnings"] == [NOT_ADOPTED]
    assert float(response.headers["x-process-time"]) >= 0
    order, seen = sent(collector, source)
    assert (order.action, seen.action) == ("purchase-order", "page-view")
    assert order.uuid == seen.uuid == answer["profile"]["id"]
    assert order.params == {"product": "Sun glasses - Badoo", "price": 13.45}
    assert order.context["campaign"] == {"source": "n"}
    assert order.context["browser"]["name"] == "Firefox"
    assert order.context["page"]["title"] == "Laptops"
    assert "ANGLE" in str(order.context["original"])


def test_a_visitor_without_a_profile_gets_one_and_stays_the_same_person(
    collector: Running, source: Source
) -> None:
    """Two requests are on their way before the first answer; then the page sends what it was given."""
    first, second = (
        send(collector, payload(source.source_id, view(type=kind))).json() for kind in ("a", "b")
    )
    assert first["profile"]["id"] == second["profile"]["id"]
    own = payload(source.source_id, view(type="c"), profile=first["profile"], session={"id": "another day"})
    assert send(collector, own).json()["profile"] == first["profile"]
    other = payload(source.source_id, view(type="d"), device={"id": "another"})
    assert send(collector, other).json()["profile"] != first["profile"]
    events = sent(collector, source)
    assert actions(events) == ["a", "b", "c", "d"]
    assert len({event.profile_id for event in events[:3]}) == 1
    assert events[3].profile_id != events[0].profile_id


def test_what_was_sent_twice_is_stored_once(collector: Running, source: Source) -> None:
    """The script gives no ids, and sends again what is on its way still."""
    first, second = view(properties={"a": 1, "b": 2}), view(properties={"a": 3})
    send(collector, payload(source.source_id, first))
    again = {**first, "properties": {"b": 2, "a": 1}}
    send(collector, payload(source.source_id, again, second, profile={"id": "given by now"}))
    assert [event.params["a"] for event in sent(collector, source)] == [1, 3]
    sums = collector.sums(source.source_id)
    assert (sums["stored"], sums["duplicate"]) == (2, 1)


def test_what_only_looks_alike_is_not_taken_for_the_same(collector: Running, source: Source) -> None:
    """Of another visitor, or without a time. Without a session the device tells whose it is."""
    send(collector, payload(source.source_id, view()))
    send(collector, payload(source.source_id, view(), session={"id": "another visitor's"}))
    for _ in range(2):
        send(collector, payload(source.source_id, view(time=None)))
        send(collector, payload(source.source_id, view(), session=None))
    for _ in range(2):
        send(collector, payload(source.source_id, view(id="its own"), session=None))
    assert collector.sums(source.source_id)["stored"] == 6
    assert collector.sums(source.source_id)["duplicate"] == 2


def test_nobody_s_events_tell_no_profile(collector: Running, source: Source) -> None:
    body = payload(source.source_id, view())
    asked = send(collector, body, path="/track?profile_less=true")
    told = send(collector, body | {"profile_less": True, "session": {"id": "2"}})
    assert asked.json()["profile"] == told.json()["profile"] == {"id": None}
    assert {(event.uuid, event.profile_id) for event in sent(collector, source)} == {(None, None)}


def test_a_link_gives_a_profile_to_whoever_has_none(collector: Running, source: Source) -> None:
    sister = collector.store.add_source("Low Tide Glass")
    passed = {"tracardi": {"pass": {"profile": "from-the-sister", "source": sister.source_id}}}
    adopted = send(collector, payload(source.source_id, view(), context=passed)).json()
    assert (adopted["profile"]["id"], adopted["warnings"]) == ("from-the-sister", [])
    own = payload(source.source_id, view(type="b"), context=passed, profile={"id": "mine"})
    kept = send(collector, own).json()
    assert (kept["profile"]["id"], kept["warnings"]) == ("mine", [NOT_MERGED])
    same = payload(source.source_id, view(type="c"), context=passed, profile={"id": "from-the-sister"})
    assert send(collector, same).json()["warnings"] == []
    passed["tracardi"]["pass"]["source"] = UNKNOWN
    stranger = send(collector, payload(source.source_id, view(type="d"), context=passed)).json()
    assert stranger["profile"]["id"] != "from-the-sister"
    assert stranger["warnings"] == [NOT_ADOPTED]
    first, second, third, _ = sent(collector, source)
    assert first.profile_id == third.profile_id != second.profile_id
    assert second.context["original"]["context"]["tracardi"]["pass"]["profile"] == "from-the-sister"


@pytest.mark.parametrize("source_id", [UNKNOWN, "@internal", "", "\x00", "x" * 5000])
def test_an_unknown_source_is_answered_as_tracardi_does(collector: Running, source_id: str) -> None:
    before = collector.sums(None).get("unknown_source", 0)
    response = send(collector, payload(source_id, view()))
    assert (response.status_code, response.json()) == (401, INVALID_SOURCE)
    assert collector.sums(None)["unknown_source"] == before + 1


@pytest.mark.parametrize(
    "path", [f"/collect/ping/{UNKNOWN}", "/collect/ping/@a/s", "/collect/ping", "/collect/"]
)
def test_an_unknown_source_of_a_webhook_is_too(collector: Running, path: str) -> None:
    response = send(collector, {}, path=path)
    assert (response.status_code, response.json()) == (401, INVALID_SOURCE)


def test_who_may_not_send_is_told_so(collector: Running, source: Source, api_key: str) -> None:
    off = collector.store.add_source("Low Tide Glass")
    wrong = send(collector, payload(off.source_id, view()), bearer(api_key))
    assert (wrong.status_code, list(wrong.json())) == (401, ["detail"])
    collector.store.save_source(off.source_id, enabled=False)
    wait_until(lambda: send(collector, payload(off.source_id)).status_code == 401)
    for events in ([], [view()]):
        refused = send(collector, payload(off.source_id, *events))
        assert (refused.status_code, refused.json()) == (401, INVALID_SOURCE)
    listed = collector.store.add_source("Low Tide", Settings(origins=("https://elsewhere.example",)))
    assert send(collector, payload(listed.source_id, view())).status_code == 403
    assert send(collector, payload(listed.source_id)).status_code == 403
    assert collector.events(off.source_id) == collector.events(listed.source_id) == []


def test_a_body_that_is_not_as_it_must_be_is_refused_as_a_whole(collector: Running, source: Source) -> None:
    body = payload(source.source_id, view(), {"properties": {}})
    response = send(collector, body)
    assert response.status_code == 422
    told = {"loc": ["body", "events", 1, "type"], "msg": "Field required", "type": "missing"}
    assert response.json() == {"detail": [told]}
    assert sent(collector, source) == []
    assert collector.sums(source.source_id) == {"malformed_event": 1}
    cut = send(collector, b'{"source":')
    assert (cut.status_code, cut.json()["detail"][0]["type"]) == (422, "json_invalid")
    nobody = send(collector, {"events": []})
    assert nobody.json()["detail"][0]["loc"] == ["body", "source"]


def test_limits_are_those_of_a_beacon(collector: Running, source: Source) -> None:
    many = send(collector, payload(source.source_id, *[view()] * (MAX_EVENTS + 1)))
    assert (many.status_code, list(many.json())) == (413, ["detail"])
    large = view(type="large", properties={"a": "x" * 32_000})
    assert send(collector, payload(source.source_id, large)).status_code == 413
    spread = payload(source.source_id, *[{"type": "e"}] * MAX_EVENTS, context={"a": "x" * 2_000})
    assert send(collector, spread).status_code == 413
    assert send(collector, b" " * 1_000_001).status_code == 413
    deep: Any = {}
    for _ in range(20):
        deep = {"a": deep}
    bad = (large, view(type="deep", properties=deep), view(type="a\tb"), view(id="x" * 129))
    partly = send(collector, payload(source.source_id, *bad, view(type="good")))
    assert (partly.status_code, len(partly.json()["errors"])) == (226, 4)
    assert actions(sent(collector, source)) == ["good"]
    one = send(collector, payload(source.source_id, bad[1]))
    assert (one.status_code, one.json()["detail"][0]["type"]) == (422, "malformed_event")


def test_nothing_sent_is_answered_null(collector: Running, source: Source) -> None:
    response = send(collector, payload(source.source_id))
    assert (response.status_code, response.content) == (200, b"null")
    stub = collector.request("PUT", "/track", json=payload(source.source_id, view()))
    assert (stub.status_code, stub.content) == (200, b"null")
    assert collector.request("PUT", "/track", json={}).status_code == 422
    assert (sent(collector, source), collector.sums(source.source_id)) == ([], {})


def test_a_page_of_any_origin_may_send_with_credentials(collector: Running, source: Source) -> None:
    """The script's beacon is sent with the page's credentials, for which `*` would not do."""
    asked = collector.request(
        "OPTIONS",
        "/track",
        headers={
            "origin": PAGE,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type,x-timestamp",
        },
    )
    body = gzip.compress(msgspec.json.encode(payload(source.source_id, view())))
    told = {
        "authorization": "Basic c3RhZ2U6MQ==",
        "content-type": "text/plain",
        "content-encoding": "gzip",
        "user-agent": "Googlebot/2.1",
    }
    answers = (asked, send(collector, body, told), send(collector, b"{"))
    assert [answer.status_code for answer in answers] == [204, 200, 422]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert answer.headers["vary"] == "origin"
    allowed = asked.headers["access-control-allow-headers"]
    assert {"content-type", "x-timestamp"} <= set(allowed.split(", "))
    [event] = sent(collector, source)
    assert event.context["bot"] is True
    server = collector.request("POST", "/track", json=payload(source.source_id, view()))
    assert "access-control-allow-origin" not in server.headers


def test_other_ways_and_paths_are_told_as_json(collector: Running) -> None:
    for method, path, status in (
        ("GET", "/track", 405),
        ("PUT", "/collect/a/b", 405),
        ("GET", "/redirect/a", 404),
    ):
        response = collector.request(method, path)
        assert (response.status_code, list(response.json())) == (status, ["detail"])


def test_a_back_end_with_a_key_speaks_for_visitors_elsewhere(
    collector: Running, source: Source, api_key: str
) -> None:
    agent = {"browser": {"local": {"browser": {"userAgent": FIREFOX}}}}
    body = payload(source.source_id, view(id="e-1"), context=agent, options={"debugger": True})
    told = {"user-agent": "httpx/0.28", **bearer(api_key)}
    assert send(collector, body, told).json()["events"] == ["e-1"]
    stranger = send(collector, body | {"events": [view(id="e-2")]}, {"user-agent": "httpx/0.28"})
    assert stranger.json()["events"] == []
    first, second = sent(collector, source)
    assert first.context["browser"]["name"] == "Firefox"
    assert "address" not in first.context
    assert second.context["browser"].get("name") != "Firefox"
    assert FIREFOX not in str(second.context)


@pytest.mark.parametrize(
    ("method", "options", "properties"),
    [
        pytest.param("POST", {"json": {"a": {"b": 1}}}, {"a": {"b": 1}}, id="json"),
        pytest.param("POST", {"json": [1]}, {"body": [1]}, id="json that is no object"),
        pytest.param(
            "POST", {"content": b"{", "headers": {"content-type": "application/json"}}, {}, id="bad json"
        ),
        pytest.param("POST", {"data": {"a": "1", "b": "\u00e9"}}, {"a": "1", "b": "\u00e9"}, id="form"),
        pytest.param(
            "POST",
            {"data": {"a": "1"}, "files": {"f": ("cv.pdf", b"%PDF")}},
            {"a": "1", "f": "cv.pdf"},
            id="multipart",
        ),
        pytest.param("POST", {"content": b"a,b\n"}, {"body": "a,b\n"}, id="raw"),
        pytest.param("POST", {}, {}, id="empty"),
        pytest.param("GET", {"params": {"a": "1", "b": ""}}, {"a": "1", "b": ""}, id="query"),
    ],
)
def test_a_webhook_is_taken_in_every_form(
    collector: Running, source: Source, method: str, options: dict[str, Any], properties: dict[str, Any]
) -> None:
    nobody = collector.request(method, f"/collect/New%20order/{source.source_id}/", **options)
    somebody = collector.request(method, f"/collect/ping/{source.source_id}/s-1", **options)
    assert (nobody.status_code, somebody.status_code) == (200, 200)
    assert nobody.json()["profile"] == {"id": None}
    assert somebody.json()["session"] == {"id": "s-1"}
    first, second = sent(collector, source)
    assert (first.action, first.params, first.uuid) == ("New order", properties, None)
    assert (second.params, second.uuid) == (properties, somebody.json()["profile"]["id"])
    assert second.context["session"] == "s-1"


def test_the_script_and_our_own_tag_mean_the_same(collector: Running, source: Source) -> None:
    """The facade's event is a native one, with what Tracardi's script says around it beside."""
    context = {
        "page": {"url": f"{PAGE}/mugs", "referer": {"host": "news.example", "query": None}},
        "screen": {"local": {"width": 800}},
        "browser": {"local": {"browser": {"language": "pl"}}},
        "time": {"tz": "Europe/Warsaw"},
        "utm": {"source": "n"},
    }
    told = {"context": context, "options": {"async": True}}
    event = {"id": "e-1", "action": "A wish of mine", "params": {"a": 1}, "uuid": "u-1"}
    collector.post(source.source_id, [event | {"time": "2026-01-01T12:00:00Z", "tracardi": told}])
    same = view(id="e-2", type="A wish of mine", properties={"a": 1}, options={"async": True})
    body = payload(source.source_id, same, context=context, profile={"id": "u-1"}, device=None, session=None)
    send(collector, body)
    ours, theirs = sent(collector, source)
    for name in ("action", "label", "params", "context", "uuid", "profile_id", "time_ms"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.context["page"]["referrer"] == "//news.example/"
    assert ours.context["original"]["context"] == {"utm": {"source": "n"}}


def test_who_may_not_be_known_again_is_given_no_id_and_none_is_kept(collector: Running) -> None:
    cookieless = collector.store.add_source("a", Settings(tag=TagSettings(device_storage=False)))
    opted_out = collector.store.add_source("b")
    asks = collector.store.add_source("c", policy=Policy(consent="opt-in"))
    context = {"ids": {"ga": "GA1.1.5"}, "tracardi": {"pass": {"profile": "passed-1", "source": UNKNOWN}}}
    for source, headers in ((cookieless, {}), (opted_out, {"sec-gpc": "1"}), (asks, {})):
        body = payload(source.source_id, view(context={"ga": "GA1.1.5"}), context=context)
        response = send(collector, body, headers)
        assert response.json()["profile"] == {"id": None}
    assert collector.events(opted_out.source_id) == collector.events(asks.source_id) == []
    [event] = sent(collector, cookieless)
    told = str(event)
    assert not any(known in told for known in (DEVICE, SESSION, "GA1.1.5", "passed-1"))


def test_the_lists_cannot_be_read_off_the_answer(collector: Running) -> None:
    source = collector.store.add_source("a", policy=Policy(block=("secret.*",)))
    answers = [
        send(collector, payload(source.source_id, view(type=kind, properties={"a": kind})))
        for kind in ("secret.plan", "plain")
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    first, second = ({**answer.json(), "task": ""} for answer in answers)
    assert first == second
    assert actions(sent(collector, source)) == ["plain"]


def test_a_referrer_under_the_rules_is_not_kept(collector: Running) -> None:
    source = collector.store.add_source("a", policy=Policy(keep_referrer=False, keep_language=False))
    page = {"url": f"{PAGE}/", "referer": {"host": "clinic.example", "query": "?q=illness"}}
    context = {"browser": {"local": {"browser": {"language": "tlh"}}}, "page": page}
    send(collector, payload(source.source_id, view(), context=context))
    [event] = sent(collector, source)
    assert not any(told in str(event) for told in ("clinic.example", "illness", "tlh"))


_KEYS = st.sampled_from(
    "source id events type context page referer host time create tz tracardi pass profile session device "
    "options properties browser local userAgent tags".split()
)
_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.just("SOURCE")
)
_JSON = st.recursive(
    _LEAVES, lambda part: st.lists(part, max_size=3) | st.dictionaries(_KEYS, part), max_leaves=12
)
_EVENT = st.fixed_dictionaries(
    {"type": st.text(min_size=1)},
    optional={"time": st.fixed_dictionaries({"create": _LEAVES}), "context": st.dictionaries(_KEYS, _JSON)}
    | dict.fromkeys(("id", "properties", "options", "tags"), _JSON),
)
_BODY = st.fixed_dictionaries(
    {"source": st.just({"id": "SOURCE"}), "events": st.lists(_EVENT, max_size=3)},
    optional=dict.fromkeys(("context", "profile", "session", "device", "options", "profile_less"), _JSON),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=_BODY | _JSON, key=st.booleans())
def test_any_json_is_taken_or_refused_in_order(
    collector: Running, source: Source, api_key: str, body: Any, key: bool
) -> None:
    content = msgspec.json.encode(body).replace(b"SOURCE", source.source_id.encode())
    response = send(collector, content, bearer(api_key) if key else None)
    assert response.status_code in (200, 226, 401, 413, 422), response.text
    assert response.status_code in (200, 226) or list(response.json()) == ["detail"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary() | st.just(b'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n+2D0-\r\n--b--'),
    kind=st.sampled_from(
        ["multipart/form-data", "application/x-www-form-urlencoded", "application/json", "a"]
    ),
    charset=st.sampled_from(["", "utf-8", "utf-7", "punycode", "undefined", "base64", "none such"]),
)
def test_any_bytes_of_a_webhook_are_taken_or_refused(
    collector: Running, source: Source, content: bytes, kind: str, charset: str
) -> None:
    told = {"content-type": f"{kind}; boundary=b; charset={charset}"}
    response = send(collector, content, told, f"/collect/ping/{source.source_id}/s")
    assert response.status_code in (200, 422), response.text


@pytest.mark.parametrize("path", ["/track", "/collect/ping/{id}"])
def test_a_query_of_many_fields_costs_nothing(collector: Running, source: Source, path: str) -> None:
    url = path.format(id=source.source_id) + "?" + "&".join(f"a{n}=1" for n in range(500))
    method = "POST" if path == "/track" else "GET"
    response = collector.request(method, url, json=payload(source.source_id, view()))
    assert response.status_code == 422
    nested = b"[" * 100_000
    assert send(collector, nested).status_code == 422


@pytest.mark.parametrize(
    ("path", "action", "session"),
    [
        pytest.param("a%2Fb/{id}", "a/b", None, id="a slash in the type"),
        pytest.param("a/{id}/s%2F1", "a", "s/1", id="a slash in the session"),
        pytest.param("a/{id}/s1/", "a", "s1", id="a slash at the end"),
    ],
)
def test_the_parts_of_a_path_are_as_they_were_written(
    collector: Running, source: Source, path: str, action: str, session: str | None
) -> None:
    answer = collector.request("POST", "/collect/" + path.format(id=source.source_id), content=b"{}")
    assert answer.status_code == 200
    [event] = sent(collector, source)
    assert (event.action, event.context.get("session")) == (action, session)
