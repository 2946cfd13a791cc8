"""Backups of an SQLite store: one sound file, made while a server runs, and put back when none does.

SQLite's online backup copies all pages in one step. In WAL mode that is one reader's transaction, which
no writer waits for. By steps of some pages, with the lock let go between them, the copy would begin anew
at each commit and under load never end.

A copy holds no salt of a cookieless day: it is to be nowhere when the day is over.
"""

import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from collector.errors import OperatorError

_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file, and would take for the new one's if it stayed."""


def back_up(store: Path, target: Path) -> str:
    """Copy a store, which may be in use, to a file that only its owner may read; return its schema.

    What was committed when it began is in it. Raises OperatorError, and then there is no such file, where
    the store is damaged, the target is there already, or the disk is full.
    """
    if target.exists():
        raise OperatorError(f"{target} is there already. Name another file, or remove it first.")
    with _checked_copy(store, target.parent) as (copy, schema):
        copy.rename(target)
        _sync(target.parent)
    return schema


def restore(backup: Path, store: Path) -> tuple[str, Path | None]:
    """Put a backup in a store's place; return its schema, and where the store that was there lies now.

    The store is at no moment missing. Raises OperatorError, and then nothing has changed, where a server
    runs on the store or the backup is damaged or none of ours.
    """
    with _without_server(store), _checked_copy(backup, store.parent) as (copy, schema):
        _give_to_owner(copy, store)
        kept = _link_aside(store) if store.exists() else None
        copy.replace(store)
        _sync(store.parent)
    return schema, kept


@contextmanager
def _checked_copy(original: Path, folder: Path) -> Iterator[tuple[Path, str]]:
    """Give a copy in this folder, on the disk and found to be sound, and its schema's revision.

    The copy is gone at the end of the block unless it was renamed.
    """
    if not original.is_file():
        raise OperatorError(f"There is no file {original}.")
    try:
        with tempfile.TemporaryDirectory(prefix=".tagwell-", dir=folder) as place:
            copy = Path(place) / "copy.db"
            os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            with closing(_connect(original)) as source, closing(_connect(copy)) as made:
                source.backup(made)
                schema = _check(made, original)
                _forget_salts(made)
            _sync(copy)
            yield copy, schema
    except sqlite3.DatabaseError as error:
        raise OperatorError(f"{original} cannot be copied: {error}.") from None
    except OSError as error:
        raise OperatorError(f"{error.filename or folder}: {error.strerror}.") from None


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)


def _check(copy: sqlite3.Connection, original: Path) -> str:
    """Return the revision of the copy's schema. Raises OperatorError unless it is a sound store."""
    ours = ("alembic_version", "workspaces", "sources", "events")
    if not set(ours) <= _tables(copy):
        raise OperatorError(f"{original} is not a store of ours.")
    found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise OperatorError(f"{original} is damaged: {found}")
    return str(copy.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _forget_salts(copy: sqlite3.Connection) -> None:
    # Also what makes the copy a file by itself: out of WAL mode, and no journal that would keep the salt.
    copy.execute("PRAGMA journal_mode=MEMORY")
    copy.execute("PRAGMA secure_delete=ON")
    if "day_salts" in _tables(copy):
        copy.execute("DELETE FROM day_salts")


def _sync(path: Path) -> None:
    """Have a file, or a folder's entries, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _without_server(store: Path) -> Iterator[None]:
    """Keep servers away, by the lock that each of them shares (store.sqlite)."""
    try:
        lock = os.open(f"{store}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise OperatorError(f"{store} cannot be a store: {error.strerror}.") from None
    try:
        _give_to_owner(Path(f"{store}.lock"), store)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise OperatorError(f"A server is running on {store}. Stop it first.") from None
    finally:
        os.close(lock)


def _give_to_owner(path: Path, store: Path) -> None:
    """Let root restore what another user serves: to whom the store belongs, or else its folder."""
    if os.geteuid() == 0:
        owner = (store if store.exists() else store.parent).stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _link_aside(store: Path) -> Path:
    """Give the store that is there a second name, to be its only one; return that."""
    # A log that was emptied into its file need not be moved, so that a crash finds all in the file. Where
    # the store is damaged, or somebody reads it, that may not go.
    with suppress(sqlite3.DatabaseError), closing(_connect(store)) as old:
        old.execute("PRAGMA busy_timeout=0")
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = store.with_name(f"{store.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    os.link(store, kept)
    for suffix in _BESIDE:
        with suppress(FileNotFoundError):
            os.rename(f"{store}{suffix}", f"{kept}{suffix}")
    return kept
