"""Requests a second for the tag, `GET /t/{source_id}.js`, against a bare app that answers the same bytes.

    python -m tests.bench.tag_rate

As tests/bench/beacon_rate.py, for a browser that has no tag yet (brotli) and for one that has it (304). The
bare app is told by one request what to answer, and has it at hand from then on.
"""

import argparse
import http.client
import os
import statistics
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from starlette.types import Receive, Scope, Send

from e2e.harness import Pages, ServerProcess, run_collector
from tests.bench.beacon_rate import LOAD_CORE, ROOT, SERVER_CORE, Turn, serve_app, take_turn
from tests.bench.load import Load

NOT_OURS = {"date", "connection"}
"""Headers that the server below both adds."""


class TagLoad(Load):
    """The same request again and again, of which each answer has so many bytes."""

    def __init__(self, url: str, path: str, headers: dict[str, str], connections: int = 64) -> None:
        super().__init__(url, path, connections)
        told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._request = f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n{told}\r\n".encode()
        status, found, body = ask(url, path, headers)
        self.expected = f"HTTP/1.1 {status}".encode()
        self._bytes = 0
        self.status, self.headers, self.body_bytes = status, found, body

    def request(self) -> bytes:
        return self._request

    def is_whole(self, received: bytes) -> bool:
        if not self._bytes:
            _, end, body = received.partition(b"\r\n\r\n")
            if end and len(body) == len(self.body_bytes):
                self._bytes = len(received)
        return len(received) == self._bytes


def ask(url: str, path: str, headers: dict[str, str]) -> tuple[int, list[tuple[str, str]], bytes]:
    """What is answered to a request: its status, headers and body."""
    with closing(http.client.HTTPConnection(url.removeprefix("http://"))) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        found = [(name, value) for name, value in answer.getheaders() if name.lower() not in NOT_OURS]
        return answer.status, found, answer.read()


def serve_bare(url: str, path: str, etag: str) -> None:
    """Answer everything as `url` has answered once."""
    status, found, body = ask(url, path, headers_of(etag))
    headers = [(name.encode(), value.encode()) for name, value in found]

    async def bare(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    serve_app(bare)


def headers_of(etag: str) -> dict[str, str]:
    """What a browser says that has the tag of this ETag, or none."""
    return {"Accept-Encoding": "gzip, deflate, br"} | ({"If-None-Match": etag} if etag else {})


def measure(name: str, url: str, path: str, etag: str, server: ServerProcess, rounds: int) -> None:
    """Print the figures for one kind of browser."""
    os.sched_setaffinity(0, {SERVER_CORE})
    command = [sys.executable, "-m", "tests.bench.tag_rate", "bare", url, path, etag]
    bare = ServerProcess(command, folder=ROOT, environment=os.environ)
    os.sched_setaffinity(0, {LOAD_CORE})
    try:
        pairs = [
            (server, TagLoad(url, path, headers_of(etag))),
            (bare, TagLoad(bare.url, path, headers_of(etag))),
        ]
        turns: list[list[Turn]] = [[], []]
        for each, load in pairs:
            take_turn(each, load, 1)
        for _ in range(rounds):
            for taken, (each, load) in zip(turns, pairs, strict=True):
                taken.append(take_turn(each, load, 3))
    finally:
        bare.stop()
    ours, theirs = turns
    ratios = [a.rate / b.rate for a, b in zip(ours, theirs, strict=True)]
    rate, bare_rate = (statistics.median(turn.rate for turn in taken) for taken in turns)
    told = pairs[0][1]
    print(
        f"{name:10} {told.status}, {len(told.body_bytes)} bytes  {rate:.0f} /s, bare {bare_rate:.0f} /s"
        f"  ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Requests a second for the tag")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=ROOT / ".venv", prefix="bench-") as folder:
        os.sched_setaffinity(0, {SERVER_CORE})
        with run_collector(Path(folder), Pages("")) as collector:
            path = f"/t/{collector.add_source('Bench').source_id}.js"
            _, headers, _ = ask(collector.url, path, headers_of(""))
            etag = next(value for name, value in headers if name.lower() == "etag")
            for name, known in (("a new one", ""), ("known", etag)):
                measure(name, collector.url, path, known, collector.server, options.rounds)


if __name__ == "__main__":
    serve_bare(*sys.argv[2:]) if sys.argv[1:2] == ["bare"] else main()
