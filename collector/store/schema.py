"""The schema and its migrations: brought up to date before workers start, checked when a store opens."""

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from collector.errors import OperatorError

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
"""All, oldest first. Alembic could tell them, but is 12 MB that a server keeps and never needs."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION = "alembic_version"


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run what is missing up to a revision, on this connection and inside its transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
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
    return not is_empty(connection) and _current(connection) not in REVISIONS[:-1]


def check(connection: Connection) -> None:
    """Raise OperatorError unless this release can work on this schema.

    A newer schema is worked on too: a release's changes only add (DESIGN.md, Workers and schema).
    """
    if not is_current(connection):
        found = _current(connection) or "none"
        raise OperatorError(
            f"The store is at schema {found}, this release needs {REVISIONS[-1]}. Run: tagwell migrate"
        )


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION):
        return None
    return connection.execute(select(column("version_num")).select_from(table(_VERSION))).scalar()
