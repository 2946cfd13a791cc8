"""The stages on one page: decode, admit, normalise, enrich, keep what may be kept.

All between the two ends is plain synchronous functions of their arguments. `Rejected` is raised
by any stage and caught here, once.
"""

from collections.abc import Callable

import msgspec

from collector.admit import admit, admit_beacon, confirm
from collector.enrich import Enricher
from collector.model.beacon import Beacon
from collector.model.event import RawEvent, StoredEvent
from collector.model.outcome import Rejected, Rejection
from collector.model.source import Source
from collector.normalise import normalise
from collector.privacy import apply_privacy, kept_malformed
from collector.privacy.rules import rules_of

Decode = Callable[[Beacon], list[RawEvent | Rejected]]
"""A dialect's reader: one item an event; raises Rejected where the beacon as a whole is at fault."""


def process(raw: RawEvent, beacon: Beacon, source: Source, enricher: Enricher) -> StoredEvent:
    """Take one event through the stages. Raises Rejected."""
    if raw.visitor is not None:
        beacon = msgspec.structs.replace(
            beacon, address=raw.visitor.address, user_agent=raw.visitor.user_agent
        )
    rules = rules_of(source.policy)
    claims = admit(raw, beacon, source, rules)
    event = normalise(raw, beacon)
    confirm(event, claims, source.policy, rules)
    enricher.enrich(event, beacon)
    return apply_privacy(event, beacon, source)


def process_all(
    decode: Decode, beacon: Beacon, source: Source, enricher: Enricher
) -> list[StoredEvent | Rejected]:
    """Take a whole beacon through the stages: one result an event, in order, whatever befalls the others."""
    try:
        raws = decode(beacon)
    except Rejected as fault:
        return [_first(fault, beacon, source)]
    results: list[StoredEvent | Rejected] = []
    for raw in raws:
        if isinstance(raw, Rejected):
            results.append(_first(raw, beacon, source))
            continue
        try:
            results.append(process(raw, beacon, source, enricher))
        except Rejected as rejected:
            if rejected.reason.is_malformed:
                rejected.sent = raw.alone()
            results.append(rejected)
    return results


def rejection(rejected: Rejected, beacon: Beacon, source: Source) -> Rejection:
    """Return what is counted of a rejected event, and kept of a malformed one."""
    quarantine = None
    if rejected.reason.is_malformed:
        sent = beacon.body if rejected.sent is None else rejected.sent
        quarantine = kept_malformed(sent, beacon, source)
    return Rejection(
        source=source.number,
        received_ms=beacon.received_ms,
        reason=rejected.reason,
        detail=rejected.detail,
        rule=rejected.rule,
        quarantine=quarantine,
    )


def _first(fault: Rejected, beacon: Beacon, source: Source) -> Rejected:
    """What cannot be read is first a beacon that may not come in: nothing of that is kept."""
    try:
        admit_beacon(beacon, source)
    except Rejected as rejected:
        return rejected
    return fault
