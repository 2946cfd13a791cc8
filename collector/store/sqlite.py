"""SQLite: one file in WAL mode, many readers, one writer at a time, every commit on disk.

`synchronous=FULL` makes a commit wait for the disk; `BEGIN IMMEDIATE` takes the write lock before
anything is read, so that what a batch looked up still holds when it writes.
"""

import errno
import fcntl
import logging
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool, QueuePool

from collector.errors import OperatorError
from collector.store import schema
from collector.store.checkpoints import Checkpoints
from collector.store.sql import SqlStore
from collector.store.sqlite_guard import Guard

log = logging.getLogger(__name__)

LOCK_WAIT_MS = 10_000
"""Longest a connection waits for another process's write."""

_SETTINGS = (
    f"PRAGMA busy_timeout={LOCK_WAIT_MS}",
    "PRAGMA page_size=8192",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA wal_autocheckpoint=0",  # `Checkpoints` does it, beside the writer
    "PRAGMA cache_size=-16000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
)

SCRUB_S = 20.0
"""Longest that `scrub` waits for readers, in seconds."""

SCRUB_LOCK_MS = 100
"""Longest that one try holds the write lock while it waits for readers: beacons wait as long."""


class SqliteStore(SqlStore):
    """A store in one SQLite file; made, readable by its owner only, when absent."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._path = Path(make_url(url).database or "").resolve()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._make_file()
            self._guard = Guard(self._path, self._connect)
        except OSError as error:
            raise OperatorError(f"{self._path} cannot be a store: {error.strerror}.") from None
        self._engine = self._make_engine(poolclass=QueuePool, pool_size=8, max_overflow=24)
        self._fresh = self._make_engine(poolclass=NullPool)
        self._lock: int | None = None
        self._checkpoints = Checkpoints(self._connect, self._guard.checkpointing)

    def _make_engine(self, **pool: Any) -> Engine:
        engine = create_engine(
            "sqlite://",
            creator=self._connect,
            pool_reset_on_return=None,  # every transaction is ended by its own block
            hide_parameters=True,  # an error is logged, and would quote what a visitor sent
            **pool,
        )
        event.listen(engine, "begin", _begin)
        return engine

    def _make_file(self) -> None:
        """Make the file where there is none. Raises OSError for what is no file of ours to write.

        A file that is there is not opened here: closing it again would drop the locks that SQLite
        holds on it in this process (fcntl(2)), and a reader would find it malformed.
        """
        try:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            if self._path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)) from None
            if os.stat(self._path).st_size == 0 and Path(f"{self._path}.lock").exists():
                raise OperatorError(
                    f"{self._path} is empty, and a server has kept a store in it. "
                    f"Restore a backup (tagwell restore), or remove {self._path}.lock to begin anew."
                ) from None
            if not os.access(self._path, os.R_OK | os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._guard.noticing(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        self._guard.check()
        with self._guard.noticing(), self._engine.connect() as raw:
            connection = raw.execution_options(writes=True)
            with connection.begin():
                yield connection
        self._guard.check()  # what was written meanwhile to a file that is gone is not kept
        self._checkpoints.committed()

    def migrate(self) -> None:
        """Bring the schema up to date. Raises OperatorError while a server of an older release runs.

        A small file is read through first: what is damaged is neither changed nor served.
        """
        self._guard.check_small()
        with self._reading() as connection:
            if schema.is_current(connection):
                return
        lock = self._lock_file()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OperatorError(
                f"A server is running on {self._path}. Stop it first; "
                "`tagwell serve` migrates by itself when it starts."
            ) from None
        else:
            with self._writing() as connection:
                schema.upgrade(connection)
        finally:
            os.close(lock)

    def open(self) -> None:
        """Check the schema, hold the file against migrations, start the writer."""
        self._lock = self._lock_file()
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        with self._reading() as connection:
            schema.check(connection)
        self._guard.open()
        self._checkpoints.start()
        self._writer.start()

    def close(self) -> None:
        """Commit what waits, stop the writer, close the file."""
        self._writer.stop()
        self._checkpoints.stop()
        self._guard.close()
        self._engine.dispose()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _connect(self) -> sqlite3.Connection:
        # mode=rw: a file that was removed is not made anew. The driver begins no transaction by
        # itself; the hook below does.
        uri = f"{self._path.as_uri()}?mode=rw"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        try:
            for setting in _SETTINGS:
                connection.execute(setting)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def trouble(self, min_free_bytes: int) -> str | None:
        """What keeps it from taking events, or soon will; None where nothing does."""
        self._guard.check()
        if not os.access(self._path, os.W_OK):
            return f"{self._path} may not be written: give the server's user the right, or mount it writable"
        free = os.statvfs(self._path.parent)
        if free.f_bavail * free.f_frsize < min_free_bytes:
            return (
                f"{free.f_bavail * free.f_frsize // 1_000_000} MB are free where {self._path} lies, and "
                f"TAGWELL_MIN_FREE_MB asks for {min_free_bytes // 1_000_000}: make room before it is full"
            )
        return super().trouble(min_free_bytes)

    @contextmanager
    def _reading_anew(self) -> Iterator[Connection]:
        # What lies in the file: the other connections have read its beginning long ago.
        with self._guard.noticing(), self._fresh.connect() as connection, connection.begin():
            yield connection

    def scrub(self) -> bool:
        """Empty the write-ahead log into the file, where what was deleted is zeros (`secure_delete`).

        After that no file of the store holds it. A copy that somebody made of them, or a file system
        that keeps earlier versions, is beyond us. False where a reader held the log for SCRUB_S.
        """
        self._guard.check()
        with self._guard.noticing(), closing(self._connect()) as connection:
            connection.execute(f"PRAGMA busy_timeout={SCRUB_LOCK_MS}")
            deadline = time.monotonic() + SCRUB_S
            while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() > deadline:
                    log.warning(
                        "what was deleted still stands in the write-ahead log, as somebody has been "
                        "reading the store for %d s; it is tried again",
                        SCRUB_S,
                    )
                    return False
                time.sleep(SCRUB_LOCK_MS / 1000)
        return True

    def _lock_file(self) -> int:
        return os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT, 0o600)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
