"""The endpoints of Segment's clients: keys, answers, limits, CORS, and what is stored by then."""

import base64
import gzip
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.model.policy import Policy
from collector.model.source import Source
from collector.receive.segment import PATHS
from tests.receive.running import FIREFOX, Running, actions

TRACK = {"event": "Article Read", "anonymousId": "a-1"}
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def basic(user: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(user.encode()).decode()}


def send(collector: Running, path: str, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    told = {"user-agent": FIREFOX, "content-type": "text/plain"} | (headers or {})
    return collector.request("POST", path, content=content, headers=told)


@pytest.mark.parametrize(
    "way", ["basic", "basic without a colon", "bearer", "body", "message", "query", "secret"]
)
def test_the_key_is_found_in_every_place(collector: Running, source: Source, api_key: str, way: str) -> None:
    key = source.source_id
    path, body, headers = {
        "basic": ("/v1/track", TRACK, basic(f"{key}:")),
        "basic without a colon": ("/v1/t/", TRACK, basic(key)),
        "bearer": ("/v1/track", TRACK, {"authorization": f"Bearer {key}"}),
        "body": ("/v1/t", {**TRACK, "writeKey": key}, {}),
        "message": ("/v1/b", {"batch": [{"type": "track", **TRACK, "writeKey": key}]}, {}),
        "query": (f"/beacon/v1/batch?writeKey={key}", {"batch": [{"type": "track", **TRACK}]}, {}),
        "secret": ("/v1/track", {**TRACK, "writeKey": UNKNOWN}, basic(f"{api_key}:")),
    }[way]
    answer = send(collector, path, body, headers)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert actions(collector.events(source.source_id)) == ["Article Read"]


@pytest.mark.parametrize(
    ("path", "within"),
    [("/v1/t", True), ("/v1/b", True), ("/beacon/v1/batch?writeKey={key}", False)],
)
def test_a_name_and_password_that_the_browser_adds_for_the_site_hide_no_key(
    collector: Running, source: Source, path: str, within: bool
) -> None:
    message = {"type": "track", **TRACK} | ({"writeKey": source.source_id} if within else {})
    body = message if path == "/v1/t" else {"batch": [message]}
    answer = send(collector, path.format(key=source.source_id), body, basic("staging:open sesame"))
    assert answer.status_code == 200
    assert actions(collector.events(source.source_id)) == ["Article Read"]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="none"),
        pytest.param(basic(f"{UNKNOWN}:"), id="unknown"),
        pytest.param({"authorization": "Basic ???"}, id="not base64"),
        pytest.param({"authorization": "Bearer " + "x" * 300}, id="long"),
        pytest.param(basic("\x00\n:"), id="control characters"),
    ],
)
def test_a_wrong_key_is_told(collector: Running, headers: dict[str, str]) -> None:
    answer = send(collector, "/v1/batch", {"batch": [{"type": "track", **TRACK}]}, headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert set(answer.json()) == {"code", "message"}


def test_messages_of_one_batch_may_have_keys_of_their_own(collector: Running, source: Source) -> None:
    other = collector.store.add_source("Low Tide Glass")
    keys = [UNKNOWN, source.source_id, other.source_id, None, other.source_id, UNKNOWN]
    before = collector.sums(None).get("unknown_source", 0)
    body = {
        "batch": [{"type": "track", **TRACK, "event": f"e{n}", "writeKey": key} for n, key in enumerate(keys)]
    }
    assert send(collector, "/v1/batch", body).json() == {"success": True}
    assert actions(collector.events(source.source_id)) == ["e1"]
    assert actions(collector.events(other.source_id)) == ["e2", "e4"]
    # Of no key: as the first, which nobody has.
    assert collector.sums(None)["unknown_source"] - before == 3
    assert (
        send(collector, "/v1/batch", {"batch": [{"type": "track", **TRACK, "writeKey": UNKNOWN}]}).status_code
        == 401
    )


@pytest.mark.parametrize("depth", range(940, 1000, 4))
def test_what_is_nested_without_end_is_told_and_not_followed(
    collector: Running, source: Source, depth: int
) -> None:
    deep = "[" * depth + "]" * depth
    page = f'{{"anonymousId":"a","name":{deep},"properties":{{"name":{deep}}}}}'.encode()
    for path in ("/v1/page", f"/collect/a/{source.source_id}", f"/b/{source.source_id}"):
        content = page if path == "/v1/page" else f'[{{"action":"a","params":{deep}}}]'.encode()
        told = {**basic(source.source_id), "content-type": "application/json"} if path[1] == "v" else {}
        answer = collector.request(
            "POST", path, content=content, headers=told | {"content-type": "application/json"}
        )
        assert answer.status_code < 500


def test_every_path_takes_its_type(collector: Running, source: Source) -> None:
    message = {"userId": "u-1", "anonymousId": "a-1", "event": "x", "writeKey": source.source_id}
    for path in sorted(PATHS):
        body = {"batch": [{**message, "type": "screen"}]}
        single = "batch" not in path and path.strip("/") not in ("v1/import", "v1/b")
        assert (
            send(collector, path, message if single else body, basic(source.source_id)).status_code == 200
        ), path
    counts: dict[str, int] = {}
    for action in actions(collector.events(source.source_id)):
        counts[action] = counts.get(action, 0) + 1
    six = ("page.visit", "client.createOrUpdate", "client.group", "client.alias", "x")
    assert counts == {**dict.fromkeys(six, 4), "screen.view": 4 + 8}


def test_a_form_of_gzip_is_json(collector: Running, source: Source) -> None:
    """As RudderStack's client for Node sends it."""
    headers = {"content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip"}
    body = gzip.compress(msgspec.json.encode({"batch": [{"type": "track", **TRACK}]}))
    assert send(collector, "/v1/batch", body, headers | basic(f"{source.source_id}:")).status_code == 200
    assert actions(collector.events(source.source_id)) == ["Article Read"]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        pytest.param("/v1/track", b"{", "malformed_body", id="no JSON"),
        pytest.param("/v1/track", b"[]", "malformed_body", id="no object"),
        pytest.param("/v1/batch", b"{}", "malformed_body", id="no batch"),
        pytest.param("/v1/batch", b" " * 600_000, "body_too_large", id="large body"),
        pytest.param("/v1/track", {**TRACK, "a": "x" * 33_000}, "event_too_large", id="large event"),
        pytest.param("/v1/track", {"event": "a"}, "no_user_anon_id", id="nobody"),
        pytest.param("/v1/track", {"userId": "u"}, "missing_event", id="no event"),
        pytest.param("/v1/track", {**TRACK, "event": "x" * 256}, "invalid_action", id="long event"),
    ],
)
def test_a_fault_is_400_and_counted(
    collector: Running, source: Source, path: str, body: Any, code: str
) -> None:
    answer = send(collector, path, body, basic(f"{source.source_id}:"))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert collector.events(source.source_id) == []
    assert sum(collector.sums(source.source_id).values()) == 1


