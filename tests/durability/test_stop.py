"""A server that is told to stop, or to replace its workers, loses no request that it was sent."""

import http.client
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from collector.cli.draining import LINGER_S
from e2e.harness import Collector, run_collector, serve_pages
from tests.durability.senders import post

CLIENTS = 6
ANSWERS = 300


class Clients:
    """Clients with keep-alive connections, as programs have them: each sends the next event when the last was
    answered, and connects anew only when the server said that the connection ends."""

    def __init__(self, collector: Collector, source_id: str) -> None:
        self._netloc = urlsplit(collector.url).netloc
        self._path = f"/b/{source_id}"
        self._stopped = threading.Event()
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(CLIENTS)]
        self.acknowledged: list[str] = []
        self.failed: list[str] = []
        self.refused = 0

    def wait_for(self, count: int) -> None:
        """Wait until so many more events were acknowledged."""
        with self._changed:
            most = len(self.acknowledged) + count
            assert self._changed.wait_for(lambda: len(self.acknowledged) >= most or self.failed, timeout=60)

    def _run(self, client: int) -> None:
        connection = http.client.HTTPConnection(self._netloc, timeout=20)
        number = 0
        while not self._stopped.is_set():
            id = f"{client}-{number}"
            number += 1
            try:
                if connection.sock is None:
                    connection.connect()
            except ConnectionRefusedError:
                self.refused += 1  # the server has gone, and had said so
                return
            try:
                status = post(connection, self._path, [id], client)
            except (OSError, http.client.HTTPException) as fault:
                with self._changed:
                    self.failed.append(f"{id}: {fault!r}")
                    self._changed.notify()
                return
            with self._changed:
                (self.acknowledged if status == 204 else self.failed).append(id)
                self._changed.notify()
        connection.close()

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[tuple[Collector, str]]:
    with serve_pages() as pages, run_collector(folder, pages, arguments=arguments) as collector:
        httpx.get(f"{collector.url}/healthz", timeout=60)  # workers take a while to start
        yield collector, collector.add_source().source_id


def stored(collector: Collector, source_id: str) -> list[str]:
    return sorted(event.id for event in collector.events(source_id) if not event.derived)


def workers_of(collector: Collector) -> set[int]:
    """The processes that serve. One of the children is multiprocessing's own, which never does."""
    parent = collector.server.process.pid
    workers = set()
    for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        with suppress(FileNotFoundError):  # it has just ended
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                workers.add(int(pid))
    return workers


@pytest.mark.parametrize(
    ("workers", "all_told"),
    [
        pytest.param("1", False, id="one process"),
        pytest.param("2", False, id="the parent of two"),
        pytest.param("2", True, id="all at once, as a service manager does"),
    ],
)
def test_on_sigterm_all_that_was_sent_is_answered(tmp_path: Path, workers: str, all_told: bool) -> None:
    with serving(tmp_path, "--workers", workers) as (collector, source_id):
        with Clients(collector, source_id) as clients:
            clients.wait_for(ANSWERS)
            for pid in workers_of(collector) if all_told else ():
                os.kill(pid, signal.SIGTERM)
            collector.server.stop()
        assert clients.failed == []
        assert clients.refused == CLIENTS, "each was told in an answer that its connection ends"
        assert stored(collector, source_id) == sorted(clients.acknowledged)
        assert "Traceback" not in collector.server.output()


def test_workers_are_replaced_one_by_one_and_no_request_fails(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as (collector, source_id):
        with Clients(collector, source_id) as clients:
            for _ in range(2):
                before = workers_of(collector)
                collector.server.process.send_signal(signal.SIGHUP)
                while before & workers_of(collector):
                    clients.wait_for(1)
                clients.wait_for(ANSWERS)
                assert len(workers_of(collector)) == 2
        assert clients.failed == []
        assert clients.refused == 0
        assert stored(collector, source_id) == sorted(clients.acknowledged)
        assert "Traceback" not in collector.server.output()


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as (collector, source_id):
        before = workers_of(collector)
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        with Clients(collector, source_id) as clients:
            while not (len(after := workers_of(collector)) == 2 and after != before):
                clients.wait_for(1)
            clients.wait_for(ANSWERS)
        assert clients.failed == []
        assert stored(collector, source_id) == sorted(clients.acknowledged)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_ends_it_quietly(tmp_path: Path, workers: str) -> None:
    with serving(tmp_path, "--workers", workers) as (collector, source_id):
        answer = httpx.post(f"{collector.url}/b/{source_id}", json=[{"id": "1", "action": "click"}])
        assert answer.status_code == 204
        greeting = collector.server.output()
        for pid in (collector.server.process.pid, *(workers_of(collector) if workers == "2" else ())):
            os.kill(pid, signal.SIGINT)  # the terminal sends it to all
        assert collector.server.process.wait(timeout=10 + LINGER_S) == 0
        collector.server._finish()
        assert collector.server.output() == greeting
