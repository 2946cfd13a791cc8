"""POST /b/{source_id}: what is answered, and what is in the store by then."""

import gzip
import re
from typing import Any

import pytest

from collector.model.source import Source
from collector.wire.body import MAX_BODY_BYTES
from tests.receive.running import Running, actions, detail_of

UNKNOWN = "00000000-0000-4000-8000-000000000000"
SHOP = "https://shop.example"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param([{"action": "page.visit", "id": "e-1"}], id="array"),
        pytest.param(
            {"sent_at": "2026-01-01T00:00:00Z", "events": [{"action": "page.visit"}]}, id="envelope"
        ),
        pytest.param(b' [{"action":"page.visit"}] ', id="blanks around"),
    ],
)
def test_beacon_is_stored_before_it_is_answered(collector: Running, source: Source, body: Any) -> None:
    response = collector.post(source.source_id, body)
    assert (response.status_code, response.content) == (204, b"")
    assert actions(collector.events(source.source_id)) == ["page.visit"]


@pytest.mark.parametrize(
    "content_type", ["text/plain;charset=UTF-8", "application/json", "application/x-www-form-urlencoded", ""]
)
def test_any_content_type_will_do(collector: Running, source: Source, content_type: str) -> None:
    response = collector.post(source.source_id, b'[{"action":"a"}]', headers={"content-type": content_type})
    assert response.status_code == 204


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        pytest.param(b"", 400, "not JSON", id="empty"),
        pytest.param(b"nonsense", 400, "not JSON", id="not JSON"),
        pytest.param(b"7", 400, "expected a JSON array", id="a number"),
        pytest.param(b"[]", 400, "holds no event", id="no event"),
        pytest.param(b'[{"action":"dog bark"}]', 400, "action must be 1 to 32", id="bad action"),
        pytest.param(
            b"[" + b",".join([b"{}"] * 1001) + b"]", 413, "1001 events, limit 1000", id="1001 events"
        ),
        pytest.param(
            b'[{"action":"a","label":"' + b"x" * 32_000 + b'"}]', 413, "limit 32000", id="large event"
        ),
        pytest.param(b" " * (MAX_BODY_BYTES + 1), 413, "larger than 1000000 bytes", id="large body"),
        pytest.param(b'[{"action":"\xff\xfe"}]', 400, "JSON", id="not UTF-8"),
        pytest.param(b"[" * 100_000, 400, "not JSON", id="nested without end"),
    ],
)
def test_fault_of_the_sender_is_told_in_json(
    collector: Running, source: Source, body: bytes, status: int, detail: str
) -> None:
    response = collector.post(source.source_id, body)
    assert response.status_code == status
    assert detail in detail_of(response)
    assert collector.events(source.source_id) == []


def test_body_of_the_longest_length_is_taken(collector: Running, source: Source) -> None:
    body = b'[{"action":"a"}]'
    assert collector.post(source.source_id, body + b" " * (MAX_BODY_BYTES - len(body))).status_code == 204


def test_one_bad_event_does_not_lose_the_good_ones(collector: Running, source: Source) -> None:
    response = collector.post(
        source.source_id, [{"action": "first"}, {"action": "dog bark"}, {"action": "last"}]
    )
    assert response.status_code == 204
    assert response.headers["x-tagwell-rejected"] == "1"
    assert actions(collector.events(source.source_id)) == ["first", "last"]
    assert collector.sums(source.source_id) == {"stored": 2, "invalid_action": 1}


def test_half_an_emoji_does_not_lose_the_good_ones(collector: Running, source: Source) -> None:
    body = b'[{"action":"first"},{"action":"cut","label":"Great \\ud83d"},{"action":"last"}]'
    assert collector.post(source.source_id, body).status_code == 204
    assert [event.label for event in collector.events(source.source_id)] == ["first", "Great \ufffd", "last"]


def test_unknown_source_is_refused_and_counted(collector: Running) -> None:
    before = collector.sums(None).get("unknown_source", 0)
    response = collector.post(UNKNOWN, [{"action": "page.visit"}])
    assert (response.status_code, detail_of(response)) == (401, "unknown source")
    assert collector.sums(None)["unknown_source"] == before + 1


