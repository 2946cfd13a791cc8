"""What a connection may cost: heads are bounded, clients have deadlines, there are so many and no more."""

import asyncio
import contextlib
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from collector.app import build_app
from collector.cli import connections
from collector.cli.connections import BoundedProtocol, most_connections, raise_file_limit
from collector.config import Config
from collector.store import connect
from e2e.harness import run_collector, serve_pages
from tests.receive.running import wait_until
from tests.server.raw import END, connected, exchange, read_to_end, statuses, trickle
from tests.server.serving import serving

GET = b"GET / HTTP/1.1\r\nhost: a.example\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nhost: a.example\r\ncontent-length: 9\r\n"
OFFER = (
    b"POST / HTTP/1.1\r\nhost: a.example\r\ncontent-length: 10\r\n"
    b"connection: upgrade, close\r\nupgrade: h2c\r\n\r\n\r\nUpgrade:"
)
LARGE = 50_000_000
"""Bytes of an answer that no buffer on the way holds."""

HEAD_S, BODY_S = 0.3, 0.6


class App:
    """Answers what it is asked for by the path."""

    def __init__(self) -> None:
        self.asked = 0
        self.bodies: list[bytes] = []
        self.ended = threading.Event()
        self.may_answer = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        if scope["path"] != "/unread":
            body, more = b"", True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    self.ended.set()
                    return
                body, more = body + message["body"], message["more_body"]
            self.bodies.append(body)
        if scope["path"] == "/slow":
            await asyncio.to_thread(self.may_answer.wait, 20)
        content = b"a" * LARGE if scope["path"] == "/large" else b"ok"
        headers = [(b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})
        if scope["path"] == "/large":
            self.ended.set()


@pytest.fixture
def app() -> App:
    """The application of a test."""
    return App()


