"""Writing a SQLite file anew from all that its log holds, whatever was moved into the file before.

SQLite syncs the file only with the last page of the log. Pages that an earlier checkpoint has moved may be
what the kernel could not write and has dropped; the next checkpoint would begin behind them, sync, and empty
the log, which holds the only good copy.
"""

import sqlite3
import subprocess
import sys

from collector.store.interface import StoreUnavailable

LOCK_MS = 100
"""Longest that one try waits for others, who wait for the same lock, in ms."""

_FORGET = "import os, sys; os.pwrite(os.open(sys.argv[1], os.O_RDWR), bytes(4), 96)"
"""Sets `nBackfill` to none: how much of the log is in the file (sqlite.org/walformat.html, 2.2)."""


def write_anew(connection: sqlite3.Connection, path: str) -> bool:
    """Write all that the log holds into the file, sync it, empty the log; False where others are in the way.

    No other checkpoint may run in this process meanwhile. Raises what SQLite raises, and StoreUnavailable.
    """
    connection.execute(f"PRAGMA busy_timeout={LOCK_MS}")
    connection.execute("BEGIN IMMEDIATE")  # nobody appends to the log meanwhile
    try:
        _forget_what_was_moved(f"{path}-shm")
    finally:
        connection.execute("ROLLBACK")
    busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy


def _forget_what_was_moved(index: str) -> None:
    # By a process of its own: in this one to close the file would drop SQLite's locks on it (fcntl(2)).
    command = [sys.executable, "-I", "-S", "-c", _FORGET, index]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 nothing of a visitor's
    if done.returncode:
        raise StoreUnavailable(f"{index} cannot be written: {done.stderr.decode(errors='replace')[-200:]}")