def test_a_fault_in_a_batch_loses_no_other_and_is_counted(collector: Running, source: Source) -> None:
    good, bad = {"type": "track", **TRACK}, {"type": "track"}
    assert send(collector, "/v1/batch", {"batch": [good, bad]}, basic(source.source_id)).status_code == 200
    assert send(collector, "/v1/batch", {"batch": [bad]}, basic(source.source_id)).status_code == 200
    assert send(collector, "/v1/batch", {"batch": []}, basic(source.source_id)).status_code == 200
    assert collector.sums(source.source_id) == {"stored": 1, "malformed_event": 2}


def test_too_many_are_taken_for_nothing_and_counted(collector: Running, source: Source) -> None:
    body = {"batch": [{"type": "track", **TRACK}] * 2501}
    assert send(collector, "/v1/batch", body, basic(source.source_id)).status_code == 200
    assert collector.sums(source.source_id) == {"too_many_events": 2501}


def test_a_retry_is_stored_once(collector: Running, source: Source) -> None:
    for name in ("m-1", "m-1", "m" * 120, "m" * 120):
        assert (
            send(collector, "/v1/t", {**TRACK, "messageId": name}, basic(source.source_id)).status_code == 200
        )
    assert collector.sums(source.source_id) == {"stored": 2, "duplicate": 2}


def test_nothing_tells_what_the_policy_refused(collector: Running) -> None:
    source = collector.store.add_source("Lists", policy=Policy(block=("Article Read",)))
    taken, refused = ({**TRACK, "event": event} for event in ("Other", "Article Read"))
    answers = [send(collector, "/v1/t", body, basic(source.source_id)) for body in (taken, refused)]
    assert answers[0].content == answers[1].content
    assert [answer.status_code for answer in answers] == [200, 200]
    assert collector.sums(source.source_id) == {"stored": 1, "action_blocked": 1}


def test_every_browser_may_ask_first(collector: Running) -> None:
    asked = {"access-control-request-headers": "anonymousid,authorization,content-type,sentat"}
    for path in ("/v1/t", "/v1/batch", "/cfg/sourceConfig/"):
        answer = collector.request("OPTIONS", path, headers={"origin": "https://shop.example", **asked})
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-headers"] == asked["access-control-request-headers"]
        assert answer.headers["access-control-allow-origin"] == "*"
        assert int(answer.headers["access-control-max-age"]) > 0


def test_another_method_and_a_client_about_itself_store_nothing(collector: Running, source: Source) -> None:
    assert collector.request("GET", "/v1/track").status_code == 405
    assert send(collector, "/v1/m", b"whatever").status_code == 200
    assert collector.events(source.source_id) == []


