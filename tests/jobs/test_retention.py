"""Retention: the longest rule decides how long an action is kept; what is deleted is told and scrubbed."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.jobs import retention
from collector.jobs.retention import DAY_MS, HOUR_MS, Retention, terms
from collector.model.outcome import Reason, Rejection
from collector.model.policy import Policy
from collector.model.quarantine import Quarantine
from collector.model.source import Source
from collector.privacy import apply_privacy
from collector.privacy.lists import RuleList
from collector.store import Store, connect
from collector.store.sqlite import SqliteStore
from tests.pipeline.make import NOON, make_beacon, make_event

SECRET = "a-word-that-must-be-gone"


@pytest.fixture
def store(tmp_path: Path) -> object:
    """An open store."""
    store = connect(f"sqlite:///{tmp_path / 'tagwell.db'}")
    store.migrate()
    store.open()
    yield store
    store.close()


@pytest.fixture(autouse=True)
def out_of_breath(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between commits, and few events in each."""
    monkeypatch.setattr(retention, "BREATH_S", 0)
    monkeypatch.setattr(retention, "EVENTS_AT_ONCE", 3)


def put(store: Store, source: Source, action: str, days_old: float, count: int = 1) -> None:
    """Store events of this age, as seen from NOON."""
    time_ms = NOON - int(days_old * DAY_MS)
    events = [
        make_event(action, id=f"{action}-{days_old}-{n}", time_ms=time_ms, received_ms=time_ms, label=SECRET)
        for n in range(count)
    ]

    async def append() -> None:
        await store.append([apply_privacy(event, make_beacon(), source) for event in events])

    asyncio.run(append())


def left(store: Store, source: Source) -> list[str]:
    return sorted(event.id for event in store.events(source.source_id) if not event.derived)


def run(store: Store, go_on: Callable[[], bool] = lambda: True) -> None:
    Retention(store).run(NOON, go_on)


def told(store: Store) -> list[tuple[str, str, str]]:
    return [(e.actor, e.subject, e.detail) for e in store.audit() if e.action == "retention.delete"]


RULES = st.sampled_from(["*", "a.*", "a.b.*", "a.b", "a.b.c", "ab.*", "b"])
ACTIONS = ["a", "a.b", "a.b.c", "a.b.c.d", "a.x", "ab", "ab.c", "b", "b.c"]


@given(days=st.dictionaries(RULES, st.integers(1, 99)), else_days=st.integers(0, 9))
def test_each_action_falls_under_its_longest_rule_alone(days: dict[str, int], else_days: int) -> None:
    policy = Policy(retention=days, retention_days=else_days)
    for action in ACTIONS:
        fitting = [
            term
            for term in terms(policy)
            if RuleList([term.rule]).match(action) and RuleList(term.except_rules).match(action) is None
        ]
        exact = [rule for rule in days if rule == action]
        prefixes = sorted((r for r in days if r.endswith("*") and action.startswith(r[:-1])), key=len)
        longest = [*prefixes, *exact][-1:]
        expected = [days[rule] for rule in longest] or ([else_days] if else_days else [])
        assert [term.days for term in fitting] == expected, action


def test_old_events_go_by_their_rule_and_the_audit_says_how_many(store: Store) -> None:
    policy = Policy(retention_days=30, retention={"form.*": 90, "form.draft": 1, "debug": 2})
    source = store.add_source("Shop", policy=policy)
    kept = store.add_source("For ever")
    for action, ages in {"page.visit": (29, 31, 400), "form.submit": (31, 91), "form.draft": (2,)}.items():
        for age in ages:
            put(store, source, action, age)
    put(store, source, "debug", 3, count=7)
    put(store, kept, "page.visit", 4000)
    run(store)
    assert left(store, source) == ["form.submit-31-0", "page.visit-29-0"]
    assert left(store, kept) == ["page.visit-4000-0"]
    [(actor, subject, detail)] = told(store)
    assert (actor, subject) == ("tagwell", source.source_id)
    counts = dict(part.split(": ") for part in detail.split(", "))
    assert (counts["form.*"], counts["form.draft"], counts["debug"]) == ("1", "1", "7")
    run(store)
    assert len(told(store)) == 1, "nothing deleted, nothing told"


