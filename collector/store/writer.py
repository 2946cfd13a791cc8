"""The one writer thread of a process: gathers what arrives and commits it in groups.

A commit costs about the same whether it carries one event or sixty-four, so the group decides
the price. Whoever waits is told after the commit is on disk, never before.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence

from collector.model.event import StoredEvent
from collector.model.outcome import Outcome, Rejection
from collector.store.interface import StoreUnavailable

log = logging.getLogger(__name__)

GATHER_S = 0.002
"""Longest the first of a group waits for company, in seconds (facts/speed.md)."""

QUIET_TURNS, GATHER_ON_S = 3, 0.01
"""After a commit those whom it has kept waiting come all at once. The next group waits for them until so many
turns of the loop brought nobody (a request is read in one and reaches us in the next), for so many seconds at
most: with 64 connections groups are twice as large for it, and an event costs a third less CPU."""

GROUP_EVENTS = 64
"""A group of this many events is committed without waiting for more."""

MAX_WAITING_EVENTS = 20_000
"""More than this many uncommitted events and the sender is told to come again."""

MAX_WAITING_IN_BATCHES = 16_000
"""Of them in batches of a back end: however many of these wait, a beacon finds room."""

MAX_WAITING, MAX_WAIT_S = 2 * GROUP_EVENTS, 0.03
"""So is whoever comes while more requests than this wait, the first of them for longer than this, in seconds:
a few may wait for a slow disk, but a crowd that has waited so long is more than can be taken."""

Record = Callable[[Sequence[StoredEvent], Sequence[Rejection]], list[Outcome]]
"""Stores and counts in one transaction, and returns after its commit."""


class _Item:
    """One waiting `append`."""

    __slots__ = ("events", "future", "loop", "rejections", "result", "size")

    def __init__(
        self,
        events: Sequence[StoredEvent],
        rejections: Sequence[Rejection],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.events = events
        self.rejections = rejections
        self.size = len(events) + len(rejections)
        self.loop = loop
        self.future: asyncio.Future[list[Outcome]] = loop.create_future()
        self.result: list[Outcome] | Exception = []


class Writer:
    """Commits groups in a thread of its own. Started by `start`, ended by `stop`.

    The loop gathers and hands over a group at a time: a thread that took items one by one would
    ask for the interpreter at each of them, and wait for it while the loop is at work.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._groups: queue.SimpleQueue[list[_Item] | None] = queue.SimpleQueue()
        self._gathered: list[_Item] = []
        self._gathered_size = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.Handle | None = None
        self._gather_until_s = 0.0
        self._quiet_turns = 0
        self._size_before = 0
        self._committing = False
        self._waiting = 0
        self._waiting_events = 0
        self._gathering_since_s = 0.0
        self._committing_since_s = 0.0
        self._closed = False
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="tagwell-writer", daemon=True)

    @property
    def waiting(self) -> int:
        """Events and rejections that are not committed yet."""
        return self._waiting_events

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Commit what waits, then end the thread."""
        self._closed = True
        if self._thread.is_alive():
            self._groups.put(self._gathered)
            self._gathered = []
            self._groups.put(None)
            self._thread.join()

    async def append(self, events: Sequence[StoredEvent], rejections: Sequence[Rejection]) -> list[Outcome]:
        """Return one outcome an event once all are on disk. Raises StoreUnavailable."""
        loop = self._loop
        if loop is None or not loop.is_running():  # to ask for the running one is a system call
            loop = self._loop = asyncio.get_running_loop()
        item = _Item(events, rejections, loop)
        most = MAX_WAITING_EVENTS if item.size <= GROUP_EVENTS else MAX_WAITING_IN_BATCHES
        if self._closed or self._waiting_events + item.size > most or self.is_behind():
            raise StoreUnavailable("the writer is behind")
        self._waiting += 1
        self._waiting_events += item.size
        if not self._gathered:
            self._gathering_since_s = time.monotonic()
        self._gathered.append(item)
        self._gathered_size += item.size
        if not self._committing:
            if self._gathered_size >= GROUP_EVENTS:
                self._hand_over()
            elif self._timer is None:
                self._timer = item.loop.call_later(GATHER_S, self._hand_over)
        try:
            return await item.future
        finally:
            self._waiting -= 1
            self._waiting_events -= item.size

    def is_behind(self) -> bool:
        """Whether more come than can be committed. Cheap: asked before anything is read of a request."""
        if self._waiting <= MAX_WAITING:
            return False
        since_s = self._committing_since_s if self._committing else self._gathering_since_s
        return time.monotonic() - since_s > MAX_WAIT_S

    def _hand_over(self) -> None:
        """Give the thread what was gathered. Runs in the loop."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._gathered and not self._closed:
            self._committing = True
            self._committing_since_s = self._gathering_since_s
            small = [item for item in self._gathered if item.size <= GROUP_EVENTS]
            large = [item for item in self._gathered if item.size > GROUP_EVENTS]
            # One batch of a back end at a time: beacons wait for the commits of no others.
            self._groups.put(small + large[:1])
            self._gathered = large[1:]
            self._gathered_size = sum(item.size for item in self._gathered)
            if self._gathered:
                self._gathering_since_s = time.monotonic()

    def _finish(self, group: list[_Item]) -> None:
        """Tell those who waited, and see who comes next. Runs in the loop."""
        self._committing = False
        _resolve(group)
        if self._gathered_size >= GROUP_EVENTS:
            self._hand_over()
            return
        self._gather_until_s = time.monotonic() + GATHER_ON_S
        self._quiet_turns = 0
        self._timer = group[0].loop.call_soon(self._gather_on, group[0].loop)

    def _gather_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hand over what was gathered, once this turn of the loop is one too many that brought nobody."""
        self._quiet_turns = self._quiet_turns + 1 if self._gathered_size == self._size_before else 0
        self._size_before = self._gathered_size
        if self._quiet_turns < QUIET_TURNS and time.monotonic() < self._gather_until_s:
            self._timer = loop.call_soon(self._gather_on, loop)
        else:
            self._hand_over()

    def _run(self) -> None:
        while (group := self._groups.get()) is not None:
            self._commit(group)
            if group:
                try:
                    group[0].loop.call_soon_threadsafe(self._finish, group)
                except RuntimeError:
                    log.warning(
                        "%d requests were not told what became of them: the server had ended", len(group)
                    )

    def _commit(self, group: list[_Item]) -> None:
        events = [event for item in group for event in item.events]
        rejections = [rejection for item in group for rejection in item.rejections]
        try:
            outcomes = self._record(events, rejections)
        except StoreUnavailable as error:
            if not self._failing:
                log.error("nothing can be written: %s", error)
            self._failing = True
            for item in group:
                item.result = StoreUnavailable(str(error))
        except Exception as error:
            if len(group) > 1:
                # One of them is to blame: each for itself, so that the others are kept.
                for item in group:
                    self._commit([item])
                return
            log.exception("an event could not be recorded")
            group[0].result = error
        else:
            if self._failing:
                log.warning("events are written again")
            self._failing = False
            start = 0
            for item in group:
                item.result = outcomes[start : start + len(item.events)]
                start += len(item.events)


def _resolve(items: list[_Item]) -> None:
    for item in items:
        if item.future.done():
            continue  # the client went away; its events are stored all the same
        if isinstance(item.result, Exception):
            item.future.set_exception(item.result)
        else:
            item.future.set_result(item.result)
