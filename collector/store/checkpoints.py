"""Moves what SQLite's write-ahead log holds into the file, beside the writer.

Left to itself, SQLite does it within a commit, and whoever waits for that commit waits several times as
long (facts/speed.md). Here most of it happens in a thread of its own, under no lock. Under steady load the
log would never be quite empty and grow without end: past FULL_FRAMES the rest is moved under the writer's
lock, which is what came in during the first step and takes a few milliseconds.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, closing

from collector.store.interface import StoreUnavailable

log = logging.getLogger(__name__)

COMMITS = 16
"""How many commits pass between two of them."""

FULL_FRAMES = 4_000
"""Pages in the log from which on it is to begin anew: 32 MB."""

LOCK_MS = 50
"""Longest that beginning anew waits for readers: beacons wait meanwhile."""


class Checkpoints:
    """The thread of one process. `committed` is called after each commit."""

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        guarded: Callable[[], AbstractContextManager[None]],
    ) -> None:
        """`guarded`: what a checkpoint runs in (`Guard.checkpointing`); raises StoreUnavailable."""
        self._connect = connect
        self._guarded = guarded
        self._due = threading.Event()
        self._stopped = False
        self._commits = 0
        self._thread = threading.Thread(target=self._run, name="tagwell-checkpoints", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, after what it is at."""
        self._stopped = True
        self._due.set()
        if self._thread.is_alive():
            self._thread.join()

    def committed(self) -> None:
        """Note a commit."""
        self._commits += 1
        if self._commits >= COMMITS:
            self._commits = 0
            self._due.set()

    def _run(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            if self._stopped:
                return
            try:
                self._checkpoint()
            except StoreUnavailable:
                pass  # a commit will meet the same, and say so
            except Exception:
                log.exception("the write-ahead log was not moved into the file; it is tried again")

    def _checkpoint(self) -> None:
        with self._guarded(), closing(self._connect()) as connection:
            connection.execute(f"PRAGMA busy_timeout={LOCK_MS}")
            _, frames, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if frames >= FULL_FRAMES:
                connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
