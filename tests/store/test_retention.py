"""Deleting what is too old: what a rule says and no more, with all that hangs on it, fast and for good."""

import sqlite3
from collections.abc import Iterable
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from collector.model.event import StoredEvent
from collector.model.profile import ProfileUpdate
from collector.model.source import Source
from collector.privacy import derive_from
from collector.store import Store, retention
from collector.store.sql import SqlStore
from tests.store.events import MINUTE, NOON, EventMaker


async def _put(store: Store, events: Iterable[StoredEvent]) -> None:
    """Store events, each in a commit of its own."""
    for event in events:
        await store.append([event])


def _actions(store: Store, source: Source) -> list[str]:
    return [event.action for event in store.events(source.source_id)]


def _rows(store_url: str, table: str) -> list[tuple[Any, ...]]:
    """All rows of a table, read beside the store."""
    url = make_url(store_url)
    if url.drivername.startswith("sqlite"):
        connection = sqlite3.connect(str(url.database))
        try:
            return connection.execute(f"SELECT * FROM {table}").fetchall()
        finally:
            connection.close()
    with psycopg.connect(url.render_as_string(hide_password=False)) as server:
        return server.execute(f"SELECT * FROM {table}".encode()).fetchall()


ACTIONS = ("form.submit", "form.submit.late", "formula", "form", "Form.submit", "page.visit", "f%", "ünï.cø")


@pytest.mark.parametrize(
    ("rule", "except_rules", "gone"),
    [
        pytest.param("*", (), set(ACTIONS), id="all"),
        pytest.param("form.submit", (), {"form.submit"}, id="exact"),
        pytest.param("form.*", (), {"form.submit", "form.submit.late"}, id="prefix, with its dot and case"),
        pytest.param("form.*", ("form.submit",), {"form.submit.late"}, id="a longer exact rule goes before"),
        pytest.param("form.*", ("form.submit.*",), {"form.submit"}, id="a longer prefix goes before"),
        pytest.param("*", ("form.*", "page.visit", "f%"), set(ACTIONS[2:5] + ACTIONS[7:]), id="others"),
        pytest.param("ünï.*", (), {"ünï.cø"}, id="beyond ASCII"),
        pytest.param("nothing.*", (), set(), id="fits none"),
    ],
)
async def test_rule_decides_what_goes(
    store: Store, source: Source, make: EventMaker,
    rule: str, except_rules: tuple[str, ...], gone: set[str],
) -> None:  # fmt: skip
    await _put(store, [make(action, uuid=None) for action in ACTIONS])
    await _put(store, [make(action, uuid=None, minute=60) for action in ACTIONS])
    other = EventMaker(store.add_source("Other"))
    await _put(store, [other(action, uuid=None) for action in ACTIONS])
    deleted = store.delete_events(source.source_id, NOON + MINUTE, rule=rule, except_rules=except_rules)
    assert deleted == len(gone)
    left = [event.action for event in store.events(source.source_id) if event.time_ms < NOON + MINUTE]
    assert set(ACTIONS) - set(left) == gone
    assert len(_actions(store, source)) == 2 * len(ACTIONS) - len(gone)
    assert len(_actions(store, other.source)) == len(ACTIONS)


async def test_age_counts_from_the_time_an_event_was_received(
    store: Store, source: Source, make: EventMaker
) -> None:
    await _put(store, [make("late", uuid=None, received=100), make("early", uuid=None, received=1)])
    assert store.delete_events(source.source_id, NOON + 2 * MINUTE, rule="*") == 1
    assert _actions(store, source) == ["late"]


async def test_it_goes_on_by_its_limit_and_says_when_nothing_is_left(
    store: Store, source: Source, make: EventMaker
) -> None:
    await _put(store, (make(f"a{n % 3}", uuid=None) for n in range(10)))
    counts = [store.delete_events(source.source_id, NOON + 1, rule="*", limit=4) for _ in range(4)]
    assert counts == [4, 4, 2, 0]
    assert store.delete_events("no such source", NOON + 1, rule="*") == 0


