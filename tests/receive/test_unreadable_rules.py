"""A policy that cannot be read: nothing is kept, the sender is told to come again, the owner is told once."""

import contextlib
import logging
import sqlite3

import pytest

from collector.model.policy import Policy
from collector.store.catalog import Catalog
from tests.receive.running import Running, wait_until


def test_nothing_is_kept_until_a_policy_is_saved_anew(
    collector: Running, caplog: pytest.LogCaptureFixture
) -> None:
    source = collector.store.add_source("Damaged")
    with contextlib.closing(sqlite3.connect(collector.folder / "tagwell.db")) as connection, connection:
        connection.execute(
            """UPDATE policies SET policy = '{"later": 1}' WHERE source = ?""", (source.number,)
        )
        connection.execute("UPDATE revision SET value = value + 1")
    event = [{"action": "page.visit", "params": {"email": "planted@example.com"}}]
    with caplog.at_level(logging.ERROR, "collector.store.catalog"):
        wait_until(lambda: collector.post(source.source_id, event).status_code == 503)
        catalog = Catalog(collector.store)
        caplog.clear()
        catalog.load()
        catalog.load()
    assert collector.post(source.source_id, event).headers["retry-after"] == "60"
    told = [record.getMessage() for record in caplog.records if source.source_id in record.getMessage()]
    [once] = told
    assert once.startswith(f"source {source.source_id} takes no events: the policy cannot be read")
    stored = len(collector.events(source.source_id))
    collector.post(source.source_id, event)
    assert len(collector.events(source.source_id)) == stored
    collector.store.save_policy(source.source_id, Policy(), author="ada", comment="mended")
    wait_until(lambda: collector.post(source.source_id, event).status_code == 204)
