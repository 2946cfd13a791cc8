"""Transactions as back ends write them: taken whole, or refused field by field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.model.client import Client, ServerEvent
from collector.wire.synerise import transactions
from collector.wire.synerise.faults import BadBody
from collector.wire.synerise.transactions import CHARGE, read_transaction, read_transactions


def eur(amount: float) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


MUG = {"sku": "mug", "name": "Mug", "finalUnitPrice": eur(9.5), "quantity": 2}
LEAST: dict[str, Any] = {
    "client": {"email": "ann@shop.example"},
    "orderId": "o-1",
    "paymentInfo": {"method": "CARD"},
    "products": [MUG],
    "revenue": eur(19),
    "value": eur(15.45),
    "source": "WEB_DESKTOP",
}
NOTHING = object()


def changed(path: str, value: Any) -> dict[str, Any]:
    """LEAST with one value at a path (`products.0.sku`) changed or, for NOTHING, taken out."""
    body = json.loads(json.dumps(LEAST))
    *way, last = (int(part) if part.isdigit() else part for part in path.split("."))
    place: Any = body
    for part in way:
        place = place[part]
    if value is NOTHING:
        del place[last]
    else:
        place[last] = value
    return dict(body)


def read(body: Any) -> Any:
    return read_transaction(json.dumps(body).encode())


def faults(body: Any) -> dict[str, str]:
    with pytest.raises(BadBody) as bad:
        read(body)
    return {fault.field: fault.message for fault in bad.value.faults}


def test_all_but_the_client_the_time_and_the_salt_are_params() -> None:
    body = LEAST | {
        "discountAmount": eur(0.01),
        "recordedAt": "2022-10-14T15:00:00.000+01:00",
        "eventSalt": "s",
        "products": [MUG | {"netUnitPrice": eur(0), "tax": 23, "categories": ["a"], "colour": "blue"}],
        "metadata": {"till": 4, "deep": {"er": [1, None]}, "gone": None},
        "unknown": 1,
    }
    raw = read(body)
    client = Client(email="ann@shop.example")
    assert raw.action == CHARGE == "transaction.charge"
    assert raw.server == ServerEvent(client=client, salt="s", transaction=True)
    assert raw.time == "2022-10-14T15:00:00.000+01:00"
    assert raw.params == {
        **{name: body[name] for name in ("orderId", "paymentInfo", "products", "revenue", "value", "source")},
        "discountAmount": eur(0.01),
        "till": 4,
        "deep": {"er": [1, None]},
    }


def test_null_is_as_absent_where_nothing_is_demanded() -> None:
    body = LEAST | dict.fromkeys(["discountAmount", "metadata", "recordedAt", "eventSalt", "label"])
    optional = ["netUnitPrice", "regularPrice", "discountPrice", "discountPercent", "tax", "url", "image"]
    body["products"] = [MUG | dict.fromkeys([*optional, "categories", "colour"])]
    assert read(body) == read(LEAST)
    assert read(LEAST | {"products": []}).params["products"] == []


def test_metadata_sets_no_name_of_the_transaction() -> None:
    fixed = ["orderId", "products", "discountAmount", "client", "recordedAt", "eventSalt", "metadata"]
    raw = read(LEAST | {"metadata": dict.fromkeys(fixed, "mine") | {"eventsalt": "kept"}})
    assert raw.params == read(LEAST).params | {"eventsalt": "kept"}


@pytest.mark.parametrize(
    "path",
    [
        *("client", "orderId", "paymentInfo", "paymentInfo.method", "products", "revenue", "revenue.amount"),
        *("value", "value.amount", "source", "products.0.sku", "products.0.name", "products.0.quantity"),
        *("products.0.finalUnitPrice", "products.0.finalUnitPrice.amount"),
    ],
)
def test_what_is_demanded_may_be_neither_absent_nor_null(path: str) -> None:
    field = path.replace(".0", "[0]")
    for value in (NOTHING, None):
        assert faults(changed(path, value)) == {field: "must not be null"}


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("client", {}, "client"),
        ("client", {"email": "x"}, "client.email"),
        ("orderId", 12, "orderId"),
        ("orderId", "", "orderId"),
        ("paymentInfo", "CARD", "paymentInfo"),
        ("products", {}, "products"),
        ("products", [MUG] * 1001, "products"),
        ("products.0", "mug", "products[0]"),
        ("products.0.quantity", "2", "products[0].quantity"),
        ("products.0.tax", True, "products[0].tax"),
        ("products.0.categories", "a", "products[0].categories"),
        ("products.0.regularPrice", 12, "products[0].regularPrice"),
        ("products.0.discountPrice", eur(-1), "products[0].discountPrice.amount"),
        ("revenue.amount", -0.01, "revenue.amount"),
        ("revenue.amount", "19", "revenue.amount"),
        ("value", eur(-1), "value.amount"),
        ("discountAmount", eur(0), "discountAmount.amount"),
        ("discountAmount", eur(-1), "discountAmount.amount"),
        ("source", "web_desktop", "source"),
        ("source", "FRIDGE", "source"),
        ("metadata", [], "metadata"),
        ("metadata", {"x": "y" * 256_000}, "metadata"),
        ("products", [MUG | {"text": "y" * 32_000}] * 8, "products"),
        ("recordedAt", "2022-10-14T15:00:000+01:00", "recordedAt"),
        ("recordedAt", 1_767_268_800_000, "recordedAt"),
        ("eventSalt", "", "eventSalt"),
        ("value.currency", "USD", "value.currency"),
        ("products.0.finalUnitPrice.currency", "eur", "products[0].finalUnitPrice.currency"),
        ("products.0.netUnitPrice", {"amount": 1, "currency": "PLN"}, "products[0].netUnitPrice.currency"),
        ("discountAmount", {"amount": 1, "currency": "PLN"}, "discountAmount.currency"),
    ],
)
def test_what_breaks_a_rule_is_named(path: str, value: Any, field: str) -> None:
    found = faults(changed(path, value))
    assert list(found) == [field]
    assert found[field]


def test_all_faults_are_named_at_once() -> None:
    body = changed("revenue", eur(-1)) | {"source": "x", "orderId": None}
    assert set(faults(body)) == {"revenue.amount", "source", "orderId"}


@pytest.mark.parametrize("value", [NOTHING, None])
@pytest.mark.parametrize("path", ["revenue", "value", "products.0.finalUnitPrice"])
def test_an_amount_without_a_currency_cannot_be_read(path: str, value: Any) -> None:
    with pytest.raises(BadBody) as bad:
        read(changed(f"{path}.currency", value))
    assert bad.value.message.startswith("JSON parse error: Missing property: 'currency'")
    assert path.replace(".0", "[0]") in bad.value.message
    assert bad.value.faults == ()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"7", b'"x"', b"\xff"])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadBody):
        read_transaction(body)


class TestMany:
    def read(self, *bodies: Any) -> Any:
        return read_transactions(json.dumps(bodies).encode())

    def test_they_keep_their_order(self) -> None:
        raws = self.read(*(changed("orderId", f"o-{n}") for n in range(3)))
        assert [(raw.index, raw.params["orderId"]) for raw in raws] == [(n, f"o-{n}") for n in range(3)]
        assert self.read() == []

    def test_different_identifiers_may_be_mixed(self) -> None:
        assert len(self.read(LEAST, changed("client", {"customId": "c"}))) == 2

    def test_one_bad_item_names_its_place(self) -> None:
        with pytest.raises(BadBody) as bad:
            self.read(LEAST, changed("client", NOTHING), 7, changed("value.currency", "USD"))
        assert [fault.field for fault in bad.value.faults] == ["[1].client", "[2]", "[3].value.currency"]
        with pytest.raises(BadBody, match=r"'currency' in \[1\]\.revenue\."):
            self.read(LEAST, changed("revenue.currency", NOTHING))

    def test_a_thousand_are_enough(self, monkeypatch: pytest.MonkeyPatch) -> None:
        body = b"[" + b",".join([b"0"] * 1001) + b"]"
        with pytest.raises(BadBody, match="1000 are allowed"):
            read_transactions(body)
        with pytest.raises(BadBody, match="must be an array"):
            read_transactions(json.dumps(LEAST).encode())


names = st.text("abcdefS", min_size=1, max_size=3) | st.sampled_from(sorted(transactions._FIXED))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(names, values, max_size=6))
def test_whatever_metadata_holds_the_transaction_stays_what_it_is(metadata: dict[str, Any]) -> None:
    params = read(LEAST | {"metadata": metadata}).params
    plain = read(LEAST).params
    assert {name: params[name] for name in plain} == plain
    given_names = {name for name, value in metadata.items() if value is not None}
    assert set(params) - set(plain) == given_names - transactions._FIXED


currencies = st.sampled_from(["EUR", "USD"])


@given(st.lists(st.lists(currencies, min_size=4, max_size=4), max_size=3), currencies, currencies)
def test_it_is_taken_exactly_where_there_is_one_currency(
    of_products: list[list[str]], revenue: str, discount: str
) -> None:
    prices = ("finalUnitPrice", "netUnitPrice", "regularPrice", "discountPrice")
    products = [
        MUG | {name: {"amount": 1, "currency": c} for name, c in zip(prices, row, strict=True)}
        for row in of_products
    ]
    body = LEAST | {"products": products, "discountAmount": {"amount": 1, "currency": discount}}
    body |= {name: {"amount": 1, "currency": revenue} for name in ("revenue", "value")}
    others = sum(c != revenue for row in [*of_products, [discount]] for c in row)
    if others:
        assert len(faults(body)) == others
    else:
        assert read(body).params["products"] == products
