"""Who waits for a commit, who is told to come again, and in which order those who wait are served."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from collector.store import Store, StoreUnavailable, connect, postgresql, sqlite
from collector.store.sql import SqlStore
from collector.store.writer import GROUP_EVENTS, MAX_WAITING, MAX_WAITING_IN_BATCHES
from tests.store.events import EventMaker


@contextmanager
def another_writes(url: str) -> Iterator[None]:
    """Hold the store's write lock, as another process does."""
    other = connect(url)
    assert isinstance(other, SqlStore)
    with other._writing():
        yield
    other.close()


async def until_behind(store: Store) -> None:
    while not store.is_behind():  # noqa: ASYNC110 time alone makes it so
        await asyncio.sleep(0.005)


async def test_a_crowd_that_waits_too_long_is_joined_by_nobody(
    store: Store, store_url: str, make: EventMaker
) -> None:
    with another_writes(store_url):
        waiting = [asyncio.create_task(store.append([make()])) for _ in range(MAX_WAITING + 1)]
        async with asyncio.timeout(5):
            await until_behind(store)
        with pytest.raises(StoreUnavailable, match="behind"):
            await store.append([make()])
    outcomes = await asyncio.gather(*waiting)
    assert outcomes == [["stored"]] * (MAX_WAITING + 1)
    assert not store.is_behind()
    assert await store.append([make()]) == ["stored"]
    assert len(store.events(make.source.source_id, action="page.visit")) == MAX_WAITING + 2


async def test_a_few_may_wait_for_a_slow_disk(store: Store, store_url: str, make: EventMaker) -> None:
    with another_writes(store_url):
        waiting = [asyncio.create_task(store.append([make()])) for _ in range(MAX_WAITING - 1)]
        await asyncio.sleep(0.2)  # longer than a crowd may wait: nothing tells when that is over
        assert not store.is_behind()
        waiting.append(asyncio.create_task(store.append([make()])))
        await asyncio.sleep(0)
    assert await asyncio.gather(*waiting) == [["stored"]] * MAX_WAITING


async def test_a_beacon_waits_for_one_batch_and_not_for_all(
    store: Store, store_url: str, make: EventMaker
) -> None:
    done: list[str] = []

    async def append(name: str, count: int) -> None:
        await store.append([make() for _ in range(count)])
        done.append(name)

    with another_writes(store_url):
        tasks = [asyncio.create_task(append(f"batch {n}", GROUP_EVENTS + 1)) for n in range(4)]
        await asyncio.sleep(0)  # each has begun, the first is being committed
        tasks.append(asyncio.create_task(append("beacon", 1)))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert sorted(done) == ["batch 0", "batch 1", "batch 2", "batch 3", "beacon"]
    assert done.index("beacon") < done.index("batch 2")


async def test_batches_leave_room_for_a_beacon(store: Store, store_url: str, make: EventMaker) -> None:
    size = 2_000
    with another_writes(store_url):
        batch = [make() for _ in range(size)]
        waiting = [asyncio.create_task(store.append(batch)) for _ in range(MAX_WAITING_IN_BATCHES // size)]
        await asyncio.sleep(0)
        with pytest.raises(StoreUnavailable, match="behind"):
            await store.append(batch)
        waiting.append(asyncio.create_task(store.append([make()])))
        await asyncio.sleep(0)
    assert (await asyncio.gather(*waiting))[-1] == ["stored"]


async def test_a_writer_that_has_fallen_silent_is_not_waited_for_without_end(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine, patience, short in (
        (sqlite, "busy_timeout=10000", "busy_timeout=200"),
        (postgresql, "10s", "200ms"),
    ):
        settings = tuple(setting.replace(patience, short) for setting in engine._SETTINGS)
        assert settings != engine._SETTINGS
        monkeypatch.setattr(engine, "_SETTINGS", settings)
    impatient = connect(store_url)
    impatient.open()
    with another_writes(store_url), pytest.raises(StoreUnavailable):
        await impatient.append([])
    assert await impatient.append([]) == []
    impatient.close()
