"""Beacons, events and sources of the tests: what a case does not say is ordinary."""

from collections.abc import Callable
from typing import Any

from collector.model.beacon import Beacon
from collector.model.event import Event, RawEvent
from collector.model.outcome import Rejected
from collector.model.policy import Policy
from collector.model.source import Settings, Source

NOON = 1_767_268_800_000  # 2026-01-01 12:00:00 UTC
SOURCE_ID = "6f1d2c3b-4a59-4e68-8f70-112233445566"


def make_source(
    *, policy: Policy | None = None, settings: Settings | None = None, enabled: bool = True, **fields: Any
) -> Source:
    """A source with the defaults of a new one."""
    return Source(
        **{
            "number": 1,
            "source_id": SOURCE_ID,
            "workspace_id": 1,
            "name": "Low Tide Pottery",
            "enabled": enabled,
            "settings": settings or Settings(),
            "policy": policy or Policy(),
            "policy_version": 1,
            "salt": bytes(range(32)),
            "created_ms": NOON,
            **fields,
        }
    )


def make_beacon(body: bytes = b"", **fields: Any) -> Beacon:
    """A beacon that reached the collector at NOON."""
    return Beacon(
        **{"source_id": SOURCE_ID, "dialect": "native", "body": body, "received_ms": NOON, **fields}
    )


def make_raw(action: Any = "page.visit", **fields: Any) -> RawEvent:
    """One decoded event."""
    return RawEvent(**{"index": 0, "action": action, **fields})


def make_event(action: str = "page.visit", **fields: Any) -> Event:
    """One event in the common form, as `privacy/` takes it."""
    return Event(
        **{
            "id": "event-1",
            "action": action,
            "label": action,
            "time_ms": NOON,
            "received_ms": NOON,
            "uuid": "07243772-008a-42e1-ba37-c3807cebde8f",
            "params": {},
            "context": {},
            "address": "203.0.113.77",
            **fields,
        }
    )


def rejection(function: Callable[..., Any], *arguments: Any) -> Rejected | None:
    """What the call was rejected with; None where it was not. Anything else it raises goes through."""
    try:
        function(*arguments)
    except Rejected as rejected:
        return rejected
    return None
