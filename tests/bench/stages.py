"""Where the time of an event goes: CPU of each stage, and of a commit, in one process without HTTP.

    python -m tests.bench.stages

Each event is its own, as a page sends them (tests/bench/load.py), and is taken through a stage once, since
what was just looked at is cheaper to look at again. The stages are timed over groups of events; the median of
the groups is shown, in microseconds of the thread's CPU for one event.
"""

import argparse
import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from collector.admit import admit, confirm
from collector.enrich import Enricher, Geo
from collector.model.beacon import Beacon
from collector.model.event import StoredEvent
from collector.model.source import Source
from collector.normalise import normalise
from collector.pipeline import process_all
from collector.privacy import apply_privacy
from collector.privacy.rules import rules_of
from collector.store import connect
from collector.store.sql import SqlStore
from collector.wire import native
from tests.bench.beacon_rate import ROOT
from tests.bench.load import Load, user_agents

GROUP = 64

In = TypeVar("In")
Out = TypeVar("Out")


def timed(
    name: str, stage: Callable[[In], Out], given: Iterable[In], *, at_once: int = GROUP, events: int = 1
) -> list[Out]:
    """Run a stage over all, so many at once with so many events each, and print what one event costs."""
    given, made, costs = list(given), [], []
    for start in range(0, len(given), at_once):
        group = given[start : start + at_once]
        began = time.thread_time()
        made += [stage(each) for each in group]
        costs.append((time.thread_time() - began) / len(group) / events * 1e6)
    print(f"{name:15} {statistics.median(costs):7.2f} us an event ({min(costs):.2f} to {max(costs):.2f})")
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU of each stage")
    parser.add_argument("--events", type=int, default=8000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=ROOT / ".venv", prefix="bench-") as folder:
        store = connect(f"sqlite:///{folder}/tagwell.db")
        assert isinstance(store, SqlStore)
        store.migrate()
        run(store, store.add_source("Bench"), Enricher(Geo(None, Path(folder))), options.events)
        store.close()


def run(store: SqlStore, source: Source, enricher: Enricher, count: int) -> None:
    """Time all stages with so many events each."""
    enricher.warm()
    load = Load("http://127.0.0.1:1", "/", 1)
    agents = user_agents()
    rules = rules_of(source.policy)

    def beacons(first: int) -> list[Beacon]:
        return [
            Beacon(
                source_id=source.source_id,
                dialect="native",
                body=load.body(number),
                address=f"192.0.2.{number % 250}",
                user_agent=agents[number % len(agents)],
                origin="https://shop.example",
                referer="https://shop.example/",
                global_privacy_control=False,
                do_not_track=False,
                day_salt=b"",
                received_ms=time.time_ns() // 1_000_000,
            )
            for number in range(first, first + count)
        ]

    def whole(beacon: Beacon) -> StoredEvent:
        (stored,) = process_all(native.decode, beacon, source, enricher)
        assert isinstance(stored, StoredEvent)
        return stored

    for beacon in beacons(0)[:500]:
        whole(beacon)  # caches
    gc.collect()
    gc.disable()  # it would look through all that is held here for the next stage
    sent = beacons(count)
    raw = [events[0] for events in timed("decode", native.decode, sent)]
    with_raw = list(zip(raw, sent, strict=True))
    claims = timed("admit", lambda each: admit(*each, source, rules), with_raw)  # type: ignore[arg-type]
    events = timed("normalise", lambda each: normalise(*each), with_raw)  # type: ignore[arg-type]
    timed("confirm", lambda each: confirm(*each, source.policy, rules), zip(events, claims, strict=True))
    with_event = list(zip(events, sent, strict=True))
    timed("enrich", lambda each: enricher.enrich(*each), with_event)
    timed("privacy", lambda each: apply_privacy(*each, source), with_event)
    stored = timed("all of these", whole, beacons(2 * count))
    for size, commits in ((1, 300), (GROUP, 40), (1000, 4)):
        groups = [[stored.pop() for _ in range(size)] for _ in range(commits)]
        timed(f"commit of {size}", lambda group: store._record(group, []), groups, at_once=1, events=size)


if __name__ == "__main__":
    main()
