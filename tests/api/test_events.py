"""POST /v4/events/...: what back ends and apps send is stored whole, or refused with a reason."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from collector.auth.keys import hash_key, new_api_key
from collector.model.event import EventRecord
from collector.model.policy import Policy
from collector.model.source import Source
from collector.wire.synerise.events import KINDS, Kind
from tests.receive.running import FIREFOX, VISITOR, Running, wait_until

Send = Callable[..., httpx.Response]

ANN = {"email": "ann@shop.example"}
MONEY = {"amount": 2.5, "currency": "EUR"}
CART = {"sku": "mug", "quantity": 2, "finalUnitPrice": MONEY}
PARAMS: dict[str, dict[str, Any]] = {
    "application-started": {"applicationName": "shop", "version": "1.2"},
    "added-to-cart": CART,
    "removed-from-cart": CART,
    "assigned-to-company": {"companyId": 12},
    "recommendation-view": {"correlationId": "c", "items": ["mug"]},
    "item-search-click": {"correlationId": "c", "item": "mug"},
}


def key_of(collector: Running, source: Source, permissions: tuple[str, ...] = ("*",)) -> str:
    """A new key that writes through a source."""
    key = new_api_key()
    collector.store.add_api_key(
        "of this source", hash_key(key), source_id=source.source_id, permissions=permissions
    )
    return key


@pytest.fixture
def send(collector: Running, source: Source) -> Send:
    """Send a body below /v4/events; headers that are given as None are left out."""
    key = key_of(collector, source)

    def send(path: str, body: Any, **headers: str | None) -> httpx.Response:
        given: dict[str, Any] = {"authorization": f"Bearer {key}", "api_version": "4.4"}
        given |= {"content_type": "application/json"} | headers
        sent = {name.replace("_", "-"): value for name, value in given.items() if value is not None}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return collector.request("POST", f"/v4/events/{path}", headers=sent, content=content)

    return send


def event(**told: Any) -> dict[str, Any]:
    return {"client": ANN, "label": "kept nowhere"} | told


def of_kind(kind: Kind, **told: Any) -> dict[str, Any]:
    """The least that an endpoint takes."""
    body = event(**({"params": PARAMS[kind.path]} if kind.path in PARAMS else {}))
    return body | ({"action": "dog.bark"} if kind.action is None else {}) | told


def stored(collector: Running, source: Source) -> list[EventRecord]:
    return [one for one in collector.events(source.source_id) if not one.derived]


def faults(response: httpx.Response) -> dict[str, str]:
    """What was wrong with which field, of an answer in the contract's shape."""
    body = response.json()
    assert response.status_code == 400
    assert set(body) - {"errors"} == {"timestamp", "status", "error", "message", "path"}
    assert (body["status"], body["error"]) == (400, "Bad Request")
    assert body["path"].startswith("/events/")
    assert all(set(one) == {"code", "field", "message", "rejectedValue"} for one in body.get("errors", []))
    return {one["field"]: one["message"] for one in body.get("errors", [])}


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.path) for kind in KINDS])
class TestEachEndpoint:
    def test_the_least_is_stored(self, collector: Running, source: Source, send: Send, kind: Kind) -> None:
        response = send(kind.path, of_kind(kind))
        assert (response.status_code, response.content) == (202, b"")
        [one] = stored(collector, source)
        assert one.action == (kind.action or "dog.bark")
        assert one.params == PARAMS.get(kind.path, {})
        assert collector.store.find_profile("email", ANN["email"]) == collector.store.profile(
            one.profile_id or 0
        )
        assert "kept nowhere" not in repr(one)
        assert collector.files_hold("kept nowhere") == []

    def test_its_failures(self, collector: Running, source: Source, send: Send, kind: Kind) -> None:
        """400, 401, 403 and 415; nothing is stored, and what a known caller sent is counted."""
        good = of_kind(kind)
        assert faults(send(kind.path, {**good, "client": {}})) == {
            "client": "must hold one of id, customId, uuid, email"
        }
        if kind.demanded:
            fields = faults(send(kind.path, {**good, "params": dict.fromkeys(PARAMS[kind.path])}))
            assert fields == {f"params.{name}": "must not be null" for name in PARAMS[kind.path]}
        assert send(kind.path, good, authorization=None).status_code == 401
        assert send(kind.path, good, authorization="Bearer tw_wrong").status_code == 401
        assert send(kind.path, good, api_version=None).status_code == 400
        assert send(kind.path, good, content_type="text/plain").status_code == 415
        for permissions, status in (((kind.permission,), 202), (("API_CLIENT_CREATE",), 403)):
            key = key_of(collector, source, permissions)
            assert send(kind.path, good, authorization=f"Bearer {key}").status_code == status
        sums = collector.sums(source.source_id)
        assert sums.pop("derived", 0) >= 0
        expected = {"stored": 1, "invalid_id": 1, "malformed_body": 2, "not_authorised": 1}
        assert sums == expected | ({"malformed_event": 1} if kind.demanded else {})


