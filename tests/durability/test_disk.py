"""A disk that is full or fails: what cannot be kept is refused, and when it is well all goes on by itself."""

from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from e2e.harness import run_collector, serve_pages
from tests.durability.faults import failing, fill, small_file_system
from tests.durability.senders import (
    PATIENCE_S,
    Senders,
    check_kept,
    check_whole,
    post,
    wait_until_ready,
    wait_until_unready,
)


def test_a_full_disk_costs_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    # What is left at first has room for the longest log (4,000 pages), whatever the senders do meanwhile.
    with serve_pages() as pages, small_file_system(tmp_path / "disk", 100) as disk:
        with run_collector(disk, pages, environment={"TAGWELL_MIN_FREE_MB": "50"}) as collector:
            source_id = collector.add_source().source_id
            with Senders(collector, source_id) as senders:
                wait_until_ready(collector.url)
                for _ in range(2):
                    ballast = fill(disk, leave_bytes=49_000_000)
                    wait_until_unready(collector.url, "TAGWELL_MIN_FREE_MB asks for 50")
                    senders.wait_for_acknowledged(60)  # what still fits is still taken
                    fill(disk, leave_bytes=0)
                    senders.wait_for_refused(50)
                    ballast.unlink()
                    senders.wait_for_acknowledged(150)
                    wait_until_ready(collector.url)
            check_kept(collector, source_id, senders)
        with run_collector(disk, pages) as collector:
            check_kept(collector, source_id, senders)
        check_whole(disk / "tagwell.db")


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param("fdatasync,fsync", id="a sync fails"),
        pytest.param("pwrite64", id="a write fails", marks=pytest.mark.long),
        pytest.param("fdatasync,fsync,pwrite64", id="both fail", marks=pytest.mark.long),
    ],
)
def test_a_failing_disk_costs_nothing_that_was_acknowledged(tmp_path: Path, calls: str) -> None:
    with serve_pages() as pages:
        with run_collector(tmp_path, pages) as collector:
            source_id = collector.add_source().source_id
            with Senders(collector, source_id) as senders:
                senders.wait_for_acknowledged(150)
                with failing(collector.server.process.pid, calls, "EIO"):
                    wait_until_unready(collector.url, "the disk fails")
                    acknowledged = len(senders.acknowledged)
                    senders.wait_for_refused(50)
                    assert len(senders.acknowledged) == acknowledged
                senders.wait_for_acknowledged(150)
                wait_until_ready(collector.url)
                with failing(collector.server.process.pid, calls, "EIO"):
                    senders.wait_for_refused(50)
                    collector.kill()
        with run_collector(tmp_path, pages) as collector:
            check_kept(collector, source_id, senders)
            wait_until_ready(collector.url)
    check_whole(tmp_path / "tagwell.db")


def test_after_a_failed_sync_the_log_is_written_out_before_anything_is_acknowledged(tmp_path: Path) -> None:
    """What the log holds may be in the kernel's memory alone: no later commit may stand upon it."""
    log = tmp_path / "tagwell.db-wal"
    with serve_pages() as pages, run_collector(tmp_path, pages) as collector:
        path = f"/b/{collector.add_source().source_id}"
        connection = HTTPConnection(urlsplit(collector.url).netloc, timeout=PATIENCE_S)
        for number in range(20):
            assert post(connection, path, [f"before-{number}"], number) == 204
        held = log.stat().st_size
        with failing(collector.server.process.pid, "fdatasync,fsync", "EIO"):
            assert post(connection, path, ["refused"], 0) == 503
            assert post(connection, path, ["refused"], 0) == 503
        assert log.stat().st_size >= held
        assert post(connection, path, ["after"], 0) == 204
        assert 0 < log.stat().st_size < held
        connection.close()
