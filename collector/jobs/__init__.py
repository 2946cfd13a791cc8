"""Sweepers: what must be done now and then, by one process at a time."""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable

from collector.enrich import Geo
from collector.privacy import derive_from
from collector.store import Store

log = logging.getLogger(__name__)

SESSIONS_S = 5
"""How often silent sessions are ended, in seconds."""

SESSIONS_AT_ONCE = 50
"""Sessions ended in one commit: few, since beacons wait meanwhile."""

BREATH_S = 0.05
"""Pause between such commits, in seconds."""

REJECTIONS_S = 600
"""How often recent rejections are forgotten, in seconds."""

GEO_S = 60
"""How often a replaced geo database is looked for, in seconds."""

REJECTIONS_DAYS = 7
"""How long a rejection is shown; its count stays for ever."""

DAY_MS = 86_400_000


class Jobs:
    """The sweepers of one worker. Leases in the store keep two workers from doing the same work."""

    def __init__(self, store: Store, geo: Geo) -> None:
        self._store = store
        self._geo = geo
        self._holder = str(uuid.uuid4())

    async def run(self) -> None:
        """Run until cancelled."""
        await asyncio.gather(
            self._every(SESSIONS_S, self._end_sessions),
            self._every(REJECTIONS_S, self._forget_rejections),
            self._every(GEO_S, self._geo.reload_if_changed),
        )

    async def _every(self, seconds: int, job: Callable[[], object]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await asyncio.to_thread(job)
            except Exception:
                log.exception("a job failed; it is tried again in %d s", seconds)

    def _end_sessions(self) -> None:
        now_ms = _now_ms()
        if self._store.take_lease("sessions", self._holder, now_ms, 3 * SESSIONS_S * 1000):
            while self._store.close_sessions(now_ms, derive_from, SESSIONS_AT_ONCE):
                time.sleep(BREATH_S)  # beacons wait for the same lock

    def _forget_rejections(self) -> None:
        now_ms = _now_ms()
        if self._store.take_lease("rejections", self._holder, now_ms, REJECTIONS_S * 1000):
            self._store.trim_rejections(now_ms - REJECTIONS_DAYS * DAY_MS)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
