"""What of another vendor's becomes what here, found by asking the readers themselves.

Each row is made by sending a mark through the reader of that dialect and looking where it comes out,
so that the page /docs/migrate cannot tell anything else than the collector does.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from collector.model.beacon import Beacon
from collector.model.event import Params, RawEvent
from collector.normalise.profile_update import profile_update
from collector.wire.segment.actions import KINDS, OF_EVENT, OF_KIND, Kind
from collector.wire.segment.message import read_message
from collector.wire.segment.order import transaction
from collector.wire.segment.traits import profile_fields
from collector.wire.tracardi.payload import read_payload


class Row(NamedTuple):
    """`theirs`: a name of the vendor's. `ours`: where it is kept, as `tagwell events` prints it."""

    theirs: str
    ours: tuple[str, ...]


_MARK = "2026-01-02T03:04:05.678Z"
"""A time, since a field of that kind takes nothing else."""

_OURS = {"custom_id": "profile.customId", "previous_id": "profile.previousId"}
"""What is not of the event but of whom it is about."""

_MESSAGE: tuple[tuple[str, Kind], ...] = (
    ("event", "track"),
    ("properties.colour", "track"),
    ("userId", "track"),
    ("anonymousId", "track"),
    ("messageId", "track"),
    ("timestamp", "track"),
    ("name", "page"),
    ("category", "page"),
    ("groupId", "group"),
    ("traits.plan", "group"),
    ("previousId", "alias"),
    ("context.page.url", "track"),
    ("context.screen.width", "track"),
    ("context.locale", "track"),
    ("context.timezone", "track"),
    ("context.campaign.source", "track"),
    ("context.library.name", "track"),
    ("integrations.All", "track"),
)
"""Fields of a message, each in a type of message that has it (contracts/segment-customerio.md section 2)."""

_TRAITS: Params = {
    "email": "ann@shop.example",
    "phone": "+48123456789",
    "name": "Ann Lee",
    "firstName": "Ann",
    "lastName": "Lee",
    "birthday": "1990-02-28",
    "gender": "female",
    "avatar": "https://shop.example/ann.png",
    "company.name": "Low Tide",
    "address.street": "Pier 1",
    "address.city": "Gdynia",
    "address.postalCode": "81-001",
    "address.state": "Pomerania",
    "address.country": "PL",
    "plan": "gold",
}
"""Reserved traits with a value that they may have, and one that is the site's own (section 7)."""

_ORDER: Params = {
    "order_id": "O-1",
    "total": 9,
    "revenue": 8,
    "subtotal": 7,
    "discount": 1,
    "payment_method": "card",
    "coupon": "SPRING",
    "shipping": 2,
}
_PRODUCT: Params = {
    "product_id": "P-1",
    "sku": "S-1",
    "name": "Mug",
    "price": 9,
    "quantity": 2,
    "category": "cups",
    "url": "https://shop.example/mug",
    "image_url": "https://shop.example/mug.png",
    "brand": "Low Tide",
}

_PAYLOAD = (
    "events.type",
    "events.properties.price",
    "events.time.create",
    "profile.id",
    "session.id",
    "device.id",
    "options.saveEvent",
    "events.options.async",
    "events.tags",
    "events.context.page.url",
    "context.screen.local.width",
    "context.browser.local.browser.language",
    "context.time.tz",
    "context.utm.source",
)
"""Fields of a payload; below `events`, of each event (contracts/tracardi.md section 5)."""


def segment_actions() -> list[Row]:
    """Calls, and tracked events with a name of ours; every other keeps its own."""
    calls = [Row(f"{kind}()", (OF_KIND[kind],)) for kind in KINDS if kind in OF_KIND]
    return [*calls, *(Row(f'track("{event}")', (action,)) for event, action in OF_EVENT.items())]


def segment_fields() -> list[Row]:
    """Fields of a message."""
    return [Row(name, _landed(_read_message(name, kind))) for name, kind in _MESSAGE]


def segment_traits() -> list[Row]:
    """Traits of an identify, as fields and attributes of the profile."""
    rows = []
    for name, value in _TRAITS.items():
        fields = profile_fields(_nested(name, value), has_user_id=True)
        update = profile_update(OF_KIND["identify"], fields)
        if update is not None:
            known = ["email"] if update.email else []
            own = [f"attributes.{name}" for name in update.attributes]
            rows.append(Row(name, (*known, *update.fields, *own)))
    return rows


def order_fields() -> list[Row]:
    """Properties of an Order Completed, as params of the transaction."""
    nothing = {name for name in transaction({}) if name != "products"}
    rows = [
        Row(name, tuple(made for made in transaction({name: value}) if made not in nothing | {"products"}))
        for name, value in _ORDER.items()
    ]
    (bare,) = transaction({"products": [{}]})["products"]
    for name, value in _PRODUCT.items():
        (product,) = transaction({"products": [{name: value}]})["products"]
        ours = [made for made in product if made not in bare or product[made] != bare[made]]
        rows.append(Row(f"products[].{name}", tuple(f"products[].{made}" for made in ours)))
    return rows


def tracardi_fields() -> list[Row]:
    """Fields of a payload."""
    return [Row(name.replace("events.", "events[]."), _landed(_read_payload(name))) for name in _PAYLOAD]


def _read_message(name: str, kind: Kind) -> RawEvent:
    whole = {"event": "Clicked", "anonymousId": "somebody"}
    return read_message({**whole, **_nested(name, _MARK)}, 0, kind)


def _read_payload(name: str) -> RawEvent:
    """The event of a payload that says no more than it must, and this."""
    sent: Params = {"source": {"id": "source"}}
    event: Params = {"type": "clicked"}
    of_event = name.removeprefix("events.")
    if of_event != name:
        event |= _nested(of_event, [_MARK] if of_event == "tags" else _MARK)
    else:
        sent |= _nested(name, _MARK)
    payload = read_payload(msgspec.json.encode({**sent, "events": [event]}))
    beacon = Beacon(source_id="source", dialect="tracardi", body=b"", received_ms=0)
    items = payload.decode(beacon, payload.who("session", adopts=False))
    return next(read for read in items if isinstance(read, RawEvent))


def _landed(event: RawEvent) -> tuple[str, ...]:
    """Every place of the mark in an event."""
    return tuple(dict.fromkeys(_places("", msgspec.structs.asdict(event))))


def _places(path: str, value: Any) -> Iterator[str]:
    if value == _MARK:
        yield path
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _places(f"{path}.{name}" if path else _OURS.get(str(name), str(name)), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _places(path, inner)


def _nested(path: str, value: Any) -> Params:
    """`a.b` with a value as {"a": {"b": value}}."""
    name, _, within = path.partition(".")
    return {name: _nested(within, value) if within else value}
