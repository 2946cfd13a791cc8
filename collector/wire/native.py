"""Tagwell's own beacon: a JSON array of events, or an object around it that says things once for all of them.

    [{"id", "action", "label", "time", "uuid", "params", "context"}, ...]
    {"sent_at", "uuid", "session", "context", "events": [...]}

Any Content-Type. What an event leaves out it takes from the object around it. Source: DESIGN.md,
The collector's face.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from collector.model.beacon import Beacon
from collector.model.event import RawEvent
from collector.model.outcome import Outcome, Reason, Rejected
from collector.wire.body import MAX_BODY_BYTES, body_too_large
from collector.wire.facades import read_facade
from collector.wire.segment.order import limit_products
from collector.wire.surrogates import mended

MAX_EVENTS = 1000
"""Events in one beacon (DESIGN.md, Limits)."""

MAX_EVENT_BYTES = 32_000
"""Bytes of one event's JSON (DESIGN.md, Limits)."""

MAX_TOKENS = 10
"""Different tokens in one beacon: each costs the checking of a signature."""

_ABSENT = msgspec.Raw(b"")


class _Envelope(msgspec.Struct):
    """The object around the events."""

    events: list[msgspec.Raw]
    sent_at: Any = None
    uuid: Any = None
    token: Any = None
    consent: Any = None
    session: msgspec.Raw = _ABSENT
    context: msgspec.Raw = _ABSENT


class _About(NamedTuple):
    """What an envelope says once for all its events; `size` counts into the size of each."""

    sent: Any
    uuid: Any
    token: Any
    consent: Any
    session: Any
    context: dict[str, Any]
    size: int

    def around(self, event: msgspec.Raw) -> bytes:
        """One event as a beacon of its own. Never with a token, which is a secret."""
        told = {"sent_at": self.sent, "uuid": self.uuid, "consent": self.consent, "session": self.session}
        shared = {name: value for name, value in told.items() if value is not None}
        return msgspec.json.encode({**shared, "context": self.context, "events": [event]})


_KEYS = frozenset(
    {"id", "action", "label", "time", "uuid", "session", "params", "context", "token", "consent"}
)
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_OBJECT = msgspec.json.Decoder(dict[str, Any])
_ANY = msgspec.json.Decoder()


def decode(beacon: Beacon) -> list[RawEvent | Rejected]:
    """Read a beacon: one item an event, a Rejected in place of one that cannot be read.

    Raises Rejected (MALFORMED_BODY, TOO_MANY_EVENTS) where the beacon as a whole is at fault.
    """
    envelope = _envelope(beacon.body)
    if not envelope.events:
        raise Rejected(Reason.MALFORMED_BODY, "the beacon holds no event")
    if len(envelope.events) > MAX_EVENTS:
        raise Rejected(Reason.TOO_MANY_EVENTS, f"{len(envelope.events)} events, limit {MAX_EVENTS}")
    try:
        shared = _ANY.decode(envelope.context) if envelope.context else None
        session = _ANY.decode(envelope.session) if envelope.session else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Rejected(Reason.MALFORMED_BODY, "what the envelope says for all is not JSON") from None
    about = _About(
        sent=envelope.sent_at,
        uuid=envelope.uuid,
        token=envelope.token,
        consent=envelope.consent,
        session=session,
        context=shared if isinstance(shared, dict) else {},
        size=len(bytes(envelope.context)) + len(bytes(envelope.session)),
    )
    if len(beacon.body) + about.size * (len(envelope.events) - 1) > MAX_BODY_BYTES:
        # What is said once is kept with each: a body of 150 bytes would become 30 MB.
        raise body_too_large()
    events = [_event(raw, index, about) for index, raw in enumerate(envelope.events)]
    limit_products(events)
    tokens = {event.token for event in events if isinstance(event, RawEvent) and type(event.token) is str}
    if len(tokens) > MAX_TOKENS:
        raise Rejected(Reason.MALFORMED_BODY, f"{len(tokens)} different tokens, limit {MAX_TOKENS}")
    return events


def _envelope(body: bytes) -> _Envelope:
    try:
        return _decode_envelope(body)
    except Rejected:
        whole = mended(body)
        if whole is None:
            raise
        return _decode_envelope(whole)


