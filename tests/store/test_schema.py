"""The migrations make exactly the tables that the code works on."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from collector.store import Store
from collector.store.tables import metadata


def test_nothing_differs(store: Store, store_url: str) -> None:
    url = make_url(store_url)
    engine = create_engine(url if url.drivername == "sqlite" else url.set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()
