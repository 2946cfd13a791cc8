"""How long one turn of the event loop has lasted: what it has read waits in its queue meanwhile.

The writer can tell that the disk is behind. When the processor is, nothing waits there: a thousand
connections are read at once, and the last is looked at when all others have gone through the stages.
"""

import asyncio
import time

MAX_REQUESTS, MAX_TURN_S = 100, 0.015
"""Whoever comes after so many requests of one turn, and after so many seconds of it, is told to come again. A
few large ones may take their time."""

MAX_HEADS, CROWDED_S = 16, 0.05
"""Until nobody was refused for so many seconds, no more requests are let in of one turn: the fewer there are,
the sooner the loop is back with those who wait for the disk, and as many go through in a second. A flood
refuses somebody every few ms; a crowd that comes ten times a second is one of its own each time."""


class Turn:
    """The turn of the loop that is running: it reads what has come, and then works on it."""

    def __init__(self) -> None:
        self._since_s = 0.0
        self._requests = 0
        self._heads = 0
        self._crowded_until_s = 0.0

    def is_crowded(self) -> bool:
        """Count a request of which the head was read; whether too many came before it, as they have of late.
        It need not wait for the work on those, only to be told the same."""
        if not self._heads:
            asyncio.get_running_loop().call_soon(self._end_reading)  # before the work on any of them
        self._heads += 1
        if self._heads <= MAX_HEADS or not self._crowded_until_s:
            return False
        now_s = time.monotonic()
        if now_s > self._crowded_until_s:
            return False
        self._crowded_until_s = now_s + CROWDED_S
        return True

    def is_long(self) -> bool:
        """Count a request; whether the turn has lasted too long for it."""
        if not self._requests:
            self._since_s = time.monotonic()
            asyncio.get_running_loop().call_soon(self._end)  # first in the next turn
        self._requests += 1
        if self._requests <= MAX_REQUESTS:
            return False
        now_s = time.monotonic()
        if now_s - self._since_s <= MAX_TURN_S:
            return False
        self._crowded_until_s = now_s + CROWDED_S
        return True

    def _end(self) -> None:
        self._requests = 0

    def _end_reading(self) -> None:
        self._heads = 0