def _decode_envelope(body: bytes) -> _Envelope:
    try:
        if body.lstrip()[:1] == b"[":
            return _Envelope(events=_ARRAY.decode(body))
        return _ENVELOPE.decode(body)
    except msgspec.ValidationError:
        raise Rejected(
            Reason.MALFORMED_BODY, 'expected a JSON array of events, or an object with "events"'
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected(Reason.MALFORMED_BODY, f"the body is not JSON: {error}") from None


def _event(raw: msgspec.Raw, index: int, about: _About) -> RawEvent | Rejected:
    size = len(bytes(raw)) + about.size
    if size > MAX_EVENT_BYTES:
        return Rejected(
            Reason.EVENT_TOO_LARGE, f"event {index}: {size} bytes, limit {MAX_EVENT_BYTES}", sent=bytes(raw)
        )
    try:
        sent = _OBJECT.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Rejected(Reason.MALFORMED_EVENT, f"event {index} is not a JSON object", sent=about.around(raw))
    own = sent.get("context")
    context = {**about.context, **own} if isinstance(own, dict) else dict(about.context)
    session = sent.get("session", about.session)
    if session is not None:
        context["session"] = session
    sent.setdefault("uuid", about.uuid)
    try:
        event = read_facade(sent, index)
    except Rejected as fault:
        return Rejected(fault.reason, f"event {index}: {fault.detail}", sent=about.around(raw))
    except RecursionError:
        return Rejected(Reason.MALFORMED_EVENT, f"event {index} is too deep", sent=b"")
    if event is None:
        event = RawEvent(
            index=index,
            id=sent.get("id"),
            action=sent.get("action"),
            label=sent.get("label"),
            time=sent.get("time"),
            uuid=sent["uuid"],
            params=sent.get("params"),
        )
        original = {name: value for name, value in sent.items() if name not in _KEYS}
        if original:
            event.context = {"original": original}
    consent = sent.get("consent", about.consent)
    event.sent = about.sent
    event.token = sent.get("token", about.token)
    event.consent = event.consent if consent is None else consent
    event.context = _joined(context, event.context)
    event.alone = lambda: about.around(raw)
    return event


def _joined(told: dict[str, Any], by_facade: dict[str, Any]) -> dict[str, Any]:
    """The context that the tag told, and what a facade's reader made of the page's own.

    The tag tells where it really is if the source has rules for pages; a page's word about that is then
    one of the things that it says beside.
    """
    joined = {**told, **by_facade}
    if "page" in told and "page" in by_facade:
        original = joined.get("original", {})
        said = original.get("context")
        beside = {**(said if isinstance(said, dict) else {}), "page": by_facade["page"]}
        joined |= {"page": told["page"], "original": {**original, "context": beside}}
    return joined


class Reply(NamedTuple):
    """status: of HTTP. detail: what went wrong, None for success. rejected: events that were malformed."""

    status: int
    detail: str | None = None
    rejected: int = 0


_STATUS = {
    Reason.UNKNOWN_SOURCE: 401,
    Reason.SOURCE_DISABLED: 401,
    Reason.NOT_AUTHORISED: 401,
    Reason.ORIGIN_NOT_ALLOWED: 403,
    Reason.BODY_TOO_LARGE: 413,
    Reason.TOO_MANY_EVENTS: 413,
    Reason.EVENT_TOO_LARGE: 413,
    Reason.POLICY_UNREADABLE: 503,
}


def reply(results: Sequence[Outcome | Rejected]) -> Reply:
    """Answer a beacon: 204 as soon as one event was taken, else the first fault.

    What the policy refused counts as taken, so that a page cannot probe the lists. Where no policy
    can be read nothing was taken, and the sender shall come again.
    """
    faults = [r for r in results if isinstance(r, Rejected) and not r.reason.is_policy]
    unreadable = [fault for fault in faults if fault.reason is Reason.POLICY_UNREADABLE]
    if unreadable:
        return Reply(_STATUS[Reason.POLICY_UNREADABLE], unreadable[0].detail)
    if len(faults) < len(results):
        return Reply(204, rejected=len(faults))
    return Reply(_STATUS.get(faults[0].reason, 400), faults[0].detail, len(faults))
