"""PostgreSQL: many readers, one writer at a time, every commit on disk.

Writers queue at an advisory lock that the transaction holds until its commit, as SQLite's do at
the file's. So what a batch looked up still holds when it writes, and `seq` rises in the order of
commits, which a sequence alone does not promise.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from collector.errors import OperatorError
from collector.store import schema
from collector.store.sql import SqlStore, saying_unavailable
from collector.store.tables import metadata

WRITE_LOCK = 0x7461_6701
"""The advisory lock of the one who writes."""

SERVER_LOCK = 0x7461_6702
"""The advisory lock that running servers share, and that a migration takes for itself."""


_PATIENCE = {
    "connect_timeout": 5,  # seconds
    "tcp_user_timeout": 10_000,  # milliseconds
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
"""A server that is gone without a word is given up after about ten seconds; by itself TCP waits for hours."""


_SETTINGS = (
    # A database may be set up to acknowledge before the disk has it; ours must not be.
    "SET synchronous_commit = on",
    # A writer that is stopped, or whose machine is gone, holds the lock: the others refuse what comes.
    "SET lock_timeout = '10s'",
    "SET idle_in_transaction_session_timeout = '30s'",
    "SET tcp_keepalives_idle = 5",
    "SET tcp_keepalives_interval = 2",
    "SET tcp_keepalives_count = 3",
)
"""Of each session. The server forgets a client that is gone without a word as soon as we forget it."""


class PostgresStore(SqlStore):
    """A store in one PostgreSQL database."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = make_url(url).set(drivername="postgresql+psycopg")
        try:
            self._engine = create_engine(
                self._url,
                connect_args=_PATIENCE,
                pool_size=8,
                max_overflow=24,
                pool_pre_ping=True,
                hide_parameters=True,
            )
        except ModuleNotFoundError:
            raise OperatorError("PostgreSQL needs a driver: pip install 'tagwell[postgresql]'") from None
        event.listen(self._engine, "connect", _set_up)
        self._server: Connection | None = None

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with saying_unavailable(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._reading() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITE_LOCK})
            yield connection

    def migrate(self) -> None:
        """Bring the schema up to date. Raises OperatorError while a server of an older release runs."""
        with self._writing() as connection:
            if schema.is_current(connection):
                return
            alone = connection.execute(
                text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": SERVER_LOCK}
            ).scalar_one()
            if not alone:
                raise OperatorError(
                    f"A server is running on {self._url.database}. Stop it first; "
                    "`tagwell serve` migrates by itself when it starts."
                )
            schema.upgrade(connection)

    def open(self) -> None:
        """Check the schema, hold it against migrations, start the writer."""
        self._server = self._hold()
        with self._reading() as connection:
            schema.check(connection)
        self._writer.start()

    def _hold(self) -> Connection:
        connection = self._engine.connect()
        connection.execute(text("SELECT pg_advisory_lock_shared(:key)"), {"key": SERVER_LOCK})
        connection.commit()
        return connection

    def trouble(self, min_free_bytes: int) -> str | None:
        """What keeps it from taking events, or soon will. The server's disk is the server's own to watch."""
        with saying_unavailable():
            if not self._holds():
                self._server = self._hold()
        return super().trouble(min_free_bytes)

    def _holds(self) -> bool:
        """Whether the schema is still held: a server that was restarted has let go of it."""
        if self._server is None:
            return False
        try:
            self._server.execute(text("SELECT 1"))
            self._server.commit()
        except DBAPIError:
            self._server.close()
            self._server = None
            return False
        return True

    def scrub(self) -> bool:
        """Let go of what was deleted: VACUUM, which takes no lock that readers or writers wait for.

        From then on no query reaches it and its place is free for new rows. That is not zeros: until new
        rows fill the place its bytes may stand in the files of tables and indexes, in the server's
        write-ahead log until that is recycled, in replicas, archives and backups as long as those are
        kept. `VACUUM (FULL)` writes the tables anew and leaves the old files behind, but shuts the
        tables while it runs: an hour for the operator to choose, not for us. Rows that somebody who
        began to read before still sees are let go by the next VACUUM, PostgreSQL's own at the latest.
        """
        with saying_unavailable(), self._engine.connect() as raw:
            connection = raw.execution_options(isolation_level="AUTOCOMMIT")
            for table in metadata.tables:
                connection.execute(text(f"VACUUM {table}"))
        return True

    def close(self) -> None:
        """Commit what waits, stop the writer, close the connections."""
        self._writer.stop()
        if self._server is not None:
            with suppress(DBAPIError):  # a server that is gone has let go by itself
                self._server.execute(text("SELECT pg_advisory_unlock_shared(:key)"), {"key": SERVER_LOCK})
            self._server.close()
            self._server = None
        self._engine.dispose()


def _set_up(connection: Any, _record: Any) -> None:
    for setting in _SETTINGS:
        connection.execute(setting)
    connection.commit()
