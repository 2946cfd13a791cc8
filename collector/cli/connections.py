"""What one connection may cost: uvicorn's own protocol with bounds on the head of a request, on how long a
client may take, and on how many connections there are.

uvicorn bounds none of these with httptools: a header of 100 MB held the loop for 18 seconds, a head that
never ended was kept for ever, and so was a connection on which nothing came. A deadline for each request
would cost a timer for each; here one look a second at all connections finds those that are late.
"""

import asyncio
import functools
import resource
from collections.abc import Callable
from typing import Any

import httptools
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from collector.prepared import EXTENSION, Prepared

MAX_HEAD_BYTES = 65_536
"""Of a request's line and headers, beyond the piece that its beginning came in (of at most 256 kB)."""

MAX_CONNECTIONS = 4096
"""Of a process. Those beyond are answered 503."""

MAX_REFUSED = 256
"""Connections that are there to be answered 503. Those beyond are closed unread."""

RESERVED_FILES = 128
"""Files that a process needs beside its connections."""

MAX_PIPELINED = 64
"""Requests that wait for an earlier one of their connection; those of one piece are all taken. uvicorn would
go on reading with each answer, and a hundred thousand took 160 MB."""

HEAD_S = 20
"""How long a client may take to send the head of a request, from the connection on, in seconds."""

BODY_S = 60
"""The same for the body, of which the largest is 1 MB; and how long a client may read nothing."""

SWEEP_S = 1.0
"""How often late clients are looked for, in seconds."""

RETRY_AFTER_S = 2
"""When a client may come again after 503, in seconds."""


def raise_file_limit() -> None:
    """Let this process, and those it starts, open the files that all connections need, if the system does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + MAX_REFUSED + RESERVED_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@functools.cache
def most_connections() -> int:
    """How many connections this process serves: MAX_CONNECTIONS, or as many as it may open files for."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(1, min(MAX_CONNECTIONS, soft - MAX_REFUSED - RESERVED_FILES))


