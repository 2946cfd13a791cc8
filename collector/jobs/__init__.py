"""Sweepers: what must be done now and then, by one process at a time."""

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Callable

from collector.enrich import Geo
from collector.jobs.mail import Outbox, Sender
from collector.jobs.retention import DAY_MS as DAY_MS
from collector.jobs.retention import Retention
from collector.model.account import PENDING_MS
from collector.privacy import derive_from
from collector.store import Store, StoreUnavailable

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
"""How long a rejection is shown and what was malformed is kept; the counts stay for ever."""

DEFINITIONS_S = 5
"""How often the catalogue of actions and params reads on, in seconds."""

DEFINITIONS_PAUSE_S = 0.01
"""Its pause after each hundred events, in seconds."""

MAILS_S = 2
"""How often mails that are due are sent, in seconds."""

NO_SERVER_S = 60
"""How often it is looked for mails that wait in vain, in seconds."""

MAILS_LEASE_MS = 300_000
"""How long one mail may take, in ms. A second worker might send it as well from then on."""

MAILS_DAYS = 30
"""How long mails that wait no longer are kept."""

RETENTION_S = 300
"""How often events that are too old are looked for, in seconds."""

DAY_S = 5
"""How often it is looked whether a new day has begun, in seconds."""


class Jobs:
    """The sweepers of one worker. Leases in the store keep two workers from doing the same work."""

    def __init__(self, store: Store, geo: Geo, mails: Sender | None = None) -> None:
        """`mails`: what mails are sent with; None: they wait."""
        self._store = store
        self._mails_s = MAILS_S if mails else NO_SERVER_S
        self._outbox = Outbox(store, mails)
        self._geo = geo
        self._holder = str(uuid.uuid4())
        self._retention = Retention(store)
        self._day = -1

    async def run(self) -> None:
        """Run until cancelled."""
        await asyncio.gather(
            self._every(SESSIONS_S, self._end_sessions),
            self._every(REJECTIONS_S, self._forget_rejections),
            self._every(RETENTION_S, self._delete_old_events),
            self._every(self._mails_s, self._send_mails),
            self._every(DAY_S, self._begin_day),
            self._every(DEFINITIONS_S, self._define_events),
            self._every(GEO_S, self._geo.reload_if_changed),
        )

    async def _every(self, seconds: int, job: Callable[[], object]) -> None:
        told = False
        while True:
            await asyncio.sleep(seconds)
            try:
                await asyncio.to_thread(job)
                told = False
            except StoreUnavailable as error:
                if not told:  # the store says so itself, and a full disk is not for logs
                    log.warning("a job waits for the store, and is tried every %d s: %s", seconds, error)
                told = True
            except Exception:
                log.exception("a job failed; it is tried again in %d s", seconds)

    def _end_sessions(self) -> None:
        now_ms = _now_ms()
        if self._store.take_lease("sessions", self._holder, now_ms, 3 * SESSIONS_S * 1000):
            while self._store.close_sessions(now_ms, derive_from, SESSIONS_AT_ONCE):
                time.sleep(BREATH_S)  # beacons wait for the same lock

    def _define_events(self) -> None:
        while self._store.take_lease("definitions", self._holder, _now_ms(), 3 * DEFINITIONS_S * 1000):
            if not self._store.define_events(DEFINITIONS_PAUSE_S):
                return
            time.sleep(BREATH_S)

    def _forget_rejections(self) -> None:
        now_ms = _now_ms()
        if self._store.take_lease("rejections", self._holder, now_ms, REJECTIONS_S * 1000):
            self._retention.forget(
                now_ms - REJECTIONS_DAYS * DAY_MS,
                mails_before_ms=now_ms - MAILS_DAYS * DAY_MS,
                registrations_before_ms=now_ms - PENDING_MS,
            )

    def _send_mails(self) -> None:
        now_ms = _now_ms()
        # Looked for first, since a lease is a write.
        if self._store.due_mails(now_ms, 1) and self._has_mail_lease():
            self._outbox.run(now_ms, self._has_mail_lease)

    def _has_mail_lease(self) -> bool:
        return self._store.take_lease("mails", self._holder, _now_ms(), MAILS_LEASE_MS)

    def _delete_old_events(self) -> None:
        if self._has_retention_lease():
            self._retention.run(_now_ms(), self._has_retention_lease)

    def _has_retention_lease(self) -> bool:
        return self._store.take_lease("retention", self._holder, _now_ms(), 3 * RETENTION_S * 1000)

    def _begin_day(self) -> None:
        """End the cookieless day before, though no beacon comes that asks for this one's salt."""
        now_ms = _now_ms()
        today = now_ms // DAY_MS
        if today != self._day and self._store.take_lease("day", self._holder, now_ms, 60_000):
            with contextlib.suppress(ValueError):  # the clock was set back: the later day goes on
                self._store.day_salt(today)
            if self._store.scrub():
                self._day = today


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
