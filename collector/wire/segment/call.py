"""One request of these clients: a single message, or a batch of them with what it says for all.

It is read in two steps, as the key that says whose it is may stand in the body: `read_call`, then
`Call.decode`, the reader of a beacon.

Source: contracts/segment-customerio.md sections 2.1, 4.3 and 4.5.
"""

from typing import Any

import msgspec

from collector.model.beacon import Beacon
from collector.model.event import Params, RawEvent
from collector.model.outcome import Reason, Rejected
from collector.wire.body import body_too_large
from collector.wire.segment.actions import KINDS, Kind, kind_of
from collector.wire.segment.faults import Unusable
from collector.wire.segment.message import check_ids, read_message
from collector.wire.segment.order import limit_products
from collector.wire.surrogates import mended

MAX_EVENT_BYTES = 32 << 10
"""Of a message's JSON, with what its batch says for all."""

MAX_BODY_BYTES = 500 << 10
"""Of a body after decompression."""

MAX_EVENTS = 2500
"""Messages in one batch."""

MAX_KEYS = 20
"""Different keys of the messages of one batch."""

MAX_SPREAD_BYTES = 4_000_000
"""Of a batch where what it says once stands with each message, as it is kept."""

MAX_COUNTED = 10_000
"""Messages that are counted of a batch with too many."""

_ABSENT = msgspec.Raw(b"")
_SHARED = ("context", "integrations")


class _Keyed(msgspec.Struct, rename="camel"):
    write_key: Any = None


class _Batch(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw]
    write_key: Any = None
    sent_at: Any = None
    context: msgspec.Raw = _ABSENT
    integrations: msgspec.Raw = _ABSENT


_KEYED = msgspec.json.Decoder(_Keyed)
_BATCH = msgspec.json.Decoder(_Batch)
_OBJECT = msgspec.json.Decoder(dict[str, Any])


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request's body, read so far as to know whose it is.

    kind    of its message; None for a batch, whose messages tell their own
    key     the write key in the body, "" for none
    shared  what a batch says for all its messages; `size` is its length in bytes
    """

    kind: Kind | None
    messages: list[msgspec.Raw]
    key: str
    sent_at: Any = None
    shared: Params = {}
    size: int = 0

    def by_key(self) -> "list[Call]":
        """The same by the keys that its messages tell, where the body tells none; those of no key go with the
        first. Of too many messages, or keys, there is one call, of the first key."""
        if self.key or len(self.messages) > MAX_EVENTS:
            return [self]
        messages: dict[str, list[msgspec.Raw]] = {}
        keys = [_key_within(raw) for raw in self.messages]
        first = next(filter(None, keys), "")
        for raw, key in zip(self.messages, keys, strict=True):
            messages.setdefault(key or first, []).append(raw)
        if len(messages) > MAX_KEYS:
            return [msgspec.structs.replace(self, key=first)]
        return [msgspec.structs.replace(self, key=key, messages=own) for key, own in messages.items()]

    def decode(self, beacon: Beacon) -> list[RawEvent | Rejected]:
        """One item a message. Raises Rejected(BODY_TOO_LARGE)."""
        count = len(self.messages)
        if count > MAX_EVENTS:
            fault = f"{count} messages, limit {MAX_EVENTS}"
            return [Rejected(Reason.TOO_MANY_EVENTS, fault, sent=b"") for _ in range(min(count, MAX_COUNTED))]
        if len(beacon.body) + self.size * (count - 1) > MAX_SPREAD_BYTES:
            raise body_too_large(MAX_SPREAD_BYTES)
        items: list[RawEvent | Rejected] = []
        for index, raw in enumerate(self.messages):
            try:
                items.append(self._read(raw, index, beacon))
            except Rejected as fault:
                items.append(fault)
        limit_products(items)
        return items

    def _read(self, raw: msgspec.Raw, index: int, beacon: Beacon) -> RawEvent:
        sent = bytes(raw)
        if len(sent) + self.size > MAX_EVENT_BYTES:
            told = f"message {index}: {len(sent) + self.size} bytes, limit {MAX_EVENT_BYTES}"
            raise Rejected(Reason.EVENT_TOO_LARGE, told, sent=sent)
        try:
            message = _OBJECT.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Rejected(
                Reason.MALFORMED_EVENT, f"message {index} is not a JSON object", sent=sent
            ) from None
        kind = self.kind if self.kind is not None else kind_of(message.get("type"))
        if kind is None:
            raise Unusable("invalid_type", f"message {index}: type must be one of {', '.join(KINDS)}", sent)
        for name, value in self.shared.items():
            own = message.get(name)
            message[name] = {**value, **own} if isinstance(own, dict) else value
        if message.get("sentAt") is None:
            message["sentAt"] = self.sent_at
        try:
            check_ids(message, kind)
            event = read_message(message, index, kind, trusted=beacon.trusted, user_agent=beacon.user_agent)
        except Unusable as fault:
            raise Unusable(fault.code, f"message {index}: {fault.detail}", sent) from None
        except RecursionError:
            raise Rejected(Reason.MALFORMED_EVENT, f"message {index} is too deep", sent=sent) from None
        event.alone = lambda: sent
        return event


def read_call(body: bytes, kind: Kind | None) -> Call:
    """Read a body of a path of this kind, None for a batch's. Raises Rejected (MALFORMED_BODY,
    BODY_TOO_LARGE)."""
    if len(body) > MAX_BODY_BYTES:
        raise body_too_large(MAX_BODY_BYTES)
    try:
        return _read_call(body, kind)
    except Rejected:
        whole = mended(body)
        if whole is None:
            raise
        return _read_call(whole, kind)


def _read_call(body: bytes, kind: Kind | None) -> Call:
    try:
        if kind is not None:
            key = _KEYED.decode(body).write_key
            return Call(kind=kind, messages=[msgspec.Raw(body)], key=_key(key))
        batch = _BATCH.decode(body)
        shared = {
            name: value
            for name in _SHARED
            if (raw := bytes(getattr(batch, name))) and isinstance(value := msgspec.json.decode(raw), dict)
        }
    except msgspec.ValidationError:
        expected = "a JSON object" if kind is not None else 'a JSON object with the array "batch"'
        raise Rejected(Reason.MALFORMED_BODY, f"expected {expected}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected(Reason.MALFORMED_BODY, f"the body is not JSON: {error}") from None
    return Call(
        kind=None,
        messages=batch.batch,
        key=_key(batch.write_key),
        sent_at=batch.sent_at,
        shared=shared,
        size=len(bytes(batch.context)) + len(bytes(batch.integrations)),
    )


def _key_within(message: msgspec.Raw) -> str:
    try:
        return _key(_KEYED.decode(message).write_key)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def _key(value: Any) -> str:
    return value if isinstance(value, str) else ""