@pytest.mark.parametrize(
    "source_id", ["", "x" * 3000, "%00", "..%2f..", "a/b", "%F0%9F%98%80", "'%20OR%201=1"]
)
def test_no_source_id_breaks_the_collector(collector: Running, source_id: str) -> None:
    assert collector.post(source_id, [{"action": "page.visit"}]).status_code == 401


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_wrong_method_is_refused(collector: Running, source: Source, method: str) -> None:
    response = collector.request(method, f"/b/{source.source_id}")
    assert response.status_code == 405
    assert "POST" in response.headers["allow"]
    assert "POST" in detail_of(response)


def test_a_page_of_another_origin_may_read_the_answer(collector: Running, source: Source) -> None:
    response = collector.post(source.source_id, b"nonsense", headers={"origin": SHOP})
    assert response.headers["access-control-allow-origin"] in ("*", SHOP)


def test_preflight_allows_what_a_page_may_send(collector: Running, source: Source) -> None:
    response = collector.request(
        "OPTIONS",
        f"/b/{source.source_id}",
        headers={
            "origin": SHOP,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type,content-encoding,authorization",
        },
    )
    assert response.status_code == 204
    allowed = re.split(r",\s*", response.headers["access-control-allow-headers"])
    assert {"content-type", "content-encoding", "authorization"} <= set(allowed)
    assert "POST" in response.headers["access-control-allow-methods"]


def test_gzip_is_taken(collector: Running, source: Source) -> None:
    body = gzip.compress(b'[{"action":"page.visit"}]')
    assert collector.post(source.source_id, body, headers={"content-encoding": "gzip"}).status_code == 204
    assert actions(collector.events(source.source_id)) == ["page.visit"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(gzip.compress(bytes(5_000_000)), 413, id="bomb"),
        pytest.param(gzip.compress(b"[{}]")[:-4], 400, id="truncated"),
        pytest.param(b"[{}]", 400, id="not gzip"),
    ],
)
def test_bad_gzip_is_the_senders_fault(collector: Running, source: Source, body: bytes, status: int) -> None:
    response = collector.post(source.source_id, body, headers={"content-encoding": "gzip"})
    assert response.status_code == status
    assert detail_of(response)


def test_event_sent_twice_is_stored_once(collector: Running, source: Source) -> None:
    for _ in range(2):
        assert collector.post(source.source_id, [{"action": "a", "id": "e-1"}]).status_code == 204
    assert len(collector.events(source.source_id)) == 1
    assert collector.sums(source.source_id) == {"stored": 1, "duplicate": 1}


def test_visitor_behind_a_trusted_proxy_is_the_one_the_proxy_saw(collector: Running, source: Source) -> None:
    headers = {"x-forwarded-for": "192.0.2.1, 193.0.6.139"}
    collector.post(source.source_id, [{"action": "a"}], headers=headers, peer="10.0.0.1")
    [event] = collector.events(source.source_id)
    assert event.context["address"] == "193.0.6.0"
    assert event.context["geo"]["country_code"] == "NL"


def test_proxies_that_write_a_line_each_are_read_as_one_list(collector: Running, source: Source) -> None:
    """RFC 9110 section 5.3. HAProxy adds a line of its own to what an outer proxy wrote."""
    collector.request(
        "POST",
        f"/b/{source.source_id}",
        content=b'[{"action":"a"}]',
        headers=[("x-forwarded-for", "193.0.6.139"), ("x-forwarded-for", "10.0.0.2")],
        peer="10.0.0.1",
    )
    [event] = collector.events(source.source_id)
    assert event.context["address"] == "193.0.6.0"


def test_visitor_who_pretends_to_be_forwarded_is_not_believed(collector: Running, source: Source) -> None:
    collector.post(source.source_id, [{"action": "a"}], headers={"x-forwarded-for": "193.0.6.139"})
    [event] = collector.events(source.source_id)
    assert event.context["address"] == "203.0.113.0"
