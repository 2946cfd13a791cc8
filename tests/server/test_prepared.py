"""An answer that was prepared is the one that its messages would have been, on every kind of connection."""

import asyncio
import gc
import re
from collections.abc import Iterator

import pytest
from starlette.types import Message, Receive, Scope, Send

from collector.cli.connections import BoundedProtocol
from collector.prepared import EXTENSION, Prepared
from tests.server.raw import END, connected, exchange, read_to_end, statuses
from tests.server.serving import serving

LARGE = 1_000_000
ANSWERS: dict[str, tuple[Message, Message]] = {
    "/taken": (
        {"type": "http.response.start", "status": 204, "headers": ((b"access-control-allow-origin", b"*"),)},
        {"type": "http.response.body", "body": b""},
    ),
    "/tag": (
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", b"%d" % LARGE), (b"x", b"y")],
        },
        {"type": "http.response.body", "body": b"a" * LARGE},
    ),
    "/same": (
        {"type": "http.response.start", "status": 304, "headers": [(b"etag", b'"a"')]},
        {"type": "http.response.body"},
    ),
    "/busy": (
        {
            "type": "http.response.start",
            "status": 503,
            "headers": [(b"content-length", b"0"), (b"retry-after", b"2")],
        },
        {"type": "http.response.body", "body": b""},
    ),
}


class App:
    """Answers by the path; with `?messages` as a server without the extension would have it."""

    def __init__(self) -> None:
        self.prepared = {path: Prepared(messages) for path, messages in ANSWERS.items()}
        self.written: list[bool] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["query_string"]:
            del scope["extensions"]
        else:
            write = scope["extensions"][EXTENSION]["write"]

            def noted(send: Send, head: bytes, body: bytes) -> bool:
                self.written.append(write(send, head, body))
                return self.written[-1]

            scope["extensions"] = {EXTENSION: {"write": noted}}
        await self.prepared[scope["path"]].send(scope, send)


@pytest.fixture
def app() -> App:
    """The application of a test."""
    return App()


@pytest.fixture
def url(app: App) -> Iterator[str]:
    """Where it is served."""
    with serving(app) as url:
        yield url


def get(target: str, version: str = "1.1", connection: str = "") -> bytes:
    told = f"connection: {connection}\r\n" if connection else ""
    return f"GET {target} HTTP/{version}\r\nhost: a.example\r\n{told}\r\n".encode()


def parts(answer: bytes) -> tuple[bytes, list[bytes], bytes]:
    """The status line, the headers but for the time of day, in order of their names, and what follows."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *headers = head.split(b"\r\n")
    return status, sorted(each for each in headers if not each.startswith(b"date:")), body


@pytest.mark.parametrize("path", ANSWERS)
@pytest.mark.parametrize(
    ("version", "connection"), [("1.1", ""), ("1.1", "close"), ("1.0", ""), ("1.0", "keep-alive")]
)
def test_it_is_what_the_messages_would_be(
    url: str, app: App, path: str, version: str, connection: str
) -> None:
    prepared, told = (
        exchange(url, [get(target, version, connection)]) for target in (path, f"{path}?messages")
    )
    assert parts(prepared) == parts(told)
    assert b"\r\ndate: " in prepared
    assert prepared.endswith(END)
    assert app.written == [True]


def test_a_connection_goes_on_after_it(url: str, app: App) -> None:
    targets = ["/taken", "/busy?messages", "/same", "/taken?messages", "/busy"]
    answers = exchange(url, [b"".join(get(target) for target in targets) + get("/taken", connection="close")])
    assert statuses(answers) == [204, 503, 304, 204, 503, 204]
    assert re.findall(rb"\r\nconnection: (\w+)", answers) == [b"close"]


def test_whoever_stands_between_sees_the_messages(app: App) -> None:
    async def between(scope: Scope, receive: Receive, send: Send) -> None:
        async def with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-between", b"1")]
            await send(message)

        await app(scope, receive, with_header)

    with serving(between) as url:
        answers = exchange(url, [get("/taken"), get("/same", connection="close")])
    assert statuses(answers) == [204, 304]
    assert answers.count(b"\r\nx-between: 1\r\n") == 2
    assert app.written == [False, False]


def test_it_waits_for_whoever_does_not_read(url: str, app: App) -> None:
    with connected(url) as connection:
        connection.sendall(get("/tag") * 40 + get("/taken", connection="close"))
        answers = read_to_end(connection)
    assert statuses(answers) == [*[200] * 40, 204]
    assert len(answers) > 40 * LARGE
    assert False in app.written, "what cannot be written goes the way that waits"


def test_a_request_leaves_nothing_to_the_garbage_collector(url: str) -> None:
    answers = exchange(url, [get("/taken", connection="close")])
    gc.collect()
    gc.disable()
    try:
        with connected(url) as connection:
            for _ in range(200):
                connection.sendall(get("/taken"))
                answers = connection.recv(1000)
            assert statuses(answers) == [204]
            assert gc.collect() < 200
    finally:
        gc.enable()


def test_a_server_that_stops_ends_the_connection_with_it(app: App) -> None:
    class Stopping(BoundedProtocol):
        """As of a server that was told to end."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            self.server_state.default_headers = [(b"connection", b"close")]
            super().connection_made(transport)

    with serving(app, Stopping) as url:
        answers = exchange(url, [get("/taken") * 2])
    assert statuses(answers) == [204], "the second goes to another process"
    assert answers.count(b"connection: close") == 1
    assert answers.endswith(END)


class Full(App):
    """Refuses at once whatever is posted."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def refusal(self, scope: Scope) -> Prepared | None:
        return self.prepared["/busy"] if scope["method"] == "POST" else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await super().__call__(scope, receive, send)


def post(target: str, body: bytes, connection: str = "") -> tuple[bytes, bytes]:
    head = get(target, connection=connection).replace(b"GET", b"POST", 1)
    return head.replace(b"\r\n\r\n", b"\r\ncontent-length: %d\r\n\r\n" % len(body)), body


@pytest.mark.parametrize("body", [b"", b"{}", b"GET /tag HTTP/1.1\r\n\r\n", b"a" * 500_000])
def test_a_request_is_refused_by_its_head_and_its_body_is_no_other(body: bytes) -> None:
    app = Full()
    with serving(app) as url, connected(url) as connection:
        for _ in range(3):
            for piece in post("/taken", body):
                connection.sendall(piece)
            assert statuses(connection.recv(1000)) == [503]
        connection.sendall(get("/taken", connection="close"))
        assert statuses(read_to_end(connection)) == [204]
    assert app.asked == 1


def test_those_that_stand_behind_each_other_are_answered_in_their_order() -> None:
    app = Full()
    refused = b"".join(post("/taken", b"[]"))
    with serving(app) as url:
        one_piece = refused * 3 + get("/same") + refused * 2 + get("/same") + refused * 20
        answers = statuses(exchange(url, [one_piece + get("/same", connection="close")]))
    # What stands behind one that is worked on goes the same way.
    assert answers == [503, 503, 503, 304, 204, 204, 304, *[204] * 20, 304]
    assert app.asked == len(answers) - 3


def test_thousands_that_stand_behind_each_other_are_refused_one_by_one() -> None:
    app = Full()
    refused = b"".join(post("/taken", b""))
    with serving(app) as url:
        answers = statuses(exchange(url, [refused * 3000 + get("/same", connection="close")]))
    assert answers == [*[503] * 3000, 304]
