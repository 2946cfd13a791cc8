"""Events for the store's tests, made as the collector makes them: by the privacy stage."""

import itertools
from collections.abc import Iterator

import msgspec

from collector.model.beacon import Beacon
from collector.model.client import ServerEvent
from collector.model.consent import ConsentState
from collector.model.event import Event, Params, StoredEvent
from collector.model.profile import ProfileUpdate
from collector.model.source import Settings, Source
from collector.privacy import apply_privacy

NOON = 1_767_268_800_000  # 2026-01-01 12:00:00 UTC
MINUTE = 60_000


class EventMaker:
    """Makes events of one source; what is not given is plain."""

    def __init__(self, source: Source, ids: Iterator[int] | None = None) -> None:
        self.source = source
        self._ids = ids or itertools.count(1)

    def __call__(
        self,
        action: str = "page.visit",
        *,
        id: str | None = None,
        uuid: str | None = "browser-1",
        minute: float = 0,
        received: float | None = None,
        params: Params | None = None,
        context: Params | None = None,
        profile: ProfileUpdate | None = None,
        trusted: bool = False,
        consent: ConsentState | None = None,
        server: ServerEvent | None = None,
    ) -> StoredEvent:
        """Return an event of this minute after noon, received at once unless told otherwise."""
        time_ms = NOON + int(minute * MINUTE)
        event = Event(
            id=id or f"event-{next(self._ids)}",
            action=action,
            label=action,
            time_ms=time_ms,
            received_ms=time_ms if received is None else NOON + int(received * MINUTE),
            uuid=uuid,
            params=params or {},
            context={"geo": {"country_code": "PL"}} | (context or {}),
            address="",
            profile=profile,
            trusted=trusted,
            consent=consent or ConsentState(),
            server=server,
        )
        return apply_privacy(event, _BEACON, self.source)

    def under(self, **policy: object) -> "EventMaker":
        """The same source under another policy."""
        changed = msgspec.structs.replace(self.source.policy, **policy)
        return EventMaker(msgspec.structs.replace(self.source, policy=changed))

    def set(self, settings: Settings) -> "EventMaker":
        """The same source with other settings."""
        return EventMaker(msgspec.structs.replace(self.source, settings=settings), self._ids)


_BEACON = Beacon(source_id="", dialect="native", body=b"", received_ms=NOON)
