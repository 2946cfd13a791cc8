"""Sessions as the owner sets them: another campaign may begin another one, and a source may have none."""

from itertools import permutations

import pytest

from collector.model.event import EventRecord, Params, StoredEvent
from collector.model.outcome import Outcome
from collector.model.source import Modules, SessionSettings, Settings, TagSettings
from collector.privacy import derive_from
from collector.store import Store
from tests.store.events import MINUTE, NOON, EventMaker

SPRING: Params = {"campaign": {"source": "mail", "name": "spring"}}
SUMMER: Params = {"campaign": {"source": "mail", "name": "summer"}}
ADVERT: Params = {"click_id": {"name": "gclid", "value": "1"}}
NEXT_ADVERT: Params = {"click_id": {"name": "gclid", "value": "2"}}


@pytest.fixture
def by_campaign(make: EventMaker) -> EventMaker:
    """Makes events of a source whose sessions are split by campaign."""
    return make.set(Settings(session=SessionSettings(campaign=True)))


def read(store: Store, make: EventMaker, action: str | None = None) -> list[EventRecord]:
    return store.events(make.source.source_id, action=action)


def sessions(store: Store, make: EventMaker) -> list[str | None]:
    """The session of each visit, in the order of their times."""
    return [e.session_id for e in sorted(read(store, make, "page.visit"), key=lambda e: e.time_ms)]


@pytest.mark.parametrize(
    ("contexts", "expected"),
    [
        pytest.param([{}, SPRING], [1, 2], id="the first campaign"),
        pytest.param([SPRING, SUMMER], [1, 2], id="another"),
        pytest.param([SPRING, SPRING], [1, 1], id="the same"),
        pytest.param([SPRING, {}, SPRING, {}], [1, 1, 1, 1], id="pages in between"),
        pytest.param([SPRING, SUMMER, SPRING], [1, 2, 3], id="there and back"),
        pytest.param([ADVERT, NEXT_ADVERT], [1, 2], id="another click id"),
        pytest.param([SPRING, SPRING | ADVERT], [1, 2], id="a click id beside the same campaign"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False], ids=["in one commit", "in one each"])
async def test_a_visit_from_another_campaign_begins_a_session(
    store: Store, by_campaign: EventMaker, contexts: list[Params], expected: list[int], at_once: bool
) -> None:
    visits = [by_campaign(minute=minute, context=context) for minute, context in enumerate(contexts)]
    for batch in [visits] if at_once else [[visit] for visit in visits]:
        await store.append(batch)
    found = sessions(store, by_campaign)
    assert [list(dict.fromkeys(found)).index(session) + 1 for session in found] == expected
    assert len(read(store, by_campaign, "session.start")) == max(expected)


async def test_the_old_session_ends_at_its_last_event_and_the_start_tells_the_campaign(
    store: Store, by_campaign: EventMaker
) -> None:
    await store.append([by_campaign(), by_campaign("click", minute=3), by_campaign(minute=5, context=SPRING)])
    await store.append([by_campaign("click", minute=6)])
    assert store.close_sessions(NOON + 60 * MINUTE, derive_from) == 2
    first, second = sorted(read(store, by_campaign, "session.end"), key=lambda e: e.time_ms)
    assert (first.time_ms, second.time_ms) == (NOON + 3 * MINUTE, NOON + 6 * MINUTE)
    assert [first.session_id, second.session_id] == sessions(store, by_campaign)
    starts = read(store, by_campaign, "session.start")
    assert [start.context.get("campaign") for start in starts] == [None, SPRING["campaign"]]


async def test_a_late_event_stays_with_the_session_of_its_time(store: Store, by_campaign: EventMaker) -> None:
    await store.append([by_campaign(), by_campaign(minute=10, context=SPRING)])
    await store.append([by_campaign("click", minute=5, received=12)])
    assert read(store, by_campaign, "click")[0].session_id == sessions(store, by_campaign)[0]


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_visits_that_arrive_in_any_order_make_the_same_sessions(
    store: Store, by_campaign: EventMaker, order: tuple[int, ...]
) -> None:
    """The first page, and two of one campaign."""
    visits: list[StoredEvent] = [
        by_campaign(minute=minute, received=9, context=context)
        for minute, context in enumerate([{}, SPRING, SPRING])
    ]
    for place in order:
        await store.append([visits[place]])
    first, second, third = sessions(store, by_campaign)
    assert first != second == third


async def test_only_a_visit_turns_the_campaign(store: Store, by_campaign: EventMaker) -> None:
    await store.append([by_campaign(), by_campaign("form.submit", minute=1, context=SPRING)])
    assert len(read(store, by_campaign, "session.start")) == 1


async def test_a_campaign_begins_nothing_unless_the_owner_says_so(store: Store, make: EventMaker) -> None:
    await store.append([make(), make(minute=1, context=SPRING)])
    assert len(read(store, make, "session.start")) == 1


async def test_a_source_without_sessions_has_none(store: Store, make: EventMaker) -> None:
    off = make.set(Settings(tag=TagSettings(modules=Modules(sessions=False))))
    outcomes = await store.append([off(), off("form.submit", minute=1), off("session.end", minute=2)])
    assert outcomes == [Outcome.STORED, Outcome.STORED, Outcome.REJECTED]
    assert store.close_sessions(NOON + 99 * MINUTE, derive_from) == 0
    assert [(e.action, e.session_id) for e in read(store, off)] == [
        ("page.visit", None),
        ("form.submit", None),
    ]


async def test_sessions_that_are_switched_off_end_what_began(store: Store, make: EventMaker) -> None:
    await store.append([make()])
    off = make.set(Settings(tag=TagSettings(modules=Modules(sessions=False))))
    await store.append([off(minute=1)])
    store.close_sessions(NOON + 99 * MINUTE, derive_from)
    assert [(e.action, e.time_ms) for e in read(store, make, "session.end")] == [("session.end", NOON)]
    assert [e.session_id is None for e in read(store, make, "page.visit")] == [False, True]
