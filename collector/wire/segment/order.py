"""An "Order Completed" as a transaction (contracts/synerise-events-api.md section 7).

An order is taken as far as it can be read: whatever else it tells stands beside, by its own name.
"""

import math
from collections.abc import Iterable
from typing import Any

from collector.model.event import Params, RawEvent
from collector.model.outcome import Rejected

MAX_PRODUCTS = 1000
"""Products of one body that make events of their own; of orders past that only the order is kept."""

_TOTALS = ("total", "value", "revenue")
"""What was paid, after tax."""

_BEFORE_TAX = ("subtotal", "revenue", "value", "total")
_MONEY = frozenset({*_TOTALS, "subtotal", "discount"})
_TAKEN = frozenset({"order_id", "products", "currency", "payment_method"})
_OF_A_PRODUCT = {"url": "url", "image_url": "image", "name": "name"}


def transaction(order: Params) -> Params:
    """Return the params of a transaction.charge."""
    currency = order.get("currency")
    made: Params = {}
    if (order_id := order.get("order_id")) is not None:
        made["orderId"] = str(order_id) if isinstance(order_id, int) else order_id
    if isinstance(method := order.get("payment_method"), str):
        made["paymentInfo"] = {"method": method}
    made["products"] = [_product(one, currency) for one in products(order)]
    for name, told in (("revenue", _TOTALS), ("value", _BEFORE_TAX)):
        if (
            amount := next((a for each in told if (a := _amount(order.get(each))) is not None), None)
        ) is not None:
            made[name] = _money(amount, currency)
    if discount := _amount(order.get("discount")):
        made["discountAmount"] = _money(discount, currency)
    rest = {name: value for name, value in order.items() if name not in _TAKEN | _MONEY}
    return {**rest, **made}


def products(order: Params) -> list[Params]:
    """The products of an order."""
    told = order.get("products")
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def limit_products(events: Iterable[RawEvent | Rejected]) -> None:
    """Let the products of a body's orders make events of their own as far as MAX_PRODUCTS goes."""
    left = MAX_PRODUCTS
    for event in events:
        if isinstance(event, RawEvent) and event.server is not None:
            count = len(products(event.params))
            if count > left:
                event.server = None
            else:
                left -= count


def _product(sent: Params, currency: Any) -> Params:
    sku = "sku" if sent.get("sku") else "product_id"
    quantity = _amount(sent.get("quantity"))
    made: Params = {"quantity": 1 if quantity is None else quantity}
    if sku in sent:
        made["sku"] = str(sent[sku]) if isinstance(sent[sku], int) else sent[sku]
    if (price := _amount(sent.get("price"))) is not None:
        made["finalUnitPrice"] = _money(price, sent.get("currency", currency))
    if isinstance(category := sent.get("category"), str):
        made["categories"] = [category]
    made |= {ours: sent[theirs] for theirs, ours in _OF_A_PRODUCT.items() if theirs in sent}
    taken = {sku, "quantity", "price", "category", *_OF_A_PRODUCT}
    return {**{name: value for name, value in sent.items() if name not in taken}, **made}


def _money(amount: int | float, currency: Any) -> Params:
    return {"amount": amount, "currency": currency} if isinstance(currency, str) else {"amount": amount}


def _amount(value: Any) -> int | float | None:
    """A number, also one that was sent as text; None for anything else."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
