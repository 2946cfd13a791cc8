"""/readyz tells the operator that this process cannot store, why, and when it can again."""

import contextlib
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from e2e.harness import Collector, run_collector, serve_pages
from tests.durability.faults import failing, read_only
from tests.durability.senders import PATIENCE_S, post, readiness, wait_until_ready, wait_until_unready

Trouble = Callable[[Collector, Path], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Collector, Path]]:
    """A collector, and the folder of its data."""
    folder = tmp_path_factory.mktemp("data")
    with serve_pages() as pages, run_collector(folder, pages) as collector:
        yield collector, folder


@contextlib.contextmanager
def older_schema(_collector: Collector, folder: Path) -> Iterator[None]:
    with closing(sqlite3.connect(folder / "tagwell.db", isolation_level=None)) as database:
        [known] = database.execute("SELECT version_num FROM alembic_version").fetchone()
        database.execute("UPDATE alembic_version SET version_num = '0001'")
        yield
        database.execute("UPDATE alembic_version SET version_num = ?", (known,))


@contextlib.contextmanager
def another_writer(_collector: Collector, folder: Path) -> Iterator[None]:
    with closing(sqlite3.connect(folder / "tagwell.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


@contextlib.contextmanager
def disk_that_turned_read_only(collector: Collector, _folder: Path) -> Iterator[None]:
    with failing(collector.server.process.pid, "pwrite64", "EROFS"):
        yield


@contextlib.contextmanager
def read_only_folder(_collector: Collector, folder: Path) -> Iterator[None]:
    with read_only(folder):
        yield


@contextlib.contextmanager
def file_moved_away(_collector: Collector, folder: Path) -> Iterator[None]:
    (folder / "tagwell.db").rename(folder / "elsewhere.db")
    yield
    (folder / "elsewhere.db").rename(folder / "tagwell.db")


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        pytest.param(older_schema, "Run: tagwell migrate", id="the schema is an older release's"),
        pytest.param(another_writer, "has not answered for", id="another process keeps the write lock"),
        pytest.param(disk_that_turned_read_only, "tagwell.db", id="the disk refuses writes"),
        pytest.param(read_only_folder, "may not be written", id="the file system is mounted read-only"),
        pytest.param(file_moved_away, "No such file", id="the file was moved away"),
    ],
)
def test_it_is_not_ready_while_the_store_cannot_be_written(
    running: tuple[Collector, Path], trouble: Trouble, cause: str
) -> None:
    collector, folder = running
    wait_until_ready(collector.url)
    with trouble(collector, folder):
        wait_until_unready(collector.url, cause)
    wait_until_ready(collector.url)


def test_it_is_not_ready_while_the_queue_is_nearly_full(running: tuple[Collector, Path]) -> None:
    collector, folder = running
    path = f"/b/{collector.add_source().source_id}"

    def send(client: int) -> int:
        ids = [str(uuid.uuid4()) for _ in range(1000)]
        with closing(HTTPConnection(urlsplit(collector.url).netloc, timeout=PATIENCE_S)) as connection:
            return post(connection, path, ids, client)

    wait_until_ready(collector.url)
    with ThreadPoolExecutor(24) as pool:
        with another_writer(collector, folder):
            answers = [pool.submit(send, client) for client in range(24)]
            refused = next(as_completed(answers))
            assert refused.result() == 503, "the queue is full, and the others wait"
            wait_until_unready(collector.url, "the writer is behind: ")
        assert {answer.result() for answer in answers} <= {204, 503}
    wait_until_ready(collector.url)


def test_any_number_may_ask_while_the_store_hangs(running: tuple[Collector, Path]) -> None:
    """More than there are threads or places in the queue: nobody waits for the store, but for the answer."""
    collector, folder = running
    wait_until_ready(collector.url)
    with another_writer(collector, folder):
        wait_until_unready(collector.url, "has not answered for")
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: readiness(collector.url), range(200)))
        assert {status for status, _ in found} == {503}
    wait_until_ready(collector.url)


@pytest.mark.long
def test_each_worker_answers_for_itself(tmp_path: Path) -> None:
    with serve_pages() as pages, run_collector(tmp_path, pages, arguments=("--workers", "2")) as collector:

        def wait_for_all(status: int) -> None:
            def all_say_so() -> bool:
                return {readiness(collector.url)[0] for _ in range(20)} == {status}

            while not all_say_so():
                pass  # the test's own timeout ends it

        wait_for_all(200)
        with older_schema(collector, tmp_path):
            wait_for_all(503)
        wait_for_all(200)
