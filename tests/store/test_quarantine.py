"""What was malformed is kept apart, no more than may be, and goes by itself; rules count what they refuse."""

import msgspec
import pytest

from collector.model import quarantine as model
from collector.model.outcome import MINUTE_MS, Outcome, Reason, Rejection
from collector.model.quarantine import Quarantine
from collector.model.source import Source
from collector.store import Store, quarantine
from tests.store.events import MINUTE, NOON, EventMaker

KEPT = Quarantine(
    length=12, sha256="ab" * 32, uuid="u-1", address="203.0.113.0", user_agent="Firefox", payload='[{"a":1}]'
)


def _malformed(source: Source | None, *, minute: int = 0, kept: Quarantine | None = KEPT) -> Rejection:
    return Rejection(
        source=source.number if source else None,
        received_ms=NOON + minute * MINUTE,
        reason=Reason.INVALID_ID,
        detail="event 0: id must be text",
        quarantine=kept,
    )


def _refused(
    source: Source, rule: str, minute: float = 0, reason: Reason = Reason.ACTION_BLOCKED
) -> Rejection:
    received_ms = NOON + int(minute * MINUTE)
    return Rejection(source=source.number, received_ms=received_ms, reason=reason, detail="", rule=rule)


async def test_malformed_is_read_back_as_it_may_be_kept(
    store: Store, source: Source, make: EventMaker
) -> None:
    await store.append([make()], [_malformed(source), _malformed(source, kept=None), _malformed(None)])
    [record] = store.quarantined(source.source_id)
    assert (record.source_id, record.received_ms, record.reason) == (source.source_id, NOON, "invalid_id")
    assert (record.detail, record.quarantine) == ("event 0: id must be text", KEPT)
    assert store.quarantine_record(source.source_id, record.number) == record
    [entry] = store.quarantine_entries(source.source_id)
    assert (entry.number, entry.length, entry.kept) == (record.number, 12, True)


async def test_only_its_own_source_sees_or_releases_it(store: Store, source: Source) -> None:
    other = store.add_source("Other")
    await store.append([], [_malformed(source), _malformed(other), _malformed(source)])
    newest, oldest = store.quarantined(source.source_id)
    assert newest.number > oldest.number
    assert store.quarantined(source.source_id, before=newest.number, limit=5) == [oldest]
    assert store.quarantined(source.source_id, limit=1) == [newest]
    assert store.quarantine_record(other.source_id, newest.number) is None
    assert store.release_quarantined(other.source_id, [newest.number, oldest.number]) == 0
    assert store.release_quarantined(source.source_id, [newest.number, 10**9]) == 1
    assert store.release_quarantined(source.source_id, []) == 0
    assert store.quarantined(source.source_id) == [oldest]


async def test_flood_is_counted_and_fills_no_disk(
    store: Store, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MOST_KEPT", 5)
    other = store.add_source("Other")
    for _ in range(2):
        await store.append([], [_malformed(source)] * 4)
    await store.append([], [_malformed(source)] * 4 + [_malformed(other)])
    assert len(store.quarantined(source.source_id)) == 5
    assert len(store.quarantined(other.source_id)) == 1
    [count] = store.outcomes(source.source_id)
    assert count.count == 12
    # What is there stays: a stranger cannot wash it out. What the owner threw away makes room.
    numbers = [record.number for record in store.quarantined(source.source_id)]
    store.release_quarantined(source.source_id, numbers[:2])
    await store.append([], [_malformed(source)] * 9)
    assert set(numbers[2:]) < {record.number for record in store.quarantined(source.source_id)}
    assert len(store.quarantined(source.source_id)) == 5
    assert model.MOST_KEPT == 10_000


async def test_old_ones_go_with_old_rejections(store: Store, source: Source) -> None:
    await store.append([], [_malformed(source), _malformed(source, minute=9)])
    assert store.trim_rejections(NOON + MINUTE) == 2
    [left] = store.quarantined(source.source_id)
    assert left.received_ms == NOON + 9 * MINUTE


async def test_text_that_an_engine_cannot_hold_fails_no_commit(store: Store, source: Source) -> None:
    hostile = msgspec.structs.replace(KEPT, uuid="a\0b", user_agent="\0", payload='{"\0": 1}')
    await store.append([], [_malformed(source, kept=hostile)])
    [record] = store.quarantined(source.source_id)
    assert record.quarantine.uuid == "a\ufffdb"


async def test_rules_are_counted_in_the_commit_and_are_a_part_of_their_reason(
    store: Store, source: Source, make: EventMaker
) -> None:
    other = store.add_source("Other")
    await store.append([make()], [_refused(source, "a.*"), _refused(source, "a.*"), _refused(other, "a.*")])
    await store.append(
        [],
        [
            _refused(source, "a.*", 0.5),
            _refused(source, "b", 1),
            _refused(source, ""),
            _refused(source, "a.*", 0, Reason.PAGE_BLOCKED),
            Rejection(source=None, received_ms=NOON, reason=Reason.UNKNOWN_SOURCE, detail="", rule="x"),
        ],
    )
    counted = {(c.minute_ms, c.reason, c.rule): c.count for c in store.rule_counts(source.source_id)}
    assert counted == {
        (NOON, "action_blocked", "a.*"): 3,
        (NOON, "page_blocked", "a.*"): 1,
        (NOON + MINUTE_MS, "action_blocked", "b"): 1,
    }
    later = store.rule_counts(source.source_id, since_ms=NOON + 1)
    assert [count.rule for count in later] == ["b"]
    hours = store.rule_counts(source.source_id, step_ms=3_600_000)
    assert {(c.minute_ms, c.rule, c.count) for c in hours} == {
        (NOON, "a.*", 3),
        (NOON, "a.*", 1),
        (NOON, "b", 1),
    }
    totals = {(c.source_id, c.reason, c.rule): c.count for c in store.rule_totals()}
    assert totals[source.source_id, "action_blocked", "a.*"] == 3
    assert totals[other.source_id, "action_blocked", "a.*"] == 1
    by_reason = {c.reason: c.count for c in store.outcomes(source.source_id, step_ms=3_600_000) if c.reason}
    assert by_reason == {"action_blocked": 5, "page_blocked": 1}


async def test_outcomes_are_summed_by_steps(store: Store, source: Source, make: EventMaker) -> None:
    await store.append([make("a", uuid=None, minute=n) for n in (0, 1, 1, 14, 15)])
    steps = [(c.minute_ms - NOON, c.outcome, c.count) for c in store.outcomes(step_ms=15 * MINUTE)]
    assert steps == [(0, Outcome.STORED, 4), (15 * MINUTE, Outcome.STORED, 1)]
    assert len(store.outcomes()) == 4