class TestTheBody:
    def test_the_example_of_the_contract(self, collector: Running, source: Source, send: Send) -> None:
        known = send("custom", of_kind(KINDS[-3], client={"email": "dog@shop.example"}))
        assert known.status_code == 202
        dog = collector.store.find_profile("email", "dog@shop.example")
        assert dog is not None
        body = {
            "action": "dog.bark",
            "client": {"id": dog.client_id},
            "time": "2022-11-28T12:18:27Z",
            "params": {"loudness": 3, "mood": "happy", "mailmanScared": True},
            "label": "bark",
        }
        assert send("custom", body).status_code == 202
        one = stored(collector, source)[-1]
        assert (one.action, one.profile_id, one.time_ms) == ("dog.bark", dog.client_id, 1_669_637_907_000)
        assert one.params == body["params"]

    def test_reserved_params_are_ignored(self, collector: Running, source: Source, send: Send) -> None:
        reserved = ("modifiedBy", "apiKey", "eventUUID", "ip", "time", "businessProfileId")
        params = dict.fromkeys(reserved, "planted-77") | {"own": 1}
        assert send("shared", event(params=params)).status_code == 202
        [one] = stored(collector, source)
        assert one.params == {"own": 1}
        assert collector.files_hold("planted-77") == []

    def test_what_a_field_says_in_vain(self, collector: Running, source: Source, send: Send) -> None:
        """`action` where the path says it, unknown keys, nulls; dates and numbers stay as they were sent."""
        params = {"when": "2022-10-14T15:00:00", "n": 2, "big": 10**40, "none": None, "in": {"none": None}}
        body = event(action="not.this", more=1, type="custom", time=None, eventSalt=None, params=params)
        assert send("searched", body).status_code == 202
        [one] = stored(collector, source)
        assert one.action == "client.search"
        assert one.params == {"when": "2022-10-14T15:00:00", "n": 2, "big": 10**40, "in": {}}

    def test_the_address_and_browser_of_a_back_end_are_nobodys(
        self, collector: Running, source: Source, send: Send
    ) -> None:
        assert send("product-view", event(), user_agent=FIREFOX, dnt="1", sec_gpc="1").status_code == 202
        [one] = stored(collector, source)
        assert (one.params, one.context.get("address"), one.context["browser"]) == ({}, None, {})
        assert collector.files_hold(VISITOR) == []

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (b"", "JSON parse error: "),
            (b"{", "JSON parse error: "),
            (b'{"a": NaN}', "JSON parse error: "),
            (b"\xff\xfe", "JSON parse error: "),
            (b"[" * 100_000, "JSON parse error: "),
            (b" " * 1_048_577, "The body has more than 1048576 bytes. "),
        ],
    )
    def test_what_is_no_json(
        self, collector: Running, source: Source, send: Send, body: bytes, message: str
    ) -> None:
        for path in ("custom", "batch"):
            response = send(path, body)
            assert faults(response) == {}
            assert response.json()["message"].startswith(message)
        reason = "body_too_large" if len(body) > 1_048_576 else "malformed_body"
        assert collector.sums(source.source_id) == {reason: 2}

    def test_gzip_is_bounded(self, collector: Running, source: Source, send: Send) -> None:
        body = json.dumps(event()).encode()
        assert send("shared", gzip.compress(body), content_encoding="gzip").status_code == 202
        bomb = gzip.compress(b" " * 50_000_000 + body)
        assert faults(send("shared", bomb, content_encoding="gzip")) == {}
        assert faults(send("shared", b"no gzip", content_encoding="gzip")) == {}
        sums = collector.sums(source.source_id)
        assert (sums["stored"], sums["body_too_large"], sums["malformed_body"]) == (1, 1, 1)


