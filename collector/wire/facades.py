"""Events of other vendors' page APIs, as our tag sends them: native, with an object of that dialect beside.

Each is read by its dialect's own reader, so that a call means the same by whichever way it comes.
"""

from collections.abc import Callable

from collector.model.event import Params, RawEvent
from collector.wire.segment import facade as segment
from collector.wire.tracardi import facade as tracardi

_READERS: tuple[tuple[str, Callable[[Params, int], RawEvent]], ...] = (
    (segment.NAME, segment.read_facade),
    (tracardi.NAME, tracardi.read_facade),
)


def read_facade(sent: Params, index: int) -> RawEvent | None:
    """Return the event of such a call; None for an event of our own. Raises Rejected."""
    for name, read in _READERS:
        if isinstance(sent.get(name), dict):
            return read(sent, index)
    return None
