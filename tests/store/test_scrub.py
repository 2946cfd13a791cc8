"""What was deleted is gone from the files, and getting it out of there stops no beacon."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from collector.model.outcome import Reason, Rejection
from collector.model.quarantine import Quarantine
from collector.model.source import Source
from collector.store import Store, connect, schema, sqlite
from tests.store.events import MINUTE, NOON, EventMaker

SECRET = "a-word-that-must-be-gone"


async def _plant(store: Store, source: Source, make: EventMaker) -> None:
    """Write the word into many rows, long ones too, some of which other events follow."""
    for n in range(40):
        planted = make("a.b", uuid=f"{SECRET}-{n}", params={"long": SECRET * (n * 40), "short": SECRET})
        await store.append([planted, make("kept", uuid="other", minute=1)])
    kept = Quarantine(length=3, sha256="0" * 64, uuid=SECRET, user_agent=SECRET, payload=SECRET * 900)
    malformed = Rejection(
        source=source.number, received_ms=NOON, reason=Reason.INVALID_ID, detail=SECRET, quarantine=kept
    )
    await store.append([], [malformed] * 5)


def _delete(store: Store, source: Source) -> None:
    for rule in ("a.b", "session.*"):
        while store.delete_events(source.source_id, NOON + MINUTE, rule=rule, limit=16):
            pass
    store.trim_rejections(NOON + MINUTE)


def _data_folder(url: str) -> Path:
    """Where the server or the store keeps its files."""
    if url.startswith("sqlite"):
        return Path(make_url(url).database or "").parent
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    return Path(row[0])


def _holding(folder: Path) -> list[str]:
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and SECRET.encode() in path.read_bytes()
    ]


async def test_deleted_word_is_in_no_file(
    store: Store, source: Source, make: EventMaker, store_url: str, engine: str
) -> None:
    await _plant(store, source, make)
    folder = _data_folder(store_url)
    if engine == "postgresql":
        with psycopg.connect(store_url, autocommit=True) as connection:
            connection.execute("ANALYZE")  # as the server does by itself, which keeps samples
            connection.execute("CHECKPOINT")
    assert _holding(folder), "the search finds what is kept"
    _delete(store, source)
    assert await asyncio.to_thread(store.scrub)
    assert len(store.events(source.source_id)) >= 40
    if engine == "sqlite":
        assert {path.name for path in folder.iterdir()} == {
            "tagwell.db",
            "tagwell.db-wal",
            "tagwell.db-shm",
            "tagwell.db.lock",
        }
        assert _holding(folder) == []
        return
    with psycopg.connect(store_url, autocommit=True) as connection:
        vacuumed = connection.execute("SELECT count(*) FROM pg_stat_user_tables WHERE vacuum_count > 0")
        assert vacuumed.fetchone() == (len(_our_tables(connection)),)
        # What `scrub` promises ends here. Written anew, the tables are free of it; the server's own
        # log is not.
        connection.execute("VACUUM (FULL)")
        connection.execute("CHECKPOINT")
    held = _holding(folder)
    assert all(name.startswith("pg_wal/") for name in held), held


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_no_words_of_visitors_are_sampled(store: Store, store_url: str) -> None:
    """A column that a later migration adds, too: set its statistics to 0, or name it here with its reason."""
    told = {"action", "kind", "name", "outcome", "param", "reason", "rule", "state", "type", "version_num"}
    with psycopg.connect(store_url) as connection:
        sampled = connection.execute(
            "SELECT DISTINCT attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid "
            "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 "
            "AND atttypid IN ('text'::regtype, 'varchar'::regtype) AND attstattarget IS DISTINCT FROM 0"
        ).fetchall()
    assert {name for (name,) in sampled} <= told


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_an_older_store_loses_the_samples_it_has(empty_url: Callable[[], str]) -> None:
    url = empty_url()
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        schema.upgrade(connection, "0005")
    engine.dispose()
    row = "1, %s, '{}', '{}', '{}', '[]', '[]', 1, 1, 1"
    columns = "workspace, email, fields, attributes, agreements, tags, trusted, created_ms, updated_ms, "
    with psycopg.connect(url, autocommit=True) as connection:
        for number in range(40):
            insert = f"INSERT INTO profiles (id, {columns} last_activity_ms) VALUES ({number}, {row})"
            connection.execute(insert.encode(), (SECRET,))
        connection.execute("ANALYZE")
        store = connect(url)
        store.migrate()
        store.close()
        connection.execute("ANALYZE")
        sampled = connection.execute(
            "SELECT attname FROM pg_stats WHERE most_common_vals::text LIKE %s", [f"%{SECRET}%"]
        )
        assert sampled.fetchall() == []


def _our_tables(connection: psycopg.Connection[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """The tables that are ours."""
    return connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    ).fetchall()


async def test_reader_puts_it_off_and_no_beacon_waits_for_that(
    store: Store, source: Source, make: EventMaker, store_url: str, engine: str,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    await _plant(store, source, make)
    _delete(store, source)
    if engine == "postgresql":
        with psycopg.connect(store_url) as reader:
            reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            reader.execute("SELECT count(*) FROM events")
            await asyncio.gather(asyncio.to_thread(store.scrub), store.append([make("beside")]))
        return
    monkeypatch.setattr(sqlite, "SCRUB_S", 0.5)
    reading = sqlite3.connect(_data_folder(store_url) / "tagwell.db", isolation_level=None)
    reading.execute("BEGIN")
    reading.execute("SELECT count(*) FROM events").fetchone()
    await store.append([make("after the reader began")])
    scrubbing = asyncio.create_task(asyncio.to_thread(store.scrub))
    beside = 0
    while not scrubbing.done():
        await store.append([make("beside", uuid=None)])
        beside += 1
    assert await scrubbing is False
    assert beside > 1
    assert "it is tried again" in caplog.text
    reading.close()
    assert await asyncio.to_thread(store.scrub)
    assert _holding(_data_folder(store_url)) == []
