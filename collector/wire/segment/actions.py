"""Segment's names of events, and ours (contracts/segment-customerio.md section 7)."""

from typing import Any, Literal, get_args

Kind = Literal["track", "identify", "page", "group", "alias", "screen"]
"""The type of a message."""

KINDS: tuple[Kind, ...] = get_args(Kind)

ORDER_COMPLETED = "Order Completed"

OF_KIND: dict[str, str] = {
    "page": "page.visit",
    "screen": "screen.view",
    "identify": "client.createOrUpdate",
    "group": "client.group",
    "alias": "client.alias",
}
"""The action of each type but track."""

OF_EVENT: dict[str, str] = {
    "Product Added": "product.addToCart",
    "Product Removed": "product.removeFromCart",
    "Product Viewed": "product.view",
    "Product Added to Wishlist": "product.addToFavorite",
    "Products Searched": "client.search",
    ORDER_COMPLETED: "transaction.charge",
    "Order Cancelled": "transaction.cancel",
    "Signed Up": "client.register",
    "login": "client.login",
    "logout": "client.logout",
}
"""The action of a tracked event. Every other keeps its name."""


def kind_of(value: Any) -> Kind | None:
    """The type of a message; None for what is none."""
    return next((kind for kind in KINDS if kind == value), None)
