"""A policy on trial over live traffic is counted; it decides, stores and answers nothing."""

import logging
from pathlib import Path
from types import SimpleNamespace

import pytest

from collector.enrich import Enricher, Geo
from collector.model.policy import Policy
from collector.model.shadow import ShadowCount
from collector.model.source import Source
from collector.pipeline import process_all
from collector.receive.shadow import Shadows
from collector.store import connect
from collector.wire import native
from tests.pipeline.make import NOON, make_beacon, make_source
from tests.receive.running import Running, actions, wait_until

EVENTS = [
    {"id": "1", "action": "page.visit", "label": "Home", "params": {"secret": "planted-7f3a"}},
    {"id": "2", "action": "debug.x", "label": "Debug"},
    {"id": "3", "action": "form.open", "label": "Form"},
    {"id": "4", "action": "two words", "label": "Malformed"},
]
LIVE = Policy(block=("form.*",))
TRIED = Policy(block=("debug.*",), block_params=("secret",))
COUNTS = {
    ("stored", "changed"): 1,
    ("stored", "action_blocked: debug.*"): 1,
    ("action_blocked: form.*", "stored"): 1,
    ("invalid_action", "invalid_action"): 1,
}


def on_trial(collector: Running, shadow: Policy | None = TRIED) -> Source:
    """A source with a policy on trial, as the running collector knows it."""
    source = collector.store.add_source("Shop", policy=LIVE)
    collector.store.save_shadow(source.source_id, shadow, author="ada")
    return source


def counts(collector: Running, source: Source) -> dict[tuple[str, str], int]:
    """What the trial counted so far."""
    return {(each.live, each.shadow): each.count for each in collector.store.shadow_counts(source.source_id)}


def test_what_it_would_have_said_is_counted_and_nothing_else_happens(collector: Running) -> None:
    source = on_trial(collector)
    plain = collector.store.add_source("Plain", policy=LIVE)
    tried, untried = (collector.post(each.source_id, EVENTS) for each in (source, plain))
    wait_until(lambda: counts(collector, source) == COUNTS)
    assert (tried.status_code, tried.content) == (untried.status_code, untried.content)
    assert list(tried.headers) == list(untried.headers)
    assert collector.sums(source.source_id) == collector.sums(plain.source_id)
    assert actions(collector.events(source.source_id)) == ["page.visit", "debug.x"]
    [visit] = [event for event in collector.events(source.source_id) if event.action == "page.visit"]
    assert visit.params["secret"] == "planted-7f3a"
    assert counts(collector, plain) == {}


def test_what_was_counted_last_is_saved_at_shutdown(tmp_path: Path) -> None:
    running = Running(tmp_path)
    running.start()
    try:
        source = on_trial(running)
        running.post(source.source_id, EVENTS)
    finally:
        running.stop()
    store = connect(running.url)
    assert sum(each.count for each in store.shadow_counts(source.source_id)) == len(EVENTS)
    store.close()


def test_a_fault_in_it_touches_no_beacon_and_is_told_once_without_what_was_sent(
    collector: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("planted-7f3a")

    monkeypatch.setattr("collector.receive.shadow.process_all", fail)
    source = on_trial(collector)
    with caplog.at_level(logging.ERROR):
        assert [collector.post(source.source_id, EVENTS).status_code for _ in range(3)] == [204] * 3
    assert actions(collector.events(source.source_id)) == ["page.visit", "debug.x"]
    told = [record.getMessage() for record in caplog.records if record.name == "collector.receive.shadow"]
    assert told == ["a policy on trial could not be asked: ValueError"]


def test_the_same_policy_tried_anew_begins_at_nothing() -> None:
    """With a catalog that has not seen the end of the first trial, and then has."""
    enricher, policy = Enricher(Geo(None, Path("none"))), Policy(block=("page.*",))
    first = make_source(shadow=policy, shadow_ms=NOON)
    second = make_source(shadow=policy, shadow_ms=NOON + 1)
    known: dict[str, Source] = {}
    saved: list[ShadowCount] = []
    shadows = Shadows(
        SimpleNamespace(known=known.get),  # type: ignore[arg-type]
        SimpleNamespace(count_shadow=saved.extend),
    )

    def compare(source: Source) -> None:
        beacon = make_beacon(b'[{"action": "page.visit"}]', address="203.0.113.7")
        live = process_all(native.decode, beacon, source, enricher)
        shadows.compare(native.decode, beacon, source, enricher, live)

    compare(first)
    known[second.source_id] = second
    shadows.flush()
    assert saved == []
    compare(first)
    compare(second)
    shadows.flush()
    [count] = saved
    assert (count.shadow_ms, count.count) == (NOON + 1, 1)


def test_a_source_without_a_trial_is_not_asked_twice(
    collector: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[object] = []
    monkeypatch.setattr("collector.receive.shadow.process_all", lambda *given: asked.append(given))
    source = on_trial(collector, None)
    collector.post(source.source_id, EVENTS)
    assert asked == []
