"""The load: keep-alive connections that each send a beacon, wait for the answer, and send the next.

A protocol class on uvloop rather than a client library: it must cost less than the server it
measures, or it would measure itself.
"""

import asyncio
import random
import time
import uuid
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import uvloop

VISITORS = 1000
BROWSERS = 50
BODY_BYTES = 598


class Load:
    """What is sent to one server: beacons of so many `events`. `answered` counts beacons over all turns, so
    that no id is ever sent twice."""

    expected = b"HTTP/1.1 204"
    """How a good answer begins."""

    def __init__(self, url: str, path: str, connections: int, *, events: int = 1) -> None:
        address = urlsplit(url)
        self.host, self.port = address.hostname or "", address.port or 80
        self.connections = connections
        self.events = events
        self.sent = 0
        self.answered = 0
        self.waits: list[float] = []
        self.failure = ""
        self._stamp = time.time_ns() // 1_000_000
        self._random = random.Random(1)
        self._tails = [self._tail() for _ in range(VISITORS)]
        self._heads = [
            f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nUser-Agent: {agent}\r\n"
            f"Content-Type: text/plain;charset=UTF-8\r\nAccept-Language: en-GB,en;q=0.8\r\n"
            f"Content-Length: {events * (BODY_BYTES - 1) + 1}\r\n\r\n".encode()
            for agent in user_agents()
        ]

    def _tail(self) -> bytes:
        visitor = uuid.UUID(int=self._random.getrandbits(128), version=4)
        text = (
            f'","action":"page.visit","label":"Visited page Products","time":{self._stamp},'
            f'"uuid":"{visitor}","params":{{"url":"https://shop.example/products/blue-bowl","title":"Products",'
            '"referrer":"https://search.example/","og:title":"Blue bowl","og:type":"product",'
            '"product:price:amount":"48.00","product:price:currency":"EUR","note":"'
        )
        end = '"},"context":{"screen":{"width":1280,"height":720},"language":"en-GB"}}'
        return (text + "x" * (BODY_BYTES - len('[{"id":"]') - 36 - len(text) - len(end)) + end).encode()

    def body(self, number: int) -> bytes:
        """The beacon of this number, of events whose ids (UUIDv7) are their own."""
        first = number * self.events
        return b"[" + b",".join([self._event(n) for n in range(first, first + self.events)]) + b"]"

    def _event(self, number: int) -> bytes:
        ms, low = self._stamp + number // 4096, number & 0xFFF
        visitor = number % VISITORS
        event_id = f'{{"id":"{ms >> 16:08x}-{ms & 0xFFFF:04x}-7{low:03x}-8000-{visitor:012x}'
        return event_id.encode() + self._tails[visitor]

    def is_whole(self, received: bytes) -> bool:
        """Whether this is an answer with its end: a good one has no body."""
        return received.endswith(b"\r\n\r\n")

    def request(self) -> bytes:
        """The next request."""
        number = self.sent
        self.sent += 1
        return self._heads[number % BROWSERS] + self.body(number)


class _Connection(asyncio.Protocol):
    def __init__(self, load: Load, until: float) -> None:
        self.load = load
        self.until = until
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's own class: no isinstance
        self._send()

    def _send(self) -> None:
        self.received = b""
        self.sent_at = time.perf_counter()
        self.transport.write(self.load.request())

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.load.is_whole(self.received):
            return
        if not self.received.startswith(self.load.expected):
            self.load.failure = self.received[:200].decode("latin-1")
            self.transport.close()
            return
        now = time.perf_counter()
        self.load.answered += 1
        self.load.waits.append(now - self.sent_at)
        if now < self.until and not self.load.failure:
            self._send()
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.load.failure and time.perf_counter() < self.until:
            self.load.failure = f"the server closed the connection: {exc}"
        if not self.done.done():
            self.done.set_result(None)


