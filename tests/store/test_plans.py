"""What each request costs does not grow with what is stored: no statement looks through a whole table."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import event as sqlalchemy_event

from collector.model.change import ProfileChange
from collector.model.client import Client, ServerEvent
from collector.model.profile import ProfileUpdate
from collector.profiles.change import change
from collector.store import connect
from tests.store.events import NOON, EventMaker

LARGE = ("events", "profiles", "identifiers", "aliases", "sessions", "claims", "merges", "accounts", "mails")
READING = ("SELECT", "UPDATE", "DELETE")


async def test_no_event_and_no_change_of_a_profile_looks_through_a_table(tmp_path: Path) -> None:
    store = connect(f"sqlite:///{tmp_path / 'tagwell.db'}")
    store.migrate()
    store.open()
    source = store.add_source("shop")
    make = EventMaker(source)
    scans: set[str] = set()

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.startswith(READING):
            return
        rows = parameters if isinstance(parameters, list) else [parameters]
        cursor: sqlite3.Cursor = connection.connection.cursor()
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", rows[0] if rows else ())
        for *_, step in cursor.fetchall():
            if step.startswith("SCAN") and step.split()[1] in LARGE:
                scans.add(f"{step}: {statement}")

    engine = store._engine  # type: ignore[attr-defined]
    sqlalchemy_event.listen(engine, "before_cursor_execute", explain)
    ann = ProfileChange(
        email="ann@shop.example", custom_id="ann", uuid="b-1", tags=("vip",), by_back_end=True
    )
    phone = ProfileChange(fields={"phone": "+48 700 100 200"}, by_back_end=True)
    form = ProfileUpdate(email="ann@shop.example", fields={"firstName": "Ann"})
    client = ServerEvent(client=Client(email="ann@shop.example", custom_id="ann"), salt="s")
    for now in (NOON, NOON + 60_000):
        change(store, source, [ann, phone], now)
        await store.append([make("page.visit", uuid="b-1"), make("form.submit", uuid="b-2", profile=form)])
        await store.append([make("dog.bark", uuid=None, server=client, trusted=True)])
    store.merge_profiles([2], 1, cause="key:shop")
    store.close()
    assert scans == set()
