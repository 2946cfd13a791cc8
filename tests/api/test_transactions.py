"""POST /v4/transactions: one transaction.charge, and a product.buy for each product by its place."""

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
from tests.receive.running import FIREFOX, Running, wait_until
from tests.wire.test_synerise_transactions import LEAST, MUG, eur

Send = Callable[..., httpx.Response]

ONE, MANY = "/v4/transactions", "/v4/transactions/batch"


def product(sku: str, **told: Any) -> dict[str, Any]:
    return MUG | {"sku": sku} | told


A, B, C, D = (product(sku) for sku in "ABCD")
SALTED = {"eventSalt": "salt-1", "recordedAt": "2022-05-23T13:00:00Z"}


@pytest.fixture
def send(collector: Running, source: Source) -> Send:
    """Send a body through the source of the test; headers that are given as None are left out."""
    key = new_api_key()
    collector.store.add_api_key("till", hash_key(key), source_id=source.source_id)

    def send(body: Any, path: str = ONE, **headers: str | None) -> httpx.Response:
        given: dict[str, Any] = {"authorization": f"Bearer {key}", "api_version": "4.4"}
        given |= {"content_type": "application/json", "user_agent": FIREFOX} | headers
        sent = {name.replace("_", "-"): value for name, value in given.items() if value is not None}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return collector.request("POST", path, headers=sent, content=content)

    return send


def of(collector: Running, source: Source, action: str) -> list[EventRecord]:
    return collector.store.events(source.source_id, action=action)


def bought(collector: Running, source: Source) -> list[tuple[str, str]]:
    return [(buy.id, buy.params["sku"]) for buy in of(collector, source, "product.buy")]


def test_a_transaction_is_a_charge_and_its_products(collector: Running, source: Source, send: Send) -> None:
    products = [A, product("B", colour="blue", quantity=0.5, source="mine", netUnitPrice=None)]
    body = LEAST | {"products": products, "metadata": {"till": 4, "ip": "203.0.113.9", "email": "x"}}
    body["recordedAt"] = "2022-10-14T15:00:00.000+01:00"
    response = send(body)
    assert (response.status_code, response.content) == (202, b"")
    [charge] = of(collector, source, "transaction.charge")
    buys = of(collector, source, "product.buy")
    kept = [A, {name: value for name, value in products[1].items() if value is not None}]
    same = {name: LEAST[name] for name in ("orderId", "paymentInfo", "revenue", "value", "source")}
    assert charge.params == same | {"products": kept, "till": 4, "email": "x"}
    assert charge.time_ms == 1_665_756_000_000  # 2022-10-14T14:00:00.000Z
    assert charge.context["sent_time"] == body["recordedAt"]
    assert not charge.derived
    of_order = {"orderId": "o-1", "source": "WEB_DESKTOP", "transactionUUID": charge.id}
    assert [buy.params for buy in buys] == [each | of_order for each in kept]
    ann = collector.store.find_profile("email", "ann@shop.example")
    assert ann is not None
    for each in (charge, *buys):
        assert each.profile_id == ann.client_id
        assert each.time_ms == charge.time_ms
        # The address and the program are the server's own, not the visitor's.
        assert not {"address", "session"} & each.context.keys()
        assert not each.context.get("browser")
    assert all(buy.derived for buy in buys)
    assert collector.sums(source.source_id) == {"stored": 1, "derived": 2}


