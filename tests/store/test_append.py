"""Append: an event is stored once, in the order of commits, and its outcome is counted with it."""

import asyncio
from collections import Counter

import msgspec
import pytest
from sqlalchemy.exc import SQLAlchemyError

from collector.model.outcome import Outcome, Reason, Rejection
from collector.model.source import Source
from collector.store import Store
from tests.store.events import NOON, EventMaker


def outcomes(store: Store) -> Counter[tuple[Outcome, str]]:
    sums: Counter[tuple[Outcome, str]] = Counter()
    for row in store.outcomes():
        sums[row.outcome, row.reason] += row.count
    return sums


async def test_what_was_appended_is_read_back_whole(store: Store, source: Source, make: EventMaker) -> None:
    event = make("product.seen", params={"sku": "Ł-1", "price": 13.5, "tags": ["a", None, True]})
    assert await store.append([event]) == [Outcome.STORED]
    [read] = store.events(source.source_id)
    assert (read.id, read.action, read.label, read.uuid) == (
        event.id,
        "product.seen",
        event.label,
        "browser-1",
    )
    assert (read.params, read.context) == (event.params, event.context)
    assert (read.time_ms, read.received_ms, read.derived) == (NOON, NOON, False)


async def test_an_id_is_stored_once_for_each_source(store: Store, make: EventMaker) -> None:
    other = EventMaker(store.add_source("Blog"))
    first = await store.append([make("click", id="same"), make("click", id="same")])
    again = await store.append([make("click", id="same"), other("click", id="same")])
    assert first == [Outcome.STORED, Outcome.DUPLICATE]
    assert again == [Outcome.DUPLICATE, Outcome.STORED]
    assert outcomes(store) == {(Outcome.STORED, ""): 2, (Outcome.DUPLICATE, ""): 2}


async def test_rejections_are_counted_by_reason_and_shown_newest_first(store: Store, source: Source) -> None:
    def rejection(reason: Reason, source_number: int | None) -> Rejection:
        return Rejection(source=source_number, received_ms=NOON, reason=reason, detail=f"why {reason}")

    await store.append([], [rejection(Reason.INVALID_ACTION, source.number)])
    await store.append(
        [], [rejection(Reason.ACTION_BLOCKED, source.number), rejection(Reason.UNKNOWN_SOURCE, None)]
    )
    shown = [row.reason for row in store.rejections(source.source_id)]
    assert shown == [Reason.ACTION_BLOCKED, Reason.INVALID_ACTION]
    assert outcomes(store) == {
        (Outcome.REJECTED, "invalid_action"): 1,
        (Outcome.REJECTED, "action_blocked"): 1,
        (Outcome.REJECTED, "unknown_source"): 1,
    }


async def test_concurrent_appends_are_stored_in_the_order_of_seq(
    store: Store, source: Source, make: EventMaker
) -> None:
    await asyncio.gather(*(store.append([make("click", uuid=f"b{n % 7}")]) for n in range(300)))
    read = store.events(source.source_id)
    assert len(read) == 300
    assert [event.seq for event in read] == sorted(event.seq for event in read)
    assert outcomes(store) == {(Outcome.STORED, ""): 300}


async def test_one_event_that_cannot_be_recorded_spares_the_others(store: Store, make: EventMaker) -> None:
    unstorable = make("click", params={"value": object()})
    results = await asyncio.gather(
        store.append([make("click")]),
        store.append([unstorable]),
        store.append([make("click")]),
        return_exceptions=True,
    )
    assert results[0] == results[2] == [Outcome.STORED]
    assert isinstance(results[1], TypeError)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({}, [1, 2, 3, 4], id="all, oldest first"),
        pytest.param({"after_seq": 2}, [3, 4], id="after one"),
        pytest.param({"limit": 2}, [1, 2], id="the first two"),
        pytest.param({"limit": 2, "newest": True}, [4, 3], id="the last two, newest first"),
        pytest.param({"before_seq": 3, "newest": True, "limit": 1}, [2], id="the page before"),
        pytest.param({"action": "odd"}, [1, 3], id="one action"),
    ],
)
async def test_events_are_read_in_pages(
    store: Store, source: Source, make: EventMaker, query: dict[str, object], expected: list[int]
) -> None:
    for number in range(1, 5):
        await store.append([make("odd" if number % 2 else "even")])
    assert [event.seq for event in store.events(source.source_id, **query)] == expected  # type: ignore[arg-type]


async def test_what_cannot_be_recorded_is_logged_without_a_word_of_the_visitor(
    store: Store, make: EventMaker, caplog: pytest.LogCaptureFixture
) -> None:
    broken = msgspec.structs.replace(make(params={"q": "their words"}), label={"no": "text"})
    with pytest.raises(SQLAlchemyError):
        await store.append([broken])
    assert "could not be recorded" in caplog.text
    assert "their words" not in caplog.text
