"""Sends again what was malformed, once it is mended: through the same stages, under the policy now in force.

Where one event of a text does not pass the stages none is stored, so that the text can be mended as a
whole; it is counted already, and a second refusal changes no sum. What only the store can refuse (an
erased visitor, a session.end without its session) does not keep the others back, and is counted with
each try. A text that was sent again comes from no back end, whatever it came from first: its key or
token was not kept.
"""

import uuid as uuids
from collections.abc import Sequence

import msgspec
from anyio import from_thread

from collector.admin.context import AdminContext
from collector.model.beacon import Beacon
from collector.model.event import RawEvent, StoredEvent
from collector.model.outcome import Outcome, Rejected
from collector.model.quarantine import QuarantineRecord
from collector.model.source import Source
from collector.normalise.identifiers import event_id
from collector.pipeline import Decode, process_all
from collector.privacy import kept_malformed
from collector.wire import native

IN_FORCE_MS = 1_000
"""A policy is in force on every worker so long after it was saved."""


def beacon_of(record: QuarantineRecord, source: Source, body: str) -> Beacon:
    """A request as it came first, as far as the policy kept it, with another body.

    Its Origin, Global Privacy Control and Do Not Track were looked at then.
    """
    return Beacon(
        source_id=source.source_id,
        dialect="native",
        body=body.encode("utf-8", "replace"),
        address=record.quarantine.address,
        user_agent=record.quarantine.user_agent,
        origin=next(iter(source.settings.origins), None),
        received_ms=record.received_ms,
    )


def shown_payload(context: AdminContext, record: QuarantineRecord, source: Source) -> str | None:
    """The content as the policy now in force lets it be seen; None where it may not be."""
    payload = record.quarantine.payload
    if payload is None or source.problem:
        return None
    in_force = context.store.policy_history(source.source_id)[0]
    if record.received_ms > in_force.created_ms + IN_FORCE_MS:
        return payload  # this policy has walked it
    return kept_malformed(payload.encode(), beacon_of(record, source, payload), source).payload


def process(
    context: AdminContext, record: QuarantineRecord, source: Source, text: str
) -> list[StoredEvent] | Rejected:
    """Take a text through the stages; the first that is wrong where something is."""
    beacon = beacon_of(record, source, text)
    results = process_all(_decode(record.number, source.salt), beacon, source, context.enricher)
    fault = next((each for each in results if isinstance(each, Rejected)), None)
    return fault or [each for each in results if isinstance(each, StoredEvent)]


def store(context: AdminContext, events: Sequence[StoredEvent]) -> list[Outcome]:
    """Store events from a page's worker thread: one outcome each."""
    return from_thread.run(context.store.append, events) if events else []


def _decode(number: int, salt: bytes) -> Decode:
    """Reads the native dialect; an event without a usable id gets one that is always the same."""

    def decode(beacon: Beacon) -> list[RawEvent | Rejected]:
        raws = native.decode(beacon)
        for raw in raws:
            if isinstance(raw, RawEvent) and not _is_usable(raw.id):
                own = f"quarantine:{number}:{raw.index}"
                raw.id = str(uuids.uuid5(uuids.UUID(bytes=salt[:16]), own))
        return raws

    return decode


def _is_usable(sent: object) -> bool:
    try:
        return sent is not None and bool(event_id(sent, 0))
    except Rejected:
        return False


def pretty(payload: str) -> str:
    """JSON with a line a value; anything else as it is."""
    try:
        return msgspec.json.format(payload, indent=2)
    except msgspec.DecodeError:
        return payload
