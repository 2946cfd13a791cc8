"""The gate itself: what it leaves open, the garbage collector would complain of in some later test."""

import contextlib
import gc
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from e2e.delivery.gate import open_gate

LONG = (200, {"long": "x" * 5_000_000})
"""An answer that no socket takes at once."""


def connect(port: int) -> None:
    """Connect and ask, again and again until the gate has ended."""
    with contextlib.suppress(OSError):
        while True:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
                client.sendall(b"GET / HTTP/1.1\r\nhost: gate\r\n\r\n")
                client.recv(1)


def read_slowly(port: int, ended: threading.Event) -> None:
    """Ask for the long answer, and read no more of it until the gate has ended."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b'POST /b/1 HTTP/1.1\r\nhost: gate\r\ncontent-length: 13\r\n\r\n{"events":[]}')
        client.recv(1)
        ended.wait()


@pytest.mark.parametrize("delay", [0, 0.005])
def test_a_gate_that_ends_under_load_leaves_nothing_open(delay: float) -> None:
    """In the middle of an accept or an answer. A warning of an unclosed socket is an error here."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        target = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    for _ in range(20):
        ended = threading.Event()
        with ThreadPoolExecutor() as clients:
            with open_gate(target, delay=delay) as gate:
                gate.answer = LONG
                port = int(gate.url.rpartition(":")[2])
                for _ in range(2):
                    clients.submit(connect, port)
                    clients.submit(read_slowly, port, ended)
            ended.set()
    gc.collect()
