"""Every event received has one outcome, counted in the store; what the policy refuses leaves nothing."""

import json
import logging
import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.model.outcome import MINUTE_MS, Outcome, Reason
from collector.model.policy import Policy
from collector.model.source import Settings, Source
from collector.store.writer import MAX_WAITING
from tests.pipeline.anything import EVENT, JSON
from tests.receive.running import VISITOR, Running

KEPT = "a-word-that-may-be-kept"
SECRET = "a-word-that-nobody-may-keep"

_names = count()

_ITEM = st.one_of(
    st.builds(lambda n: {"action": "page.visit", "id": f"e-{n}", "uuid": "u-1"}, st.integers(0, 3)),
    st.just({"action": "page.visit", "uuid": "u-2"}),
    st.just({"action": "debug.x"}),
    st.just({"action": "noise"}),
    st.just({"action": "not valid"}),
    st.just({"action": "page.visit", "time": "never"}),
    st.just({"action": "page.visit", "id": ""}),
    st.just({"action": "session.start", "uuid": "u-3"}),
    st.just({"action": "session.end", "uuid": "u-4"}),
    st.just({"action": "form.submit", "uuid": "u-1", "params": {"formData": {"email": "a@b.co"}}}),
    st.just("no object"),
    st.just({"action": "a", "label": "x" * 40_000}),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(beacons=st.lists(st.lists(_ITEM, min_size=1, max_size=6), min_size=1, max_size=4))
def test_received_is_stored_and_duplicate_and_rejected(collector: Running, beacons: list[list[Any]]) -> None:
    policy = Policy(block=("debug.*", "noise"), block_paths=("/account/*",))
    source = collector.store.add_source(f"Mixed {next(_names)}", Settings(), policy)
    for beacon in beacons:
        assert collector.post(source.source_id, beacon).status_code in (204, 400, 413)
    sums = collector.sums(source.source_id)
    stored = collector.events(source.source_id)
    derived = sums.pop("derived", 0)
    assert sum(sums.values()) == sum(len(beacon) for beacon in beacons)
    assert sums.get("stored", 0) == len([event for event in stored if not event.derived])
    assert derived == len([event for event in stored if event.derived])
    # To the minute, with the rules as a part of their reasons and each malformed event in quarantine.
    minutes: Counter[int] = Counter()
    reasons: Counter[tuple[int, str]] = Counter()
    for row in collector.store.outcomes(source.source_id):
        if row.outcome is not Outcome.DERIVED:
            minutes[row.minute_ms] += row.count
            reasons[row.minute_ms, row.reason] += row.count
    received = Counter(ms - ms % MINUTE_MS for ms in _received(collector, source))
    assert all(minutes[minute] >= count for minute, count in received.items())
    rules = collector.store.rule_counts(source.source_id)
    for rule in rules:
        reasons[rule.minute_ms, rule.reason] -= rule.count
    assert min(reasons.values()) >= 0
    sent = Counter(item["action"] for beacon in beacons for item in beacon if isinstance(item, dict))
    by_rule: Counter[str] = Counter()
    for rule in rules:
        by_rule[rule.rule] += rule.count
    assert by_rule == Counter({"debug.*": sent["debug.x"], "noise": sent["noise"]}) + Counter()
    malformed = [name for name in sums if Reason._value2member_map_.get(name) and Reason(name).is_malformed]
    assert len(collector.store.quarantine_entries(source.source_id)) == sum(sums[name] for name in malformed)


def _received(collector: Running, source: Source) -> list[int]:
    """When the stored events and the rejected ones were received."""
    stored = [event.received_ms for event in collector.events(source.source_id) if not event.derived]
    return stored + [each.received_ms for each in collector.store.rejections(source.source_id, limit=1000)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(EVENT | JSON, min_size=1, max_size=3), trusting=st.booleans())
def test_no_event_is_a_fault_of_the_server(collector: Running, events: list[Any], trusting: bool) -> None:
    policy = Policy(trust="trusting" if trusting else "strict")
    source = collector.store.add_source(f"Anything {next(_names)}", Settings(), policy)
    body = json.dumps(events).encode()
    assert collector.post(source.source_id, body).status_code in (204, 400, 401, 413)
    sums = collector.sums(source.source_id)
    sums.pop("derived", None)
    assert sum(sums.values()) == len(events)


@pytest.mark.parametrize(
    ("policy", "headers", "reason"),
    [
        pytest.param(Policy(block=("debug.*",)), {}, "action_blocked", id="blocked"),
        pytest.param(Policy(allow=("page.*",)), {}, "action_not_allowed", id="not on the allow list"),
        pytest.param(Policy(), {"sec-gpc": "1"}, "opted_out", id="Global Privacy Control"),
        pytest.param(Policy(), {"sec-gpc": "1, 1"}, "opted_out", id="the same, said again by a proxy"),
        pytest.param(Policy(do_not_track=True), {"dnt": "1"}, "opted_out", id="Do Not Track"),
        pytest.param(Policy(bots="reject"), {"user-agent": "Googlebot/2.1"}, "bot_blocked", id="bot"),
    ],
)
def test_what_the_policy_refuses_is_answered_as_accepted_and_nothing_of_it_is_kept(
    collector: Running,
    policy: Policy,
    headers: dict[str, str],
    reason: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = collector.store.add_source("Careful", Settings(), policy)
    event = {
        "id": f"id-{SECRET}",
        "action": "debug.secret",
        "label": SECRET,
        "uuid": f"uuid-{SECRET}",
        "params": {"q": SECRET, "formData": {"email": f"{SECRET}@b.co"}},
        "context": {"page": SECRET},
        SECRET: SECRET,
    }
    with caplog.at_level(logging.DEBUG):
        refused = collector.post(source.source_id, [event, event], headers=headers)
    taken = collector.post(collector.store.add_source("Open").source_id, [{"action": "a", "label": KEPT}])
    assert (refused.status_code, refused.content) == (taken.status_code, taken.content) == (204, b"")
    assert dict(refused.headers) == dict(taken.headers)
    assert collector.events(source.source_id) == []
    assert collector.sums(source.source_id) == {reason: 2}
    assert collector.files_hold(KEPT), "the search finds what is kept"
    assert collector.files_hold(SECRET) == []
    assert SECRET not in caplog.text
    assert SECRET not in str(collector.store.rejections(source.source_id))


def test_refused_form_makes_nobody_known(collector: Running) -> None:
    source = collector.store.add_source("Careful", Settings(), Policy(block=("form.*", "client.*")))
    form = {"action": "form.submit", "uuid": "u-form", "params": {"formData": {"email": "nobody@b.co"}}}
    assert collector.post(source.source_id, [form]).status_code == 204
    assert collector.store.find_profile("email", "nobody@b.co") is None
    assert collector.store.find_profile("uuid", "u-form") is None


def test_full_address_is_in_no_file(collector: Running, source: Source) -> None:
    events = [
        {"action": "page.visit", "uuid": "u-address", "label": KEPT},
        {"action": "form.submit", "uuid": "u-address", "params": {"formData": {"email": "addressed@b.co"}}},
        {"action": "not valid"},
    ]
    collector.post(source.source_id, events)
    collector.post(source.source_id, b"nonsense")
    assert collector.files_hold(KEPT)
    assert collector.files_hold(VISITOR) == []
    assert collector.files_hold("203.0.113.0")


def test_rejections_are_shown_with_their_reason_and_not_with_what_was_sent(
    collector: Running, source: Source
) -> None:
    collector.post(source.source_id, [{"action": f"not valid {SECRET}", "label": SECRET}])
    [rejection] = collector.store.rejections(source.source_id)
    assert rejection.reason == "invalid_action"
    assert SECRET not in rejection.detail


@pytest.fixture
def impatient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A collector whose store waits 50 ms for a lock instead of ten seconds."""
    from collector.store import sqlite

    settings = tuple("PRAGMA busy_timeout=50" if "busy_timeout" in s else s for s in sqlite._SETTINGS)
    monkeypatch.setattr(sqlite, "_SETTINGS", settings)
    running = Running(tmp_path)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def test_store_that_cannot_write_is_503_and_the_sender_may_come_again(impatient: Running) -> None:
    source = impatient.store.add_source("Busy")
    beacon = [{"action": "page.visit", "id": "e-1"}]
    lock = sqlite3.connect(impatient.folder / "tagwell.db", isolation_level=None)
    try:
        lock.execute("BEGIN IMMEDIATE")
        response = impatient.post(source.source_id, beacon)
        assert response.status_code == 503
        assert response.json()["detail"]
        assert int(response.headers["retry-after"]) > 0
        assert impatient.post("00000000-0000-4000-8000-000000000000", beacon).status_code == 503
    finally:
        lock.close()
    assert impatient.post(source.source_id, beacon).status_code == 204
    assert [event.id for event in impatient.events(source.source_id) if not event.derived] == ["e-1"]
    assert {k: v for k, v in impatient.sums(source.source_id).items() if k != "derived"} == {"stored": 1}


def test_whom_a_crowd_leaves_no_room_is_told_to_come_again_and_the_others_are_stored(
    collector: Running, source: Source
) -> None:
    lock = sqlite3.connect(collector.folder / "tagwell.db", isolation_level=None)

    def post(number: int) -> httpx.Response:
        return collector.post(source.source_id, [{"action": "page.visit", "id": f"crowd-{number}"}])

    with ThreadPoolExecutor(2 * MAX_WAITING) as senders:
        try:
            lock.execute("BEGIN IMMEDIATE")
            sent = [senders.submit(post, 0)]
            while not any(answer.done() for answer in sent):
                sent.append(senders.submit(post, len(sent)))
                wait(sent[-1:], timeout=0.005)  # a crowd at once is too much for one turn of the loop
            late = post(-1)
        finally:
            lock.close()
        answers = [answer.result() for answer in sent]
    assert (late.status_code, late.content, late.headers["content-length"]) == (503, b"", "0")
    assert late.headers["access-control-allow-origin"] == "*"  # so that a page can read when to come again
    refused = [answer for answer in [late, *answers] if answer.status_code != 204]
    assert {answer.status_code for answer in refused} == {503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert collector.sums(source.source_id)["stored"] == len(answers) + 1 - len(refused)
