"""Stores as earlier schemas' own code wrote them (`released/`) open, migrate and go on where they were."""

import gzip
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine, MetaData, create_engine, insert, select
from sqlalchemy.engine import make_url

from collector.model.outcome import Outcome
from collector.store import Store, connect
from tests.store.conftest import MakeUrl
from tests.store.events import MINUTE, NOON, EventMaker
from tests.store.released.keep import HERE, tool

Rows = dict[str, list[tuple[Any, ...]]]

REVISIONS = sorted({path.name.partition(".")[0] for path in HERE.glob("*.sql.gz")})

MADE_BY_MIGRATIONS = {"alembic_version", "workspaces", "revision"}
"""Tables whose rows no release's code inserts."""


def load(revision: str, engine: str, url: str) -> None:
    """Put a kept store into an empty database."""
    script = gzip.decompress((HERE / f"{revision}.{engine}.sql.gz").read_bytes()).decode()
    if engine == "sqlite":
        with closing(sqlite3.connect(make_url(url).database or "")) as database:
            database.executescript(script)
        return
    psql = [tool("psql"), "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", url]
    subprocess.run(psql, input=script, text=True, check=True)


@contextmanager
def database(url: str) -> Iterator[tuple[Engine, MetaData]]:
    """A store's tables as they are, for statements of the test's own."""
    found = make_url(url)
    engine = create_engine(
        found if found.drivername == "sqlite" else found.set(drivername="postgresql+psycopg")
    )
    metadata = MetaData()
    metadata.reflect(engine)
    yield engine, metadata
    engine.dispose()


def rows_of(url: str, columns: dict[str, list[str]]) -> Rows:
    """What these columns of these tables hold, in the order of the first of them."""
    with database(url) as (engine, metadata), engine.connect() as connection:
        return {
            table: sorted(
                (
                    tuple(row)
                    for row in connection.execute(select(*(metadata.tables[table].c[n] for n in names)))
                ),
                key=repr,
            )
            for table, names in columns.items()
        }


def columns_of(url: str) -> dict[str, list[str]]:
    with database(url) as (_, metadata):
        return {table.name: [column.name for column in table.c] for table in metadata.sorted_tables}


class Kept(NamedTuple):
    """A kept store: what lay in it, by the columns of then, and the same store, migrated and open."""

    url: str
    revision: str
    columns: dict[str, list[str]]
    rows: Rows
    store: Store


@pytest.fixture(scope="module", params=REVISIONS)
def kept(request: pytest.FixtureRequest, engine: str, empty_url: MakeUrl) -> Iterator[Kept]:
    """Each kept store."""
    url, revision = empty_url(), str(request.param)
    load(revision, engine, url)
    columns = columns_of(url)
    rows = rows_of(url, columns)
    store = connect(url)
    store.migrate()
    store.open()
    yield Kept(url, revision, columns, rows, store)
    store.close()


def test_migrating_changes_nothing_that_was_there(kept: Kept) -> None:
    assert [table for table, rows in kept.rows.items() if not rows] == [], "what is not there shows nothing"
    assert kept.rows["alembic_version"] == [(kept.revision,)]
    now = rows_of(kept.url, kept.columns)
    assert now | {"alembic_version": [(kept.revision,)]} == kept.rows


async def test_kept_store_is_read_and_goes_on(kept: Kept, engine: str) -> None:
    store = kept.store
    (source,) = store.sources()
    assert source.name == "Low Tide Pottery"
    assert source.settings.session.minutes == 20
    assert source.policy.block == ("debug.*",)
    ann = store.find_profile("email", "ann@shop.example")
    assert ann is not None
    assert ann == store.find_profile("uuid", "browser-1")
    [(merged, into, *_), *_] = kept.rows["aliases"]
    living = store.profile(into)
    assert living is not None
    assert store.profile(merged) == living
    before = store.events(source.source_id)
    visit = next(event for event in before if event.id == "visit-first")
    assert (visit.profile_id, visit.params["og:title"]) == (ann.client_id, "Ü")

    counted = totals(store)
    make = EventMaker(source)
    later = (before[-1].time_ms - NOON) / MINUTE + 60
    found = await store.append([make(id="visit-first"), make(id="new", uuid="browser-1", minute=later)])
    assert found == [Outcome.DUPLICATE, Outcome.STORED]
    assert totals(store) - counted == Counter({"duplicate": 1, "stored": 1, "derived": 1})
    start, new = store.events(source.source_id, after_seq=before[-1].seq)
    assert (start.action, start.session_id) == ("session.start", new.session_id)
    assert new.profile_id == ann.client_id
    assert new.session_id not in {event.session_id for event in before}
    if engine == "sqlite":
        with closing(sqlite3.connect(make_url(kept.url).database or "")) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert file.execute("PRAGMA foreign_key_check").fetchone() is None


def totals(store: Store) -> Counter[str]:
    """How many events became what, ever."""
    found: Counter[str] = Counter()
    for count in store.totals():
        found[count.outcome] += count.count
    return found


def test_rows_of_the_schema_before_go_into_this_one(store_url: str, engine: str, empty_url: MakeUrl) -> None:
    """The last release's workers go on writing until they have ended: they name the columns they know."""
    head = rows_of(store_url, {"alembic_version": ["version_num"]})["alembic_version"][0][0]
    old_url = empty_url()
    load(max(revision for revision in REVISIONS if revision < head), engine, old_url)
    columns = {name: found for name, found in columns_of(old_url).items() if name not in MADE_BY_MIGRATIONS}
    rows = rows_of(old_url, columns)
    with database(store_url) as (engine_, metadata), engine_.begin() as connection:
        for table in metadata.sorted_tables:
            if rows.get(table.name):
                named = [dict(zip(columns[table.name], row, strict=True)) for row in rows[table.name]]
                connection.execute(insert(table), named)
    assert rows_of(store_url, columns) == rows
    store = connect(store_url)
    store.open()
    (source,) = store.sources()
    assert len(store.events(source.source_id)) == len(rows["events"])
    store.close()
