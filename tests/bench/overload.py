"""What the collector does with more than it can take: who is refused, how long the others wait, and after.

    python -m tests.bench.overload

Measures the highest rate first (64 connections that wait for each answer), then sends at fixed rates
whatever comes back: half of it, twice of it, and half again. Each request counts from the moment it was
to be sent. Every answer but 204 and 503 voids the run.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from e2e.harness import Pages, run_collector
from tests.bench.beacon_rate import LOAD_CORE, ROOT, SERVER_CORE, check_store, take_turn
from tests.bench.load import Answer, Load, run_paced

CONNECTIONS = 1000


def resident_mb(pid: int) -> float:
    """The memory of a process that is in RAM, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def percentile(waits: Sequence[float], part: float) -> float:
    """The wait in ms that this part of all were below."""
    ordered = sorted(waits)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1e3 if ordered else float("nan")


def report(name: str, answers: Sequence[Answer]) -> None:
    """Print a phase."""
    taken = [a.wait_s for a in answers if a.status == 204]
    refused = [a for a in answers if a.status == 503]
    seconds = max(a.due_s for a in answers) - min(a.due_s for a in answers)
    print(
        f"{name:12} {len(answers) / seconds:7.0f} /s sent  {len(taken) / seconds:7.0f} /s taken"
        f"  p50 {percentile(taken, 0.5):6.1f} ms  p99 {percentile(taken, 0.99):6.1f} ms"
        f"  refused {len(refused) / len(answers):4.0%}"
        f" (p99 {percentile([a.wait_s for a in refused], 0.99):.1f} ms)"
    )
    if not all(a.retry_after for a in refused):
        sys.exit("void: a 503 without Retry-After")


def recovery_s(answers: Sequence[Answer], normal_ms: float) -> float:
    """How long after the flood the first tenth of a second came in which all waited as usual, in seconds."""
    start = min(a.due_s for a in answers)
    for tenth in range(100):
        span = [a for a in answers if tenth <= (a.due_s - start) * 10 < tenth + 1]
        fine = all(a.status == 204 for a in span)
        if span and fine and percentile([a.wait_s for a in span], 0.99) <= max(2 * normal_ms, 20):
            return tenth / 10
    return float("inf")


def main() -> None:
    parser = argparse.ArgumentParser(description="More than the collector can take")
    parser.add_argument("--seconds", type=float, default=5, help="length of each phase")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=ROOT / ".venv", prefix="bench-") as folder:
        os.sched_setaffinity(0, {SERVER_CORE})
        with run_collector(Path(folder), Pages("")) as collector:
            os.sched_setaffinity(0, {LOAD_CORE})
            source_id = collector.add_source("Bench").source_id
            steady = Load(collector.url, f"/b/{source_id}", 64)
            take_turn(collector.server, steady, 2)
            most = take_turn(collector.server, steady, options.seconds)
            print(f"highest rate {most.rate:7.0f} /s, p99 {most.p99_ms:.1f} ms, with 64 connections")

            load = Load(collector.url, f"/b/{source_id}", CONNECTIONS)
            pid = collector.server.process.pid
            before = resident_mb(pid)
            seconds = options.seconds
            half, twice = most.rate / 2, most.rate * 2
            answers = run_paced(load, [(half, seconds), (twice, seconds), (half, seconds)])
            after = resident_mb(pid)
            if other := {a.status for a in answers} - {204, 503}:
                sys.exit(f"void: answers {sorted(other)}")
            steady.answered += load.answered
            check_store(collector, source_id, steady.answered)
    phases = [
        [a for a in answers if start <= a.due_s < end]
        for start, end in ((0, seconds), (seconds, 2 * seconds), (2 * seconds, 3 * seconds + 1))
    ]
    for name, phase in zip(("half", "twice", "half again"), phases, strict=True):
        report(name, phase)
    normal = percentile([a.wait_s for a in phases[0]], 0.99)
    print(f"as before after {recovery_s(phases[2], normal):.1f} s")
    print(f"memory {before:.0f} MB before, {after:.0f} MB after")


if __name__ == "__main__":
    main()