def test_a_server_with_the_secret_key_speaks_for_its_visitor(
    collector: Running, source: Source, api_key: str
) -> None:
    """Of a public key's sender the request itself tells who was there."""
    iphone = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML) Safari/604.1"
    )
    body = {**TRACK, "context": {"ip": "198.51.100.9", "userAgent": iphone}}
    for key in (api_key, source.source_id):
        send(collector, "/v1/track", body, basic(f"{key}:"))
    send(collector, "/v1/track", {**TRACK, "context": {"direct": True}}, basic(f"{api_key}:"))
    told = [(e.context["address"], e.context["os"]["name"]) for e in collector.events(source.source_id)]
    assert told == [("198.51.100.0", "iOS"), ("203.0.113.0", "Linux"), ("203.0.113.0", "Linux")]


def test_settings_name_the_host_that_was_asked(collector: Running, source: Source) -> None:
    answer = collector.request("GET", f"/v1/projects/{source.source_id}/settings")
    assert answer.headers["access-control-allow-origin"] == "*"
    integration = answer.json()["integrations"]["Segment.io"]
    assert integration == {"apiKey": source.source_id, "apiHost": "collector.example/v1", "protocol": "http"}
    for path in (f"/sourceConfig/?writeKey={source.source_id}", "/a/b/sourceConfig"):
        answer = collector.request("GET", path, headers=basic(f"{source.source_id}:"))
        assert answer.json()["source"]["writeKey"] == source.source_id
    assert source.name not in answer.text
    assert collector.request("GET", f"/v1/projects/{UNKNOWN}/settings").status_code == 401


def test_what_a_rule_takes_out_stands_nowhere_else(collector: Running) -> None:
    """Neither by the name that it was sent by, nor in the context of RudderStack's."""
    policy = Policy(block_params=("firstName", "customId", "vip_level"))
    source = collector.store.add_source("Rules", policy=policy)
    message = {"userId": "secret-person", "anonymousId": "a-1", "messageId": "i-1"}
    traits = {"first_name": "Hildegard", "vip_level": "platinum", "plan": "pro"}
    send(collector, "/v1/i", {**message, "traits": traits}, basic(source.source_id))
    later = {**message, "messageId": "t-1", "event": "x", "context": {"traits": {"vip_level": "platinum"}}}
    send(collector, "/v1/t", later, basic(source.source_id))
    alias = {"userId": "secret-person", "previousId": "former-person"}
    send(collector, "/v1/a", alias, basic(source.source_id))
    assert len(actions(collector.events(source.source_id))) == 3
    for word in ("Hildegard", "platinum", "secret-person", "former-person"):
        assert collector.files_hold(word) == [], word


def test_of_a_malformed_call_of_the_page_nothing_is_kept(collector: Running, source: Source) -> None:
    """Who it is about stands there by names that no rule for params knows."""
    event = {"action": "", "params": {}, "segment": {"type": "track", "userId": "planted-person"}}
    assert collector.post(source.source_id, [event]).status_code == 400
    assert collector.files_hold("planted-person") == []


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    "type event userId anonymousId previousId groupId messageId timestamp sentAt properties traits context "
    "integrations name category writeKey".split()
)
CONTEXT = st.dictionaries(
    st.sampled_from(["page", "locale", "ip", "userAgent", "traits", "consent", "screen", "direct"]),
    JSON,
    max_size=4,
)
ORDER = st.dictionaries(
    st.sampled_from(["order_id", "total", "currency", "products", "discount", "payment_method"]),
    JSON
    | st.lists(st.dictionaries(st.sampled_from(["sku", "price", "quantity"]), JSON, max_size=3), max_size=2),
    max_size=4,
)
MESSAGE = st.builds(
    lambda fields, more: {**fields, **more},
    st.dictionaries(FIELDS, JSON, max_size=6),
    st.fixed_dictionaries(
        {},
        optional={
            "context": CONTEXT,
            "userId": st.just("u"),
            "event": st.sampled_from(["a", "Order Completed"]),
            "properties": ORDER,
            "type": st.sampled_from(["track", "identify", "page", "group", "alias", "screen"]),
        },
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(sorted(PATHS)),
    messages=st.lists(MESSAGE, max_size=3),
    raw=st.none() | st.binary(max_size=20),
)
def test_whatever_is_sent_is_stored_or_answered_400(
    collector: Running, source: Source, api_key: str, path: str, messages: list[Any], raw: bytes | None
) -> None:
    single = messages[0] if messages else {}
    body: Any = raw if raw is not None else {"batch": messages, **single}
    for key in (source.source_id, api_key):
        assert send(collector, path, body, basic(f"{key}:")).status_code in (200, 400)
    ours = [{"action": "a", "params": {}, **one, "segment": one} for one in messages]
    assert collector.post(source.source_id, ours).status_code in (204, 400)


@pytest.mark.parametrize("query", ["&" * 500, "a=1&" * 101, "writeKey=&" * 101])
def test_a_query_of_too_many_fields_tells_no_key(collector: Running, query: str) -> None:
    answer = send(collector, f"/beacon/v1/batch?{query}", {"batch": [{"type": "track", **TRACK}]})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
