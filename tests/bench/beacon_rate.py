"""Requests a second of `POST /b/{source_id}` with durable answers, against a bare uvicorn app and nginx.

    make bench        or: python -m tests.bench.beacon_rate --seconds 5 --rounds 5
    python -m tests.bench.beacon_rate --events 100 --connections 8
    python -m tests.bench.beacon_rate --workers 2

The rate of one machine says little about another, and on a shared machine little about itself; so
all servers are measured in turns (A B C A B C ...) in one run, and the ratio is the figure. Each is one
process on core 0, loaded from core 1 through keep-alive connections; two workers have both cores, which
they share with the load. The bare app reads the body and answers 204: nothing in Python that speaks HTTP by
uvicorn can be faster. nginx writes the body to its access log, which nobody waits for; it reads one only to
hand it on, so that it answers each request twice, once to itself.

Each request carries an event with an id of its own (a repeated one is a cheap duplicate), from one
of 1,000 visitors and one of 50 browsers. Any answer but 204 voids the run, and so does a count in
the store that is not the count of answers.
"""

import argparse
import contextlib
import json
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from collector.model.outcome import Outcome
from e2e.harness import Collector, Pages, ServerProcess, run_collector
from tests.bench.load import Load, run_load

ROOT = Path(__file__).parent.parent.parent
SERVER_CORE, LOAD_CORE = 0, 1
TICKS = os.sysconf("SC_CLK_TCK")


class Turn(NamedTuple):
    """One turn of one server. `cpu_us` is the server's CPU per request; times in seconds."""

    rate: float
    cpu_us: float
    p99_ms: float
    load_busy: float


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """The least that a server can do: read the body, answer 204."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def serve_app(app: ASGIApp) -> None:
    """Run an app as the collector runs its own: uvloop, httptools, no proxy headers, no access log."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        print(f"Listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        config = uvicorn.Config(
            app,
            lifespan="off",
            loop="uvloop",
            http="httptools",
            ws="none",
            proxy_headers=False,
            access_log=False,
            log_level="error",
        )
        uvicorn.Server(config).run(sockets=[listener])


NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  log_format body escape=json '$time_iso8601 $request_body';
  access_log {folder}/access.log body;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  client_body_in_single_buffer on; client_body_buffer_size 1m; keepalive_requests 100000000;
  upstream itself {{ server unix:{folder}/read.sock; keepalive 64; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      # The body is read only where there is somebody to hand it on to.
      proxy_pass http://itself; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_pass_request_body off; proxy_set_header Content-Length "";
    }}
  }}
  server {{ listen unix:{folder}/read.sock; access_log off; return 204; }}
}}
"""


@contextlib.contextmanager
def serve_nginx(folder: Path) -> Iterator[ServerProcess]:
    """Run nginx on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port))
    program = os.environ.get("E2E_NGINX", "nginx")
    script = f"echo Listening on http://127.0.0.1:{port}; exec {program} -p {folder} -c {config}"
    server = ServerProcess(["sh", "-c", script], folder=folder, environment=os.environ)
    try:
        until_listening(port)
        yield server
    finally:
        server.stop()