def test_a_salt_writes_over_by_place(collector: Running, source: Source, send: Send) -> None:
    """A,B,C, then A,B,D,C: D takes C's event, and C gets a new one; what is dropped keeps its own."""
    first = LEAST | SALTED | {"products": [A, B, C], "metadata": {"till": 4, "note": "x"}}
    assert send(first).status_code == 202
    before, [charge] = bought(collector, source), of(collector, source, "transaction.charge")
    assert [sku for _, sku in before] == ["A", "B", "C"]
    second = LEAST | SALTED | {"products": [A, B, D, C], "metadata": {"till": 5, "note": None}}
    assert send([second], MANY).status_code == 202
    after, [again] = bought(collector, source), of(collector, source, "transaction.charge")
    assert [id for id, _ in after[:3]] == [id for id, _ in before]
    assert [sku for _, sku in after] == ["A", "B", "D", "C"]
    assert again.id == charge.id
    assert again.params["till"] == 5
    assert "note" not in again.params, "a key of null is gone, as is one that is left out"
    assert send(LEAST | SALTED | {"products": [D], "source": "POS"}).status_code == 202
    assert [sku for _, sku in bought(collector, source)] == ["D", "B", "D", "C"]
    [last] = of(collector, source, "transaction.charge")
    assert (last.params["source"], "till" in last.params) == ("POS", False)
    assert "salt-1" not in repr(collector.events(source.source_id))


@pytest.mark.parametrize(
    ("other", "number"),
    [
        pytest.param({}, 1, id="the same"),
        pytest.param({"recordedAt": "2022-05-23T09:00:00-04:00"}, 1, id="the same moment"),
        pytest.param({"recordedAt": "2022-05-23T13:00:00.001Z"}, 2, id="a ms later"),
        pytest.param({"eventSalt": "salt-2"}, 2, id="another salt"),
        pytest.param({"eventSalt": None}, 2, id="no salt"),
        pytest.param({"client": {"email": "bob@shop.example"}}, 2, id="another profile"),
    ],
)
def test_only_the_salt_writes_over(
    collector: Running, source: Source, send: Send, other: dict[str, Any], number: int
) -> None:
    for body in (LEAST | SALTED, LEAST | SALTED | other):
        assert send(body).status_code == 202
    assert len(of(collector, source, "transaction.charge")) == number
    assert len(bought(collector, source)) == number


def test_an_order_sent_twice_is_two_and_a_future_one_is_now(
    collector: Running, source: Source, send: Send
) -> None:
    future = LEAST | {"recordedAt": "2199-01-01T00:00:00Z", "eventSalt": "f"}
    assert [send(body).status_code for body in (LEAST, LEAST, future)] == [202] * 3
    charges = of(collector, source, "transaction.charge")
    assert len({charge.id for charge in charges}) == 3
    assert charges[2].time_ms == charges[2].received_ms
    assert charges[2].context["sent_time"] == "2199-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param({"block_params": ("products",)}, id="products blocked"),
        pytest.param({"allow_params": ("orderId", "revenue.*")}, id="products not allowed"),
        pytest.param({"mask_params": ("products",)}, id="products masked"),
        pytest.param({"block": ("product.buy",)}, id="product.buy blocked"),
        pytest.param({"allow": ("transaction.*",)}, id="product.buy not allowed"),
    ],
)
def test_what_the_policy_takes_out_derives_nothing(
    collector: Running, source: Source, send: Send, policy: dict[str, Any]
) -> None:
    collector.store.save_policy(source.source_id, Policy(**policy), author="ada", comment="")
    client = {"uuid": f"u-{'-'.join(policy)}"}

    def taken() -> bool:
        assert send(LEAST | {"client": client}).status_code == 202
        found = collector.events(source.source_id)
        fresh = len(found) - len(seen)
        seen[:] = found
        return fresh == 1

    seen: list[EventRecord] = []
    wait_until(taken)  # a policy is in force within a second
    [*_, last] = collector.events(source.source_id)
    assert last.action == "transaction.charge"
    if "block" not in policy and "allow" not in policy:
        assert not isinstance(last.params.get("products"), list)


def test_a_blocked_charge_is_counted_and_answered_as_if_taken(
    collector: Running, source: Source, send: Send
) -> None:
    collector.store.save_policy(source.source_id, Policy(block=("transaction.*",)), author="ada", comment="")

    def refused() -> bool:
        assert send(LEAST).status_code == 202
        return bool(collector.sums(source.source_id).get("action_blocked"))

    wait_until(refused)
    before = len(collector.events(source.source_id))
    assert send(LEAST).status_code == 202
    assert len(collector.events(source.source_id)) == before


