"""After a disk that failed nothing counts as written that was not written again."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from collector.store.sqlite_rewrite import write_anew

ROWS = 200


def connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


def in_another_process(code: str, *arguments: Path) -> str:
    """Run code; here the closing of a file would drop SQLite's locks on it."""
    command = [sys.executable, "-c", f"import os, sqlite3, sys\n{code}", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_pages_that_an_earlier_checkpoint_moved_are_written_again(tmp_path: Path) -> None:
    file, on_disk = tmp_path / "a.db", tmp_path / "on-disk"
    with closing(connect(file)) as writer, closing(connect(file)) as reader:
        writer.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        in_another_process("open(sys.argv[2], 'wb').write(open(sys.argv[1], 'rb').read())", file, on_disk)
        for _ in range(ROWS):
            writer.execute("INSERT INTO t (v) VALUES (?)", ("a" * 200,))
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM t").fetchone()
        writer.execute("INSERT INTO t (v) VALUES ('last')")
        _, frames, moved = writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        assert 0 < moved < frames, "a part only, which SQLite does not sync"
        reader.execute("ROLLBACK")
        # The kernel cannot write those pages, drops them, and reads again what the disk has.
        size = os.stat(on_disk).st_size
        in_another_process(
            "f = open(sys.argv[1], 'r+b'); n = os.fstat(f.fileno()).st_size\n"
            f"f.write(open(sys.argv[2], 'rb').read()); f.write(bytes(n - {size})); f.close()",
            file,
            on_disk,
        )
        assert write_anew(writer, str(file))
        assert os.stat(f"{file}-wal").st_size == 0
        found = in_another_process(
            "print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM t').fetchone()[0])", file
        )
    assert int(found) == ROWS + 1


def test_a_reader_is_waited_for_another_time(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    with closing(connect(file)) as writer, closing(connect(file)) as reader:
        writer.execute("CREATE TABLE t (v TEXT)")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM t").fetchone()
        writer.execute("INSERT INTO t VALUES ('a')")
        assert not write_anew(writer, str(file))
        reader.execute("ROLLBACK")
        assert write_anew(writer, str(file))
