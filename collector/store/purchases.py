"""The products of a transaction, each an event of its own (contracts/synerise-events-api.md section 7)."""

import uuid as uuids
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, bindparam, select

from collector.model.event import RESERVED_PARAMS, Params, StoredEvent
from collector.store.bulk import rows_in
from collector.store.tables import events
from collector.store.tombstones import namespace_of, salt_of

CHARGE, BUY = "transaction.charge", "product.buy"

_VALUES: BindParameter[Any] = bindparam("values", expanding=True)
_CHARGES = select(events.c.source, events.c.event_id, events.c.params).where(
    events.c.seq.in_(_VALUES), events.c.action == bindparam("action")
)
_PRODUCTS = select(events.c.seq).where(
    events.c.source == bindparam("source"),
    events.c.event_id.in_(_VALUES),
    events.c.action == bindparam("action"),
)


def bought(charge: StoredEvent, namespace: uuids.UUID) -> Iterator[StoredEvent]:
    """Yield a product.buy for each product that the kept params of a transaction.charge still hold.

    An id is made of the transaction's and the product's place, not its sku: a transaction that is
    written over writes over its products one by one. `namespace` is secret: where a sender may choose the
    transaction's id, nobody takes its products' ids first.
    """
    products = charge.params.get("products")
    ids = product_ids(charge.source, charge.id, charge.params, namespace)
    # The transaction's own words have been under the rules already: a hash is not hashed again.
    common: Params = {name: charge.params[name] for name in ("orderId", "source") if name in charge.params}
    common["transactionUUID"] = charge.id
    for id, product in zip(ids, products if isinstance(products, list) else (), strict=True):
        if not isinstance(product, dict):
            continue
        own = {
            name: value
            for name, value in product.items()
            if name not in common and name not in RESERVED_PARAMS
        }
        made = charge.derive(BUY, "Product bought", own, charge.time_ms, id=id)
        if made is not None:
            yield msgspec.structs.replace(made, params=made.params | common)


def products_of(connection: Connection, workspace: int, seqs: Iterable[int]) -> set[int]:
    """The `seq` of the product.buy events of those transactions that are among these events."""
    namespace = namespace_of(salt_of(connection, workspace))
    found: set[int] = set()
    for charge in rows_in(connection, _CHARGES, seqs, action=CHARGE):
        ids = product_ids(charge.source, charge.event_id, msgspec.json.decode(charge.params), namespace)
        found.update(row.seq for row in rows_in(connection, _PRODUCTS, ids, source=charge.source, action=BUY))
    return found


def product_ids(source: int, charge_id: str, params: Params, namespace: uuids.UUID) -> list[str]:
    """The ids of the product.buy events of a transaction, one a product."""
    products = params.get("products")
    count = len(products) if isinstance(products, list) else 0
    return [str(uuids.uuid5(namespace, f"{source}:{charge_id}:{place}")) for place in range(count)]
