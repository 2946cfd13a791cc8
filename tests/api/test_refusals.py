"""Every event that a known caller sends has one outcome, whatever its request ends with."""

import gzip
import json
from typing import Any

import httpx
import pytest

from collector.api import Tokens
from collector.model.policy import Policy
from collector.model.source import Source
from tests.api.callers import api_key, bearer, profile_of, profile_token, tokens_of, visitor_token
from tests.receive.running import Running

EVENT = {"client": {"uuid": "b-1"}, "label": "x", "type": "shared"}
THREE = [EVENT] * 3
LATIN = "application/json; charset=iso-8859-1"


@pytest.fixture(scope="module")
def tokens(collector: Running) -> Tokens:
    """What makes tokens of every kind."""
    return tokens_of(collector)


def post(collector: Running, path: str, body: Any, secret: str, **headers: str) -> httpx.Response:
    given = bearer(secret) | {"content-type": "application/json"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return collector.request("POST", f"/v4{path}", headers=given, content=content)


@pytest.mark.parametrize("path", ["/events/batch", "/transactions/batch"])
@pytest.mark.parametrize(
    ("body", "headers", "status", "outcomes"),
    [
        pytest.param(THREE, {"api_version": "4.3"}, 400, {"malformed_body": 3}, id="version"),
        pytest.param(THREE, {"content_type": "text/plain"}, 415, {"malformed_body": 3}, id="type"),
        pytest.param(THREE, {"content_type": LATIN}, 415, {"malformed_body": 3}, id="charset"),
        pytest.param(
            gzip.compress(json.dumps(THREE).encode()),
            {"content_type": "text/plain", "content_encoding": "gzip"},
            415,
            {"malformed_body": 3},
            id="type, packed",
        ),
        pytest.param(
            b"[1,2", {"content_type": "text/plain"}, 415, {"malformed_body": 1}, id="type, and no JSON"
        ),
        pytest.param([0] * 1001, {}, 400, {"too_many_events": 1001}, id="too many"),
        pytest.param([0] * 300_000, {}, 400, {"too_many_events": 300_000}, id="far too many"),
        pytest.param([0] * 600_000, {}, 400, {"body_too_large": 1}, id="too large to be read"),
        pytest.param(
            [0] * 600_000, {"api_version": "4.3"}, 400, {"malformed_body": 1}, id="version, and too large"
        ),
    ],
)
def test_of_a_batch_that_is_refused_all_are_counted(
    collector: Running, source: Source, path: str, body: Any, headers: Any, status: int, outcomes: Any
) -> None:
    response = post(collector, path, body, api_key(collector, source=source), **headers)
    assert response.status_code == status
    assert collector.sums(source.source_id) == outcomes
    [recent] = collector.store.rejections(source.source_id)
    [number] = outcomes.values()
    assert recent.detail.endswith(f"({number} events)") is (number > 1)


def test_who_may_not_is_counted_and_who_is_unknown_is_not(
    collector: Running, source: Source, tokens: Tokens
) -> None:
    reader = api_key(collector, "API_CLIENT_CREATE", source=source)
    ann = profile_of(collector, source, "may-1", "may1@shop.example")
    before = collector.sums(source.source_id)
    for secret, path, status in (
        (reader, "/events/batch", 403),
        (profile_token(tokens, source, ann), "/transactions/batch", 403),
        (visitor_token(tokens, source, "may-2"), "/transactions/batch", 403),
        ("tw_wrong", "/events/batch", 401),
    ):
        # The version is wrong as well, and what may not come in is told first.
        response = post(collector, path, THREE, secret, api_version="4.3")
        assert response.status_code == status
    assert post(collector, "/events/batch", b"{", reader).status_code == 403
    after = collector.sums(source.source_id)
    assert after == before | {"not_authorised": 10}


def test_a_key_of_no_source_is_counted_for_the_oldest(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Also where no source was at hand when the key was first shown."""
    collector = Running(tmp_path_factory.mktemp("data"))
    collector.start()
    try:
        key = api_key(collector)
        assert post(collector, "/events/batch", [0] * 3, key).status_code == 400
        assert collector.sums(None) == {}
        off, first, second = (collector.store.add_source(name) for name in ("Off", "First", "Second"))
        collector.store.save_source(off.source_id, enabled=False)
        assert post(collector, "/events/batch", [0] * 3, key).status_code == 400
        assert post(collector, "/events/batch", THREE, key, api_version="4.3").status_code == 400
        assert collector.sums(first.source_id) == {"malformed_event": 3, "malformed_body": 3}
        assert collector.sums(off.source_id) == collector.sums(second.source_id) == {}
    finally:
        collector.stop()


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 202),
        ("application/json; charset=utf-8", 202),
        ('Application/JSON;boundary=x; Charset="UTF-8"', 202),
        ("application/json;charset=utf8", 202),
        ("application/json; charset=utf-16", 415),
        (LATIN, 415),
        ("application/json; charset=", 415),
        ("application/json; charset=utf-8; charset=utf-16", 415),
        ("application/jsonp", 415),
        ("", 415),
    ],
)
def test_a_body_is_json_in_utf_8(collector: Running, source: Source, kind: str, status: int) -> None:
    key = api_key(collector, source=source)
    response = post(collector, "/events/shared", EVENT, key, content_type=kind)
    assert response.status_code == status, response.text


def test_a_time_is_no_place_for_a_megabyte(collector: Running, source: Source) -> None:
    key, time = api_key(collector, source=source), "2022-10-14T15:00:00Z"
    for blanks in (" " * 1_000_000, "\n" * 50):
        response = post(collector, "/events/shared", EVENT | {"time": time + blanks}, key)
        assert [one["field"] for one in response.json()["errors"]] == ["time"]
        native = {"action": "a", "uuid": "b-1", "time": time + blanks[:1000]}
        assert collector.post(source.source_id, [native]).status_code == 400
    assert collector.sums(source.source_id) == {"invalid_time": 4}


def test_under_opt_in_only_a_back_end_need_not_say_a_word(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A key of the workspace and a user are taken; a profile, a visitor and a tracker have said no yes."""
    collector = Running(tmp_path_factory.mktemp("data"))
    collector.start()
    try:
        source = collector.store.add_source("strict", policy=Policy(consent="opt-in"))
        tokens = tokens_of(collector)
        collector.store.add_user("ada", "no password")
        user = collector.store.user("ada")
        assert user is not None
        told: dict[str, Any] = {"client": {"uuid": "o-1"}, "label": "x", "action": "dog.bark"}
        assert post(collector, "/events/custom", told, api_key(collector)).status_code == 202
        assert post(collector, "/events/custom", told, tokens.for_user(user)).status_code == 202
        stored = [one for one in collector.events(source.source_id) if one.action == "dog.bark"]
        assert len(stored) == 2
        ann = collector.store.find_profile("uuid", "o-1")
        assert ann is not None
        before = collector.sums(source.source_id)
        for secret in (profile_token(tokens, source, ann), visitor_token(tokens, source, "o-1")):
            assert post(collector, "/events/custom", told, secret).status_code == 202
        tracker = {"client": {"uuid": "o-1"}, "label": "x"}
        headers = {"api-version": "4.4"}
        path = f"/v4/events/recommendation-seen?token={source.source_id}"
        assert collector.request("POST", path, headers=headers, json=tracker).status_code == 202
        assert collector.sums(source.source_id) == before | {"no_consent": 3}
    finally:
        collector.stop()
