"""How much one address and one source may send. Both are unlimited unless set.

Whoever is over a limit is refused before anything but the headers was read, so that one sender's
flood costs the others little. What it would have sent is counted as one event, since nobody has
looked, and it is told after that is on disk (DESIGN.md, promise 3). A commit for each would cost what
the limit is to save: the refusals of a tenth of a second share one, and wait for it.

Each worker counts by itself, with its share of the limit: together they never let more through, and
may refuse a little early where they are not equally busy.
"""

import asyncio
import ipaddress
import math
import time
from collections import Counter
from collections.abc import Callable

from collector.admit.rate import Rate
from collector.model.outcome import Reason, Rejected, Rejection
from collector.model.source import Source
from collector.store import EventStore

GATHER_S = 0.1
"""How long refusals are gathered for one commit, in seconds."""


class OverLimit(Rejected):
    """A request too many, counted by now. `retry_after_s`: when there will be room for one, in seconds."""

    def __init__(self, reason: Reason, detail: str, retry_after_s: int) -> None:
        super().__init__(reason, f"{detail}; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s

    @property
    def header(self) -> tuple[bytes, bytes]:
        """The header Retry-After."""
        return b"retry-after", str(self.retry_after_s).encode()


class Limits:
    """The limits of one worker."""

    def __init__(
        self,
        store: EventStore,
        *,
        address_limit: int,
        workers: int,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`address_limit`: requests a minute from one address, 0 for any number."""
        self._store = store
        self._address_limit = address_limit
        self._workers = workers
        self._clock_s = clock_s
        self._addresses = Rate()
        self._sources = Rate()
        self._refused: Counter[tuple[int | None, Reason]] = Counter()
        self._handing_over: asyncio.Task[None] | None = None

    @property
    def has_address_limit(self) -> bool:
        """Whether an address may be over its limit at all."""
        return self._address_limit > 0

    async def check_address(self, address: str, source: Source | None, *, is_event: bool = True) -> None:
        """Let one more request of an address in, or raise OverLimit, or StoreUnavailable.

        `source`: whose it is, as far as it is known already. `is_event`: whether a refusal is one of events.
        """
        if not self._address_limit:
            return
        wait_s = self._addresses.take(_network(address), self._address_limit / self._workers, self._clock_s())
        if wait_s:
            reason = Reason.TOO_MANY_REQUESTS
            if is_event:
                await self._count(source, reason)
            raise OverLimit(reason, "too many requests from this address", math.ceil(wait_s))

    async def check_quota(self, source: Source) -> None:
        """Let one more event of a source in, or raise OverLimit, or StoreUnavailable."""
        if not source.settings.quota:
            return
        wait_s = self._sources.take(source.source_id, self._share(source), self._clock_s())
        if wait_s:
            reason = Reason.OVER_QUOTA
            await self._count(source, reason)
            raise OverLimit(reason, "this source has had its events for now", math.ceil(wait_s))

    def spend(self, source: Source, count: int) -> None:
        """Count the other events of a request that was let in, of a source that has a quota."""
        if source.settings.quota and count > 0:
            self._sources.spend(source.source_id, self._share(source), count, self._clock_s())

    def _share(self, source: Source) -> float:
        return source.settings.quota / self._workers

    async def _count(self, source: Source | None, reason: Reason) -> None:
        """Count a refusal; it is on disk on return."""
        self._refused[None if source is None else source.number, reason] += 1
        if self._handing_over is None:
            self._handing_over = asyncio.create_task(self._hand_over())
        # Whoever goes away takes no other's count along.
        await asyncio.shield(self._handing_over)

    async def _hand_over(self) -> None:
        await asyncio.sleep(GATHER_S)
        refused, self._refused, self._handing_over = self._refused, Counter(), None
        now_ms = time.time_ns() // 1_000_000
        rejections = [
            Rejection(
                source=source,
                received_ms=now_ms,
                reason=reason,
                detail=f"{count} requests, refused unread",
                count=count,
            )
            for (source, reason), count in refused.items()
        ]
        await self._store.append([], rejections)


def _network(address: str) -> str:
    """What counts as one address: of IPv6 the /64, all of which one customer has."""
    if ":" not in address:
        return address
    try:
        whole = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    return str(whole.ipv4_mapped) if whole.ipv4_mapped else whole.packed[:8].hex()
