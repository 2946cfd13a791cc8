"""A proxy before the collector that notes what passes, and loses the answers that a test wants lost.

A client whose answer is lost cannot know that its events are stored: it sends them once more. The
proxy speaks HTTP to both sides, so that the client is none the wiser and nothing of it is replaced.
"""

import asyncio
import contextlib
import http.client
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Receive, Scope, Send

from e2e.harness import serving

Headers = list[tuple[bytes, bytes]]


@dataclass
class Request:
    """One request as it came, and the status that the sender was given."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int


@dataclass
class Relay:
    """A running proxy. `lost` answers to POST are still to be lost: the collector's work is done, and the
    sender is told 503. `served` holds scripts by path, given in the collector's place."""

    url: str
    target: str
    lost: int = 0
    served: dict[str, bytes] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def posts(self) -> list[Request]:
        """What was posted, in the order of the answers."""
        return [request for request in self.requests if request.method == "POST"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = await _body(receive)
        path: str = scope["path"] + ("?" + scope["query_string"].decode() if scope["query_string"] else "")
        if (script := self.served.get(scope["path"])) is not None:
            headers = [(b"content-type", b"text/javascript"), (b"content-length", b"%d" % len(script))]
            await _answer(send, 200, headers, script)
            return
        status, headers, answer = await asyncio.to_thread(
            self._ask, scope["method"], path, scope["headers"], body
        )
        if scope["method"] == "POST" and self.lost:
            self.lost -= 1
            # As a proxy's own: without what a browser must read before a page may see the status.
            status, headers, answer = 503, [], b""
        sent = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self.requests.append(Request(scope["method"], path, sent, body, status))
        await _answer(send, status, headers, answer)

    def _ask(self, method: str, path: str, headers: Headers, body: bytes) -> tuple[int, Headers, bytes]:
        """The collector's answer. The Host stays the proxy's, as behind any proxy that is well set up."""
        connection = http.client.HTTPConnection(self.target, timeout=20)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                if name not in (b"connection", b"content-length", b"transfer-encoding"):
                    connection.putheader(name.decode(), value)
            connection.putheader("content-length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            kept = [
                (name.encode(), value.encode("latin-1"))
                for name, value in response.getheaders()
                if name.lower() not in ("connection", "transfer-encoding", "date", "server")
            ]
            return response.status, kept, response.read()
        finally:
            connection.close()


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _answer(send: Send, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextlib.contextmanager
def open_relay(target: str, **options: Any) -> Iterator[Relay]:
    """A proxy before `target` (http://host:port) until the block ends; options as the fields of Relay."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        relay = Relay(url, target.removeprefix("http://"), **options)
        with serving(relay, listener):
            yield relay
