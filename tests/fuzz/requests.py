"""Requests that no honest client sends, as bytes on a socket: no HTTP library would send most of them."""

import socket
from typing import NamedTuple
from urllib.parse import urlsplit

ANSWER_S = 20
"""Longest wait for an answer, in seconds: far more than any takes, far less than for ever."""

Header = tuple[bytes, bytes]


class Request(NamedTuple):
    """framed: its lengths are true, so that it is answered; else the connection may just end."""

    method: bytes
    target: bytes
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    framed: bool = True

    def written(self) -> bytes:
        """As it goes over the wire. One that is framed tells its length, and that nothing follows."""
        headers = list(self.headers)
        names = {name.lower() for name, _ in headers}
        if b"host" not in names:
            headers.append((b"Host", b"collector.example"))
        if self.framed:
            headers += [(b"Content-Length", b"%d" % len(self.body)), (b"Connection", b"close")]
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        return b"%s %s HTTP/1.1\r\n%s\r\n%s" % (self.method, self.target, lines, self.body)

    def __repr__(self) -> str:
        """Short enough to read in a failure."""
        headers = [(name, value[:80]) for name, value in self.headers]
        return (
            f"{self.method!r} {self.target[:300]!r} {headers!r} {len(self.body)} bytes: {self.body[:300]!r}"
        )


class Answer(NamedTuple):
    """status: 0 where the connection ended without one."""

    status: int
    content: bytes


def ask(url: str, request: Request) -> Answer:
    """Send a request as it stands, and read until the server closes.

    Raises TimeoutError where it neither answers nor closes.
    """
    return exchange(url, request.written(), ends=not request.framed)


def exchange(url: str, sent: bytes, *, ends: bool) -> Answer:
    """Send bytes, then nothing more where `ends`; read until the server closes. Raises TimeoutError."""
    at = urlsplit(url)
    with socket.create_connection((at.hostname or "", at.port or 0), timeout=ANSWER_S) as connection:
        parts = []
        try:
            connection.sendall(sent)
            if ends:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # answered and closed before all was sent; the answer may still be there
        try:
            while part := connection.recv(65_536):
                parts.append(part)
        except ConnectionResetError:
            pass
    content = b"".join(parts)
    while content.startswith(b"HTTP/1.1 100"):
        content = content.partition(b"\r\n\r\n")[2]
    status = content[9:12] if content.startswith(b"HTTP/1.") else b""
    return Answer(int(status) if status.isdigit() else 0, content)
