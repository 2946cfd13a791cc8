"""Bytes to a server and back, as no HTTP library would send them."""

import contextlib
import re
import socket
import time
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

LONG_S = 20.0
"""How long a test waits for what comes at once."""

END = b"<the end>"
"""Stands behind what was read of a connection that the other side has ended."""


@contextlib.contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    """A connection to the server of a URL."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=LONG_S) as connection:
        yield connection


def read_to_end(connection: socket.socket) -> bytes:
    """All that comes, and END where the other side has ended the connection."""
    parts = []
    with contextlib.suppress(OSError):
        while part := connection.recv(65_536):
            parts.append(part)
    # A connection that is cut while something was on the way is an ended one too.
    with contextlib.suppress(TimeoutError):
        with contextlib.suppress(ConnectionError):
            connection.recv(1)
        parts.append(END)
    return b"".join(parts)


def exchange(url: str, pieces: Iterable[bytes]) -> bytes:
    """Send pieces until they are gone or the connection is; return what came, to the end."""
    with connected(url) as connection:
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
        return read_to_end(connection)


def trickle(url: str, beginning: bytes, rest: bytes, pause_s: float) -> bytes:
    """Send the beginning, then byte after byte of the rest again and again until the connection is ended."""
    with connected(url) as connection:
        connection.sendall(beginning)
        connection.settimeout(pause_s)
        deadline_s = time.monotonic() + LONG_S
        came = b""
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < deadline_s:
                for number in range(len(rest)):
                    connection.sendall(rest[number : number + 1])
                    with contextlib.suppress(TimeoutError):
                        part = connection.recv(65_536)
                        came += part
                        if not part:
                            return came + END
            return came
        return came + END


def statuses(answers: bytes) -> list[int]:
    """The statuses of answers that came one behind the other."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] ([0-9]{3}) ", answers)]
