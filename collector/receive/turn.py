"""How long one turn of the event loop has lasted: what it has read waits in its queue meanwhile.

The writer can tell that the disk is behind. When the processor is, nothing waits there: a thousand
connections are read at once, and the last is looked at when all others have gone through the stages.
"""

import asyncio
import time

MAX_REQUESTS, MAX_TURN_S = 100, 0.015
"""Whoever comes after so many requests of one turn, and after so many seconds of it, is told to come again. A
few large ones may take their time."""


class Turn:
    """The turn of the loop that is running."""

    def __init__(self) -> None:
        self._since_s = 0.0
        self._requests = 0

    def is_long(self) -> bool:
        """Count a request; whether the turn has lasted too long for it."""
        if not self._requests:
            self._since_s = time.monotonic()
            asyncio.get_running_loop().call_soon(self._end)  # first in the next turn
        self._requests += 1
        return self._requests > MAX_REQUESTS and time.monotonic() - self._since_s > MAX_TURN_S

    def _end(self) -> None:
        self._requests = 0
