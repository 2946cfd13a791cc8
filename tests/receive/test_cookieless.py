"""A cookieless source: visitors are told apart for a day, by a salt that is gone after midnight."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector import jobs
from collector.auth.keys import hash_key, new_api_key
from collector.enrich import Geo
from collector.jobs import Jobs
from collector.model.policy import Policy
from collector.model.source import Settings, Source, TagSettings
from collector.store import Store, StoreUnavailable, catalog, connect
from collector.store.catalog import DAY_MS, Catalog
from collector.store.day_salt import DaySalt
from tests.receive.running import Running

COOKIELESS = Settings(tag=TagSettings(device_storage=False))
TODAY = 20_454
NOON = TODAY * DAY_MS + DAY_MS // 2


@pytest.fixture
def cookieless(collector: Running) -> Source:
    """A source that keeps nothing on the device."""
    return collector.store.add_source("Low Tide Pottery", COOKIELESS)


def visit(collector: Running, source: Source, *, peer: str = "203.0.113.77", **event: Any) -> None:
    """Send one visit."""
    response = collector.post(source.source_id, [{"action": "page.visit"} | event], peer=peer)
    assert response.status_code == 204


def test_visits_are_told_as_one_visitor_s_and_make_a_session(collector: Running, cookieless: Source) -> None:
    visit(collector, cookieless, uuid="the page's own")
    visit(collector, cookieless)
    visit(collector, cookieless, peer="203.0.113.78")
    assert collector.request(
        "GET", f"/b/{cookieless.source_id}.gif", headers={"user-agent": "curl/8"}
    ).is_success
    visits = [event for event in collector.events(cookieless.source_id) if event.action == "page.visit"]
    first, second, other, pixel = visits
    assert first.uuid == second.uuid != "the page's own"
    assert len({first.uuid, other.uuid, pixel.uuid, None}) == 4
    assert first.session_id == second.session_id is not None
    assert other.session_id != first.session_id


def test_people_behind_one_address_are_not_made_one(collector: Running, cookieless: Source) -> None:
    """An office: one address, one kind of browser. Two forms are two people's, and no visit is either's."""
    for email in ("ada@example.com", "bob@example.com"):
        visit(collector, cookieless)
        body = [{"action": "form.submit", "params": {"formData": {"email": email}}}]
        collector.post(cookieless.source_id, body)
    events = collector.events(cookieless.source_id)
    forms = [event for event in events if event.action == "form.submit"]
    visits = {event.profile_id for event in events if event.action == "page.visit"}
    assert [form.uuid for form in forms] == [None, None]
    assert len({form.profile_id for form in forms} | visits) == 3


def test_a_back_end_keeps_its_own_uuids(collector: Running, cookieless: Source) -> None:
    key = new_api_key()
    collector.store.add_api_key("of the tests", hash_key(key), source_id=cookieless.source_id)
    headers = {"authorization": f"Bearer {key}"}
    collector.post(cookieless.source_id, [{"action": "order.paid", "uuid": "own"}], headers=headers)
    [event] = collector.events(cookieless.source_id)
    assert event.uuid == "own"


def test_nobody_says_yes_for_another(collector: Running) -> None:
    """Consent comes with each beacon: what a stranger says with a known uuid counts for that beacon alone."""
    source = collector.store.add_source("Low Tide Pottery", policy=Policy(consent="opt-in"))
    grant = {
        "events": [{"action": "consent.granted"}, {"action": "a"}],
        "uuid": "victim",
        "consent": "granted",
    }
    assert collector.post(source.source_id, grant).status_code == 204
    for said in ({}, {"consent": "denied"}):
        collector.post(source.source_id, {"events": [{"action": "later"}], "uuid": "victim"} | said)
    assert {event.action for event in collector.events(source.source_id)} == {"consent.granted", "a"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store of its own."""
    store = connect(f"sqlite:///{tmp_path / 'tagwell.db'}")
    store.migrate()
    store.open()
    try:
        yield store
    finally:
        store.close()


def test_the_store_is_asked_once_a_day_and_never_for_a_day_that_is_over(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[int] = []
    ask = store.day_salt

    def day_salt(day: int) -> bytes:
        asked.append(day)
        return ask(day)

    monkeypatch.setattr(store, "day_salt", day_salt)

    async def run() -> None:
        salt = DaySalt(store)
        at_once = await asyncio.gather(*(salt.of(TODAY) for _ in range(20)))
        assert set(at_once) == {ask(TODAY)}
        tomorrow = await salt.of(TODAY + 1)
        assert tomorrow not in (b"", at_once[0])
        # A beacon that was received before midnight, or a clock that was set back.
        assert await salt.of(TODAY) == b""
        assert await salt.of(TODAY + 1) == tomorrow
        # Another worker, whose clock is behind.
        assert await DaySalt(store).of(TODAY) == b""

    asyncio.run(run())
    assert asked == [TODAY, TODAY + 1, TODAY]
    assert "the clock was set back" in caplog.text


def test_a_store_that_could_not_be_asked_is_asked_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, failures = store.day_salt, iter([StoreUnavailable("the disk was busy")])

    def day_salt(day: int) -> bytes:
        for failure in failures:
            raise failure
        return ask(day)

    monkeypatch.setattr(store, "day_salt", day_salt)

    async def run() -> None:
        salt = DaySalt(store)
        with pytest.raises(StoreUnavailable):
            await salt.of(TODAY)
        assert len(await salt.of(TODAY)) == 32

    asyncio.run(run())


_SEARCH = """
import pathlib, sys
found = [path.name for path in pathlib.Path(sys.argv[1]).iterdir() if path.is_file()]
needle = bytes.fromhex(sys.argv[2])
print(*[name for name in found if needle in pathlib.Path(sys.argv[1], name).read_bytes()])
"""


def _files_with(folder: Path, needle: bytes) -> list[str]:
    """The files that hold these bytes. Another process reads them: to close one here drops SQLite's locks."""
    command = [sys.executable, "-ISc", _SEARCH, str(folder), needle.hex()]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_at_midnight_the_salt_is_gone_from_memory_and_disk_though_no_beacon_comes(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [NOON]
    monkeypatch.setattr(jobs, "DAY_S", 0.01)
    monkeypatch.setattr(jobs, "_now_ms", lambda: now[0])
    monkeypatch.setattr(catalog, "WATCH_S", 0.01)
    monkeypatch.setattr(catalog, "_now_ms", lambda: now[0])

    def held(at_hand: Catalog) -> bytes:
        return at_hand._salt._salt

    async def until(condition: Any) -> None:
        async with asyncio.timeout(20):
            while not await asyncio.to_thread(condition):
                pass

    async def run() -> None:
        at_hand = Catalog(store)
        running = [
            asyncio.create_task(at_hand.watch()),
            *(asyncio.create_task(Jobs(store, Geo(None, tmp_path / "geo")).run()) for _ in range(2)),
        ]
        try:
            salt = await at_hand.day_salt(now[0])
            assert held(at_hand) == salt
            assert await asyncio.to_thread(_files_with, tmp_path, salt)
            now[0] += DAY_MS // 2
            await until(lambda: not _files_with(tmp_path, salt))
            await until(lambda: not held(at_hand))
            new = await at_hand.day_salt(now[0])
            assert new not in (salt, b"")
            assert new == await asyncio.to_thread(store.day_salt, TODAY + 1)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    asyncio.run(run())