def test_by_the_hour_so_that_a_busy_source_is_told_of_once_an_hour(store: Store) -> None:
    source = store.add_source("Shop", policy=Policy(retention_days=1))
    put(store, source, "page.visit", 1 + 1 / 24 / 60)
    assert NOON % HOUR_MS == 0
    Retention(store).run(NOON - 1, lambda: True)
    assert len(left(store, source)) == 1
    Retention(store).run(NOON + HOUR_MS - 1, lambda: True)
    assert left(store, source) == []


def test_source_whose_rules_cannot_be_read_loses_nothing(store: Store) -> None:
    source = store.add_source("Shop", policy=Policy(retention_days=1))
    put(store, source, "page.visit", 50)
    assert isinstance(store, SqliteStore)
    with store._writing() as connection:
        connection.exec_driver_sql('UPDATE policies SET policy = \'{"retention_days": 1, "newer": 2}\'')
    [unreadable] = store.sources()
    assert unreadable.problem
    run(store)
    assert len(left(store, source)) == 1


def test_it_stops_when_another_worker_took_over_and_tells_what_it_did(store: Store) -> None:
    source = store.add_source("Shop", policy=Policy(retention_days=1))
    put(store, source, "page.visit", 5, count=10)
    turns = iter([True, True, False])
    run(store, lambda: next(turns))
    assert len(store.events(source.source_id)) == 10 + 1 - 6  # session.start goes with them, by the same rule
    [(_, _, detail)] = told(store)
    assert detail == "*: 6"


def test_a_policy_that_is_mended_during_a_run_is_obeyed_from_the_next_batch_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = store.add_source("Shop", policy=Policy(retention={"page.*": 1}, retention_days=2))
    other = store.add_source("Other", policy=Policy(retention_days=1))
    put(store, source, "page.visit", 5, count=10)
    put(store, source, "form.submit", 5, count=2)
    put(store, other, "page.visit", 5, count=10)
    delete, calls = store.delete_events, []

    def mending(source_id: str, *arguments: object, **named: object) -> int:
        calls.append(source_id)
        if calls.count(source.source_id) == 1:  # what changes beside the policy stops nothing
            store.save_source(other.source_id, name="Renamed")
        if calls.count(source.source_id) == 2 and calls[-1] == source.source_id:
            store.save_policy(source.source_id, Policy(retention_days=4), author="ada", comment="oh no")
        return delete(source_id, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "delete_events", mending)
    run(store)
    assert calls.count(source.source_id) == 2
    assert len(left(store, source)) > 0
    assert left(store, other) == [], "the other sources lose what their own rules say"
    run(store)
    assert left(store, source) == [], "the next run goes on, by the new rules"


def test_what_a_failing_run_deleted_is_told_all_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = store.add_source("Shop", policy=Policy(retention_days=1))
    put(store, source, "page.visit", 5, count=10)
    delete, calls = store.delete_events, iter([None, OSError("the disk was busy")])

    def failing(*arguments: object, **named: object) -> int:
        if problem := next(calls):
            raise problem
        return delete(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "delete_events", failing)
    with pytest.raises(OSError, match="busy"):
        run(store)
    assert [detail for _, _, detail in told(store)] == ["*: 3"]


def test_nothing_of_it_is_left_in_any_file_and_a_scrub_that_failed_is_tried_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def holding() -> list[str]:
        return [path.name for path in tmp_path.iterdir() if SECRET.encode() in path.read_bytes()]

    source = store.add_source("Shop", policy=Policy(retention_days=1))
    put(store, source, "page.visit", 5, count=40)
    kept = Quarantine(length=1, sha256="0" * 64, payload=SECRET)
    old = Rejection(
        source=source.number, received_ms=1, reason=Reason.INVALID_ID, detail=SECRET, quarantine=kept
    )

    async def append() -> None:
        await store.append([], [old])

    asyncio.run(append())
    assert holding()
    sweeper, scrub, answers = Retention(store), store.scrub, iter([False])
    monkeypatch.setattr(store, "scrub", lambda: next(answers, None) is None and scrub())
    sweeper.run(NOON, lambda: True)
    sweeper.forget(NOON)
    assert holding() == []
    # With nothing deleted since, nothing is scrubbed: what others hold the store for is none of ours.
    monkeypatch.setattr(store, "scrub", lambda: pytest.fail("there is nothing to scrub"))
    sweeper.run(NOON, lambda: True)
    sweeper.forget(NOON)
