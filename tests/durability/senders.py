"""Clients that go on while the collector is in trouble, and what must hold of it afterwards."""

import http.client
import json
import sqlite3
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from collector.model.outcome import Outcome
from e2e.harness import POLL_SECONDS, Collector

CLIENTS = 4
BEACON_EVENTS = 3
PATIENCE_S = 60
"""How long a test waits for what is promised within five seconds: the rest is for a busy machine."""


class Senders:
    """Post beacons as fast as they are answered, each again until it is acknowledged, as the tag does."""

    def __init__(self, collector: Collector, source_id: str) -> None:
        self._netloc = urlsplit(collector.url).netloc
        self._path = f"/b/{source_id}"
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self.refused = 0
        self._faults: list[str] = []
        self._ending = threading.Event()
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._send, args=(n,)) for n in range(CLIENTS)]

    def __enter__(self) -> "Senders":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()
        assert self._faults == []

    def wait_for_acknowledged(self, count: int) -> None:
        """Wait until so many more events are acknowledged."""
        wanted = len(self.acknowledged) + count
        self._wait(lambda: len(self.acknowledged) >= wanted)

    def wait_for_refused(self, count: int) -> None:
        """Wait until so many more beacons were refused."""
        wanted = self.refused + count
        self._wait(lambda: self.refused >= wanted)

    def _wait(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: bool(self._faults) or condition(), timeout=PATIENCE_S)

    def _send(self, client: int) -> None:
        connection = http.client.HTTPConnection(self._netloc, timeout=PATIENCE_S)
        while not self._ending.is_set():
            ids = {str(uuid.uuid4()) for _ in range(BEACON_EVENTS)}
            with self._changed:
                self.sent |= ids
            while not self._ending.is_set():
                try:
                    status = post(connection, self._path, ids, client)
                except (OSError, http.client.HTTPException):
                    connection.close()  # it ended or was killed; the next request opens another
                    status = 0
                with self._changed:
                    if status == 204:
                        self.acknowledged |= ids
                    elif status == 503:
                        self.refused += 1
                    elif status:
                        self._faults.append(f"a beacon was answered with {status}")
                    self._changed.notify_all()
                if status == 204:
                    break
                self._ending.wait(POLL_SECONDS)
        connection.close()


def post(connection: http.client.HTTPConnection, path: str, ids: Iterable[str], client: int) -> int:
    """Send a beacon of visits with these ids, of one browser a client; return the status."""
    events = [{"id": id, "action": "page.visit", "uuid": f"browser-{client}"} for id in ids]
    connection.request("POST", path, json.dumps(events))
    response = connection.getresponse()
    response.read()
    return response.status


def readiness(url: str) -> tuple[int, str]:
    """The status of /readyz, and the cause it gives."""
    status, content = _get(url, "/readyz")
    return status, json.loads(content)["detail"] if status == 503 else ""


def _get(url: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S)
    with closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()


def wait_until_unready(url: str, cause: str) -> str:
    """Wait until /readyz is 503 with this in its cause; return the whole of it. The process lives."""
    return _wait_for_readiness(url, 503, cause)


def wait_until_ready(url: str) -> None:
    """Wait until /readyz is 200."""
    _wait_for_readiness(url, 200, "")


def _wait_for_readiness(url: str, status: int, cause: str) -> str:
    deadline = time.monotonic() + PATIENCE_S
    while (found := readiness(url))[0] != status or cause not in found[1]:
        assert time.monotonic() < deadline, f"{found}, and not {status} {cause}"
        time.sleep(POLL_SECONDS)
    assert _get(url, "/healthz")[0] == 200
    return found[1]


def check_kept(collector: Collector, source_id: str, senders: Senders) -> None:
    """What was acknowledged is stored, nothing is stored twice, and the sums agree."""
    stored = Counter(event.id for event in collector.events(source_id) if not event.derived)
    assert senders.acknowledged <= set(stored), "an acknowledged event is missing"
    assert set(stored) <= senders.sent
    assert set(stored.values()) == {1}, "an event is stored twice"
    counted = sum(row.count for row in collector.store.outcomes(source_id) if row.outcome is Outcome.STORED)
    assert counted == len(stored), "the sums disagree with what is stored"


def check_whole(file: Path) -> None:
    """The database passes its integrity check."""
    database = sqlite3.connect(file)
    try:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        database.close()
