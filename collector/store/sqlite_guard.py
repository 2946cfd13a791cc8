"""Whether a SQLite store may be written to and believed, looked at before and after each write.

SQLite itself does not notice that its files are gone. It writes on into a log that somebody removed,
acknowledges, and a crash loses all of it; it reads a page that was overwritten only when it comes to it.
So the three files must stay the ones that were opened, and none may become shorter.

A failed sync needs more care than SQLite's error. The kernel reports it once, may drop the pages it could
not write, and calls the next sync a success (PostgreSQL's "fsyncgate"). SQLite alone keeps its promise
while the process lives: it does not count the frames of the failed commit and writes over them. But a
process that is killed then reads its log from the kernel's memory, frames included that no disk holds; an
event of theirs that is sent again would be called stored already. So after any failed read or write nothing
is acknowledged until a checkpoint has written all that the log holds into the file once more, the disk has
taken it, and the log is empty (`sqlite_rewrite.py`); and a server begins with a checkpoint of what it finds.
"""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError

from collector.store.interface import StoreDamaged, StoreUnavailable
from collector.store.sqlite_rewrite import write_anew

log = logging.getLogger(__name__)

LOOK_S = 1.0
"""How often the files are looked at while nobody writes, in seconds."""

QUICK_CHECK_S = 86_400.0
"""How often the whole file is read through, in seconds: 600 MB took one second from memory."""

SMALL_BYTES = 64_000_000
"""A file up to this size is read through before anything else, which takes a tenth of a second."""

_ADVICE = {
    sqlite3.SQLITE_READONLY: "it may not be written: give the server's user the right, or mount it writable",
    sqlite3.SQLITE_FULL: "there is no room left: make some",
    sqlite3.SQLITE_IOERR: "the disk fails: the system's log says more",
    sqlite3.SQLITE_BUSY: "another process keeps writing",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: look at the folder's rights and the open files",
}

Stamp = tuple[int, int]
"""Device and inode."""