class TestTheTime:
    """Contract, section 3."""

    @pytest.mark.parametrize(
        ("sent", "utc_ms"),
        [
            ("2022-10-14T15:00:00.000+01:00", 1_665_756_000_000),
            ("2022-10-14T22:00:00.000-08:00", 1_665_813_600_000),
            ("2022-05-23T13:00:00Z", 1_653_310_800_000),
            ("2022-05-23T09:00:00-04:00", 1_653_310_800_000),
            ("2022-05-23T07:00:00-06:00", 1_653_310_800_000),
            ("2022-05-23T13:00:00", 1_653_310_800_000),
        ],
    )
    def test_vectors(self, collector: Running, source: Source, send: Send, sent: str, utc_ms: int) -> None:
        assert send("shared", event(time=sent)).status_code == 202
        [one] = stored(collector, source)
        assert (one.time_ms, one.context["sent_time"]) == (utc_ms, sent)

    def test_the_future_becomes_the_receipt(self, collector: Running, source: Source, send: Send) -> None:
        assert send("shared", event(time="2099-01-01T00:00:00Z")).status_code == 202
        assert send("shared", event()).status_code == 202
        future, none = stored(collector, source)
        assert (future.time_ms, future.context["sent_time"]) == (future.received_ms, "2099-01-01T00:00:00Z")
        assert none.time_ms == none.received_ms
        assert "sent_time" not in none.context

    def test_the_misprint_is_refused(self, collector: Running, source: Source, send: Send) -> None:
        assert list(faults(send("shared", event(time="2022-10-14T15:00:000+01:00")))) == ["time"]
        assert collector.sums(source.source_id) == {"invalid_time": 1}


class TestTheSalt:
    """Contract, section 4."""

    def test_all_the_same_is_written_over(self, collector: Running, source: Source, send: Send) -> None:
        salted = {"eventSalt": "planted-salt-77", "time": "2022-05-23T13:00:00Z"}
        send("shared", event(params={"n": 1, "old": True}, **salted))
        [before] = stored(collector, source)
        again = salted | {"time": "2022-05-23T09:00:00-04:00", "client": {"id": before.profile_id}}
        assert send("shared", event(params={"n": 2}, **again)).status_code == 202
        [after] = stored(collector, source)
        assert (after.id, after.params) == (before.id, {"n": 2})
        for other in (
            {"eventSalt": "planted-salt-78"},
            {"time": "2022-05-23T13:00:00.001Z"},
            {"client": {"email": "bob@shop.example"}},
            {"eventSalt": None},
        ):
            assert send("shared", event(**(salted | other))).status_code == 202
        assert send("searched", event(**salted)).status_code == 202
        assert len(stored(collector, source)) == 6
        assert "planted-salt" not in repr(collector.events(source.source_id))
        assert collector.files_hold("planted-salt-77") == []

    def test_one_of_the_future_is_never_written_over(
        self, collector: Running, source: Source, send: Send
    ) -> None:
        """It becomes the time of receipt, which is one for all of a batch."""
        future = event(type="shared", eventSalt="s", time="2099-01-01T00:00:00Z")
        assert send("batch", [future, future]).status_code == 202
        assert len(stored(collector, source)) == 2


