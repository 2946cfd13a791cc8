"""The sweepers, run as a worker runs them: silent sessions end once, back-dated, under the lists."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from collector import jobs
from collector.enrich import Geo
from collector.jobs import DAY_MS, REJECTIONS_DAYS, Jobs
from collector.model.event import EventRecord
from collector.model.outcome import Outcome, Reason, Rejection
from collector.model.policy import Policy
from collector.model.source import Source
from collector.privacy import apply_privacy
from collector.store import Store, connect
from tests.pipeline.make import make_beacon, make_event

MINUTE_MS = 60_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An open store."""
    store = connect(f"sqlite:///{tmp_path / 'tagwell.db'}")
    store.migrate()
    store.open()
    try:
        yield store
    finally:
        store.close()


@pytest.fixture
def source(store: Store) -> Source:
    """A new source: its sessions end after 30 minutes of silence."""
    return store.add_source("Low Tide Pottery")


@pytest.fixture
def sweep(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Run the jobs of some workers, often, until something is so."""
    monkeypatch.setattr(jobs, "SESSIONS_S", 0.02)
    monkeypatch.setattr(jobs, "REJECTIONS_S", 0.02)
    monkeypatch.setattr(jobs, "RETENTION_S", 0.02)

    async def run(until: Callable[[], bool], workers: int) -> None:
        running = [
            asyncio.create_task(Jobs(store, Geo(None, tmp_path / "geo")).run()) for _ in range(workers)
        ]
        try:
            async with asyncio.timeout(20):
                while not await asyncio.to_thread(until):
                    pass
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def sweep(until: Callable[[], bool], workers: int = 1) -> None:
        asyncio.run(run(until, workers))

    return sweep


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _visit(store: Store, source: Source, minutes_ago: float, uuid: str = "u-1", **fields: object) -> int:
    """Store a visit that happened so long ago; return its time."""
    now_ms = _now_ms()
    time_ms = now_ms - int(minutes_ago * MINUTE_MS)
    event = make_event(
        "page.visit",
        **({"id": f"{uuid}-{minutes_ago}", "time_ms": time_ms, "received_ms": now_ms, "uuid": uuid} | fields),
    )

    async def append() -> None:
        await store.append([apply_privacy(event, make_beacon(), source)])

    asyncio.run(append())
    return time_ms


def _of(store: Store, source: Source, action: str) -> list[EventRecord]:
    return store.events(source.source_id, action=action)


def _marker(store: Store) -> Callable[[], bool]:
    """True once a session that is swept after all older ones has ended: what had to happen, has."""
    source = store.add_source("Marker")
    _visit(store, source, 31)
    return lambda: bool(_of(store, source, "session.end"))


def test_silent_session_ends_once_at_the_time_of_its_last_event(
    store: Store, source: Source, sweep: Callable[..., None]
) -> None:
    _visit(store, source, 60)
    last_ms = _visit(store, source, 40)
    sweep(lambda: bool(_of(store, source, "session.end")))
    sweep(_marker(store))
    [end] = _of(store, source, "session.end")
    [start] = _of(store, source, "session.start")
    assert (end.label, end.time_ms, end.derived) == ("Session end", last_ms, True)
    assert (end.session_id, end.uuid, end.profile_id) == (start.session_id, start.uuid, start.profile_id)
    assert end.session_id is not None
    sums = {row.outcome: row.count for row in store.outcomes(source.source_id)}
    assert sums[Outcome.DERIVED] == 2


def test_two_workers_end_a_session_once(store: Store, source: Source, sweep: Callable[..., None]) -> None:
    for n in range(20):
        _visit(store, source, 40, uuid=f"u-{n}")
    sweep(_marker(store), workers=3)
    ends = _of(store, source, "session.end")
    assert len(ends) == len({end.uuid for end in ends}) == 20


def test_session_that_is_not_silent_goes_on(store: Store, source: Source, sweep: Callable[..., None]) -> None:
    _visit(store, source, 50)
    _visit(store, source, 25)
    sweep(_marker(store))
    assert _of(store, source, "session.end") == []


def test_each_source_says_how_long_silence_may_be(
    store: Store, source: Source, sweep: Callable[..., None]
) -> None:
    settings = msgspec.structs.replace(
        source.settings, session=msgspec.structs.replace(source.settings.session, minutes=120)
    )
    patient = store.save_source(source.source_id, settings=settings)
    _visit(store, patient, 60)
    sweep(_marker(store))
    assert _of(store, source, "session.end") == []


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Policy(block=("session.end",)), id="blocked"),
        pytest.param(Policy(block=("session.*",)), id="blocked by prefix"),
        pytest.param(Policy(allow=("page.*",)), id="not on the allow list"),
    ],
)
def test_end_that_the_lists_forbid_is_not_stored_though_the_session_was_open_before(
    store: Store, source: Source, sweep: Callable[..., None], policy: Policy
) -> None:
    _visit(store, source, 40)
    store.save_policy(source.source_id, policy, author="ada", comment="")
    sweep(_marker(store))
    assert _of(store, source, "session.end") == []


def test_end_is_not_written_with_an_address_that_the_policy_no_longer_allows(
    store: Store, source: Source, sweep: Callable[..., None]
) -> None:
    store.save_policy(source.source_id, Policy(address="full"), author="ada", comment="")
    open_hearted = store.source(source.source_id)
    assert open_hearted is not None
    _visit(store, open_hearted, 40)
    store.save_policy(source.source_id, Policy(address="dropped"), author="ada", comment="")
    sweep(lambda: bool(_of(store, source, "session.end")))
    [end] = _of(store, source, "session.end")
    assert "address" not in end.context


def test_old_rejections_are_forgotten_and_their_counts_stay(
    store: Store, source: Source, sweep: Callable[..., None]
) -> None:
    def rejection(age_ms: int) -> Rejection:
        return Rejection(
            source=source.number,
            received_ms=_now_ms() - age_ms,
            reason=Reason.INVALID_ACTION,
            detail=f"{age_ms} ms ago",
        )

    async def append() -> None:
        await store.append([], [rejection(REJECTIONS_DAYS * DAY_MS + MINUTE_MS), rejection(MINUTE_MS)])

    asyncio.run(append())
    sweep(lambda: len(store.rejections(source.source_id)) == 1)
    assert [r.detail for r in store.rejections(source.source_id)] == [f"{MINUTE_MS} ms ago"]
    assert sum(row.count for row in store.outcomes(source.source_id)) == 2


def test_old_events_are_deleted_by_one_worker_and_told_once(
    store: Store, source: Source, sweep: Callable[..., None]
) -> None:
    store.save_policy(source.source_id, Policy(retention_days=1), author="ada", comment="")
    for n in range(5):
        two_days_ago = _now_ms() - 2 * DAY_MS
        _visit(store, source, 2 * 24 * 60, uuid=f"u-{n}", received_ms=two_days_ago)
    _visit(store, source, 1, uuid="u-now")
    sweep(lambda: len(_of(store, source, "page.visit")) == 1, workers=3)
    sweep(_marker(store), workers=3)
    assert [event.uuid for event in _of(store, source, "page.visit")] == ["u-now"]
    told = [line.detail for line in store.audit() if line.action == "retention.delete"]
    assert sum(int(detail.removeprefix("*: ")) for detail in told) >= 10  # each with its session.start
    assert store.find_profile("uuid", "u-0") is None


def test_job_that_fails_is_tried_again_and_stops_no_other(
    store: Store,
    source: Source,
    sweep: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    _visit(store, source, 40)
    take, failures = store.take_lease, iter([OSError("the disk was busy")])

    def take_lease(name: str, holder: str, now_ms: int, length_ms: int) -> bool:
        for failure in failures:
            raise failure
        return take(name, holder, now_ms, length_ms)

    monkeypatch.setattr(store, "take_lease", take_lease)
    sweep(lambda: bool(_of(store, source, "session.end")))
    assert "tried again" in caplog.text
