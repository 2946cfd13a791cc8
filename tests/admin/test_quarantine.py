"""The quarantine: grouped by cause, mended and sent again without a duplicate, under today's policy."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from collector.enrich import Enricher, Geo
from collector.model.event import StoredEvent
from collector.model.outcome import MINUTE_MS, Reason, Rejected
from collector.model.policy import Policy
from collector.model.source import Settings, Source
from collector.pipeline import process_all, rejection
from collector.store import Store, StoreUnavailable
from collector.wire import native
from tests.admin.browser import Browser, text_of
from tests.admin.conftest import Clock
from tests.pipeline.make import make_beacon

Receive = Callable[..., None]


@pytest.fixture
def receive(store: Store, source: Source, clock: Clock, tmp_path: Any) -> Receive:
    """Take a beacon as the endpoint does."""

    def receive(body: Any, of: Source = source, **fields: Any) -> None:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = {"received_ms": clock.ms - MINUTE_MS, "address": "203.0.113.77"} | fields
        beacon = make_beacon(text, **told)
        results = process_all(native.decode, beacon, of, Enricher(Geo(None, tmp_path / "geo")))
        rejections = [rejection(each, beacon, of) for each in results if isinstance(each, Rejected)]
        events = [each for each in results if isinstance(each, StoredEvent)]

        async def append() -> None:
            await store.append(events, rejections)

        asyncio.run(append())

    return receive


def stored(store: Store, source: Source) -> list[str]:
    return [event.action for event in store.events(source.source_id) if not event.derived]


def number(store: Store, source: Source) -> int:
    return store.quarantine_entries(source.source_id)[0].number


def send(admin: Browser, path: str, text: Any, do: str = "send") -> httpx.Response:
    payload = text if isinstance(text, str) else json.dumps(text)
    return admin.send_form(path, {"payload": payload, "do": do})


def test_causes_are_grouped_and_numbers_make_no_other_cause(
    admin: Browser, store: Store, source: Source, receive: Receive
) -> None:
    receive([{"action": "two words"}, {"action": "three more words"}, {"action": "page.visit", "id": ""}])
    base = f"/sources/{source.source_id}/quarantine"
    page = admin.get(base)
    text = text_of(page)
    assert re.search(r"The action breaks the rule for names event \d: action must be 1 to 32 .*? 2 ", text)
    assert "The id could not be used" in text
    keys = re.findall(r"quarantine\?cause=(\w+)", page.text)
    assert len(keys) == 2
    listed = admin.get(f"{base}?cause={keys[0]}")
    assert len(re.findall(r"/quarantine/\d+\"", listed.text)) == 2
    assert admin.get(f"{base}?cause=unknown").status_code == 303
    assert "Nothing is in quarantine" in text_of(
        admin.get(f"/sources/{store.add_source('O').source_id}/quarantine")
    )


def test_content_is_text_on_its_page_and_in_its_box(
    admin: Browser, store: Store, source: Source, receive: Receive
) -> None:
    receive([{"action": "bad one", "label": "</textarea><script>alert(1)</script>\u202e", "big": 10**300}])
    page = admin.get(f"/sources/{source.source_id}/quarantine/{number(store, source)}")
    assert "<script>alert" not in page.text
    assert "</textarea><script>alert(1)</script>\\u202e" in text_of(page)
    assert "203.0.113.0" in text_of(page)


def test_mended_event_is_stored_once_at_its_own_time(
    admin: Browser, store: Store, source: Source, receive: Receive, clock: Clock
) -> None:
    receive([{"action": "bad one", "uuid": "u-1", "params": {"a": 1}}])
    path = f"/sources/{source.source_id}/quarantine/{number(store, source)}"
    wrong = send(admin, path, [{"action": "still bad", "label": "<kept>"}])
    assert wrong.status_code == 422
    assert "Nothing was stored" in text_of(wrong)
    assert "action must be 1 to 32" in text_of(wrong)
    assert "&lt;kept&gt;" in wrong.text, "what was typed stays in the box"
    assert "is not JSON" in text_of(send(admin, path, "[{"))
    before = store.outcomes(source.source_id)
    mended = [{"action": "page.visit", "uuid": "u-1", "params": {"a": 1}}]
    tokens = [admin.token(path)] * 2  # the same form, open twice
    form = {"payload": json.dumps(mended), "do": "send"}
    answers = [admin.post(path, {"csrf": token, **form}).status_code for token in tokens]
    assert answers == [303, 404]
    [event] = [event for event in store.events(source.source_id) if not event.derived]
    assert (event.action, event.params, event.uuid) == ("page.visit", {"a": 1}, "u-1")
    assert event.time_ms == event.received_ms == clock.ms - MINUTE_MS
    assert event.context["address"] == "203.0.113.0"
    assert store.quarantine_entries(source.source_id) == []
    # What was refused stays counted once, and what was stored counts once more: the sums hold.
    added = {(c.outcome.value, c.count) for c in store.outcomes(source.source_id)} - {
        (c.outcome.value, c.count) for c in before
    }
    assert ("stored", 1) in added
    assert sum(c.count for c in store.outcomes(source.source_id) if c.outcome == "rejected") == 1
    assert [line.action for line in store.audit(limit=1)] == ["quarantine.send"]


def test_event_that_was_stored_meanwhile_is_a_duplicate_and_leaves_the_quarantine(
    admin: Browser, store: Store, source: Source, receive: Receive
) -> None:
    receive([{"action": "bad one", "id": "e-1"}])
    receive([{"action": "page.visit", "id": "e-1"}])
    path = f"/sources/{source.source_id}/quarantine/{number(store, source)}"
    assert send(admin, path, [{"action": "page.visit", "id": "e-1"}]).status_code == 303
    assert stored(store, source) == ["page.visit"]
    assert store.quarantine_entries(source.source_id) == []


def test_one_wrong_event_keeps_the_whole_text_back(
    admin: Browser, store: Store, source: Source, receive: Receive
) -> None:
    receive({"event": []})
    path = f"/sources/{source.source_id}/quarantine/{number(store, source)}"
    events = [{"action": "a"}, {"action": "b b"}]
    assert send(admin, path, events).status_code == 422
    assert stored(store, source) == []
    assert send(admin, path, [{"action": "a"}, {"action": "b"}]).status_code == 303
    assert sorted(stored(store, source)) == ["a", "b"]


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        pytest.param(Policy(block=("page.*",)), "blocklist", id="blocked since"),
        pytest.param(Policy(trust="strict"), "needs a token", id="a form that needs a token"),
    ],
)
def test_policy_now_in_force_is_obeyed(
    admin: Browser, store: Store, source: Source, receive: Receive, policy: Policy, told: str
) -> None:
    receive([{"action": "bad one"}])
    store.save_policy(source.source_id, policy, author="ada", comment="")
    path = f"/sources/{source.source_id}/quarantine/{number(store, source)}"
    action = "form.submit" if policy.trust == "strict" else "page.visit"
    refused = send(admin, path, [{"action": action}])
    assert refused.status_code == 422
    assert told in text_of(refused)
    assert stored(store, source) == []
    assert len(store.quarantine_entries(source.source_id)) == 1


def test_content_that_a_stricter_policy_forbids_is_shown_no_more(
    admin: Browser, store: Store, source: Source, receive: Receive
) -> None:
    receive([{"action": "bad one", "params": {"a": "was kept"}}])
    path = f"/sources/{source.source_id}/quarantine/{number(store, source)}"
    assert "was kept" in text_of(admin.get(path))
    store.save_policy(source.source_id, Policy(mask_params=("a",)), author="ada", comment="")
    assert "was kept" not in admin.get(path).text
    assert "***" in admin.get(path).text
    store.save_policy(source.source_id, Policy(block=("*",)), author="ada", comment="")
    page = admin.get(path)
    assert "***" not in page.text
    assert "do not let it be shown" in text_of(page)


def test_content_that_the_policy_in_force_has_walked_is_not_hashed_again(
    admin: Browser, store: Store, source: Source, receive: Receive
) -> None:
    store.save_policy(source.source_id, Policy(hash_params=("a",)), author="ada", comment="")
    [hashing] = store.sources()
    receive([{"action": "bad one", "params": {"a": "secret"}}], hashing, received_ms=2_000_000_000_000)
    record = store.quarantined(source.source_id)[0]
    hashed = re.search(r'"([0-9a-f]{32})"', record.quarantine.payload or "")
    assert hashed is not None
    path = f"/sources/{source.source_id}/quarantine/{record.number}"
    assert hashed[1] in admin.get(path).text


def test_source_with_origins_takes_its_own_again(admin: Browser, store: Store, receive: Receive) -> None:
    own = store.add_source("Own", Settings(origins=("https://shop.example",)))
    receive([{"action": "bad one"}], own, origin="https://shop.example")
    receive([{"action": "bad one"}], own, origin="https://other.example")
    assert len(store.quarantine_entries(own.source_id)) == 1, "a stranger's is not kept"
    path = f"/sources/{own.source_id}/quarantine/{number(store, own)}"
    assert send(admin, path, [{"action": "a"}]).status_code == 303
    assert stored(store, own) == ["a"]


def test_all_of_a_cause_are_sent_again_or_thrown_away(
    admin: Browser, store: Store, source: Source, receive: Receive
) -> None:
    receive([{"action": "page.visit", "id": "", "uuid": f"u-{n}"} for n in range(60)])
    receive([{"action": "bad one"}])
    base = f"/sources/{source.source_id}/quarantine"
    bad, no_id = sorted(
        re.findall(r"cause=(\w+)", admin.get(base).text),
        key=lambda key: len(admin.get(f"{base}?cause={key}").text),
    )
    answer = admin.send_form(f"{base}?cause={no_id}", {}, headers={})
    assert answer.status_code == 400
    token = admin.token(f"{base}?cause={no_id}")
    sent = admin.post(base, {"csrf": token, "cause": no_id, "do": "send"})
    assert "stored=60&left=0" in sent.headers["location"]
    assert (
        len(stored(store, source))
        == len({e.id for e in store.events(source.source_id) if not e.derived})
        == 60
    )
    again = admin.post(base, {"csrf": token, "cause": bad, "do": "send"})
    assert "stored=0&left=1" in again.headers["location"]
    told = admin.get(again.headers["location"].removeprefix("/admin"))
    assert "0 sent again and taken. 1 stays" in text_of(told)
    gone = admin.post(base, {"csrf": token, "cause": bad, "do": "drop"})
    assert "1 thrown away" in text_of(admin.get(gone.headers["location"].removeprefix("/admin")))
    assert store.quarantine_entries(source.source_id) == []
    assert [line.detail for line in store.audit(limit=3)] == ["1 of a cause", "0 of a cause", "10 of a cause"]
    # A line a commit: what was stored is told even where the next commit fails.
    assert "50 of a cause" in [line.detail for line in store.audit(limit=5)]


@pytest.fixture
def no_ids(admin: Browser, source: Source, receive: Receive) -> dict[str, str]:
    """120 records that are taken as they are, and the form that sends them again."""
    receive([{"action": "page.visit", "id": "", "uuid": f"u-{n}"} for n in range(120)])
    base = f"/sources/{source.source_id}/quarantine"
    [cause] = re.findall(r"cause=(\w+)", admin.get(base).text)
    return {"csrf": admin.token(f"{base}?cause={cause}"), "cause": cause, "do": "send"}


@pytest.mark.parametrize(
    ("call", "taken", "audited"),
    [
        pytest.param("append", 50, 50, id="at the second commit"),
        pytest.param("add_audit", 100, 50, id="at its line in the audit"),
        pytest.param("release_quarantined", 100, 100, id="when its records are to go"),
    ],
)
def test_a_store_that_fails_in_the_middle_is_told_with_what_was_stored_before(
    admin: Browser,
    store: Store,
    source: Source,
    no_ids: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    taken: int,
    audited: int,
) -> None:
    real, calls = getattr(store, call), iter([True])

    def failing(*given: Any, **named: Any) -> Any:
        if next(calls, False):
            return real(*given, **named)
        raise StoreUnavailable("the disk is full")

    base = f"/sources/{source.source_id}/quarantine"
    with monkeypatch.context() as patch:
        patch.setattr(store, call, failing)
        answer = admin.post(base, no_ids)
    assert answer.status_code == 303
    told = text_of(admin.get(answer.headers["location"].removeprefix("/admin")))
    assert f"The store became busy. {taken} sent again and taken, {120 - taken} left" in told
    assert len(stored(store, source)) == taken
    lines = [line.detail for line in store.audit() if line.action == "quarantine.send"]
    assert lines == ["50 of a cause"] * (audited // 50)
    # The next press takes up what is left, and stores nothing twice.
    assert admin.post(base, no_ids).status_code == 303
    assert len(stored(store, source)) == 120
    assert store.quarantine_entries(source.source_id) == []


def test_what_the_store_alone_refuses_keeps_the_others_of_its_text_not_back_and_that_is_said(
    admin: Browser, store: Store, source: Source, receive: Receive
) -> None:
    receive({"event": []})
    path = f"/sources/{source.source_id}/quarantine/{number(store, source)}"
    ended = {"action": "session.end", "uuid": "u-9"}
    nothing = text_of(send(admin, path, [ended]))
    assert "Nothing was stored. Refused while it was stored" in nothing
    for _ in range(2):
        partly = send(admin, path, [{"action": "a"}, ended])
        assert partly.status_code == 422
        assert "1 of 2 were stored." in text_of(partly)
        assert "Nothing was stored" not in text_of(partly)
        assert stored(store, source) == ["a"]
        assert len(store.quarantine_entries(source.source_id)) == 1
    line = store.audit(limit=1)[0]
    assert (line.action, line.detail.partition(": ")[2]) == ("quarantine.send", "1 of 2 events")


def test_one_that_was_stored_before_the_store_failed_is_told_as_stored(
    admin: Browser, store: Store, source: Source, receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> None:
        raise StoreUnavailable("the disk is full")

    receive([{"action": "bad one"}])
    path = f"/sources/{source.source_id}/quarantine/{number(store, source)}"
    with monkeypatch.context() as patch:
        patch.setattr(store, "add_audit", failing)
        told = text_of(send(admin, path, [{"action": "a"}]))
    assert "1 of 1 were stored. The store became busy" in told
    assert send(admin, path, [{"action": "a"}]).status_code == 303
    assert stored(store, source) == ["a"]
    assert [line.action for line in store.audit(limit=1)] == ["quarantine.send"]


def test_one_is_thrown_away_and_nothing_without_the_forms_proof(
    admin: Browser, store: Store, source: Source, receive: Receive
) -> None:
    receive([{"action": "bad one"}])
    path = f"/sources/{source.source_id}/quarantine/{number(store, source)}"
    for do in ("send", "drop"):
        assert (
            admin.post(path, {"csrf": "forged", "do": do, "payload": '[{"action":"a"}]'}).status_code == 403
        )
    assert len(store.quarantine_entries(source.source_id)) == 1
    assert send(admin, path, "", do="drop").status_code == 303
    assert (store.quarantine_entries(source.source_id), stored(store, source)) == ([], [])
    assert admin.get(path).status_code == 404
    assert admin.get(f"/sources/{source.source_id}/quarantine/{2**70}").status_code == 404
    for odd in ("9" * 5000, "9" * 16, "1.5", "-1", "%D9%A1"):
        assert admin.get(f"/sources/{source.source_id}/quarantine/{odd}").status_code == 404


def test_what_has_no_content_says_why(admin: Browser, store: Store, source: Source) -> None:
    fault = Rejected(Reason.MALFORMED_BODY, "the body is not JSON")
    made = rejection(fault, make_beacon(b"\xff<b>"), source)
    asyncio.run(_append(store, made))
    path = f"/sources/{source.source_id}/quarantine/{number(store, source)}"
    text = text_of(admin.get(path))
    assert "4 bytes" in text
    assert "Its content is not kept" in text
    assert "Send again" not in text


async def _append(store: Store, made: Any) -> None:
    await store.append([], [made])
