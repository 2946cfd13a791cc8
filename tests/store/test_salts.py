"""The salt of the cookieless day: one for all, gone for good when the day is over."""

import threading
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from sqlalchemy.engine import make_url

from collector.store import Store, connect

TODAY = 20_454


def files_with(folder: Path, needle: bytes) -> list[str]:
    """The files that hold these bytes, logs and all."""
    return [path.name for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes()]


def test_all_workers_have_the_same_salt_for_the_day(store: Store, store_url: str) -> None:
    salt = store.day_salt(TODAY)
    other = connect(store_url)
    try:
        assert other.day_salt(TODAY) == salt == store.day_salt(TODAY)
    finally:
        other.close()
    assert len(salt) == 32


def test_workers_that_ask_at_once_get_one(store: Store) -> None:
    found: list[bytes] = []
    asking = [threading.Thread(target=lambda: found.append(store.day_salt(TODAY))) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_new_day_ends_the_others_and_no_clock_brings_them_back(store: Store) -> None:
    salts = [store.day_salt(day) for day in (TODAY, TODAY + 1, TODAY + 9)]
    assert len(set(salts)) == 3
    for day in (TODAY, TODAY + 1, TODAY + 8):
        with pytest.raises(ValueError, match="is over"):
            store.day_salt(day)
    assert store.day_salt(TODAY + 9) == salts[2]


def test_the_salt_of_yesterday_is_in_no_file(store: Store, store_url: str, engine: str) -> None:
    (_leaves_nothing_on_sqlite if engine == "sqlite" else _leaves_nothing_on_postgresql)(store, store_url)


def _leaves_nothing_on_sqlite(store: Store, url: str) -> None:
    folder = Path(make_url(url).database or "").parent
    salt = store.day_salt(TODAY)
    # Found while it is in force, so the search can find it.
    assert files_with(folder, salt)
    new = store.day_salt(TODAY + 1)
    store.scrub()
    assert files_with(folder, new) == ["tagwell.db"]
    assert files_with(folder, salt) == []


def _leaves_nothing_on_postgresql(store: Store, url: str) -> None:
    """It begins a new file, and never logs a salt."""
    with psycopg.connect(url, autocommit=True) as connection:

        def ask(query: LiteralString) -> str:
            row = connection.execute(query).fetchone()
            assert row is not None
            return str(row[0])

        folder = Path(ask("SHOW data_directory"))
        salt = store.day_salt(TODAY)
        assert ask("SELECT relpersistence FROM pg_class WHERE relname = 'day_salts'") == "u"
        file = folder / ask("SELECT pg_relation_filepath('day_salts')")
        assert file.stat().st_size
        store.day_salt(TODAY + 1)
        connection.execute("CHECKPOINT")
        # What of it is left until the checkpoint is an empty file.
        assert not file.exists()
        assert list((folder / "pg_wal").glob("0*"))
        assert files_with(folder, salt) == []
