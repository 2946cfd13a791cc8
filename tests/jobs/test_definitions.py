"""The catalogue reads on by itself, whoever of the workers has the lease, and counts each event once."""

import asyncio
from pathlib import Path

import pytest

from collector import jobs
from collector.enrich import Geo
from collector.jobs import Jobs
from collector.privacy import apply_privacy
from collector.store import connect
from tests.pipeline.make import make_beacon, make_event


def test_events_are_counted_soon_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "DEFINITIONS_S", 0.02)
    store = connect(f"sqlite:///{tmp_path / 'tagwell.db'}")
    store.migrate()
    store.open()
    source = store.add_source("Low Tide Pottery")

    async def run() -> None:
        running = [asyncio.create_task(Jobs(store, Geo(None, tmp_path / "geo")).run()) for _ in range(3)]
        try:
            async with asyncio.timeout(20):
                for n in range(5):
                    event = make_event("dog.bark", id=f"e-{n}", uuid=None)
                    await store.append([apply_privacy(event, make_beacon(), source)])
                    while not (await asyncio.to_thread(store.catalogue)).complete:
                        pass
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    try:
        asyncio.run(run())
        [one] = store.catalogue().definitions
        assert (one.action, one.count) == ("dog.bark", 5)
    finally:
        store.close()
