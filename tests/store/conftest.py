"""The store suite runs on every engine, each of them real."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from collector.model.source import Source
from collector.store import Store, connect
from tests.postgresql import run_postgresql
from tests.store.events import EventMaker

MakeUrl = Callable[[], str]

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running PostgreSQL server, of this test process alone."""
    with run_postgresql(tmp_path_factory.mktemp("postgresql")) as server:
        url: str = server.get_uri()
        yield url


def _create_database(uri: str, template: str) -> str:
    name = f"store_{next(_numbers)}"
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    return make_url(uri).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """The name of an engine."""
    return str(request.param)


@pytest.fixture(scope="session")
def empty_url(
    engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> MakeUrl:
    """Makes URLs of empty stores."""
    if engine == "sqlite":
        return lambda: f"sqlite:///{tmp_path_factory.mktemp('store') / 'tagwell.db'}"
    uri: str = request.getfixturevalue("postgresql")
    return lambda: _create_database(uri, "template0")


@pytest.fixture(scope="session")
def migrated_url(engine: str, empty_url: MakeUrl, request: pytest.FixtureRequest) -> MakeUrl:
    """Makes URLs of stores of this release's schema: copies of one, since migrating takes a while."""

    @cache
    def original() -> str:
        url = empty_url()
        store = connect(url)
        store.migrate()
        store.close()
        return url

    def copy() -> str:
        database = make_url(original()).database or ""
        if engine == "sqlite":
            url = empty_url()
            shutil.copy(database, Path(make_url(url).database or ""))
            return url
        return _create_database(request.getfixturevalue("postgresql"), database)

    return copy


@pytest.fixture
def store_url(migrated_url: MakeUrl, engine: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a store of this release's schema, with nothing in it."""
    url = migrated_url()
    server = request.getfixturevalue("postgresql") if engine == "postgresql" else None
    yield url
    if server:  # some tests look through all files of the server
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)".encode())


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """That store, open."""
    store = connect(store_url)
    store.open()
    yield store
    store.close()


@pytest.fixture
def source(store: Store) -> Source:
    """A source with the defaults."""
    return store.add_source("Shop")


@pytest.fixture
def make(source: Source) -> EventMaker:
    """Makes events of that source."""
    return EventMaker(source)
