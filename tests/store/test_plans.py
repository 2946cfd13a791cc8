"""What each request costs does not grow with what is stored: no statement looks through a whole table."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
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
    statements: set[str] = set()

    def trace(connection: sqlite3.Connection, *_: Any) -> None:
        connection.set_trace_callback(statements.add)

    # Of the driver, since much goes past SQLAlchemy. With what is at hand by now it connects anew.
    engine = store._engine  # type: ignore[attr-defined]
    engine.dispose()
    sqlalchemy_event.listen(engine, "connect", trace)
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
    read = [statement for statement in statements if statement.startswith(READING)]
    assert any("FROM identifiers" in statement for statement in read)
    assert scans_of(tmp_path / "tagwell.db", read) == set()


def scans_of(path: Path, statements: Iterable[str]) -> set[str]:
    """The look-ups through whole large tables in these statements."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            f"{step}: {statement}"
            for statement in statements
            for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}")
            if step.startswith("SCAN") and step.split()[1] in LARGE
        }
