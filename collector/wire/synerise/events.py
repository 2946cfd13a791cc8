"""The kinds of events that back ends send: one table for the endpoints, the batch and their documentation.

Source: contracts/synerise-events-api.md sections 2, 5 and 6.
"""

from functools import cached_property
from typing import Any, Literal, cast

import msgspec
from pydantic import BaseModel, Field, TypeAdapter, create_model, field_validator

from collector.model.caller import Realm
from collector.model.client import ServerEvent
from collector.model.event import RawEvent
from collector.wire.synerise import event_params as params
from collector.wire.synerise.common import Action, Client, EventSalt, Label, Time, free

_W, _P, _A, _U, _T = Realm.WORKSPACE, Realm.PROFILE, Realm.ANONYMOUS, Realm.USER, Realm.TRACKER
_USUAL = frozenset({_W, _P, _A})
_WITH_USER = _USUAL | {_U}
_WITH_TAG = _USUAL | {_T}

_DERIVED_SOURCE = frozenset({"product.addToCart", "product.removeFromCart", "product.view"})
"""Actions of carts and views: their `source` is told by the browser where the sender does not."""


class Event(BaseModel):
    """What all events have. Null is as absent, and a fault where a value is demanded."""

    client: Client
    label: Label
    params: dict[str, Any] | None = None
    time: Time | None = None
    event_salt: EventSalt | None = Field(None, alias="eventSalt")

    @field_validator("params")
    @classmethod
    def _free(cls, params: dict[str, Any] | None) -> dict[str, Any] | None:
        return None if params is None else free(params)


