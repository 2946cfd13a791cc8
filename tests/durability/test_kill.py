"""An acknowledged event is on disk: SIGKILL under load loses none and stores none twice."""

import http.client
import threading
import uuid
from collections import Counter
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from collector.model.outcome import Outcome
from collector.wire.native import MAX_EVENTS
from e2e.harness import Collector, Pages, run_collector, serve_pages
from tests.durability.senders import check_whole, post
from tests.postgresql import run_postgresql

CLIENTS = 8
BEACON_EVENTS = 3
ACKNOWLEDGED_BEFORE_KILL = 150


class Load:
    """Clients that post beacons as fast as they are answered, until the collector is gone."""

    def __init__(self, collector: Collector, source_id: str) -> None:
        self._netloc = urlsplit(collector.url).netloc
        self._path = f"/b/{source_id}"
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self._lock = threading.Condition()
        self._threads = [threading.Thread(target=self._post, args=(n,)) for n in range(CLIENTS)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join()

    def wait_for_acknowledged(self, count: int) -> None:
        with self._lock:
            assert self._lock.wait_for(lambda: len(self.acknowledged) >= count, timeout=30)

    def _post(self, client: int) -> None:
        with closing(http.client.HTTPConnection(self._netloc, timeout=10)) as connection:
            while True:
                ids = {str(uuid.uuid4()) for _ in range(BEACON_EVENTS)}
                with self._lock:
                    self.sent |= ids
                try:
                    status = post(connection, self._path, ids, client)
                except (OSError, http.client.HTTPException):
                    return
                assert status == 204
                with self._lock:
                    self.acknowledged |= ids
                    self._lock.notify()


def kill_under_load(
    folder: Path, pages: Pages, rounds: int, *, workers: int = 1, store_url: str | None = None
) -> None:
    run = partial(run_collector, folder, pages, store_url=store_url, arguments=("--workers", str(workers)))
    sent: set[str] = set()
    acknowledged: set[str] = set()
    source_id = ""
    for _ in range(rounds):
        with run() as collector:
            source_id = source_id or collector.add_source().source_id
            with Load(collector, source_id) as load:
                load.wait_for_acknowledged(ACKNOWLEDGED_BEFORE_KILL)
                collector.kill()
            sent |= load.sent
            acknowledged |= load.acknowledged
    if store_url is None:
        check_whole(folder / "tagwell.db")
    with run() as collector:
        stored = Counter(e.id for e in collector.events(source_id) if not e.derived)
        assert acknowledged <= set(stored), "an acknowledged event is missing"
        assert set(stored) <= sent
        assert set(stored.values()) == {1}, "an event is stored twice"
        # A sender that had no answer sends again: then all are there, each once.
        unanswered = sorted(sent - acknowledged)
        with closing(http.client.HTTPConnection(urlsplit(collector.url).netloc)) as connection:
            for start in range(0, len(unanswered), MAX_EVENTS):
                assert post(connection, f"/b/{source_id}", unanswered[start : start + MAX_EVENTS], 0) == 204
        events = collector.events(source_id)
        assert sorted(e.id for e in events if not e.derived) == sorted(sent)
        counted = sum(r.count for r in collector.store.outcomes() if r.outcome is Outcome.STORED)
        assert counted == len(sent), "the sums disagree with what is stored"
        starts = Counter(e.session_id for e in events if e.action == "session.start")
        assert len(starts) == CLIENTS
        assert set(starts.values()) == {1}


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    with serve_pages() as pages:
        kill_under_load(tmp_path, pages, rounds=10)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.long
@pytest.mark.timeout(1800)
def test_nothing_acknowledged_is_lost_in_a_hundred_kills(tmp_path: Path, workers: int) -> None:
    with serve_pages() as pages:
        kill_under_load(tmp_path, pages, rounds=100, workers=workers)


def test_nothing_acknowledged_is_lost_on_postgresql(tmp_path: Path) -> None:
    with serve_pages() as pages, run_postgresql(tmp_path) as database:
        kill_under_load(tmp_path, pages, rounds=2, workers=2, store_url=database.get_uri())


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_nothing_acknowledged_is_lost_on_postgresql_in_a_hundred_kills(tmp_path: Path) -> None:
    with serve_pages() as pages, run_postgresql(tmp_path) as database:
        kill_under_load(tmp_path, pages, rounds=100, workers=2, store_url=database.get_uri())
