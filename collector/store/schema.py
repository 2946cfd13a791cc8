"""The schema and its migrations: brought up to date before workers start, checked when a store opens."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from collector.errors import OperatorError

_MIGRATIONS = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run what is missing up to a revision, on this connection and inside its transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def is_empty(connection: Connection) -> bool:
    """Whether no release has set this store up yet. Raises OperatorError where others' tables lie in it."""
    if _current(connection) is not None:
        return False
    tables = inspect(connection).get_table_names()
    if tables:
        raise OperatorError(
            f"The store is a database of something else (it holds the table {tables[0]!r}). Name another."
        )
    return True


def is_current(connection: Connection) -> bool:
    """Whether nothing is missing: this release's schema, or a newer one."""
    return not is_empty(connection) and _current(connection) not in _older()


def check(connection: Connection) -> None:
    """Raise OperatorError unless this release can work on this schema.

    A newer schema is worked on too: a release's changes only add (DESIGN.md, Workers and schema).
    """
    if not is_current(connection):
        found = _current(connection) or "none"
        raise OperatorError(
            f"The store is at schema {found}, this release needs {_script().get_current_head()}. "
            "Run: tagwell migrate"
        )


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


@cache
def _older() -> frozenset[str]:
    """The revisions this release has moved on from."""
    script = _script()
    head = script.get_current_head()
    return frozenset(step.revision for step in script.walk_revisions() if step.revision != head)