class Kind(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A kind of event.

    path        below /v4/events/; also its `type` in a batch
    spellings   other names of that type
    action      what it is stored as; None: the body says
    params      what its params must hold; None: any. `demanded`: there must be some
    who         realms that may send it
    """

    row: int
    path: str
    action: str | None
    summary: str
    permission: str
    who: frozenset[Realm] = _USUAL
    params: Any = None
    demanded: bool = False
    spellings: tuple[str, ...] = ()
    deprecated: bool = False

    @property
    def name(self) -> str:
        """As an operationId has it: pushReceived."""
        first, *others = self.path.replace("/", "-").split("-")
        return first + "".join(word.capitalize() for word in others)

    @cached_property
    def body(self) -> type[Event]:
        """The model of its body."""
        fields: dict[str, Any] = {}
        if self.params is not None:
            fields["params"] = (self.params, ...) if self.demanded else (self.params | None, None)
        if self.action is None:
            fields["action"] = (Action, ...)
        return create_model(f"{self._title}Event", __base__=Event, __doc__=self.summary, **fields)

    @cached_property
    def item(self) -> type[Event]:
        """The model of its item in a batch."""
        names = cast(Any, Literal)[self.path, *self.spellings]
        return create_model(f"{self._title}Item", __base__=self.body, __doc__=self.summary, type=(names, ...))

    @cached_property
    def reader(self) -> TypeAdapter[Event]:
        """Reads a body or an item; an item's type has been looked at."""
        return TypeAdapter(self.body)

    @property
    def takes_source(self) -> bool:
        """Whether its `source` is told by the browser where the sender does not."""
        return self.action in _DERIVED_SOURCE

    @property
    def _title(self) -> str:
        return self.name[0].upper() + self.name[1:]

    def raw(self, body: Event, index: int = 0) -> RawEvent:
        """An event of this kind. Whose it may be is for others to say."""
        action = self.action if self.action is not None else getattr(body, "action", None)
        return RawEvent(
            index=index,
            action=action,
            time=body.time,
            uuid=body.client.uuid,
            params=body.params,
            server=ServerEvent(client=body.client.named(), salt=body.event_salt),
        )


def _kind(row: int, path: str, action: str | None, summary: str, permission: str, **more: Any) -> Kind:
    return Kind(
        row=row, path=path, action=action, summary=summary, permission=f"API_{permission}_CREATE", **more
    )


_PUSHES = (
    (15, "received", "receiveInBackground", "received", "RECIVED"),
    (16, "viewed", "view", "viewed", "VIEWED"),
    (17, "clicked", "click", "clicked", "CLICKED"),
    (18, "cancelled", "cancel", "cancelled", "CANCELLED"),
)

KINDS: tuple[Kind, ...] = (
    _kind(5, "application-started", "client.applicationStarted", "Application started",
          "APPLICATION_STARTED_EVENTS", params=params.ApplicationStarted, demanded=True),
    _kind(6, "registered", "client.register", "Profile account registered", "REGISTERED_EVENTS"),
    _kind(7, "logged-in", "client.login", "Profile logged in", "LOGGED_IN_EVENTS"),
    _kind(8, "logged-out", "client.logout", "Profile logged out", "LOGGED_OUT_EVENTS"),
    _kind(9, "added-to-cart", "product.addToCart", "Item added to cart", "ADDED_TO_CART_EVENTS",
          params=params.Cart, demanded=True),
    _kind(10, "removed-from-cart", "product.removeFromCart", "Item removed from cart",
          "REMOVED_FROM_CART_EVENTS", params=params.Cart, demanded=True),
    _kind(11, "added-to-favorites", "product.addToFavorite", "Product added to favorites",
          "ADDED_TO_FAVORITES_EVENTS"),
    _kind(12, "product-view", "product.view", "Item viewed", "PRODUCT_VIEW_EVENTS",
          params=params.ProductView),
    _kind(13, "assigned-to-company", "client.assignToCompany", "Profile assigned to company",
          "ASSIGNED_TO_COMPANY_EVENTS", who=_WITH_USER, params=params.Company, demanded=True),
    _kind(14, "appeared-in-location", "client.location", "Profile logged location",
          "APPEARED_IN_LOCATION_EVENTS", params=params.Location),
    *(_kind(row, f"push/{path}", f"push.{action}", f"Push notification {word}", f"PUSH_{name}_EVENTS",
            spellings=(f"push-{path}", path))
      for row, path, action, word, name in _PUSHES),
    _kind(19, "cancelled-transaction", "transaction.cancel", "Transaction cancelled",
          "CANCELLED_TRANSACTION_EVENTS", who=frozenset({_W}), params=params.CancelledTransaction),
    _kind(20, "hit-timer", "client.hitTimer", "Timer hit", "HIT_TIMER_EVENTS"),
    _kind(21, "searched", "client.search", "Search requested", "SEARCHED_EVENTS"),
    _kind(22, "shared", "client.shared", "Content shared", "SHARED_EVENTS"),
    _kind(23, "recommendation-seen", "recommendation.seen", "Recommendation viewed (deprecated)",
          "RECOMENDATION_SEEN_EVENTS", who=_WITH_TAG, params=params.Recommendation, deprecated=True),
    _kind(24, "recommendation-click", "recommendation.click", "Recommendation clicked (deprecated)",
          "RECOMMENDATION_CLICK_EVENTS", who=_WITH_TAG, params=params.Recommendation, deprecated=True),
    _kind(25, "visited-screen", "screen.view", "Mobile app screen visited", "VISITED_SCREEN_EVENTS"),
    _kind(26, "custom", None, "Custom event", "CUSTOM_EVENTS", who=_WITH_USER),
    _kind(29, "recommendation-view", "recommendation.view", "Recommendation viewed",
          "RECOMMENDATION_VIEW_EVENT", who=_WITH_TAG, params=params.RecommendationView, demanded=True),
    _kind(30, "item-search-click", "item.search.click", "Search result clicked",
          "ITEM_SEARCH_CLICK_EVENT", who=_WITH_TAG, params=params.ItemSearchClick, demanded=True),
)  # fmt: skip
"""By the rows of section 5."""

BY_TYPE: dict[str, Kind] = {name: kind for kind in KINDS for name in (kind.path, *kind.spellings)}
"""The kinds by what a batch may call them."""
