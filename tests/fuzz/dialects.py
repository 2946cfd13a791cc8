"""The decoders of all dialects, as one table: honest bodies to begin from, and what reads them.

A reader gives one item an event, RawEvent or Rejected, or raises Rejected. Synerise's readers have the
words of their API, BadBody, in its place; that a fault can be told is a part of reading.
"""

import asyncio
import json
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import msgspec
from pydantic import TypeAdapter

from collector.api.operation import Operation
from collector.api.routes import OPERATIONS
from collector.model.beacon import Beacon
from collector.model.event import RawEvent
from collector.model.outcome import Reason, Rejected
from collector.receive.collected import collected
from collector.wire import body as encoded
from collector.wire import native
from collector.wire.pixel import decode_pixel
from collector.wire.segment.actions import KINDS
from collector.wire.segment.call import read_call
from collector.wire.synerise.batch import read_batch
from collector.wire.synerise.events import BY_TYPE
from collector.wire.synerise.faults import BadBody, checked, read_json
from collector.wire.synerise.transactions import read_transaction, read_transactions
from collector.wire.tracardi.payload import Payload, read_payload
from tests.fuzz.seeds import EVENT, PACKED, PARAMS, PROFILE, TRANSACTION, golden, line, segment_calls

Items = list[RawEvent | Rejected]


class Dialect(NamedTuple):
    """seeds: bodies as honest clients send them. decode: reads a beacon whose body is one such."""

    name: str
    seeds: tuple[bytes, ...]
    decode: Callable[[Beacon], Items]


def _segment(beacon: Beacon) -> Items:
    """A call: the kind of its path on the first line, none where no path has it."""
    word, _, content = beacon.body.partition(b"\n")
    kind = next((kind for kind in KINDS if kind.encode() == word), None)
    items: Items = []
    for call in read_call(content, kind).by_key():
        items += call.decode(msgspec.structs.replace(beacon, body=content))
    return items


def _tracardi(beacon: Beacon) -> Items:
    payload = read_payload(beacon.body)
    return payload.decode(beacon, payload.who("fresh", adopts=True))


def _webhook(beacon: Beacon) -> Items:
    """What a path of /collect/ takes: its Content-Type on the first line."""
    kind, _, content = beacon.body.partition(b"\n")
    properties = asyncio.run(collected(content, kind.decode("latin-1")))
    event = {"type": "hook", "properties": properties}
    payload = Payload(source_id=beacon.source_id, events=[event], session_id="s", profile_less=False)
    return payload.decode(beacon, payload.who("fresh", adopts=False))


def _pixel(beacon: Beacon) -> Items:
    """A pixel: its query on the first line, the Referer below."""
    query, _, referer = beacon.body.partition(b"\n")
    return [decode_pixel(query.decode("utf-8", "replace"), referer.decode("utf-8", "replace"))]


def _packed(beacon: Beacon) -> Items:
    """A packed native beacon: the Content-Encoding on the first line."""
    encoding, _, content = beacon.body.partition(b"\n")
    plain = encoded.decompress(content, encoding.decode("latin-1"))
    return native.decode(msgspec.structs.replace(beacon, body=plain))


def _synerise_events(beacon: Beacon) -> Items:
    """The events API: the last part of a path on the first line, as `custom` or `batch`."""
    path, _, content = beacon.body.partition(b"\n")
    name = path.decode("latin-1")
    try:
        match name:
            case "transaction":
                return [read_transaction(content)]
            case "transactions":
                return list(read_transactions(content))
            case "batch":
                items = read_batch(content)
                return [item.kind.raw(item.event, index) for index, item in enumerate(items)]
        kind = BY_TYPE.get(name, BY_TYPE["custom"])
        return [kind.raw(checked(kind.reader, read_json(content)), 0)]
    except BadBody as fault:
        told(fault)
        raise Rejected(Reason.MALFORMED_EVENT, fault.message) from None


@cache
def _bodies() -> dict[str, TypeAdapter[Any]]:
    """What reads the bodies of the API's operations, by their ids."""
    with_body: list[Operation] = [one for one in OPERATIONS if one.body is not None]
    return {one.id: TypeAdapter(one.body) for one in with_body}


def _synerise_bodies(beacon: Beacon) -> Items:
    """Every other operation of the API: its id on the first line. None of them is an event by itself."""
    name, _, content = beacon.body.partition(b"\n")
    reader = _bodies().get(name.decode("latin-1"))
    if reader is None:
        return []
    try:
        read = checked(reader, read_json(content))
        if hasattr(read, "change"):
            read.change(clears=False, by_back_end=True)
    except BadBody as fault:
        told(fault)
        raise Rejected(Reason.MALFORMED_BODY, fault.message) from None
    return []


def told(fault: BadBody) -> None:
    """Write a fault out as the API's answer does (collector/api/endpoint.py)."""
    answer = [msgspec.structs.asdict(one) for one in fault.faults]
    json.dumps([fault.message, answer], ensure_ascii=False, allow_nan=False).encode()


DIALECTS = (
    Dialect("native", golden("native"), native.decode),
    Dialect("packed", PACKED, _packed),
    Dialect(
        "pixel",
        (
            b"action=page.visit&label=x&uuid=u&a=1&a=2\nhttps://shop.example/?q=1",
            b"%61ction=%ff%00&id=&=&&\n",
            b"\n\n",
        ),
        _pixel,
    ),
    Dialect("segment", segment_calls(), _segment),
    Dialect("tracardi", golden("tracardi"), _tracardi),
    Dialect(
        "webhook",
        (
            b'application/json\n{"a": [1, {"b": "c"}]}',
            b"application/x-www-form-urlencoded\na=1&b=%ff&a=2&=",
            b"multipart/form-data; boundary=b\n"
            b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--\r\n",
            b"multipart/form-data; boundary=b; charset=utf-16\n"
            b'--b\r\nContent-Disposition: form-data; name="a"; filename="f"\r\n\r\n1\r\n--b--\r\n',
            b"text/plain\nwhat ever",
        ),
        _webhook,
    ),
    Dialect(
        "synerise",
        (
            *(line(name, {**EVENT, "action": "dog.bark", "params": PARAMS}) for name in BY_TYPE),
            line("batch", [{**EVENT, "type": name, "action": "a.b", "params": PARAMS} for name in BY_TYPE]),
            line("transaction", TRANSACTION),
            line("transactions", [TRANSACTION, TRANSACTION]),
        ),
        _synerise_events,
    ),
    Dialect(
        "operations",
        tuple(
            line(one.id, [PROFILE] if one.id == "batchClients" else PROFILE)
            for one in OPERATIONS
            if one.body is not None and one.group not in ("Events", "Transactions")
        ),
        _synerise_bodies,
    ),
)
