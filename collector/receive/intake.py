"""What every dialect's endpoint does alike: who asks, what came, through the stages, into the store."""

import asyncio
import time
from collections.abc import Sequence

import msgspec

from collector.auth.keys import hash_key
from collector.config import Network
from collector.enrich import Enricher
from collector.limits import Limits
from collector.model.beacon import Beacon
from collector.model.event import StoredEvent
from collector.model.outcome import Reason, Rejected, Rejection
from collector.model.source import Source
from collector.pipeline import Decode, process_all, rejection
from collector.receive.address import visitor_address
from collector.receive.exchange import Headers, Scope, says_yes
from collector.receive.shadow import Shadows
from collector.receive.turn import Turn
from collector.store import EventStore, StoreUnavailable
from collector.store.catalog import Catalog

LARGE = 65_536
"""Bytes of a body that no browser sends as it leaves a page: a back end's batch. It takes tenths of a second,
beside the loop, on which beacons wait."""

Results = list[StoredEvent | Rejected]
"""One an event, in order."""


class Intake:
    """Takes requests of any dialect in. Whatever it awaits is on disk when it returns, or raises
    StoreUnavailable."""

    def __init__(
        self,
        catalog: Catalog,
        store: EventStore,
        enricher: Enricher,
        proxies: tuple[Network, ...],
        shadows: Shadows,
        limits: Limits,
    ) -> None:
        self._catalog = catalog
        self._store = store
        self._enricher = enricher
        self._proxies = proxies
        self._shadows = shadows
        self._limits = limits
        self._turn = Turn()

    def is_overloaded(self) -> bool:
        """Whether more come than can be taken. Asked once a request: whom we cannot take is told at once."""
        return self._turn.is_long() or self._store.is_behind()

    def is_crowded(self) -> bool:
        """The same, asked when no more than the head of a request was read, and of fewer."""
        return self._turn.is_crowded()

    def check_load(self) -> None:
        """Raise StoreUnavailable where `is_overloaded`."""
        if self.is_overloaded():
            raise StoreUnavailable("more come than can be taken")

    async def enter(self, scope: Scope, headers: Headers, source_id: str) -> Source | None:
        """The source of a request that says in its head whose it is; None when unknown. Raises OverLimit."""
        await self.check_address(scope, headers, source_id)
        return await self.source_within_quota(source_id)

    async def check_address(self, scope: Scope, headers: Headers, source_id: str | None = None) -> None:
        """Let one more request of its address in. Raises OverLimit."""
        if self._limits.has_address_limit:
            source = None if source_id is None else self._catalog.known(source_id)
            await self._limits.check_address(visitor_address(scope, headers, self._proxies), source)

    async def source_within_quota(self, source_id: str) -> Source | None:
        """A source by its public id, for one more event; None when unknown. Raises OverLimit."""
        source = await self.find_source(source_id)
        if source is not None and source.settings.quota:
            await self._limits.check_quota(source)
        return source

    async def find_source(self, source_id: str) -> Source | None:
        """A source by its public id; None when unknown."""
        return self._catalog.known(source_id) or await self._catalog.find(source_id)

    async def beacon(self, scope: Scope, headers: Headers, source: Source, dialect: str) -> Beacon:
        """A beacon of which nothing but the headers was read."""
        received_ms = now_ms()
        keeps = source.settings.tag.device_storage
        return Beacon(
            source_id=source.source_id,
            dialect=dialect,
            body=b"",
            address=visitor_address(scope, headers, self._proxies),
            user_agent=_header(headers, b"user-agent"),
            origin=_header(headers, b"origin") if b"origin" in headers else None,
            referer=_header(headers, b"referer"),
            global_privacy_control=says_yes(headers, b"sec-gpc"),
            do_not_track=says_yes(headers, b"dnt"),
            day_salt=b"" if keeps else await self._catalog.day_salt(received_ms),
            received_ms=received_ms,
        )

    async def fits(self, key: str, source: Source) -> bool:
        """Whether an api key is one of this source's."""
        found = await self._catalog.find_key(hash_key(key))
        return (
            found is not None
            and found.workspace_id == source.workspace_id
            and found.source_id in (None, source.source_id)
        )

    async def source_of_key(self, key: str) -> Source | None:
        """The source that an api key writes through, for one more event; None for an unknown key or where
        there is no source. Raises OverLimit."""
        found = await self._catalog.find_key(hash_key(key))
        if found is None:
            return None
        source_id = found.source_id or self._catalog.first_source()
        return await self.source_within_quota(source_id) if source_id is not None else None

    async def take(self, decode: Decode, beacon: Beacon, source: Source) -> Results:
        """Take a beacon through the stages and store what may be kept."""
        if len(beacon.body) > LARGE:
            results = await asyncio.to_thread(process_all, decode, beacon, source, self._enricher)
        else:
            results = process_all(decode, beacon, source, self._enricher)
        self._limits.spend(source, len(results) - 1)
        await self.settle(results, beacon, source)
        if source.shadow is not None:
            # When this is done: the sender gets the answer first.
            asyncio.get_running_loop().call_soon(
                self._shadows.compare, decode, beacon, source, self._enricher, results
            )
        return results

    async def settle(self, results: Sequence[StoredEvent | Rejected], beacon: Beacon, source: Source) -> None:
        """Store what may be kept, and count what was rejected."""
        events = [result for result in results if isinstance(result, StoredEvent)]
        rejections = [rejection(r, beacon, source) for r in results if isinstance(r, Rejected)]
        await self._store.append(events, rejections)

    async def count_unknown(self, count: int = 1) -> None:
        """Count what was sent to a source that there is not."""
        unknown = Rejection(
            source=None,
            received_ms=now_ms(),
            reason=Reason.UNKNOWN_SOURCE,
            detail="unknown source",
            count=max(1, count),
        )
        await self._store.append([], [unknown])


def _header(headers: Headers, name: bytes) -> str:
    return headers[name].decode("utf-8", "replace") if name in headers else ""


def with_body(beacon: Beacon, body: bytes, *, token: str = "", trusted: bool = False) -> Beacon:
    """The beacon with what was read of it, and what its sender proved."""
    return msgspec.structs.replace(beacon, body=body, token=token, trusted=trusted)


def now_ms() -> int:
    """Ms since the epoch, UTC."""
    return time.time_ns() // 1_000_000