@pytest.fixture
def url(app: App) -> Iterator[str]:
    """Where it is served."""
    with serving(app) as url:
        yield url


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines that a test can wait for."""
    monkeypatch.setattr(connections, "HEAD_S", HEAD_S)
    monkeypatch.setattr(connections, "BODY_S", BODY_S)
    monkeypatch.setattr(connections, "SWEEP_S", 0.05)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([b"GET / HTTP/1.1\r\nx: " + b"a" * 1_000_000], id="one header"),
        pytest.param([b"GET / HTTP/1.1\r\nx: ", *[b"a" * 1_000_000] * 100], id="one header of 100 MB"),
        pytest.param([b"GET / HTTP/1.1\r\n", *[b"x: a\r\n" * 10_000] * 100], id="a million headers"),
        pytest.param([b"GET / HTTP/1.1\r\n" + b"a" * 1_000_000 + b": b\r\n\r\n"], id="a header's name"),
        pytest.param([b"GET /", b"a" * 1_000_000, b" HTTP/1.1\r\n\r\n"], id="the request line"),
        pytest.param([GET, b"GET / HTTP/1.1\r\nx: ", *[b"a" * 1_000_000] * 3], id="of the second request"),
    ],
)
def test_a_head_is_bounded(url: str, app: App, pieces: list[bytes]) -> None:
    answers = exchange(url, pieces)
    assert answers.endswith(END)
    assert statuses(answers) == [*[200] * pieces.count(GET), 431]
    assert app.asked == pieces.count(GET)
    assert statuses(exchange(url, [GET.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")])) == [200]


@pytest.mark.parametrize("size", [100, 8_000, 60_000])
def test_a_large_head_within_the_bound_is_taken(url: str, size: int) -> None:
    with connected(url) as connection:
        head = b"GET / HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\ncookie: " + b"a" * size
        for start in range(0, len(head), 1000):
            connection.sendall(head[start : start + 1000])
        connection.sendall(b"\r\n\r\n")
        assert statuses(read_to_end(connection)) == [200]


def test_a_large_body_is_no_head(url: str, app: App) -> None:
    head = b"POST / HTTP/1.1\r\nhost: a.example\r\ncontent-length: 1000000\r\n\r\n"
    with connected(url) as connection:
        for _ in range(2):
            # With the beginning of what follows, as a piece may hold it.
            connection.sendall(head + b"a" * 1_000_000 + GET)
        answers = b""
        while len(statuses(answers)) < 4:
            answers += connection.recv(1000)
    assert statuses(answers) == [200] * 4
    assert [len(each) for each in app.bodies] == [1_000_000, 0, 1_000_000, 0]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("send", "told"),
    [
        pytest.param(lambda url: exchange(url, []), [408], id="nothing is sent"),
        pytest.param(lambda url: exchange(url, [b"GET / HT"]), [408], id="half a head"),
        pytest.param(
            lambda url: trickle(url, b"GET / HTTP/1.1\r\nx: ", b"a", 0.05), [408], id="a head in drops"
        ),
        pytest.param(lambda url: trickle(url, b"", b"\r\n", 0.05), [408], id="blank lines in drops"),
        pytest.param(lambda url: exchange(url, [GET, b"GET / HT"]), [200, 408], id="half a second head"),
        pytest.param(lambda url: exchange(url, [POST, b"\r\n1234"]), [408], id="half a body"),
        pytest.param(lambda url: exchange(url, [POST, b"\r\n"]), [408], id="no body"),
        pytest.param(
            lambda url: trickle(
                url, b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\na\r\n", 0.02
            ),
            [408],
            id="a body without end, in drops",
        ),
        pytest.param(
            lambda url: trickle(
                url,
                b"POST /unread HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n",
                b"1\r\na\r\n",
                0.02,
            ),
            [200],
            id="a body without end, that was answered unread",
        ),
    ],
)
def test_a_late_client_is_ended(url: str, app: App, send: Callable[[str], bytes], told: list[int]) -> None:
    answers = send(url)
    assert answers.endswith(END)
    assert statuses(answers) == told
    if app.asked and told == [408]:
        assert app.ended.wait(10), "the application waits for a body that never comes"


@pytest.mark.usefixtures("quick")
def test_a_client_that_reads_nothing_is_ended(url: str, app: App) -> None:
    with connected(url) as connection:
        connection.sendall(GET.replace(b"/", b"/large", 1))
        assert app.ended.wait(20), "the answer waits for a client that reads nothing"


@pytest.mark.usefixtures("quick")
def test_a_slow_answer_is_nobody_s_fault(url: str, app: App) -> None:
    with connected(url) as connection:
        connection.sendall(GET.replace(b"/", b"/slow", 1))
        assert statuses(exchange(url, [POST, b"\r\n1"])) == [408], "both deadlines have passed by now"
        app.may_answer.set()
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_there_are_so_many_connections_and_no_more(
    url: str, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "most_connections", lambda: 3)
    monkeypatch.setattr(connections, "MAX_REFUSED", 1)
    with contextlib.ExitStack() as stack:
        served = [stack.enter_context(connected(url)) for _ in range(3)]
        for connection in served:
            connection.sendall(GET)
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        refused = stack.enter_context(connected(url))
        # What comes beyond those that are told so gets nothing at all.
        unread = stack.enter_context(connected(url))
        assert read_to_end(unread) == END
        refused.sendall(POST + b"\r\n123456789")
        answer = read_to_end(refused)
        assert statuses(answer) == [503]
        assert b"\r\nretry-after: 2\r\n" in answer
        served[0].sendall(GET)
        assert served[0].recv(1000).startswith(b"HTTP/1.1 200")
    assert app.asked == 4
    closing = GET.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
    wait_until(lambda: statuses(exchange(url, [closing])) == [200])


@pytest.mark.parametrize(
    "requests",
    [
        pytest.param([[OFFER]], id="the first"),
        pytest.param([[OFFER.replace(b"upgrade: h2c", b"UPGRADE: h2c")]], id="in capitals"),
        pytest.param([[OFFER.replace(b", close", b"")], [OFFER]], id="each"),
        pytest.param([[OFFER[:40], OFFER[40:]]], id="a head in pieces"),
        pytest.param([OFFER.partition(b"upgrade: h2c")], id="a piece of its own"),
        pytest.param([OFFER.partition(b"upg")], id="a name in pieces"),
        pytest.param([[OFFER[:-4], OFFER[-4:]]], id="a body in pieces"),
    ],
)
def test_an_offer_of_another_protocol_is_not_taken(url: str, app: App, requests: list[list[bytes]]) -> None:
    """As of Java's own client, with its first request."""
    with connected(url) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for count, request in enumerate(requests, start=1):
            for piece in request:
                connection.sendall(piece)
            wait_until(partial(lambda count: len(app.bodies) == count, count))
        assert statuses(read_to_end(connection)) == [200] * len(requests)
    assert set(app.bodies) == {b"\r\nUpgrade:"}


