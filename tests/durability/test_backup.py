"""A backup is taken while beacons arrive, put back, and served: what was acknowledged before it is there."""

import http.client
import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from click.testing import CliRunner

from collector.cli.commands import tagwell
from collector.model.outcome import Outcome
from e2e.harness import Pages, run_collector, serve_pages
from tests.durability.senders import post
from tests.durability.test_kill import Load

MOST_EVENTS = 1000
"""In one beacon."""


def run_command(*arguments: str) -> dict[str, Any]:
    """Run a command beside the server; return what it prints with --json."""
    done = CliRunner().invoke(tagwell, [*arguments, "--json"], catch_exceptions=False)
    found: dict[str, Any] = json.loads(done.output)
    return found


def rehearse(folder: Path, pages: Pages, acknowledged: int) -> None:
    """Back up under load after so many events, restore over what came of it, and look."""
    copy = folder / "copy.db"
    with run_collector(folder, pages) as collector:
        source_id = collector.add_source().source_id
        with Load(collector, source_id) as load:
            try:
                load.wait_for_acknowledged(acknowledged)
                before = set(load.acknowledged)
                run_command("backup", str(copy), "--store", collector.store_url)
                load.wait_for_acknowledged(len(load.acknowledged) + acknowledged)
            finally:
                collector.kill()
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchone() is None
    kept = run_command("restore", str(copy), "--store", collector.store_url)["kept"]
    with run_collector(folder, pages) as collector:
        stored = Counter(event.id for event in collector.events(source_id) if not event.derived)
        assert before <= set(stored), "an event acknowledged before the backup is missing"
        assert load.acknowledged - set(stored), "the later ones are in it: nothing was restored"
        assert set(stored.values()) == {1}, "an event is stored twice"
        counted = sum(r.count for r in collector.store.outcomes() if r.outcome is Outcome.STORED)
        assert counted == len(stored), "the sums disagree with what is stored"
        connection = http.client.HTTPConnection(urlsplit(collector.url).netloc)
        again = sorted(load.sent)
        for start in range(0, len(again), MOST_EVENTS):
            assert post(connection, f"/b/{source_id}", again[start : start + MOST_EVENTS], 0) == 204
        connection.close()
        events = [event.id for event in collector.events(source_id) if not event.derived]
        assert sorted(events) == again, "what comes again is stored once"
    with closing(sqlite3.connect(kept)) as database:
        ids = {id for (id,) in database.execute("SELECT event_id FROM events")}
        assert load.acknowledged <= ids, "the store that was replaced is not whole"


def test_a_backup_of_a_busy_store_is_restored(tmp_path: Path) -> None:
    with serve_pages() as pages:
        rehearse(tmp_path, pages, acknowledged=150)
