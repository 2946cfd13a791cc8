"""When the store is gone or the parent dies: no answer promises what is not kept, and nobody serves on."""

import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from e2e.harness import Collector, run_collector, serve_pages

EVENT = [{"action": "page.visit"}]


def post(collector: Collector, source_id: str) -> httpx.Response:
    return httpx.post(f"{collector.url}/b/{source_id}", json=EVENT, timeout=30)


@pytest.mark.parametrize("replaced", [False, True], ids=["removed", "replaced"])
def test_a_store_whose_file_is_gone_takes_nothing(tmp_path: Path, replaced: bool) -> None:
    with serve_pages() as pages, run_collector(tmp_path, pages) as collector:
        source_id = collector.add_source().source_id
        assert post(collector, source_id).status_code == 204
        for file in tmp_path.glob("tagwell.db*"):
            file.unlink()
        if replaced:
            (tmp_path / "tagwell.db").touch()
        refused = post(collector, source_id)
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert httpx.get(f"{collector.url}/readyz").status_code == 503
        assert httpx.get(f"{collector.url}/healthz").status_code == 200
        if not replaced:
            assert not (tmp_path / "tagwell.db").exists(), "an empty store was made in its place"


def test_a_locked_store_is_an_error_page_and_not_a_crash(tmp_path: Path) -> None:
    with serve_pages() as pages, run_collector(tmp_path, pages) as collector:
        with closing(sqlite3.connect(tmp_path / "tagwell.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            found = httpx.get(f"{collector.url}/admin/sign-in")
            assert found.status_code == 200, "reading goes on"
            refused = httpx.get(f"{collector.url}/readyz", timeout=30)
            other.execute("ROLLBACK")
        assert refused.status_code == 503


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    with serve_pages() as pages, run_collector(tmp_path, pages, arguments=("--workers", "2")) as collector:
        source_id = collector.add_source().source_id
        assert post(collector, source_id).status_code == 204
        address = urlsplit(collector.url)
        collector.server.process.kill()
        # The workers hold the pipe that the harness reads: its end is theirs.
        collector.kill()
        with (
            pytest.raises(OSError, match=os.strerror(111)),
            socket.create_connection((address.hostname or "", address.port or 0), timeout=5),
        ):
            pass