def until_listening(port: int) -> None:
    """Wait until somebody takes connections on this port."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
    raise SystemExit("void: nginx does not listen")


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and its children so far, all their threads, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(fields[11]) + int(fields[12])) / TICKS + sum(cpu_seconds(int(child)) for child in children)


def take_turn(server: ServerProcess, load: Load, seconds: float) -> Turn:
    """Load a server for so many seconds and measure."""
    cpu, own, started = cpu_seconds(server.process.pid), time.process_time(), time.perf_counter()
    waits = run_load(load, seconds)
    took = time.perf_counter() - started
    used = cpu_seconds(server.process.pid) - cpu
    waits.sort()
    return Turn(
        rate=len(waits) / took,
        cpu_us=used / len(waits) * 1e6,
        p99_ms=waits[len(waits) * 99 // 100] * 1e3,
        load_busy=(time.process_time() - own) / took,
    )


def check_store(collector: Collector, source_id: str, answered: int) -> None:
    """End the run unless every answered event was stored, and none was a duplicate."""
    counts = collector.store.outcomes(source_id)
    stored = sum(row.count for row in counts if row.outcome is Outcome.STORED)
    other = {row.outcome for row in counts} - {Outcome.STORED, Outcome.DERIVED}
    if other or stored != answered:
        sys.exit(f"void: {answered} answers, {stored} stored, also {sorted(other)}")
    if "lock" in collector.server.output():
        sys.exit(f"void: the log tells of a lock:\n{collector.server.output()}")


def report(name: str, turns: list[Turn], events: int) -> dict[str, float]:
    """Print one server's figures; return its medians."""
    rates = [turn.rate * events for turn in turns]
    cpu_us = statistics.median(turn.cpu_us for turn in turns) / events
    p99_ms = statistics.median(turn.p99_ms for turn in turns)
    print(
        f"{name:10} {statistics.median(rates):8.0f} events/s ({min(rates):.0f} to {max(rates):.0f})"
        f"  CPU {cpu_us:6.1f} us an event  p99 {p99_ms:6.1f} ms"
        f"  load generator {max(turn.load_busy for turn in turns):.0%} busy"
    )
    return {"rate": statistics.median(rates), "cpu_us": cpu_us, "p99_ms": p99_ms}


def measure(options: argparse.Namespace, folder: Path) -> tuple[dict[str, list[Turn]], str]:
    """Run all servers in turns. Returns the turns of each, and what a beacon looks like."""
    cores = {SERVER_CORE} if options.workers == 1 else {SERVER_CORE, LOAD_CORE}
    os.sched_setaffinity(0, {SERVER_CORE})  # What is started now inherits the core.
    command = [sys.executable, "-m", "tests.bench.beacon_rate", "bare"]
    plain = ServerProcess(command, folder=ROOT, environment=os.environ)
    try:
        with serve_nginx(folder) as nginx:
            os.sched_setaffinity(0, cores)
            with run_collector(folder, Pages(""), arguments=("--workers", str(options.workers))) as collector:
                os.sched_setaffinity(0, {LOAD_CORE})
                source_id = collector.add_source("Bench").source_id
                servers = {"collector": collector.server, "bare": plain, "nginx": nginx}
                loads = {
                    name: Load(server.url, f"/b/{source_id}", options.connections, events=options.events)
                    for name, server in servers.items()
                }
                for name, server in servers.items():
                    take_turn(server, loads[name], 2)  # warm: caches, and the first checkpoint
                turns: dict[str, list[Turn]] = {name: [] for name in servers}
                for _ in range(options.rounds):
                    for name, server in servers.items():
                        turns[name].append(take_turn(server, loads[name], options.seconds))
                check_store(collector, source_id, loads["collector"].answered * options.events)
    finally:
        plain.stop()
    size = len(loads["collector"].body(0))
    return turns, f"{options.connections} connections, {size} bytes a body, {options.workers} workers"


def main() -> None:
    parser = argparse.ArgumentParser(description="Events a second of the beacon endpoint")
    parser.add_argument("--seconds", type=float, default=5, help="length of one turn")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each server")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--events", type=int, default=1, help="events of one beacon")
    parser.add_argument("--workers", type=int, default=1, help="workers of the collector")
    parser.add_argument("--json", action="store_true", help="also print the figures as one JSON object")
    options = parser.parse_args()
    # A disk, not the memory that /tmp may be: the answers are to be durable.
    with tempfile.TemporaryDirectory(dir=ROOT / ".venv", prefix="bench-") as folder:
        turns, about = measure(options, Path(folder))
    print(f"{about}, {options.rounds} turns of {options.seconds:g} s each")
    found = {name: report(name, taken, options.events) for name, taken in turns.items()}
    ratios = [a.rate / b.rate for a, b in zip(turns["collector"], turns["bare"], strict=True)]
    print(f"ratio to bare {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    if options.json:
        print(json.dumps(found | {"ratio": statistics.median(ratios)}))


if __name__ == "__main__":
    serve_app(bare) if sys.argv[1:] == ["bare"] else main()
