"""Transactions that back ends send, alone or many at once (contracts/synerise-events-api.md section 7).

Null is as absent, and a fault where a value is demanded. What is sent under the salt of an earlier
transaction takes the place of all of it, so that a key of null and a key left out both take that key away.
"""

from collections.abc import Iterator
from typing import Annotated, Any, NotRequired

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema
from typing_extensions import TypedDict

from collector.model.client import ServerEvent
from collector.model.event import Params, RawEvent
from collector.wire.synerise.batch import MAX_ITEMS, read_items
from collector.wire.synerise.common import Client, EventSalt, Number, Origin, Time, free
from collector.wire.synerise.faults import (
    MAX_FAULTS,
    MISSING,
    OUT_OF_RANGE,
    WRONG_FORM,
    BadBody,
    Fault,
    checked,
    fault,
    read_json,
    refused,
)

CHARGE = "transaction.charge"

MAX_PRODUCTS = 1000
"""Of one transaction (our choice: each makes an event of its own)."""

MAX_TRANSACTION_BYTES = 256_000
"""Of what is kept of one transaction, as JSON (our choice; a long receipt has more than other events)."""

_PRICES = ("finalUnitPrice", "netUnitPrice", "regularPrice", "discountPrice")
_TOTALS = ("revenue", "value", "discountAmount")


def _not_negative(number: int | float) -> int | float:
    if number < 0:
        raise ValueError("must be 0 or more")
    return number


def _positive(number: int | float) -> int | float:
    if number <= 0:
        raise ValueError("must be more than 0; leave discountAmount out where there was no discount")
    return number


Currency = Annotated[str, Field(min_length=1, max_length=16, examples=["EUR"])]

Amount = Annotated[Number, AfterValidator(_not_negative), WithJsonSchema({"type": "number", "minimum": 0})]
MoreThanNothing = Annotated[
    Number, AfterValidator(_positive), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})
]


class Price(TypedDict):
    """An amount of 0 or more. One currency goes for a whole transaction."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]
    amount: Amount
    currency: Currency


class Discount(TypedDict):
    """An amount of more than 0."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]
    amount: MoreThanNothing
    currency: Currency


class PaymentInfo(TypedDict):
    """How it was paid."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]
    method: str


class Product(TypedDict):
    """What was bought. Any other key may stand beside these, and goes into the product.buy as well."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]
    sku: str
    name: str
    finalUnitPrice: Price
    quantity: Number
    netUnitPrice: NotRequired[Price | None]
    regularPrice: NotRequired[Price | None]
    discountPrice: NotRequired[Price | None]
    discountPercent: NotRequired[Number | None]
    tax: NotRequired[Number | None]
    url: NotRequired[str | None]
    image: NotRequired[str | None]
    categories: NotRequired[list[str] | None]


class Transaction(BaseModel):
    """One transaction. Its revenue and value are the sender's sums: nothing is computed."""

    client: Client
    order_id: Annotated[str, Field(min_length=1, max_length=255)] = Field(
        alias="orderId", description="Yours. The same one sent twice makes two transactions."
    )
    payment_info: PaymentInfo = Field(alias="paymentInfo")
    products: list[Product] = Field(
        max_length=MAX_PRODUCTS, description="Each makes an event product.buy, whose id tells its place here."
    )
    revenue: Price = Field(description="After tax.")
    value: Price = Field(description="Before tax, or the same as revenue.")
    source: Origin
    discount_amount: Discount | None = Field(None, alias="discountAmount")
    metadata: dict[str, Any] | None = Field(
        None, description="Anything else. Its keys stand beside those of the transaction, never over them."
    )
    recorded_at: Time | None = Field(None, alias="recordedAt")
    event_salt: EventSalt | None = Field(None, alias="eventSalt")

    def kept(self) -> Params:
        """Its params, without nulls. Raises ValueError where they are too deep or too large."""
        fixed = {
            "orderId": self.order_id,
            "paymentInfo": self.payment_info,
            "products": self.products,
            "revenue": self.revenue,
            "value": self.value,
            "source": self.source,
            "discountAmount": self.discount_amount,
        }
        more = {name: value for name, value in (self.metadata or {}).items() if name not in _FIXED}
        return free(fixed | more, limit=MAX_TRANSACTION_BYTES)


_FIXED = frozenset(field.alias or name for name, field in Transaction.model_fields.items())
"""Names that no metadata may set, whether or not the sender gave them."""

Transactions = Annotated[list[Transaction], Field(max_length=MAX_ITEMS)]

_transaction = TypeAdapter(Transaction)


def read_transaction(body: bytes) -> RawEvent:
    """The event of one transaction. Raises BadBody."""
    return _read(read_json(body), 0, "")


def read_transactions(body: bytes) -> list[RawEvent]:
    """The events of an array of them, in order. Raises BadBody, which names what is wrong with each."""
    events: list[RawEvent] = []
    faults: list[Fault] = []
    for index, item in enumerate(read_items(body)):
        try:
            events.append(_read(item, index, f"[{index}]"))
        except BadBody as bad:
            if not bad.faults:
                raise
            faults += bad.faults
            if len(faults) >= MAX_FAULTS:
                break
    if faults:
        raise refused(faults)
    return events


def _read(value: Any, index: int, place: str) -> RawEvent:
    transaction = _checked(value, place)
    prefix = f"{place}." if place else ""
    if faults := list(_of_other_currencies(transaction, prefix)):
        raise refused(faults)
    try:
        params = transaction.kept()
    except ValueError as bad:
        name = "metadata" if transaction.metadata else "products"
        raise refused([fault(OUT_OF_RANGE, f"{prefix}{name}", str(bad))]) from None
    client = transaction.client.named()
    return RawEvent(
        index=index,
        action=CHARGE,
        time=transaction.recorded_at,
        uuid=client.uuid,
        params=params,
        server=ServerEvent(client=client, salt=transaction.event_salt, transaction=True),
    )


def _checked(value: Any, place: str) -> Transaction:
    """The value as a transaction. Raises BadBody.

    An amount without a currency is answered as if it were no JSON, as the vendor does.
    """
    try:
        read: Transaction = checked(_transaction, value, place)
    except BadBody as bad:
        for one in bad.faults:
            money, _, key = one.field.rpartition(".")
            if key == "currency" and one.code == MISSING:
                example = '{"amount": 9.99, "currency": "EUR"}'
                raise BadBody(
                    f"JSON parse error: Missing property: 'currency' in {money}. Send it as {example}"
                ) from None
        raise
    return read


def _of_other_currencies(transaction: Transaction, prefix: str) -> Iterator[Fault]:
    """The amounts in another currency than the revenue's."""
    currency = transaction.revenue["currency"]
    totals = zip(_TOTALS, (transaction.revenue, transaction.value, transaction.discount_amount), strict=True)
    amounts: list[tuple[str, Any]] = list(totals)
    for number, product in enumerate(transaction.products):
        amounts += ((f"products[{number}].{name}", product.get(name)) for name in _PRICES)
    for name, money in amounts:
        if money is not None and money["currency"] != currency:
            message = "must be that of revenue: a transaction has one currency throughout"
            yield fault(WRONG_FORM, f"{prefix}{name}.currency", message, money["currency"])
