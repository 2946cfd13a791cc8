"""A second store on the same SQLite file, in one process, leaves the first one's locks alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from collector.errors import OperatorError
from collector.store import connect
from collector.store.sqlite import SqliteStore

# Another process asks whether anybody holds a lock on the file's lock bytes (SQLite's "file format").
ASK = """
import fcntl, struct, sys
with open(sys.argv[1], "r+b") as file:
    asked = struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0x40000000, 512, 0)
    kind = struct.unpack("hhqqi", fcntl.fcntl(file, fcntl.F_GETLK, asked))[0]
    print("free" if kind == fcntl.F_UNLCK else "held")
"""


def held(file: Path) -> str:
    done = subprocess.run([sys.executable, "-c", ASK, str(file)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_opening_a_second_store_drops_no_lock(tmp_path: Path) -> None:
    """Closing any descriptor of a file drops this process's locks on it; a reader then met a torn page."""
    file = tmp_path / "tagwell.db"
    store = connect(f"sqlite:///{file}")
    assert isinstance(store, SqliteStore)
    store.migrate()
    store.open()
    try:
        with store._engine.connect() as connection:
            connection.execute(text("SELECT count(*) FROM sources")).scalar()
            assert held(file) == "held"
            connect(f"sqlite:///{file}")
            assert held(file) == "held"
    finally:
        store.close()


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="cannot be a store: Is a directory"):
        connect(f"sqlite:///{tmp_path}")


def test_a_new_file_is_its_owner_s_only(tmp_path: Path) -> None:
    connect(f"sqlite:///{tmp_path / 'new.db'}")
    assert os.stat(tmp_path / "new.db").st_mode & 0o777 == 0o600
