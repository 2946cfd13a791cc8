"""A clock that is set forth and back loses no event, stores none twice and stops no job."""

import os
import uuid
from collections import Counter
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from collector.model.source import Settings, TagSettings
from e2e.harness import Collector, run_collector, serve_pages
from tests.durability.faults import not_here
from tests.durability.senders import (
    PATIENCE_S,
    Senders,
    check_kept,
    check_whole,
    post,
    wait_until_ready,
)

COOKIELESS = Settings(tag=TagSettings(device_storage=False))


class Clock:
    """The wall clock of one process, by libfaketime; what measures durations goes on."""

    def __init__(self, folder: Path) -> None:
        library = os.environ.get("E2E_FAKETIME")
        if not library:
            not_here("no libfaketime: .dev/debian.sh faketime fetches Debian's")
        self._file = folder / "clock"
        self.environment = {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        self.set("+0")

    def set(self, offset: str) -> None:
        """Set it off from the true time: `+26h`, `-3d`."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{offset}\n")
        new.replace(self._file)


def send(collector: Collector, source_id: str, ids: list[str]) -> int:
    with closing(HTTPConnection(urlsplit(collector.url).netloc, timeout=PATIENCE_S)) as connection:
        return post(connection, f"/b/{source_id}", ids, client=99)


def send_unnamed(collector: Collector, source_id: str) -> int:
    with closing(HTTPConnection(urlsplit(collector.url).netloc, timeout=PATIENCE_S)) as connection:
        connection.request("POST", f"/b/{source_id}", '[{"action": "page.visit"}]')
        return connection.getresponse().status


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path)


def test_events_are_stored_once_whatever_the_clock_says(tmp_path: Path, clock: Clock) -> None:
    with serve_pages() as pages, run_collector(tmp_path, pages, environment=clock.environment) as collector:
        source_id = collector.add_source().source_id
        cookieless = collector.add_source("Cookieless", settings=COOKIELESS).source_id
        repeated = [str(uuid.uuid4()) for _ in range(50)]
        unnamed = 0
        with Senders(collector, source_id) as senders:
            senders.sent |= set(repeated)
            for offset in ("+0", "+26h", "-3d", "+40d", "+0"):
                clock.set(offset)
                senders.wait_for_acknowledged(30)
                assert send(collector, source_id, repeated) == 204, "sent once more, and known"
                for _ in range(3):
                    # No id, which makes one of ours; no uuid, which asks for the salt of the day.
                    assert send_unnamed(collector, cookieless) == 204
                    unnamed += 1
        wait_until_ready(collector.url)
        check_kept(collector, source_id, senders)
        assert set(repeated) <= {event.id for event in collector.events(source_id)}
        made = [event.id for event in collector.events(cookieless) if not event.derived]
        assert len(made) == len(set(made)) == unnamed
        times = [event.received_ms for event in collector.events(source_id)]
        assert max(times) - min(times) > 42 * 86_400_000, "the clock was not set"
        starts = Counter(e.session_id for e in collector.events(source_id, "session.start"))
        assert set(starts.values()) == {1}
    check_whole(tmp_path / "tagwell.db")


@pytest.mark.long
def test_sessions_are_ended_after_the_clock_was_ahead(tmp_path: Path, clock: Clock) -> None:
    """What a worker held until a time that now lies far ahead keeps nobody from working."""
    with serve_pages() as pages:
        clock.set("+40d")
        with run_collector(tmp_path, pages, environment=clock.environment) as collector:
            source_id = collector.add_source().source_id
            assert send(collector, source_id, ["ahead"]) == 204
            clock.set("+41d")
            collector.wait_for(source_id, "session.end", timeout=PATIENCE_S)
            collector.kill()
        clock.set("+0")
        with run_collector(tmp_path, pages, environment=clock.environment) as collector:
            assert send(collector, source_id, ["now"]) == 204
            clock.set("+1h")
            ends = collector.wait_for(source_id, "session.end", 2, timeout=PATIENCE_S)
            assert len({end.session_id for end in ends}) == 2