def run_load(load: Load, seconds: float) -> list[float]:
    """Send for so many seconds; return how long each answer took, in seconds. A bad answer ends the run."""
    load.waits = []

    async def send() -> None:
        loop = asyncio.get_running_loop()
        until = time.perf_counter() + seconds
        opened = [
            await loop.create_connection(lambda: _Connection(load, until), load.host, load.port)
            for _ in range(load.connections)
        ]
        async with asyncio.timeout(seconds + 30):
            await asyncio.gather(*(connection.done for _, connection in opened))

    uvloop.run(send())
    if load.failure:
        raise SystemExit(f"void: {load.failure}")
    return load.waits


class Answer(NamedTuple):
    """What became of one paced request. `due_s` is when it was to be sent, since the beginning. `wait_s`
    counts from then, so that a server which holds up its clients does not look fast for it."""

    due_s: float
    wait_s: float
    status: int
    retry_after: bool


class _Paced(asyncio.Protocol):
    """One connection of a pool, which sends what it is given and then is free again."""

    def __init__(self, pool: "_Pool") -> None:
        self.pool = pool

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.received = b""
        self.pool.free.append(self)

    def send(self, due: float) -> None:
        self.due, self.received = due, b""
        self.transport.write(self.pool.load.request())

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return
        lowered = head.lower()
        _, _, length = lowered.partition(b"content-length: ")
        if length and len(body) < int(length.split(b"\r\n")[0]):
            return
        now = time.perf_counter()
        status = int(head[9:12])
        self.pool.load.answered += status == 204
        self.pool.answers.append(
            Answer(self.due - self.pool.started, now - self.due, status, b"\r\nretry-after: " in lowered)
        )
        if b"\r\nconnection: close" in lowered:
            self.transport.close()
        else:
            self.pool.free.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.pool.lost += 1
        if self in self.pool.free:
            self.pool.free.remove(self)


class _Pool:
    def __init__(self, load: Load) -> None:
        self.load = load
        self.free: deque[_Paced] = deque()
        self.answers: list[Answer] = []
        self.lost = 0
        self.started = time.perf_counter()

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(self.load.connections):
            await loop.create_connection(lambda: _Paced(self), self.load.host, self.load.port)

    async def send(self, rates: Sequence[tuple[float, float]]) -> None:
        self.started = due = time.perf_counter()
        sent = 0
        for rate, seconds in rates:
            until = due + seconds
            while due < until:
                if due <= time.perf_counter() and self.free:
                    self.free.popleft().send(due)
                    sent += 1
                    due += 1 / rate
                else:
                    await asyncio.sleep(0 if self.free else 0.0005)
        async with asyncio.timeout(30):
            while len(self.answers) < sent:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


def run_paced(load: Load, rates: Sequence[tuple[float, float]]) -> list[Answer]:
    """Send at fixed rates, (requests a second, seconds) one after the other, whatever the answers.

    A request whose time has come while every connection waits is sent as soon as one is free; its wait counts
    from its time all the same. Returns what was answered.
    """
    return run_paced_together([(load, rates)])[0]


def run_paced_together(loads: Sequence[tuple[Load, Sequence[tuple[float, float]]]]) -> list[list[Answer]]:
    """The same for several loads at once: returns what was answered to each."""
    pools = [_Pool(load) for load, _ in loads]

    async def send_all() -> None:
        for pool in pools:
            await pool.connect()
        async with asyncio.TaskGroup() as sending:
            for pool, (_, rates) in zip(pools, loads, strict=True):
                sending.create_task(pool.send(rates))

    uvloop.run(send_all())
    if lost := sum(pool.lost for pool in pools):
        raise SystemExit(f"void: the server closed {lost} connections")
    return [pool.answers for pool in pools]


def user_agents() -> list[str]:
    """The User-Agents of as many browsers as there are."""
    chrome = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
        " Chrome/{}.0.0.0 Safari/537.36"
    )
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"
    half = BROWSERS // 2
    return [text.format(100 + number) for text in (chrome, firefox) for number in range(half)]
