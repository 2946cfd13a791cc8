"""The `params` that an endpoint asks for (contracts/synerise-events-api.md section 5).

Any other key may stand beside them. Dates stay as they were sent. Null is as absent, and where a key
is demanded it is a fault.
"""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, PlainValidator, StrictBool, WithJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from collector.wire.synerise.common import Money, Number, Origin

_OPEN = ConfigDict(extra="allow")
_Text = str | None


def _item(value: Any) -> Any:
    if type(value) not in (str, int, dict):
        raise PydanticCustomError("item_type", "must be the id of an item, or an object")
    return value


Item = Annotated[Any, PlainValidator(_item), WithJsonSchema({"type": ["string", "integer", "object"]})]
"""An item, as its id or as an object: the contract does not say which."""


class ApplicationStarted(TypedDict):
    """An app was opened."""

    __pydantic_config__ = _OPEN  # type: ignore[misc]
    applicationName: str
    version: str


class Cart(TypedDict):
    """What was put into a cart, or taken out."""

    __pydantic_config__ = _OPEN  # type: ignore[misc]
    sku: str
    quantity: Number
    finalUnitPrice: Money
    name: NotRequired[_Text]
    category: NotRequired[_Text]
    categories: NotRequired[list[str] | None]
    offline: NotRequired[StrictBool | None]
    regularUnitPrice: NotRequired[Money | None]
    discountedUnitPrice: NotRequired[Money | None]
    ItemUrlAddress: NotRequired[_Text]
    producer: NotRequired[_Text]
    source: NotRequired[Origin | None]


class ProductView(TypedDict):
    """An item that was looked at."""

    __pydantic_config__ = _OPEN  # type: ignore[misc]
    productId: NotRequired[_Text]
    name: NotRequired[_Text]
    source: NotRequired[Origin | None]
    category: NotRequired[_Text]
    url: NotRequired[_Text]
    fromRecommendation: NotRequired[StrictBool | None]
    campaignHash: NotRequired[_Text]


class Company(TypedDict):
    """The company that somebody belongs to."""

    __pydantic_config__ = _OPEN  # type: ignore[misc]
    companyId: Number


class Location(TypedDict):
    """Where somebody is, in degrees."""

    __pydantic_config__ = _OPEN  # type: ignore[misc]
    lat: Number
    lon: Number


class CancelledTransaction(TypedDict):
    """The transaction that was cancelled."""

    __pydantic_config__ = _OPEN  # type: ignore[misc]
    orderId: NotRequired[_Text]
    orderStatus: NotRequired[_Text]
    discountAmount: NotRequired[Any]
    discountPercent: NotRequired[Number | None]
    discountCode: NotRequired[_Text]
    value: NotRequired[Any]
    revenue: NotRequired[Any]
    products: NotRequired[list[Any] | None]
    source: NotRequired[Origin | None]
    paymentInfo: NotRequired[dict[str, Any] | None]


class Recommendation(TypedDict):
    """A recommended item."""

    __pydantic_config__ = _OPEN  # type: ignore[misc]
    productId: NotRequired[_Text]
    name: NotRequired[_Text]
    source: NotRequired[Origin | None]
    campaignHash: NotRequired[_Text]
    url: NotRequired[_Text]
    category: NotRequired[_Text]


class RecommendationView(TypedDict):
    """Recommended items that came into view."""

    __pydantic_config__ = _OPEN  # type: ignore[misc]
    correlationId: str
    items: list[Item]
    campaignId: NotRequired[_Text]


class ItemSearchClick(TypedDict):
    """A search result that was followed. `position` counts from 1."""

    __pydantic_config__ = _OPEN  # type: ignore[misc]
    correlationId: str
    item: Item
    position: NotRequired[Annotated[int, Field(strict=True, ge=1)] | None]
    searchType: NotRequired[Literal["full-text-search", "autocomplete"] | None]