def test_a_bad_one_is_refused_with_the_error_body(collector: Running, source: Source, send: Send) -> None:
    response = send(LEAST | {"revenue": eur(-1), "source": "FRIDGE"})
    assert response.status_code == 400
    error = response.json()
    assert (error["status"], error["error"], error["path"]) == (400, "Bad Request", "/transactions")
    assert error["message"] == "Some fields did not pass validation"
    assert [(one["field"], one["rejectedValue"]) for one in error["errors"]] == [
        ("revenue.amount", -1),
        ("source", "FRIDGE"),
    ]
    response = send(LEAST | {"revenue": {"amount": 2}})
    assert response.status_code == 400
    assert response.json()["message"].startswith("JSON parse error: Missing property: 'currency'")
    assert "errors" not in response.json()
    assert collector.events(source.source_id) == []


class TestBatch:
    def test_a_thousand_are_taken_and_one_more_is_not(
        self, collector: Running, source: Source, send: Send
    ) -> None:
        many = [LEAST | {"orderId": f"o-{n}", "client": {"uuid": f"n-{n % 9}"}} for n in range(1000)]
        assert (
            send(gzip.compress(json.dumps(many).encode()), MANY, content_encoding="gzip").status_code == 202
        )
        charges = of(collector, source, "transaction.charge")
        assert [charge.params["orderId"] for charge in charges] == [f"o-{n}" for n in range(1000)]
        assert len(bought(collector, source)) == 1000
        refused = send([*many, LEAST], MANY)
        assert refused.status_code == 400
        assert "1000 are allowed" in refused.json()["message"]
        assert len(of(collector, source, "transaction.charge")) == 1000

    def test_one_bad_item_refuses_all(self, collector: Running, source: Source, send: Send) -> None:
        response = send([LEAST, LEAST | {"client": {}}, LEAST | {"value": eur(-2)}], MANY)
        assert response.status_code == 400
        assert [one["field"] for one in response.json()["errors"]] == ["[1].client", "[2].value.amount"]
        assert response.json()["path"] == "/transactions/batch"
        assert collector.events(source.source_id) == []

    def test_an_empty_one_is_taken(self, send: Send) -> None:
        assert send([], MANY).status_code == 202

    def test_too_many_bytes_are_refused(self, send: Send) -> None:
        response = send([LEAST | {"metadata": {"x": "y" * 100_000}}] * 11, MANY)
        assert response.status_code == 400
        assert "1048576 bytes" in response.json()["message"]


@pytest.mark.parametrize("path", [ONE, MANY])
@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (401, {"authorization": None}),
        (401, {"authorization": "Bearer tw_wrong"}),
        (400, {"api_version": None}),
        (400, {"api_version": "4.3"}),
        (415, {"content_type": "text/plain"}),
    ],
)
def test_the_common_rules_hold(path: str, status: int, headers: dict[str, Any], send: Send) -> None:
    body = LEAST if path == ONE else [LEAST]
    response = send(body, path, **headers)
    assert (response.status_code, response.json()["status"]) == (status, status)


def test_each_asks_for_its_own_permission(collector: Running, send: Send) -> None:
    permissions = {ONE: "API_TRANSACTION_CREATE", MANY: "API_BATCH_TRANSACTION_CREATE"}
    for path, name in permissions.items():
        other = next(one for one in permissions.values() if one != name)
        for allowed, status in ((name, 202), (other, 403)):
            key = new_api_key()
            collector.store.add_api_key("narrow", hash_key(key), permissions=(allowed,))
            body = LEAST if path == ONE else [LEAST]
            assert send(body, path, authorization=f"Bearer {key}").status_code == status
