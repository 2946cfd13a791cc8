"""Many events in one request (contracts/synerise-events-api.md section 6): all are taken, or none."""

from typing import Annotated, Any, NamedTuple, Union, cast

from pydantic import Field

from collector.wire.synerise.common import MadeLater
from collector.wire.synerise.events import BY_TYPE, KINDS, Event, Kind
from collector.wire.synerise.faults import (
    MAX_FAULTS,
    NOT_ALLOWED,
    WRONG_FORM,
    WRONG_TYPE,
    BadBody,
    Fault,
    checked,
    fault,
    read_json,
    refused,
)

MAX_ITEMS = 1000
"""In one request."""


def _documented() -> Any:
    """What a batch looks like, for its documentation; `read_batch` is faster, as it looks at `type` first."""
    annotated, union, array = cast(Any, Annotated), cast(Any, Union), cast(Any, list)
    item = annotated[union[tuple(kind.item for kind in KINDS)], Field(discriminator="type")]
    return annotated[array[item], Field(max_length=MAX_ITEMS)]


Batch = Annotated[list[Any], MadeLater(_documented)]


class TooManyItems(BadBody):
    """A batch with more items than it may have."""


class Item(NamedTuple):
    """One event of a batch, and its kind."""

    kind: Kind
    event: Event


def read_items(body: bytes) -> list[Any]:
    """The items of an array, as JSON has them. Raises BadBody."""
    items = read_json(body)
    if not isinstance(items, list):
        raise BadBody("The body must be an array.")
    if len(items) > MAX_ITEMS:
        raise TooManyItems(f"The body has {len(items)} items, {MAX_ITEMS} are allowed. Send fewer at once.")
    return items


def read_batch(body: bytes) -> list[Item]:
    """The events of a batch, in order. Raises BadBody, which names what is wrong with each item."""
    items: list[Item] = []
    faults: list[Fault] = []
    for index, item in enumerate(read_items(body)):
        try:
            items.append(_read(item, f"[{index}]"))
        except BadBody as bad:
            faults += bad.faults
            if len(faults) >= MAX_FAULTS:
                break
    if not faults:
        faults = _of_other_identifiers(items)
    if faults:
        raise refused(faults)
    return items


def _read(item: Any, place: str) -> Item:
    if not isinstance(item, dict):
        raise refused([fault(WRONG_TYPE, place, "must be an object", item)])
    name = item.get("type")
    kind = BY_TYPE.get(name) if isinstance(name, str) else None
    if kind is None:
        message = "must be the last part of the path of an endpoint for events, as custom or added-to-cart"
        raise refused([fault(NOT_ALLOWED, f"{place}.type", message, name)])
    return Item(kind, checked(kind.reader, item, place))


def _of_other_identifiers(items: list[Item]) -> list[Fault]:
    """The items whose client is named by other identifiers than that of the first."""
    message = "must be named by the same identifiers as in all other items"
    return [
        fault(WRONG_FORM, f"[{index}].client", message)
        for index, item in enumerate(items)
        if item.event.client.kinds != items[0].event.client.kinds
    ]
