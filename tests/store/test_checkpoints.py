"""SQLite's write-ahead log is moved into the file beside the writer, and does not grow without end."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector.store import Store, checkpoints, connect
from tests.store.events import EventMaker

MOST_COMMITS = 3000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tagwell.db"


@pytest.fixture
def store(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(checkpoints, "FULL_FRAMES", 50)
    store = connect(f"sqlite:///{path}")
    store.migrate()
    store.open()
    yield store
    store.close()


def generation(path: Path) -> bytes:
    """The salts in the log's header, which change whenever the log begins anew."""
    return Path(f"{path}-wal").read_bytes()[16:24]


def commit_until_anew(store: Store, make: EventMaker, path: Path) -> int:
    async def commit() -> int:
        first = generation(path)
        for number in range(MOST_COMMITS):
            await store.append([make()], [])
            if generation(path) != first:
                return number
        raise AssertionError(f"the log did not begin anew in {MOST_COMMITS} commits")

    return asyncio.run(commit())


def test_the_log_begins_anew_while_events_go_on_coming(store: Store, path: Path) -> None:
    make = EventMaker(store.add_source("Shop"))
    for _ in range(3):
        commit_until_anew(store, make, path)


def test_the_log_waits_for_who_reads_and_begins_anew_after(store: Store, path: Path) -> None:
    make = EventMaker(store.add_source("Shop"))
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        before = reader.execute("SELECT count(*) FROM events").fetchone()

        async def commit() -> None:
            for _ in range(4 * checkpoints.COMMITS):
                await store.append([make()], [])

        asyncio.run(commit())
        assert reader.execute("SELECT count(*) FROM events").fetchone() == before, "a reader sees one state"
        reader.rollback()
    commit_until_anew(store, make, path)
    assert len(store.events(make.source.source_id, action="page.visit")) > 4 * checkpoints.COMMITS


def test_a_closed_store_is_one_file(path: Path) -> None:
    store = connect(f"sqlite:///{path}")
    store.migrate()
    store.open()
    make = EventMaker(store.add_source("Shop"))
    asyncio.run(store.append([make()], []))
    store.close()
    assert not Path(f"{path}-wal").exists()
