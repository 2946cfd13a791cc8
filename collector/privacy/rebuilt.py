"""A stored event as it came in, as far as it was kept, and what a policy would keep of it."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from collector.model.beacon import Beacon
from collector.model.consent import ConsentState
from collector.model.event import Event, EventRecord, StoredEvent
from collector.model.outcome import Reason, Rejected
from collector.model.source import Source
from collector.privacy.apply import apply_privacy
from collector.privacy.derive import derive_from
from collector.privacy.judge import judge_action

_HASHED = re.compile(r"[0-9a-f]{32}")


def rebuilt(record: EventRecord) -> tuple[Event, Beacon]:
    """Return the event and the beacon as far as they were kept. Whether an api key came along was not."""
    context = dict(record.context)
    address = context.pop("address", "")
    address = address if isinstance(address, str) else ""
    agent = context.get("user_agent")
    consent = _consent(context.pop("consent", None))
    event = Event(
        id=record.id,
        action=record.action,
        label=record.label,
        time_ms=record.time_ms,
        received_ms=record.received_ms,
        uuid=record.uuid,
        params=record.params,
        context=context,
        address=address,
        consent=consent,
    )
    beacon = Beacon(
        source_id=record.source_id,
        dialect="",
        body=b"",
        address=address,
        user_agent=agent if isinstance(agent, str) else "",
        received_ms=record.received_ms,
    )
    return event, beacon


def _consent(kept: object) -> ConsentState:
    try:
        return msgspec.convert(kept or {}, ConsentState)
    except msgspec.ValidationError:
        return ConsentState()


def kept_of(record: EventRecord, source: Source) -> dict[str, Any]:
    """Return what may be kept of a stored event, by the names of a record. Raises Rejected."""
    kept: StoredEvent | None
    if record.derived:
        judge_action(record.action, source.policy)
        derive = derive_from(record, source)
        kept = derive(record.action, record.label, record.params, record.time_ms)
        if kept is None:
            raise Rejected(Reason.NO_CONSENT, "it may not follow from its cause", source.policy.consent)
    else:
        kept = apply_privacy(*rebuilt(record), _remembering(source))
    return {"label": kept.label, "params": kept.params, "context": kept.context}


def _remembering(source: Source) -> Source:
    """The source as one that keeps ids: no policy says so, and what it forgets is not in a stored event."""
    if source.settings.tag.device_storage:
        return source
    tag = msgspec.structs.replace(source.settings.tag, device_storage=True)
    return msgspec.structs.replace(source, settings=msgspec.structs.replace(source.settings, tag=tag))


def differing(before: Any, after: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield where two values differ, with both; None for what is gone."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            yield from differing(value, after.get(name), f"{place}.{name}" if place else name)
    elif before != after and not (_is_hash(before) and _is_hash(after)):
        yield place, before, after


def _is_hash(value: object) -> bool:
    """What was hashed already is not hashed again to be shown as a change."""
    return isinstance(value, str) and _HASHED.fullmatch(value) is not None
