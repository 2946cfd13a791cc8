"""Items a second of the server API: batches of 1,000 events and of 1,000 profiles, against single requests.

    make bench-api        or: python -m tests.bench.api_rate --seconds 5 --rounds 3

All in one run and in turns, on one server process on core 0 with its store on a disk, loaded from core 1
through keep-alive connections; a 202 is sent after the commit. So the ratios are the figure: rates of
one machine say little about another. Single requests are sent one after another, and over 16
connections, where one commit serves several. Each item is about one of 5,000 profiles; events have
times of their own and no salt, profiles change a name each time, so that nothing is spared.

Any answer but 202 voids the run, and so does a count in the store that is not the count of answers.
"""

import argparse
import http.client
import itertools
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from collector.auth.keys import hash_key, new_api_key
from e2e.harness import Collector, Pages, run_collector
from tests.bench.beacon_rate import LOAD_CORE, ROOT, SERVER_CORE, cpu_seconds

PROFILES = 5000
ITEMS = 1000
"""In a batch."""


class Way(NamedTuple):
    """One way to send: what a request holds, and over how many connections."""

    path: str
    item: Callable[[int], dict[str, Any]]
    items: int
    connections: int


class Turn(NamedTuple):
    """One turn: items a second, the server's CPU per item in microseconds, the median wait in ms."""

    rate: float
    cpu_us: float
    wait_ms: float


def event(number: int) -> dict[str, Any]:
    """A custom event of one of the profiles."""
    return {
        "action": "dog.bark",
        "label": "bark",
        "client": {"customId": f"customer-{number % PROFILES}"},
        "params": {"loudness": number, "mood": "happy", "mailmanScared": True},
    }


def typed_event(number: int) -> dict[str, Any]:
    """The same in a batch."""
    return event(number) | {"type": "custom"}


def profile(number: int) -> dict[str, Any]:
    """A change of one of the profiles."""
    return {
        "customId": f"customer-{number % PROFILES}",
        "firstName": f"Ann {number}",
        "city": "Gdansk",
        "attributes": {"visits": number},
        "agreements": {"email": True},
    }


WAYS = {
    "events, batch": Way("/v4/events/batch", typed_event, ITEMS, 1),
    "events, one by one": Way("/v4/events/custom", event, 1, 1),
    "events, 16 at once": Way("/v4/events/custom", event, 1, 16),
    "profiles, batch": Way("/v4/clients/batch", profile, ITEMS, 1),
    "profiles, one by one": Way("/v4/clients", profile, 1, 1),
    "profiles, 16 at once": Way("/v4/clients", profile, 1, 16),
}


class Sender:
    """Sends one way's requests. Items are numbered over all turns, so that none is said twice."""

    def __init__(self, url: str, key: str, way: Way) -> None:
        self._address = urlsplit(url)
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Api-Version": "4.4",
            "Content-Type": "application/json",
        }
        self.way = way
        self.answered = 0
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def run(self, seconds: float) -> list[float]:
        """Send for so long; return each request's wait in seconds."""
        waits: list[float] = []
        until = time.perf_counter() + seconds
        threads = [
            threading.Thread(target=self._send, args=(until, waits)) for _ in range(self.way.connections)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return waits

    def _send(self, until: float, waits: list[float]) -> None:
        connection = http.client.HTTPConnection(self._address.hostname or "", self._address.port or 80)
        try:
            while time.perf_counter() < until:
                body = self._body()
                started = time.perf_counter()
                connection.request("POST", self.way.path, body, self._headers)
                answer = connection.getresponse()
                text = answer.read()
                waits.append(time.perf_counter() - started)
                if answer.status != 202:
                    print(f"void: {self.way.path} answered {answer.status} {text[:300]!r}", file=sys.stderr)
                    os._exit(1)
                with self._lock:
                    self.answered += self.way.items
        finally:
            connection.close()

    def _body(self) -> bytes:
        with self._lock:
            items = [self.way.item(next(self._numbers)) for _ in range(self.way.items)]
        return json.dumps(items if self.way.items > 1 else items[0]).encode()


def take_turn(collector: Collector, sender: Sender, seconds: float) -> Turn:
    """Load the server one way for so many seconds and measure."""
    pid = collector.server.process.pid
    before, started = cpu_seconds(pid), time.perf_counter()
    waits = sender.run(seconds)
    took, used = time.perf_counter() - started, cpu_seconds(pid) - before
    items = len(waits) * sender.way.items
    return Turn(items / took, used / items * 1e6, statistics.median(waits) * 1e3)


def check_store(collector: Collector, source_id: str, senders: dict[str, Sender]) -> None:
    """End the run unless every event is stored and every profile is there."""
    sent = sum(one.answered for name, one in senders.items() if name.startswith("events"))
    stored = sum(row.count for row in collector.store.outcomes(source_id) if row.outcome == "stored")
    if stored != sent:
        sys.exit(f"void: {sent} events answered, {stored} stored")
    _, count = collector.store.list_profiles(limit=1)
    if count != PROFILES:
        sys.exit(f"void: {count} profiles, {PROFILES} were named")


def main() -> None:
    parser = argparse.ArgumentParser(description="Items a second of the server API")
    parser.add_argument("--seconds", type=float, default=5, help="length of one turn")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each way")
    parser.add_argument("--json", action="store_true", help="also print the figures as one JSON object")
    options = parser.parse_args()

    # A disk, not the memory that /tmp may be: the answers are to be durable.
    with tempfile.TemporaryDirectory(dir=ROOT / ".venv", prefix="bench-") as folder:
        os.sched_setaffinity(0, {SERVER_CORE})  # What is started now inherits the core.
        with run_collector(Path(folder), Pages("")) as collector:
            os.sched_setaffinity(0, {LOAD_CORE})
            key, source = new_api_key(), collector.add_source("Bench")
            collector.store.add_api_key("bench", hash_key(key), source_id=source.source_id)
            senders = {name: Sender(collector.url, key, way) for name, way in WAYS.items()}
            warm = Sender(collector.url, key, WAYS["profiles, batch"])
            while warm.answered < PROFILES:  # all of them are there before anything is measured
                warm.run(0.01)
            turns: dict[str, list[Turn]] = {name: [] for name in WAYS}
            for _ in range(options.rounds):
                for name, sender in senders.items():
                    turns[name].append(take_turn(collector, sender, options.seconds))
            check_store(collector, source.source_id, senders)

    print(f"{options.rounds} turns of {options.seconds:g} s each; batches of {ITEMS}, {PROFILES} profiles")
    rates = {}
    for name, taken in turns.items():
        rates[name] = statistics.median(turn.rate for turn in taken)
        print(
            f"{name:22} {rates[name]:8.0f} items/s"
            f" ({min(turn.rate for turn in taken):.0f} to {max(turn.rate for turn in taken):.0f})"
            f"  CPU {statistics.median(turn.cpu_us for turn in taken):6.0f} us an item"
            f"  wait {statistics.median(turn.wait_ms for turn in taken):7.1f} ms"
        )
    for kind in ("events", "profiles"):
        for other in ("one by one", "16 at once"):
            ratios = [
                batch.rate / single.rate
                for batch, single in zip(turns[f"{kind}, batch"], turns[f"{kind}, {other}"], strict=True)
            ]
            print(
                f"{kind}: a batch against {other}: {statistics.median(ratios):.1f} times"
                f" ({min(ratios):.1f} to {max(ratios):.1f})"
            )
    if options.json:
        print(json.dumps({"rate": rates}))


if __name__ == "__main__":
    main()
