"""What stands between a browser and the collector, or the pages: a proxy that a test commands.

It can be slow, speak TLS, answer in the collector's place or not at all; and it notes what came.
Both halves run in one thread with a loop of its own, since Playwright's tests allow none in theirs.
"""

import asyncio
import contextlib
import json
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Answer = tuple[int, dict[str, str]] | Literal["close", "hang", "lost", "cut"] | None
"""To a beacon: a status and headers, a connection that breaks, silence; None: what the collector says. "lost"
and "cut" are that too, of which nothing and half of the first line arrives."""


@dataclass
class Beacon:
    """One POST, when it came (monotonic seconds), what it held, and whether the collector answered it."""

    time: float
    size: int
    content_type: str
    path: str
    events: list[dict[str, object]]
    passed: bool = False

    def actions(self) -> list[object]:
        return [event["action"] for event in self.events]


@dataclass
class Gate:
    """A running gate. `answers` are used up one a beacon; then `answer` holds."""

    url: str
    target: str
    answer: Answer = None
    answers: list[Answer] = field(default_factory=list)
    beacons: list[Beacon] = field(default_factory=list)
    preflights: int = 0
    served: dict[str, bytes] = field(default_factory=dict)
    """Whole responses by path, for when the target is away: what a cache would give."""

    def sent(self, action: str) -> list[Beacon]:
        """The bodies that held such an event."""
        return [beacon for beacon in self.beacons if action in beacon.actions()]

    def next_answer(self) -> Answer:
        return self.answers.pop(0) if self.answers else self.answer


def wait_until(true: Callable[[], object], what: str = "", seconds: float = 15) -> None:
    """Return once it is true. Raises AssertionError."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s for {what or true}")
        time.sleep(0.02)


async def _relay(gate: Gate, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection, request after request."""
    while head := await reader.readuntil(b"\r\n\r\n"):
        lines = head.decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ", 2)
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        answer: Answer = None
        if method == "OPTIONS":
            gate.preflights += 1
        elif method == "POST" and "/b/" in path:
            events = json.loads(body)["events"]
            beacon = Beacon(time.monotonic(), len(body), headers.get("content-type", ""), path, events)
            answer = gate.next_answer()
            gate.beacons.append(beacon)
        if answer == "close":
            return
        if answer == "hang":
            await reader.read()
            return
        if isinstance(answer, tuple):
            writer.write(_response(*answer))
        else:
            told = await _ask(gate, path, lines, body)
            if method == "POST" and "/b/" in path:
                beacon.passed = True
            if answer is not None:
                writer.write(told[:10] if answer == "cut" else b"")
                await writer.drain()
                return
            writer.write(told)
        await writer.drain()


def _response(status: int, headers: dict[str, str]) -> bytes:
    """An answer of the gate's own, which a page of any origin may read."""
    more = {"access-control-allow-origin": "*", "access-control-expose-headers": "retry-after"} | headers
    text = "".join(f"{name}: {value}\r\n" for name, value in more.items())
    return f"HTTP/1.1 {status} Answer\r\ncontent-length: 0\r\n{text}\r\n".encode()


async def _ask(gate: Gate, path: str, lines: list[str], body: bytes) -> bytes:
    """The target's answer, made fit for a connection that goes on. Raises OSError where it is away."""
    host, _, port = gate.target.rpartition(":")
    try:
        reader, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        if path in gate.served:
            return gate.served[path]
        raise
    try:
        kept = [line for line in lines if not line.lower().startswith("connection:")]
        writer.write("\r\n".join([kept[0], "connection: close", *kept[1:]]).encode("latin-1") + body)
        whole = await reader.read()
    finally:
        writer.transport.abort()
    if not whole:
        raise ConnectionResetError("the target ended in the middle")
    head, _, rest = whole.partition(b"\r\n\r\n")
    kept_head = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    answer = b"\r\n".join(kept_head) + b"\r\n\r\n" + rest
    if path.startswith("/t/") and b" 200 " in kept_head[0]:
        gate.served[path] = answer
    return answer


async def _delay(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float, late: float
) -> None:
    """Pass bytes on after so many seconds each, the first a round trip later: the handshake's."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def fill() -> None:
        first = late
        data = b"x"
        while data:
            try:
                data = await reader.read(65536)
            except OSError:
                data = b""
            await waiting.put((loop.time() + seconds + first, data))
            first = 0

    filling = asyncio.create_task(fill())
    try:
        while True:
            due, data = await waiting.get()
            await asyncio.sleep(due - loop.time())
            if not data:
                break
            writer.write(data)
            await writer.drain()
    finally:
        filling.cancel()
        writer.close()


async def _guarded(work: Awaitable[object], writer: asyncio.StreamWriter) -> None:
    """Do it and hang up. A connection may break at any moment, and ends with the gate."""
    try:
        with contextlib.suppress(OSError, EOFError):
            await work
        writer.close()
    except asyncio.CancelledError:
        # What is still to be written would hold it open beyond the loop.
        writer.transport.abort()


async def _serve(
    gate: Gate,
    tls: ssl.SSLContext | None,
    delay: float,
    opened: Callable[[], object],
    end: asyncio.Event,
) -> None:
    """Serve until the end. The delay stands before TLS, whose handshake takes its round trips."""

    async def near(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _guarded(_relay(gate, reader, writer), writer)

    async def far(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def both() -> None:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", inner_port)
            try:
                await asyncio.gather(
                    _delay(reader, inner_writer, delay, 2 * delay), _delay(inner_reader, writer, delay, 0)
                )
            finally:
                inner_writer.close()

        await _guarded(both(), writer)

    async with contextlib.AsyncExitStack() as servers:
        inner = await servers.enter_async_context(await asyncio.start_server(near, "127.0.0.1", 0, ssl=tls))
        inner_port = inner.sockets[0].getsockname()[1]
        outer = inner
        if delay:
            outer = await servers.enter_async_context(await asyncio.start_server(far, "127.0.0.1", 0))
        gate.url = f"{'https' if tls else 'http'}://127.0.0.1:{outer.sockets[0].getsockname()[1]}"
        opened()
        await end.wait()
        # asyncio leaks a connection that it is accepting as its server closes, and a task that is
        # cancelled before it has begun never hangs up: no more are taken, and those begin, first.
        for server in (inner, outer):
            for listening in server.sockets:
                asyncio.get_running_loop().remove_reader(listening.fileno())
        for _ in range(5):
            await asyncio.sleep(0)
        connections = asyncio.all_tasks() - {asyncio.current_task()}
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


@contextlib.contextmanager
def open_gate(target: str, *, tls: ssl.SSLContext | None = None, delay: float = 0) -> Iterator[Gate]:
    """A gate before `target` (http://host:port); `delay` in seconds each way."""
    gate = Gate("", target.removeprefix("http://"))
    opened = threading.Event()
    stop: list[Callable[[], object]] = []

    async def serve() -> None:
        end = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(end.set))
        await _serve(gate, tls, delay, opened.set, end)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="gate")
    thread.start()
    opened.wait()
    try:
        yield gate
    finally:
        stop[0]()
        thread.join()