class Guard:
    """Watches the files of one store. Before `open` only the file itself is known."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        """`connect` opens a connection with the store's settings. Raises OSError where there is no file."""
        self._path = str(path)  # os.stat takes a text in half the time of a Path
        self._connect = connect
        self._files = {self._path: _stamp(os.stat(path))}
        self._sizes: dict[str, int] = {}
        self._damage: str | None = None
        self._doubtful = False
        self._shorter: set[str] = set()
        self._looking = threading.Lock()
        self._settling = threading.RLock()
        self._anchor: sqlite3.Connection | None = None
        self._checking: sqlite3.Connection | None = None
        self._closing = threading.Event()
        self._threads = [
            threading.Thread(target=self._look, name="tagwell-guard", daemon=True),
            threading.Thread(target=self._read_through, name="tagwell-check", daemon=True),
        ]

    def open(self) -> None:
        """Hold the log, bring what a crash left in it onto the disk, begin to look.

        Raises StoreUnavailable.
        """
        with self.noticing():
            # As long as one connection is open, SQLite neither removes the log nor begins another.
            self._anchor = self._connect()
            self._anchor.execute("SELECT count(*) FROM sqlite_master")
            self._anchor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        try:
            for suffix in ("-wal", "-shm"):
                file = self._path + suffix
                self._files[file] = _stamp(os.stat(file))
        except OSError as error:
            raise StoreUnavailable(f"{file}: {error.strerror}") from None
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End the threads, let go of the log."""
        self._closing.set()
        for thread in self._threads:
            while thread.is_alive():
                if (checking := self._checking) is not None:
                    with suppress(sqlite3.ProgrammingError):  # it has just ended by itself
                        checking.interrupt()
                thread.join(0.1)
        if self._anchor is not None:
            self._anchor.close()
            self._anchor = None

    def check(self) -> None:
        """Raise StoreUnavailable where a write would not be kept, StoreDamaged where that cannot mend."""
        if self._damage is not None:
            raise StoreDamaged(self._damage)
        if self._closing.is_set():
            raise StoreUnavailable(f"{self._path} is being closed")  # a job does not end with the server
        with self._looking:  # or a look from before the file grew would find it shorter
            for file, stamp in self._files.items():
                self._check_file(file, stamp)
        if (self._shorter or self._doubtful) and self._anchor is not None:
            self._settle(self._anchor)

    def check_all(self) -> None:
        """Read the whole file. Raises StoreDamaged, and StoreUnavailable where it cannot be read."""
        with self.noticing(), closing(self._connect()) as connection:
            self._checking = connection
            try:
                [found] = connection.execute("PRAGMA quick_check(1)").fetchone()
            finally:
                self._checking = None
        if found != "ok":
            raise self._damaged(found)

    def check_small(self) -> None:
        """The same for a file that is read in a moment."""
        if os.stat(self._path).st_size <= SMALL_BYTES:
            self.check_all()

    @contextmanager
    def noticing(self) -> Iterator[None]:
        """Turn what SQLite says in this block into StoreUnavailable, and remember what does not pass.

        Damage ends everything until the server is started again, for readers too.
        """
        if self._damage is not None:
            raise StoreDamaged(self._damage)
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            said = error.orig if isinstance(error, DBAPIError) else error
            code: int = getattr(said, "sqlite_errorcode", 0)
            main = code & 0xFF
            # A read past the end of the log: of the file itself SQLite calls it malformed.
            if main in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or (
                code == sqlite3.SQLITE_IOERR_SHORT_READ
            ):
                raise self._damaged(str(said)) from error
            if main == sqlite3.SQLITE_IOERR:
                self._doubtful = True
            if isinstance(error, OperationalError | sqlite3.OperationalError):
                advice = _ADVICE.get(main)
                told = f"{said}: {self._path}" + (f" ({advice})" if advice else "")
                raise StoreUnavailable(told) from error
            raise
        except TimeoutError as error:
            raise StoreUnavailable(f"every connection to {self._path} is in use") from error

    @contextmanager
    def checkpointing(self) -> Iterator[None]:
        """The same for a checkpoint, which nothing may run beside that counts on where the last one stood."""
        with self._settling, self.noticing():
            yield

    def _check_file(self, file: str, stamp: Stamp) -> None:
        try:
            found = os.stat(file)
        except OSError as error:
            if file != self._path and isinstance(error, FileNotFoundError):
                raise self._log_gone(file) from None
            raise StoreUnavailable(f"{file}: {error.strerror}") from None
        if _stamp(found) != stamp:
            if file != self._path:
                raise self._log_gone(file)
            raise StoreUnavailable(
                f"{file} is another file than the one that was opened: start the server again"
            )
        if file == self._path and found.st_size == 0 and self._anchor is not None:
            raise self._damaged("it was emptied")  # SQLite would take it for a new one
        if found.st_size < self._sizes.get(file, 0):
            self._shorter.add(file)
        self._sizes[file] = found.st_size

    def _settle(self, anchor: sqlite3.Connection) -> None:
        """Bring all that was acknowledged onto the disk anew. Raises StoreUnavailable until that is done."""
        with self._settling, self.noticing():
            if shorter := set(self._shorter):
                # A log is emptied after a checkpoint, and VACUUM leaves a shorter file whole. But a log
                # that lacks what is not in the file yet cannot be read, and a file that was cut is malformed.
                anchor.execute("PRAGMA wal_checkpoint(PASSIVE)")
                if self._path in shorter:
                    self.check_all()
                self._shorter -= shorter
            if self._doubtful:
                if not write_anew(anchor, self._path):
                    raise StoreUnavailable(f"{self._path} is written anew after an error: somebody reads it")
                self._doubtful = False
                log.warning("%s was written anew: all that was acknowledged is on the disk", self._path)

    def _log_gone(self, file: str) -> StoreDamaged:
        """SQLite still has the file that nobody else can find: what it holds can be saved."""
        saved = False
        with self._settling, suppress(sqlite3.Error):
            if self._damage is None and self._anchor is not None:
                busy, frames, done = self._anchor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                saved = not busy and frames == done
        mend = (
            "All that was acknowledged has been saved to the store. Start the server again"
            if saved
            else "What it held may be lost. Start the server again, or restore a backup"
        )
        return self._latch(f"{file} was removed or replaced while the server ran. {mend}.")

    def _damaged(self, said: str) -> StoreDamaged:
        for file, stamp in self._files.items():
            # A connection that was opened since reads another log, and finds it too short.
            if file != self._path and not (os.path.exists(file) and _stamp(os.stat(file)) == stamp):
                return self._log_gone(file)
        return self._latch(
            f"{self._path} is damaged ({said}). Stop the server, restore a backup "
            "(tagwell restore) and start it again."
        )

    def _latch(self, text: str) -> StoreDamaged:
        if self._damage is None:
            self._damage = text
            log.critical("nothing is stored any more: %s", text)
        return StoreDamaged(self._damage)

    def _look(self) -> None:
        while not self._closing.wait(LOOK_S):
            try:
                self.check()
                # What lies in the file: the other connections have read its beginning long ago.
                with self.noticing(), closing(self._connect()) as connection:
                    connection.execute("SELECT count(*) FROM sqlite_master")
            except StoreUnavailable:
                pass  # whoever writes is told
            except Exception:
                log.exception("the store's files could not be looked at; it is tried again")

    def _read_through(self) -> None:
        # Of this thread alone, on Linux. Beacons come first; SQLite lets go of the interpreter as it reads.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        while True:
            started = time.monotonic()
            try:
                self.check_all()
            except StoreUnavailable as error:
                if not self._closing.is_set():
                    log.error("the store could not be read through: %s", error)
            except Exception:
                log.exception("the store could not be read through")
            else:
                log.debug("the store was read through in %.1f s", time.monotonic() - started)
            if self._closing.wait(QUICK_CHECK_S):
                return


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_dev, found.st_ino