class TestTheClient:
    """Contract, section 2."""

    def test_the_first_that_is_known_decides_and_nobody_is_merged(
        self, collector: Running, source: Source, send: Send
    ) -> None:
        clients = ({"customId": "c-1"}, {"uuid": "b-1"}, {"email": "one@shop.example"})
        ids = []
        for client in clients:
            send("shared", event(client=client))
            ids.append(stored(collector, source)[-1].profile_id)
        everything = {"customId": "c-1", "uuid": "b-1", "email": "one@shop.example"}
        send("shared", event(client=everything))
        assert stored(collector, source)[-1].profile_id == ids[0]
        send("shared", event(client=everything | {"id": ids[2]}))
        assert stored(collector, source)[-1].profile_id == ids[2]
        send("shared", event(client={"id": str(ids[1])}))
        assert stored(collector, source)[-1].profile_id == ids[1]
        assert [found.client_id for one in ids if one and (found := collector.store.profile(one))] == ids

    def test_the_placeholder_of_an_email_is_the_uuid(
        self, collector: Running, source: Source, send: Send
    ) -> None:
        ids = []
        for client in ({"uuid": "P-1"}, {"email": "P-1@Anonymous.invalid"}):
            assert send("shared", event(client=client)).status_code == 202
            ids.append(stored(collector, source)[-1].profile_id)
        assert ids[0] == ids[1] is not None
        both = {"uuid": "P-2", "email": "P-1@anonymous.invalid"}
        assert send("shared", event(client=both)).status_code == 202
        assert stored(collector, source)[-1].uuid == "P-2"
        assert collector.store.find_profile("email", "p-1@anonymous.invalid") is None
        assert set(faults(send("shared", event(client={"email": "null@anonymous.invalid"})))) == {"client"}

    @pytest.mark.parametrize("name", ["uuid", "customId"])
    def test_nobody_is_no_identifier(self, collector: Running, source: Source, send: Send, name: str) -> None:
        told = faults(send("shared", event(client={name: "null"})))[f"client.{name}"]
        assert told.startswith('must tell one person from another. "null" is what broken code sends')
        assert stored(collector, source) == []

    @pytest.mark.parametrize("path", ["custom/", "batch/"])
    def test_a_slash_too_many_is_404(self, send: Send, path: str) -> None:
        response = send(path, event())
        assert (response.status_code, response.json()["message"]) == (404, "There is nothing at this path.")
        assert "location" not in response.headers

    def test_an_unknown_id_alone_is_taken_and_counted(
        self, collector: Running, source: Source, send: Send
    ) -> None:
        for unknown in (987_654_321, -1, 2**63 - 1):
            assert send("shared", event(client={"id": unknown})).status_code == 202
        assert collector.sums(source.source_id) == {"unknown_profile": 3}

    def test_an_email_in_params_is_the_profiles_own(
        self, collector: Running, source: Source, send: Send
    ) -> None:
        email = "eve@shop.example"
        client = {"email": email, "customId": "eve"}
        assert send("shared", event(client=client, params={"email": email})).status_code == 202
        assert send("shared", event(client={"customId": "eve"}, params={"email": email})).status_code == 202
        assert send("shared", event(client={"customId": "eve"}, params={"email": None})).status_code == 202
        for client, told in (
            ({"customId": "eve"}, "bob@shop.example"),
            ({"customId": "eve"}, email.upper()),
            ({"customId": "eve"}, 7),
            ({"customId": "nobody yet"}, email),
            ({"email": "new@shop.example"}, email),
        ):
            assert faults(send("shared", event(client=client, params={"email": told}))) == {
                "params.email": "must be the e-mail address of the profile"
            }
        bad = [
            event(type="shared", client={"customId": "eve"}, params={"email": told}) for told in (email, "x")
        ]
        assert list(faults(send("batch", bad))) == ["[1].params.email"]
        sums = collector.sums(source.source_id)
        assert (sums["stored"], sums["malformed_event"]) == (3, 7)


