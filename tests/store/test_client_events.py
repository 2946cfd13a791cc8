"""The events of a profile, newest first, with those of all that were merged into it."""

import itertools
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text

from collector.model.client import Client, ServerEvent
from collector.model.event import EventRecord, StoredEvent
from collector.model.profile import ProfileUpdate
from collector.store import Store
from tests.store.events import MINUTE, NOON, EventMaker

ANN = "ann@shop.example"


def said(make: EventMaker, action: str, minute: float, **told: Any) -> StoredEvent:
    server = ServerEvent(client=Client(email=ANN))
    return make(action, uuid=None, minute=minute, server=server, trusted=True, **told)


def actions(events: list[EventRecord]) -> list[str]:
    return [event.action for event in events if not event.derived]


async def test_all_that_were_merged_belong_to_it_and_claims_do_not(store: Store, make: EventMaker) -> None:
    await store.append([said(make, "first", 0)])
    await store.append([make("second", uuid="b-1", minute=1), make("third", uuid="b-2", minute=2)])
    await store.append(
        [make("form.submit", uuid="b-1", minute=3, profile=ProfileUpdate(email=ANN), trusted=True)]
    )
    await store.append([make("form.submit", uuid="b-2", minute=4, profile=ProfileUpdate(email=ANN))])
    await store.append([said(make, "fifth", 5)])
    ann = store.find_profile("email", ANN)
    assert ann is not None
    assert [claim.uuid for claim in ann.claims] == ["b-2"]
    expected = ["fifth", "form.submit", "second", "first"]
    for client_id in (ann.client_id, *ann.previous_ids):
        assert actions(store.events_of(client_id)) == expected
    assert len(ann.previous_ids) == 1
    assert store.events_of(77) == []


async def test_a_range_an_action_a_source_and_a_limit_choose(store: Store, make: EventMaker) -> None:
    blog = EventMaker(store.add_source("Blog"), itertools.count(100))
    await store.append([said(make, "a", n) for n in (2, 0, 1)])
    await store.append([said(blog, "b", n + 0.5) for n in (0, 1)])

    def found(**asked: Any) -> list[tuple[str, float]]:
        return [(e.action, (e.time_ms - NOON) / MINUTE) for e in store.events_of(1, **asked)]

    everything = [("a", 2), ("b", 1.5), ("a", 1), ("b", 0.5), ("a", 0)]
    assert found() == everything
    assert found(limit=2) == everything[:2]
    assert found(action="b") == [("b", 1.5), ("b", 0.5)]
    assert found(source_id=make.source.source_id) == [("a", 2), ("a", 1), ("a", 0)]
    assert found(source_id="another") == []
    from_ms, to_ms = NOON + MINUTE // 2, NOON + 3 * MINUTE // 2
    assert found(from_ms=from_ms, to_ms=to_ms) == everything[1:4]
    assert found(from_ms=from_ms + 1, to_ms=to_ms - 1) == everything[2:3]
    assert found(from_ms=to_ms, to_ms=from_ms) == []


async def test_a_page_of_any_length_is_the_newest_of_all(store: Store, make: EventMaker) -> None:
    """Of several merged profiles with many events of one time, against a plain sort."""
    visits = [make("x", uuid=f"b-{n * n % 4}", minute=n * 7 % 5) for n in range(20)]
    await store.append(visits)
    update = ProfileUpdate(email=ANN)
    for uuid in sorted({str(visit.uuid) for visit in visits}):
        await store.append([make("form.submit", uuid=uuid, minute=9, profile=update, trusted=True)])
    found = store.find_profile("email", ANN)
    assert found is not None
    everything = store.events(make.source.source_id)
    everything.sort(key=lambda event: (event.time_ms, event.seq), reverse=True)
    assert len({event.profile_id for event in everything}) > 1
    for limit in range(1, len(everything) + 2):
        assert store.events_of(found.client_id, limit=limit) == everything[:limit]


@pytest.mark.parametrize("asked", [{}, {"from_ms": NOON, "to_ms": NOON + MINUTE}, {"action": "a"}])
async def test_it_is_found_along_the_index(store: Store, make: EventMaker, asked: dict[str, Any]) -> None:
    """No look through all events, and no sort of all of a profile's."""
    await store.append([make(f"n-{n}", uuid=f"b-{n % 50}", minute=n) for n in range(300)])
    plans: list[str] = []
    engine = store._engine  # type: ignore[attr-defined]

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "ORDER BY events.time_ms" in statement:
            explained = connection.connection.cursor()
            if connection.dialect.name == "sqlite":
                explained.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            else:
                explained.execute("SET LOCAL enable_seqscan = off")  # few rows: it would read them all
                explained.execute(f"EXPLAIN {statement}", parameters)
            plans.append(" ".join(str(row) for row in explained.fetchall()))

    with store._writing() as connection:  # type: ignore[attr-defined]
        connection.execute(text("ANALYZE"))
    sqlalchemy_event.listen(engine, "before_cursor_execute", explain)
    try:
        store.events_of(1, **asked)
    finally:
        sqlalchemy_event.remove(engine, "before_cursor_execute", explain)
    [plan] = plans
    assert "events_profile" in plan
    assert "SCAN events" not in plan
    assert "Seq Scan on events" not in plan