async def test_session_goes_with_its_last_event(
    store: Store, source: Source, make: EventMaker, store_url: str
) -> None:
    await _put(store, [make("page.visit"), make("click", minute=1), make("page.visit", uuid="b")])
    assert len(_rows(store_url, "sessions")) == 2
    store.delete_events(source.source_id, NOON + MINUTE, rule="*")
    [session] = _rows(store_url, "sessions")
    assert _actions(store, source) == ["click"]
    assert session[2] == "browser-1"
    store.delete_events(source.source_id, NOON + 2 * MINUTE, rule="*")
    assert _rows(store_url, "sessions") == []
    assert store.close_sessions(NOON + 999 * MINUTE, derive_from) == 0


async def test_session_of_a_merged_visitor_stays_as_long_as_an_event_of_it(
    store: Store, source: Source, make: EventMaker, store_url: str
) -> None:
    known = ProfileUpdate(email="anna@shop.example")
    await _put(store, [make("client.createOrUpdate", uuid="phone", profile=known)])
    await _put(store, [make("page.visit", minute=1), make("login", minute=2, profile=known, trusted=True)])
    assert len(_rows(store_url, "aliases")) == 1
    store.delete_events(source.source_id, NOON + 99 * MINUTE, rule="page.visit")
    store.delete_events(source.source_id, NOON + 99 * MINUTE, rule="session.start")
    assert _actions(store, source) == ["client.createOrUpdate", "login"]
    assert [row[2] for row in _rows(store_url, "sessions")] == ["browser-1"]
    store.delete_events(source.source_id, NOON + 99 * MINUTE, rule="login")
    assert _rows(store_url, "sessions") == []


NAMED = ProfileUpdate(email="anna@shop.example")


@pytest.mark.parametrize(
    ("profile", "stays"),
    [
        pytest.param(None, False, id="a browser's uuid alone"),
        pytest.param(NAMED, True, id="an e-mail address"),
        pytest.param(ProfileUpdate(custom_id="c-1"), True, id="a customId"),
        pytest.param(ProfileUpdate(fields={"firstName": "Anna"}), True, id="a first name"),
        pytest.param(ProfileUpdate(tags=("vip",)), True, id="a tag"),
    ],
)
async def test_visitor_goes_of_whom_nothing_is_left_but_a_browsers_uuid(
    store: Store, source: Source, make: EventMaker, store_url: str,
    profile: ProfileUpdate | None, stays: bool,
) -> None:  # fmt: skip
    await _put(store, [make("page.visit"), make("x", profile=profile), make("later", minute=9)])
    store.delete_events(source.source_id, NOON + MINUTE, rule="*")
    assert store.find_profile("uuid", "browser-1") is not None, "an event of it is left"
    store.delete_events(source.source_id, NOON + 99 * MINUTE, rule="*")
    assert (store.find_profile("uuid", "browser-1") is not None) is stays
    assert bool(_rows(store_url, "profiles")) is stays
    # Who comes again is a new visitor, or the known one.
    await _put(store, [make("page.visit", minute=200)])
    assert store.find_profile("uuid", "browser-1") is not None


async def test_visitor_stays_whose_events_another_source_keeps_or_who_claimed_to_be_somebody(
    store: Store, source: Source, make: EventMaker
) -> None:
    other = EventMaker(store.add_source("Other"))
    await _put(store, [make("page.visit", uuid="both"), other("page.visit", uuid="both", id="o-1")])
    await _put(store, [make("a", uuid="anna", profile=NAMED), make("b", uuid="stranger", profile=NAMED)])
    store.delete_events(source.source_id, NOON + 99 * MINUTE, rule="*")
    assert store.find_profile("uuid", "both") is not None
    assert store.find_profile("uuid", "stranger") is not None


async def test_finding_what_is_due_looks_at_no_event_that_stays(
    store: Store, source: Source, make: EventMaker, engine: str
) -> None:
    await _put(store, (make(f"a{n % 3}", uuid=None) for n in range(9)))
    assert isinstance(store, SqlStore)
    with store._reading() as connection:
        statement = retention._due_actions(source.number, NOON, "*", ("a1",), 10)
        text = str(statement.compile(connection, compile_kwargs={"literal_binds": True}))
        if engine == "sqlite":
            explain = f"EXPLAIN QUERY PLAN {text}"
        else:
            # Nine rows it would read as they lie.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            explain = f"EXPLAIN {text.replace('%', '%%')}"
        plan = [str(row[-1]) for row in connection.exec_driver_sql(explain)]
    reads = [step for step in plan if "Scan using" in step or "SEARCH events" in step]
    assert len(reads) >= 2, plan
    assert all("events_retention" in step for step in reads), plan
