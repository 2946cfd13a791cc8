"""The migrations make exactly the tables that the code works on."""

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from collector.store import Store, connect, schema
from collector.store.tables import metadata

OPEN = """
import sys
from collector.store import connect
import collector.app
store = connect(sys.argv[1])
store.open()
store.close()
print("alembic" in sys.modules)
"""


def test_nothing_differs(store: Store, store_url: str) -> None:
    url = make_url(store_url)
    engine = create_engine(url if url.drivername == "sqlite" else url.set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_no_revision_is_missing_from_ours() -> None:
    script = ScriptDirectory(str(Path(schema.__file__).parent / "migrations"))
    assert tuple(step.revision for step in script.walk_revisions())[::-1] == schema.REVISIONS


def test_a_server_that_need_not_migrate_loads_no_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tagwell.db"
    connect(url).prepare()
    asked = [sys.executable, "-c", OPEN, url]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout == "False\n"
