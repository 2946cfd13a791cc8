"""Sessions: opened by the first opening event, once; joined by time; ended once, at the last event's time."""

import pytest

from collector.model.event import EventRecord
from collector.model.outcome import Outcome
from collector.model.source import Source
from collector.privacy import derive_from
from collector.store import Store
from collector.store.sessions import OPENING_ACTIONS
from tests.store.events import MINUTE, NOON, EventMaker


def read(store: Store, source: Source, action: str | None = None) -> list[EventRecord]:
    return store.events(source.source_id, action=action)


async def test_the_first_visit_starts_a_session_and_the_next_joins_it(
    store: Store, source: Source, make: EventMaker
) -> None:
    await store.append([make(minute=0), make(minute=29)])
    start, *visits = read(store, source)
    assert (start.action, start.label, start.derived) == ("session.start", "Started session", True)
    assert start.context == {"geo": {"country_code": "PL"}}
    assert start.params == {"mobile": False, "countryCode": "PL"}
    assert [event.action for event in visits] == ["page.visit", "page.visit"]
    assert {event.session_id for event in visits} == {start.session_id}


async def test_a_silence_longer_than_half_an_hour_starts_another(
    store: Store, source: Source, make: EventMaker
) -> None:
    await store.append([make(minute=0)])
    await store.append([make(minute=30)])
    await store.append([make(minute=60.1)])
    assert len(read(store, source, "session.start")) == 2
    assert len({event.session_id for event in read(store, source, "page.visit")}) == 2


@pytest.mark.parametrize("action", sorted(OPENING_ACTIONS))
async def test_opening_actions_open(store: Store, source: Source, make: EventMaker, action: str) -> None:
    await store.append([make(action)])
    assert len(read(store, source, "session.start")) == 1


@pytest.mark.parametrize("action", ["product.seen", "client.createOrUpdate", "custom"])
async def test_other_actions_open_none_but_join_one(
    store: Store, source: Source, make: EventMaker, action: str
) -> None:
    await store.append([make(action, minute=0)])
    assert read(store, source)[0].session_id is None
    await store.append([make(minute=1), make(action, minute=2)])
    *_, visit, joined = read(store, source)
    assert joined.session_id == visit.session_id is not None


async def test_an_event_without_uuid_has_no_session(store: Store, source: Source, make: EventMaker) -> None:
    await store.append([make(uuid=None)])
    [event] = read(store, source)
    assert event.session_id is None
    assert event.profile_id is None


async def test_the_tags_own_start_opens_the_session_and_its_repeat_is_a_duplicate(
    store: Store, source: Source, make: EventMaker
) -> None:
    outcomes = await store.append([make("session.start"), make(), make("session.start", minute=1)])
    assert outcomes == [Outcome.STORED, Outcome.STORED, Outcome.DUPLICATE]
    assert [event.derived for event in read(store, source, "session.start")] == [False]


async def test_an_end_that_the_tag_reports_is_never_a_second_end(
    store: Store, source: Source, make: EventMaker
) -> None:
    assert await store.append([make("session.end")]) == [Outcome.REJECTED]
    await store.append([make()])
    assert await store.append([make("session.end", minute=1)]) == [Outcome.DUPLICATE]
    assert read(store, source, "session.end") == []


async def test_a_silent_session_is_ended_once_at_its_last_event(
    store: Store, source: Source, make: EventMaker
) -> None:
    await store.append([make(minute=0), make("click", minute=7)])
    assert store.close_sessions(NOON + 37 * MINUTE, derive_from) == 0
    assert store.close_sessions(NOON + 38 * MINUTE, derive_from) == 1
    assert store.close_sessions(NOON + 99 * MINUTE, derive_from) == 0
    [end] = read(store, source, "session.end")
    assert end.time_ms == NOON + 7 * MINUTE
    assert end.session_id == read(store, source, "page.visit")[0].session_id


async def test_a_late_event_joins_the_session_of_its_time_and_moves_its_end(
    store: Store, source: Source, make: EventMaker
) -> None:
    await store.append([make(minute=0)])
    store.close_sessions(NOON + 60 * MINUTE, derive_from)
    await store.append([make(minute=90)])
    await store.append([make(minute=12, received=95)])
    first, second, late = read(store, source, "page.visit")
    assert late.session_id == first.session_id != second.session_id
    [end] = read(store, source, "session.end")
    assert end.time_ms == NOON + 12 * MINUTE
    assert len(read(store, source, "session.start")) == 2


async def test_each_browser_and_each_source_has_its_own(store: Store, make: EventMaker) -> None:
    blog = store.add_source("Blog")
    await store.append([make(uuid="a"), make(uuid="b"), EventMaker(blog)(uuid="a")])
    sessions = [
        e.session_id for e in [*read(store, make.source, "page.visit"), *read(store, blog, "page.visit")]
    ]
    assert len(set(sessions)) == 3


async def test_what_the_lists_forbid_is_not_derived(store: Store, source: Source, make: EventMaker) -> None:
    await store.append([make.under(block=("session.*",))()])
    [visit] = read(store, source)
    assert visit.action == "page.visit"
    assert visit.session_id is not None


async def test_a_derived_id_cannot_be_taken_by_a_sender(
    store: Store, source: Source, make: EventMaker
) -> None:
    await store.append([make(id="cause")])
    derived = read(store, source, "session.start")[0].id
    other = EventMaker(store.add_source("Blog"))
    await store.append([other(id="cause")])
    assert read(store, other.source, "session.start")[0].id != derived