@pytest.mark.parametrize("offer", [b"", b"upgrade: h2c\r\nconnection: upgrade\r\n"])
def test_a_tunnel_is_refused(url: str, app: App, offer: bytes) -> None:
    tunnel = b"CONNECT a.example:80 HTTP/1.1\r\nhost: a.example\r\n" + offer + b"connection: close\r\n\r\n"
    assert statuses(exchange(url, [tunnel + GET])) == [400]
    assert app.asked == 0, "nor is what stands behind taken for a request"


def test_a_flood_of_offers_costs_what_a_flood_of_requests_does(url: str, app: App) -> None:
    offer = GET.replace(b"\r\n\r\n", b"\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n")
    closing = GET.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
    answers = exchange(url, [offer * 2_000 + closing])
    assert answers.endswith(END)
    assert set(statuses(answers)) == {200}
    assert app.asked == len(statuses(answers))
    wait_until(lambda: statuses(exchange(url, [closing])) == [200])


def test_what_waits_for_an_answer_on_one_connection_is_bounded(app: App) -> None:
    most = 0

    class Watched(BoundedProtocol):
        """Tells how many waited."""

        def data_received(self, data: bytes) -> None:
            nonlocal most
            super().data_received(data)
            most = max(most, len(self.pipeline))

    with serving(app, Watched) as url:
        answers = exchange(url, [GET * 500] * 200)
        assert answers.endswith(END)
        # One piece holds at most as many as fit into what is read at once.
        assert connections.MAX_PIPELINED < most <= connections.MAX_PIPELINED + 262_144 // len(GET)
        assert set(statuses(answers)) == {200}
        assert app.asked < 100_000, "what stood behind was never read"


@pytest.mark.usefixtures("quick")
def test_a_beacon_that_ends_early_is_counted_and_not_stored(tmp_path: Path) -> None:
    store_url = f"sqlite:///{tmp_path / 'tagwell.db'}"
    store = connect(store_url)
    store.migrate()
    id = store.add_source("Shop").source_id
    try:
        with serving(build_app(Config(store=store_url)), lifespan="on") as url:
            half = POST.replace(b"/", f"/b/{id}".encode(), 1) + b"\r\n[{}"
            assert statuses(exchange(url, [half])) == [408]
            wait_until(lambda: [each.reason for each in store.rejections(id)] == ["malformed_body"])
    finally:
        store.close()


def test_the_served_collector_has_these_bounds(tmp_path: Path) -> None:
    with serve_pages() as pages, run_collector(tmp_path, pages) as collector:
        assert statuses(exchange(collector.url, [b"GET / HTTP/1.1\r\nx: " + b"a" * 1_000_000])) == [431]


@pytest.fixture
def few_files() -> Iterator[int]:
    """A process that may open few files, and how many it may allow itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (500, hard))
    most_connections.cache_clear()
    try:
        yield hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        most_connections.cache_clear()


def test_the_limit_of_files_is_raised_as_far_as_it_goes(few_files: int) -> None:
    raise_file_limit()
    wanted = connections.MAX_CONNECTIONS + connections.MAX_REFUSED + connections.RESERVED_FILES
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(wanted, few_files)


@pytest.mark.usefixtures("few_files")
def test_connections_leave_files_for_the_rest() -> None:
    assert most_connections() == 500 - connections.MAX_REFUSED - connections.RESERVED_FILES
