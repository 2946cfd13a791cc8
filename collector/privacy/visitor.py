"""Which visitor an event is counted for."""

from collector.model.beacon import Beacon
from collector.model.event import Event
from collector.model.source import Source


def visitor_uuid(event: Event, beacon: Beacon, source: Source) -> str | None:
    """The browser's own uuid, None where it tells none."""
    return event.uuid