class TestTheBatch:
    """Contract, section 6."""

    def test_all_kinds_at_once(self, collector: Running, source: Source, send: Send) -> None:
        batch = [of_kind(kind, type=kind.path) for kind in KINDS]
        response = send("batch", batch)
        assert (response.status_code, response.content) == (202, b"")
        assert [one.action for one in stored(collector, source)] == [k.action or "dog.bark" for k in KINDS]

    def test_the_limits(self, collector: Running, source: Source, send: Send) -> None:
        assert send("batch", []).status_code == 202
        batch = [event(type="hit-timer", client={"customId": f"c-{n % 50}"}) for n in range(1000)]
        assert send("batch", batch).status_code == 202
        assert len(stored(collector, source)) == 1000
        response = send("batch", [*batch, batch[0]])
        assert faults(response) == {}
        assert "1001 items" in response.json()["message"]
        assert collector.sums(source.source_id) == {"stored": 1000, "too_many_events": 1001}

    def test_one_bad_item_is_400_for_all(self, collector: Running, source: Source, send: Send) -> None:
        batch = [event(type="shared") for _ in range(3)] + [event(type="shared", client={})]
        assert list(faults(send("batch", batch))) == ["[3].client"]
        batch = [event(type="shared"), event(type="shared", client={"uuid": "b"})]
        assert list(faults(send("batch", batch))) == ["[1].client"]
        assert list(faults(send("batch", [event(type="nothing")]))) == ["[0].type"]
        assert faults(send("batch", {"type": "shared"})) == {}
        assert stored(collector, source) == []
        assert collector.sums(source.source_id) == {
            "invalid_id": 6,
            "malformed_event": 1,
            "malformed_body": 1,
        }

    def test_a_charge_is_a_plain_event(self, collector: Running, source: Source, send: Send) -> None:
        params = {"products": [{"sku": "a"}]}
        charge = event(action="transaction.charge", params=params)
        assert send("custom", charge).status_code == 202
        assert send("batch", [charge | {"type": "custom"}]).status_code == 202
        assert [one.params for one in stored(collector, source)] == [params, params]
        assert collector.store.events(source.source_id, action="product.buy") == []

    def test_its_permission(self, collector: Running, source: Source, send: Send) -> None:
        for permission, status in (("API_BATCH_EVENTS_CREATE", 202), ("API_SHARED_EVENTS_CREATE", 403)):
            bearer = f"Bearer {key_of(collector, source, (permission,))}"
            assert send("batch", [event(type="shared")], authorization=bearer).status_code == status


class TestThePolicy:
    """What the rules refuse is counted and answered as if it were taken."""

    def test_it_is_obeyed(self, collector: Running, send: Send) -> None:
        policy = Policy(block=("client.search",), block_params=("colour", "customId"))
        source = collector.store.add_source("strict", policy=policy)
        bearer = f"Bearer {key_of(collector, source)}"
        client = {"email": "pat@shop.example", "customId": "planted-custom-id"}
        assert send("searched", event(client=client), authorization=bearer).status_code == 202
        batch = [
            event(type=name, client=client, params={"colour": "planted-red", "n": 1})
            for name in ("searched", "shared")
        ]
        assert send("batch", batch, authorization=bearer).status_code == 202
        [one] = stored(collector, source)
        assert (one.action, one.params) == ("client.shared", {"n": 1})
        sums = collector.sums(source.source_id)
        assert (sums["action_blocked"], sums["stored"]) == (2, 1)
        assert collector.files_hold("planted-") == []

    def test_a_source_that_is_off_takes_nothing(self, collector: Running, source: Source, send: Send) -> None:
        collector.store.save_source(source.source_id, enabled=False)
        wait_until(lambda: send("batch", [event(type="shared")] * 3).status_code == 403)
        assert send("shared", event()).json()["message"] == "This source is switched off."
        assert collector.sums(source.source_id)["source_disabled"] == 4


def test_the_clock_needs_no_token(collector: Running) -> None:
    response = collector.request("GET", "/v4/server/time", headers={"Api-Version": "4.4"})
    assert response.status_code == 200
    [(name, text)] = response.json().items()
    assert name == "serverTime"
    assert len(text) == len("2019-08-24T14:15:22Z")
    assert text.endswith("Z")
    assert collector.request("GET", "/v4/server/time").status_code == 400
