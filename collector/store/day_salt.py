"""The salt of the cookieless day at hand: asked for once a day, and out of memory when the day is over."""

import asyncio
import logging

from collector.store.interface import Store

log = logging.getLogger(__name__)


class DaySalt:
    """Today's salt, as all workers on the store have it. Days are counted since the epoch, UTC."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._day = -1
        self._salt = b""
        self._asking = asyncio.Lock()

    async def of(self, day: int) -> bytes:
        """Return the salt of a day; empty for one that is over, here or for another worker.

        Raises StoreUnavailable.
        """
        if day > self._day:
            async with self._asking:
                if day > self._day:
                    self._day, self._salt = day, await asyncio.to_thread(self._ask, day)
        return self._salt if day == self._day else b""

    def end(self, today: int) -> None:
        """Forget the salt if its day is over: it must be in memory no longer than on the disk."""
        if today > self._day:
            self._salt = b""

    def _ask(self, day: int) -> bytes:
        try:
            return self._store.day_salt(day)
        except ValueError as error:
            log.warning("cookieless visitors are not told apart today, as the clock was set back: %s", error)
            return b""
