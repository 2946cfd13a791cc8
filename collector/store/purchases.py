"""The products of a transaction, each an event of its own (contracts/synerise-events-api.md section 7)."""

import uuid as uuids
from collections.abc import Iterator

import msgspec

from collector.model.event import RESERVED_PARAMS, Params, StoredEvent

BUY = "product.buy"


def bought(charge: StoredEvent) -> Iterator[StoredEvent]:
    """Yield a product.buy for each product that the kept params of a transaction.charge still hold.

    An id is made of the transaction's and the product's place, not its sku: a transaction that is
    written over writes over its products one by one.
    """
    products = charge.params.get("products")
    # The transaction's own words have been under the rules already: a hash is not hashed again.
    common: Params = {name: charge.params[name] for name in ("orderId", "source") if name in charge.params}
    common["transactionUUID"] = charge.id
    for place, product in enumerate(products if isinstance(products, list) else ()):
        if not isinstance(product, dict):
            continue
        own = {
            name: value
            for name, value in product.items()
            if name not in common and name not in RESERVED_PARAMS
        }
        id = str(uuids.uuid5(uuids.UUID(charge.id), str(place)))
        made = charge.derive(BUY, "Product bought", own, charge.time_ms, id=id)
        if made is not None:
            yield msgspec.structs.replace(made, params=made.params | common)
