"""The products of a transaction, each an event of its own (contracts/synerise-events-api.md section 7)."""

import uuid as uuids
from collections.abc import Iterator
from typing import NamedTuple

from collector.model.event import Params, StoredEvent

BUY = "product.buy"


class Bought(NamedTuple):
    """What one product.buy is made of."""

    event_id: str
    label: str
    params: Params


def bought(charge: StoredEvent) -> Iterator[Bought]:
    """Yield the products that the kept params of a transaction.charge still hold.

    An id is made of the transaction's and the product's place, not its sku: a transaction that is
    written over writes over its products one by one.
    """
    products = charge.params.get("products")
    common: Params = {name: charge.params[name] for name in ("orderId", "source") if name in charge.params}
    for place, product in enumerate(products if isinstance(products, list) else ()):
        if isinstance(product, dict):
            yield Bought(
                str(uuids.uuid5(uuids.UUID(charge.id), str(place))),
                "Product bought",
                {**product, **common, "transactionUUID": charge.id},
            )
