"""A damaged store is said to be damaged: nothing more is promised, and nothing false is served."""

import os
import shutil
import sqlite3
import subprocess
import uuid
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from collector.auth.keys import hash_key, new_api_key
from collector.store.sqlite_guard import SMALL_BYTES
from e2e.harness import TAGWELL, Collector, run_collector, serve_pages
from tests.durability.senders import (
    PATIENCE_S,
    Senders,
    check_kept,
    check_whole,
    post,
    wait_until_ready,
    wait_until_unready,
)

PAGE = 8192
API_KEY = new_api_key()
Damage = Callable[[Path], None]


def cut_short(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2 // PAGE * PAGE)


def emptied(file: Path) -> None:
    os.truncate(file, 0)


def header_overwritten(file: Path) -> None:
    overwrite(file, 0, 100)


def tree_page_damaged(file: Path) -> None:
    """The root of the sums that /metrics shows."""
    overwrite(file, (root_page(file, "outcomes") - 1) * PAGE, PAGE)


def overwrite(file: Path, start: int, size: int) -> None:
    with open(file, "r+b") as opened:
        opened.seek(start)
        opened.write(os.urandom(size))


def root_page(file: Path, table: str) -> int:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        [page] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        return int(page)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The file of a stopped collector, with events in it, and the id of their source."""
    folder = tmp_path_factory.mktemp("kept")
    with serve_pages() as pages, run_collector(folder, pages) as collector:
        source_id = collector.add_source().source_id
        collector.store.add_api_key("probe", hash_key(API_KEY))
        with Senders(collector, source_id) as senders:
            senders.wait_for_acknowledged(600)
    return folder / "tagwell.db", source_id


def start_in_vain(folder: Path) -> str:
    """Start a collector that must refuse to; return what it said."""
    command = [str(TAGWELL), "serve", "--port", "0", "--store", f"sqlite:///{folder / 'tagwell.db'}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def beacons(collector: Collector, source_id: str, count: int) -> set[int]:
    """The statuses of so many beacons."""
    with closing(HTTPConnection(urlsplit(collector.url).netloc, timeout=PATIENCE_S)) as connection:
        return {post(connection, f"/b/{source_id}", [str(uuid.uuid4())], n) for n in range(count)}


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(cut_short, id="cut short"),
        pytest.param(emptied, id="emptied"),
        pytest.param(header_overwritten, id="header overwritten"),
        pytest.param(tree_page_damaged, id="a page of a tree overwritten"),
    ],
)
def test_a_damaged_store_is_not_served(tmp_path: Path, kept: tuple[Path, str], damage: Damage) -> None:
    file = Path(shutil.copy(kept[0], tmp_path))
    (tmp_path / "tagwell.db.lock").touch()
    damage(file)
    said = start_in_vain(tmp_path)
    assert str(file) in said
    assert "tagwell restore" in said


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(cut_short, id="cut short", marks=pytest.mark.long),
        pytest.param(emptied, id="emptied", marks=pytest.mark.long),
        pytest.param(header_overwritten, id="header overwritten", marks=pytest.mark.long),
        pytest.param(tree_page_damaged, id="a page of a tree overwritten"),
    ],
)
def test_a_store_damaged_while_it_is_served_takes_nothing_any_more(
    tmp_path: Path, kept: tuple[Path, str], damage: Damage
) -> None:
    file = Path(shutil.copy(kept[0], tmp_path))
    with serve_pages() as pages, run_collector(tmp_path, pages) as collector:
        wait_until_ready(collector.url)
        damage(file)
        touched = httpx.get(f"{collector.url}/metrics", headers={"authorization": f"Bearer {API_KEY}"})
        assert touched.status_code in (200, 503), "as this page was read before, or not"
        wait_until_unready(collector.url, "is damaged")
        assert beacons(collector, kept[1], 20) == {503}
        said = collector.server.output()
        assert said.count("nothing is stored any more") == 1
        assert f"{file} is damaged" in said
        assert "tagwell restore" in said
    shutil.copy(kept[0], tmp_path)
    with serve_pages() as pages, run_collector(tmp_path, pages) as collector:
        assert beacons(collector, kept[1], 20) == {204}
        wait_until_ready(collector.url)


def test_a_large_damaged_store_is_found_to_be_damaged_while_it_is_served(
    tmp_path: Path, kept: tuple[Path, str]
) -> None:
    file = Path(shutil.copy(kept[0], tmp_path))
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE ballast AS SELECT zeroblob(?) AS x", (SMALL_BYTES,))
        database.commit()
    tree_page_damaged(file)
    with serve_pages() as pages, run_collector(tmp_path, pages) as collector:
        wait_until_unready(collector.url, "is damaged")


@pytest.mark.parametrize("suffix", ["-wal", pytest.param("-shm", marks=pytest.mark.long)])
def test_a_log_that_is_removed_is_saved_and_not_written_to(
    tmp_path: Path, kept: tuple[Path, str], suffix: str
) -> None:
    """SQLite would go on in a file that nobody finds again."""
    shutil.copy(kept[0], tmp_path)
    with serve_pages() as pages, run_collector(tmp_path, pages) as collector:
        source_id = collector.add_source().source_id
        with Senders(collector, source_id) as senders:
            senders.wait_for_acknowledged(300)
            (tmp_path / f"tagwell.db{suffix}").unlink()
            senders.wait_for_refused(50)
            said = wait_until_unready(collector.url, f"tagwell.db{suffix} was removed")
            assert "All that was acknowledged has been saved" in said
        collector.kill()
    with serve_pages() as pages, run_collector(tmp_path, pages) as collector:
        check_kept(collector, source_id, senders)
        assert beacons(collector, source_id, 1) == {204}
    check_whole(tmp_path / "tagwell.db")


def test_a_log_that_is_cut_short_is_damage(tmp_path: Path, kept: tuple[Path, str]) -> None:
    shutil.copy(kept[0], tmp_path)
    with serve_pages() as pages, run_collector(tmp_path, pages) as collector:
        source_id = collector.add_source().source_id
        assert beacons(collector, source_id, 20) == {204}
        os.truncate(tmp_path / "tagwell.db-wal", PAGE)
        wait_until_unready(collector.url, "is damaged")
        assert beacons(collector, source_id, 20) == {503}