async def overloaded(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer what comes on a connection too many, in ASGI's words."""
    content = b'{"detail":"too many connections; try again"}'
    headers = [
        (b"retry-after", str(RETRY_AFTER_S).encode()),
        (b"connection", b"close"),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def write_prepared(send: Send, head: bytes, body: bytes) -> bool:
    """Write an answer that was prepared: `collector.prepared.Write`."""
    cycle = getattr(send, "__self__", None)
    if type(cycle) is not RequestResponseCycle or cycle.flow.write_paused:
        return False
    if cycle.disconnected:
        return True
    cycle.response_started = cycle.response_complete = True
    lines = [head]
    for name, value in cycle.default_headers:
        lines += [name, b": ", value, b"\r\n"]
        if name == b"connection":
            cycle.keep_alive = False
            break
    else:
        if not cycle.keep_alive:
            lines.append(b"connection: close\r\n")
    lines += [b"\r\n", body]
    cycle.transport.write(b"".join(lines))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    cycle.on_response = _nothing  # as uvicorn does: else each of the two would hold the other
    return True


def _nothing() -> None:
    pass


# One for all requests. What told of its own would be a circle, left to the garbage collector each time.
_EXTENSIONS: dict[str, Any] = {EXTENSION: {"write": write_prepared}}


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    # Of the process: its connections as uvicorn knows them are the same set in all of them.
    _sweeping: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # uvicorn makes a scope where a request begins, and its cycle where the head ends.
        self._last_scope = self.scope
        self._head_bytes = 0
        self._late_for: tuple[object, ...] | None = None
        self._late_since_s = 0.0
        self._refusal: Callable[[Scope], Prepared | None] | None = getattr(self.app, "refusal", None)
        if len(self.connections) > most_connections():
            self.app, self._refusal = overloaded, None
            if len(self.connections) > most_connections() + MAX_REFUSED:
                transport.abort()
        if BoundedProtocol._sweeping is None:
            BoundedProtocol._sweeping = self.loop.call_later(SWEEP_S, self._sweep)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        cycle.scope["extensions"] = _EXTENSIONS
        # Those behind it wait for the answer of this one, which would call for theirs.
        refuse = None if self.pipeline else self._refusal
        refusal = None if refuse is None else refuse(cycle.scope)
        if refusal is None or not refusal.is_written(write_prepared, cycle.send):
            super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        rest: bytes | memoryview = data
        try:
            while rest:
                try:
                    self.parser.feed_data(rest)
                    break
                except httptools.HttpParserUpgrade as offer:
                    rest = memoryview(rest)[offer.args[0] :]
                    if not self._should_upgrade():
                        break
                    self._begin_without_offer()
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
            return
        if self.scope is not self._last_scope:
            self._last_scope, self._head_bytes = self.scope, 0
            if len(self.pipeline) > MAX_PIPELINED:
                # Never again: uvicorn resumes where its own note says that it has paused. What waits is
                # answered, and then the connection ends by its idleness.
                self.flow.pause_reading()
                self.flow.read_paused = False
        elif self._is_in_head():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                if self._is_idle():
                    self._refuse(b"431 Request Header Fields Too Large")
                else:
                    self.flow.pause_reading()  # until the request before has its answer

    def _sweep(self) -> None:
        now_s = self.loop.time()
        for each in list(self.connections):
            if isinstance(each, BoundedProtocol):
                each._end_if_late(now_s)
        BoundedProtocol._sweeping = self.loop.call_later(SWEEP_S, self._sweep) if self.connections else None

    def _end_if_late(self, now_s: float) -> None:
        """End this connection where it waits for its client, and has for too long."""
        waits_for = self._waits_for()
        if waits_for is None or waits_for != self._late_for:
            self._late_for, self._late_since_s = waits_for, now_s
            return
        waited_s = now_s - self._late_since_s
        if waits_for[0] == "head":
            if waited_s >= HEAD_S:
                self._refuse(b"408 Request Timeout")
        elif waited_s >= BODY_S:
            if waits_for[0] == "body":
                self._refuse(b"408 Request Timeout")
            else:
                self.transport.abort()

    def _waits_for(self) -> tuple[object, ...] | None:
        """What the client has to do next, and in answer to what; None where it is not the client's turn."""
        cycle = self.cycle
        if self.transport.is_closing() or self.flow.write_paused:
            # A slow reader is none that reads nothing.
            return "answer", cycle, self.transport.get_write_buffer_size()
        if self._is_in_head():
            return ("head", cycle) if self._is_idle() else None
        if cycle.response_complete:
            # A timer of uvicorn's ends what is idle; what still comes is a body that was answered unread.
            return None if self.timeout_keep_alive_task is not None else ("body", cycle)
        return ("body", cycle) if cycle.more_body else None

    def _is_in_head(self) -> bool:
        """Whether a head is next, or is being read."""
        return self.cycle is None or self.cycle.scope is not self.scope

    def _is_idle(self) -> bool:
        """Whether every request that came has its answer."""
        return self.cycle is None or self.cycle.response_complete

    def _refuse(self, status: bytes) -> None:
        """End the connection; say why, unless that could be taken for the answer to another request."""
        if self.transport.is_closing():
            return
        may_say = self._is_idle() if self._is_in_head() else not self.cycle.response_started
        if may_say and not self.pipeline:
            told = b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            self.transport.write(told)
        self.transport.close()

    def _should_upgrade(self) -> bool:
        """Whether this request offers another protocol: uvicorn begins none that does.

        With CONNECT it does not count: to the parser that is an offer by itself.
        """
        return self.parser.get_method() != b"CONNECT" and any(name == b"upgrade" for name, _ in self.headers)

    def _begin_without_offer(self) -> None:
        """Read the head again without what it offers, as any server may (RFC 9110 section 7.8).

        The parser would take what follows for that protocol, and the body with it: Java's own client offers
        HTTP/2 with its first request, whatever its method.
        """
        head = [self.scope["method"].encode(), b" ", self.url, b" HTTP/", self.scope["http_version"].encode()]
        for name, value in self.headers:
            if name != b"upgrade":
                head += [b"\r\n", name, b": ", value]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        self.parser.feed_data(b"".join([*head, b"\r\n\r\n"]))
