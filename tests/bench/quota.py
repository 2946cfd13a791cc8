"""Whether a source that sends a hundred times its quota slows another.

    python -m tests.bench.quota

One source without a quota is sent a fixed rate, alone, then while the other is flooded, then alone
again. Each request counts from the moment it was to be sent. Of the flooded source every answer but 204 and
429 voids the run, of the other every one but 204.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from collector.model.source import Settings
from e2e.harness import Pages, run_collector
from tests.bench.beacon_rate import LOAD_CORE, ROOT, SERVER_CORE, take_turn
from tests.bench.load import Answer, Load, run_paced_together
from tests.bench.overload import percentile

QUOTA_PER_MINUTE = 600
TIMES = 100
STEADY_PER_S = 500
CONNECTIONS = 500
"""Of the flood: it must keep its rate while its refusals are gathered."""


def main() -> None:
    parser = argparse.ArgumentParser(description="One source far over its quota, beside another")
    parser.add_argument("--seconds", type=float, default=5, help="length of each phase")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(dir=ROOT / ".venv", prefix="bench-") as folder:
        os.sched_setaffinity(0, {SERVER_CORE})
        with run_collector(Path(folder), Pages("")) as collector:
            os.sched_setaffinity(0, {LOAD_CORE})
            steady_source = collector.add_source("Steady").source_id
            flooded_source = collector.add_source(
                "Flooded", settings=Settings(quota=QUOTA_PER_MINUTE)
            ).source_id
            steady = Load(collector.url, f"/b/{steady_source}", 64)
            take_turn(collector.server, steady, 2)
            flood = Load(collector.url, f"/b/{flooded_source}", CONNECTIONS)
            flood_per_s = QUOTA_PER_MINUTE / 60 * TIMES

            alone = [(STEADY_PER_S, seconds)]
            (before,) = run_paced_together([(steady, alone)])
            beside, flooded = run_paced_together([(steady, alone), (flood, [(flood_per_s, seconds)])])
            (after,) = run_paced_together([(steady, alone)])
    if any(a.status != 204 for a in (*before, *beside, *after)):
        sys.exit("void: the source without a quota was refused")
    if any(a.status not in (204, 429) or (a.status == 429 and not a.retry_after) for a in flooded):
        sys.exit("void: an answer to the flood that is neither 204 nor 429 with Retry-After")
    for name, answers in (("alone", before), ("beside it", beside), ("alone again", after)):
        report(name, answers)
    refused = sum(a.status == 429 for a in flooded)
    print(f"flooded      {len(flooded) / seconds:7.0f} /s sent, {refused / len(flooded):.0%} refused")


def report(name: str, answers: list[Answer]) -> None:
    """Print a phase of the source without a quota."""
    waits = [a.wait_s for a in answers]
    print(f"{name:12} p50 {percentile(waits, 0.5):6.1f} ms  p99 {percentile(waits, 0.99):6.1f} ms")


if __name__ == "__main__":
    main()
