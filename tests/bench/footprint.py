"""What a collector needs: time to start, memory when idle and after a load, bytes on disk for each event.

    python -m tests.bench.footprint

Started five times over a store that was used; ready is when `/readyz` first says so. Memory is what is in
RAM, shared pages included. Bytes are those of the file after a checkpoint, indexes included, less those of
the empty store.
"""

import argparse
import http.client
import os
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from e2e.harness import Collector, Pages, run_collector
from tests.bench.beacon_rate import LOAD_CORE, ROOT, SERVER_CORE
from tests.bench.load import Load, run_load
from tests.bench.overload import resident_mb


def until_ready(collector: Collector) -> None:
    """Return when the collector says that it is ready."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with closing(http.client.HTTPConnection(collector.url.removeprefix("http://"), timeout=30)) as asked:
            asked.request("GET", "/readyz")
            if asked.getresponse().status == 200:
                return
    sys.exit("void: it was not ready in 30 s")


def main() -> None:
    parser = argparse.ArgumentParser(description="Start, memory and disk")
    parser.add_argument("--seconds", type=float, default=10, help="length of the load")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=ROOT / ".venv", prefix="bench-") as name:
        folder = Path(name)
        file = folder / "tagwell.db"
        with run_collector(folder, Pages("")) as collector:
            source_id = collector.add_source("Bench").source_id
        empty = file.stat().st_size

        os.sched_setaffinity(0, {SERVER_CORE})
        with run_collector(folder, Pages("")) as collector:
            until_ready(collector)
            os.sched_setaffinity(0, {LOAD_CORE})
            idle = resident_mb(collector.server.process.pid)
            load = Load(collector.url, f"/b/{source_id}", 64)
            run_load(load, options.seconds)
            after = resident_mb(collector.server.process.pid)
        stored = load.answered
        print(f"memory   {idle:.0f} MB idle, {after:.0f} MB after {stored} events")
        each = (file.stat().st_size - empty) / stored
        print(f"disk     {each:.0f} bytes an event, which came in a body of {len(load.body(0))}")

        took = []
        for _ in range(5):
            started = time.perf_counter()
            with run_collector(folder, Pages("")) as collector:
                until_ready(collector)
                took.append(time.perf_counter() - started)
        print(f"start    {statistics.median(took):.2f} s to ready ({min(took):.2f} to {max(took):.2f})")


if __name__ == "__main__":
    main()
