"""The stages on one page: decode, admit, normalise, enrich, keep what may be kept.

All between the two ends is plain synchronous functions of their arguments. `Rejected` is raised
by any stage and caught here, once.
"""

from collections.abc import Callable

from collector.admit import admit
from collector.enrich import Enricher
from collector.model.beacon import Beacon
from collector.model.event import RawEvent, StoredEvent
from collector.model.outcome import Rejected
from collector.model.source import Source
from collector.normalise import normalise
from collector.privacy import apply_privacy

Decode = Callable[[Beacon], list[RawEvent | Rejected]]
"""A dialect's reader: one item an event; raises Rejected where the beacon as a whole is at fault."""


def process(raw: RawEvent, beacon: Beacon, source: Source, enricher: Enricher) -> StoredEvent:
    """Take one event through the stages. Raises Rejected."""
    admit(raw, beacon, source)
    event = normalise(raw, beacon)
    enricher.enrich(event, beacon)
    return apply_privacy(event, beacon, source)


def process_all(
    decode: Decode, beacon: Beacon, source: Source, enricher: Enricher
) -> list[StoredEvent | Rejected]:
    """Take a whole beacon through the stages: one result an event, in order, whatever befalls the others."""
    try:
        raws = decode(beacon)
    except Rejected as rejected:
        return [rejected]
    results: list[StoredEvent | Rejected] = []
    for raw in raws:
        if isinstance(raw, Rejected):
            results.append(raw)
            continue
        try:
            results.append(process(raw, beacon, source, enricher))
        except Rejected as rejected:
            results.append(rejected)
    return results
