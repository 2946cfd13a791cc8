"""Request smuggling: no two readers of one byte stream ever disagree about where a request ends.

Each case is sent to the collector and, on connections that nginx keeps open and shares between its clients,
through a real nginx. Then what nginx says it passed on is what the collector saw, each client got the
answers to its own requests, and nothing is stored but what an answered request carried.
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from collector.app import build_app
from collector.config import Config
from collector.store import Store, connect
from tests.receive.running import wait_until
from tests.server.raw import exchange
from tests.server.serving import serving

SOURCE_ID = "01912f6e-7a6b-4cc0-8123-456789abcdef"
PIXEL_LINE = f"GET /b/{SOURCE_ID}.gif?action=outer HTTP/1.1".encode()
OUTER_LINE = f"POST /b/{SOURCE_ID}?outer HTTP/1.1".encode()

_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    log_format seen '$request_method $request_uri|$upstream_http_x_answers';
    client_body_timeout 200ms;
    client_header_timeout 200ms;
    keepalive_timeout 200ms;
    upstream collector {{
        server {collector};
        keepalive 1;
    }}
    server {{
        listen 127.0.0.1:{port};
        access_log {folder}/seen.log seen;
        merge_slashes off;
        underscores_in_headers on;
        ignore_invalid_headers off;
        location / {{
            proxy_pass http://collector;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_request_buffering {buffering};
        }}
    }}
}}
"""


class Seen:
    """Notes each request that reaches the application, and tells in the answer which one it answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.requests: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        query = scope["query_string"].decode()
        request = f"{scope['method']} {scope['raw_path'].decode()}{'?' if query else ''}{query}"
        self.requests.append(request)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-answers", request.encode())]
            await send(message)

        await self._app(scope, receive, told)


class Server(NamedTuple):
    """A collector and what it has seen; `url` of it or of the nginx before it, with nginx's `log`."""

    url: str
    seen: Seen
    store: Store
    log: Path | None

    def passed_on(self) -> list[tuple[str, str]]:
        """What nginx has passed on so far, each with what the answer said that it answers."""
        lines = self.log.read_text().splitlines() if self.log is not None else []
        notes = [line.split("|") for line in lines]
        return [(request, said) for request, said in notes if said != "-"]


def _command() -> str:
    command = os.environ.get("E2E_NGINX") or shutil.which(
        "nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin"
    )
    if command is None:
        missing = "no nginx here: `make test` finds or fetches one"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return command


@contextlib.contextmanager
def _nginx(folder: Path, collector: str, buffering: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = folder / "nginx.conf"
    config.write_text(
        _NGINX.format(
            folder=folder, port=port, collector=collector.removeprefix("http://"), buffering=buffering
        )
    )
    process = subprocess.Popen([_command(), "-p", str(folder), "-c", str(config)])
    try:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="module", params=["direct", "nginx", "nginx, unbuffered"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector, alone or behind nginx."""
    folder = tmp_path_factory.mktemp("data")
    store_url = f"sqlite:///{folder / 'tagwell.db'}"
    store = connect(store_url)
    store.migrate()
    store.add_source("Shop", source_id=SOURCE_ID)
    seen = Seen(build_app(Config(store=store_url)))
    try:
        # nginx keeps its connections to the collector: one that ends as it is used is another test.
        keep_alive_s = 0.2 if request.param == "direct" else 60
        with serving(seen, lifespan="on", keep_alive_s=keep_alive_s) as url:
            if request.param == "direct":
                yield Server(url, seen, store, None)
            else:
                buffering = "off" if "unbuffered" in request.param else "on"
                with _nginx(folder, url, buffering) as front:
                    yield Server(front, seen, store, folder / "seen.log")
    finally:
        store.close()


OUTER = b'[{"action":"outer"}]'
INNER_BODY = b'[{"action":"inner"}]'
INNER = (
    OUTER_LINE.replace(b"outer", b"inner")
    + b"\r\nHost: a\r\nConnection: close\r\nContent-Length: 20\r\n\r\n"
    + INNER_BODY
)


def post(headers: bytes, body: bytes, line: bytes = OUTER_LINE) -> bytes:
    """One request, its headers as they are given."""
    return line + b"\r\nHost: a\r\n" + headers + b"\r\n" + body


def chunk(content: bytes, size: bytes | None = None) -> bytes:
    """One chunk; its size as it is, or as said."""
    return (b"%x" % len(content) if size is None else size) + b"\r\n" + content + b"\r\n"


LAST = b"0\r\n\r\n"
TE = b"Transfer-Encoding: chunked\r\n"
ALL = chunk(OUTER) + LAST
LENGTH = b"Content-Length: %d\r\n" % len(OUTER)
WHOLE = b"Content-Length: %d\r\n" % len(ALL + INNER)

NOTHING: list[str] = []
CASES = [
    pytest.param(post(LENGTH, OUTER), ["outer"], id="plain"),
    pytest.param(post(LENGTH, OUTER) + INNER, ["outer", "inner"], id="pipelined"),
    pytest.param(post(TE, ALL), ["outer"], id="chunked"),
    pytest.param(post(WHOLE + TE, ALL + INNER), NOTHING, id="CL.TE"),
    pytest.param(post(TE + b"Content-Length: 4\r\n", chunk(INNER) + LAST), NOTHING, id="TE.CL"),
    pytest.param(post(TE + TE, ALL + INNER), NOTHING, id="TE twice"),
    pytest.param(
        post(WHOLE + TE + b"Transfer-Encoding: x\r\n", ALL + INNER), NOTHING, id="TE.TE, the second unknown"
    ),
    pytest.param(
        post(b"Transfer-Encoding: x, chunked\r\n", ALL + INNER),
        ["outer", "inner"],
        id="TE, another coding first",
    ),
    pytest.param(
        post(b"Transfer-Encoding: chunked, x\r\n", ALL + INNER), NOTHING, id="TE, another coding last"
    ),
    pytest.param(post(WHOLE + b"Transfer-Encoding: identity\r\n", ALL + INNER), NOTHING, id="TE identity"),
    pytest.param(post(WHOLE + b"Transfer-Encoding: xchunked\r\n", ALL + INNER), NOTHING, id="TE xchunked"),
    pytest.param(
        post(WHOLE + b"Transfer-Encoding: \x0bchunked\r\n", ALL + INNER), NOTHING, id="TE behind a VT"
    ),
    pytest.param(
        post(WHOLE + b"Transfer-Encoding : chunked\r\n", ALL + INNER), NOTHING, id="a space before the colon"
    ),
    pytest.param(
        post(WHOLE + b" Transfer-Encoding: chunked\r\n", ALL + INNER), NOTHING, id="a space before the name"
    ),
    pytest.param(post(WHOLE + b"X: a\r\n " + TE, ALL + INNER), NOTHING, id="obs-fold"),
    pytest.param(
        post(WHOLE + b"Transfer-Encoding:\r\n chunked\r\n", ALL + INNER), NOTHING, id="TE in an obs-fold"
    ),
    pytest.param(post(WHOLE + b"X: a\n" + TE, ALL + INNER), NOTHING, id="a bare LF"),
    pytest.param(post(WHOLE + b"X: a\r" + TE, ALL + INNER), NOTHING, id="a bare CR"),
    pytest.param(post(WHOLE + b"X: a\x00\r\n" + TE, ALL + INNER), NOTHING, id="a NUL in a value"),
    pytest.param(
        post(WHOLE + b"Transfer\x00-Encoding: chunked\r\n", ALL + INNER), NOTHING, id="a NUL in a name"
    ),
    pytest.param(
        post(WHOLE + b"Transfer_Encoding: chunked\r\n", ALL + INNER), NOTHING, id="an underscore in the name"
    ),
    pytest.param(
        post(WHOLE + b"(Transfer-Encoding: chunked\r\n", ALL + INNER), NOTHING, id="a bracket in the name"
    ),
    pytest.param(post(LENGTH + b"Content-Length: 0\r\n", OUTER + INNER), NOTHING, id="two lengths"),
    pytest.param(post(LENGTH + LENGTH, OUTER + INNER), NOTHING, id="one length twice"),
    pytest.param(post(b"Content-Length: 20, 20\r\n", OUTER + INNER), NOTHING, id="a list of lengths"),
    pytest.param(post(b"Content-Length: +20\r\n", OUTER + INNER), NOTHING, id="a length with a sign"),
    pytest.param(post(b"Content-Length: -1\r\n", OUTER + INNER), NOTHING, id="a negative length"),
    pytest.param(post(b"Content-Length: 0x14\r\n", OUTER + INNER), NOTHING, id="a length in hex"),
    pytest.param(post(b"Content-Length: 2 0\r\n", OUTER + INNER), NOTHING, id="a length with a space"),
    pytest.param(
        post(b"Content-Length: 18446744073709551636\r\n", OUTER + INNER), NOTHING, id="a length of 2^64 + 20"
    ),
    pytest.param(post(b"Content-Length:\r\n", OUTER + INNER), NOTHING, id="an empty length"),
    pytest.param(
        post(b"Content-Length: 020\r\n", OUTER + INNER), ["outer", "inner"], id="a length with a leading zero"
    ),
    pytest.param(
        post(TE, chunk(OUTER, b"14;a=b") + LAST + INNER), ["outer", "inner"], id="a chunk extension"
    ),
    pytest.param(
        post(TE, chunk(OUTER, b'14;a="\r\n0\r\n\r\n"') + LAST + INNER),
        NOTHING,
        id="an extension with lines in it",
    ),
    pytest.param(
        post(TE, chunk(OUTER, b"14;a\nb") + LAST + INNER), NOTHING, id="an extension with a bare LF"
    ),
    pytest.param(
        post(TE, chunk(OUTER, b"10000000000000014") + LAST + INNER), NOTHING, id="a chunk size of 2^64 + 20"
    ),
    pytest.param(post(TE, chunk(OUTER, b"0x14") + LAST + INNER), NOTHING, id="a chunk size with 0x"),
    pytest.param(post(TE, chunk(OUTER, b"-14") + LAST + INNER), NOTHING, id="a negative chunk size"),
    pytest.param(post(TE, chunk(OUTER, b" 14") + LAST + INNER), NOTHING, id="a chunk size behind a space"),
    pytest.param(post(TE, b"14\n" + OUTER + b"\n0\n\n" + INNER), NOTHING, id="chunks with bare LF"),
    pytest.param(post(TE, b"14\r\n" + OUTER + LAST + INNER), NOTHING, id="a chunk that does not end"),
    pytest.param(
        post(TE, chunk(OUTER) + b"0\r\nContent-Length: 5\r\nX: y\r\n\r\n" + INNER),
        NOTHING,
        id="trailers",
    ),
    pytest.param(
        post(LENGTH, OUTER, OUTER_LINE.replace(b"/b/", b"http://b/b/", 1)) + INNER,
        ["outer", "inner"],
        id="an absolute URI",
    ),
    pytest.param(
        post(LENGTH, OUTER, OUTER_LINE.replace(b"HTTP/1.1", b"HTTP/1.0")) + INNER, ["outer"], id="HTTP/1.0"
    ),
    pytest.param(
        post(LENGTH + b"Connection: keep-alive\r\n", OUTER, OUTER_LINE.replace(b"HTTP/1.1", b"HTTP/1.0"))
        + INNER,
        ["outer"],
        id="HTTP/1.0, kept alive",
    ),
    pytest.param(
        post(TE, ALL, OUTER_LINE.replace(b"HTTP/1.1", b"HTTP/1.0")) + INNER, ["outer"], id="HTTP/1.0, chunked"
    ),
    pytest.param(
        post(LENGTH, OUTER, OUTER_LINE.removesuffix(b" HTTP/1.1")) + INNER, ["outer"], id="HTTP/0.9"
    ),
    pytest.param(
        post(LENGTH, OUTER, OUTER_LINE.replace(b"HTTP/1.1", b"HTTP/2.0")) + INNER,
        ["outer"],
        id="HTTP/2.0 in text",
    ),
    pytest.param(
        post(LENGTH, OUTER, OUTER_LINE.replace(b" HTTP", b"\tHTTP")) + INNER, NOTHING, id="a tab in the line"
    ),
    pytest.param(post(LENGTH, OUTER, OUTER_LINE + b"\r\n x") + INNER, NOTHING, id="a line that goes on"),
    pytest.param(
        post(LENGTH, OUTER, PIXEL_LINE) + INNER,
        ["outer", "inner"],
        id="GET with a body",
    ),
    pytest.param(post(TE, ALL, b"HEAD /healthz?outer HTTP/1.1") + INNER, ["inner"], id="HEAD with a body"),
    pytest.param(post(LENGTH + b"Expect: 100-continue\r\n", OUTER) + INNER, ["outer", "inner"], id="Expect"),
    pytest.param(
        post(LENGTH + b"Connection: upgrade\r\nUpgrade: websocket\r\n", OUTER) + INNER,
        ["outer", "inner"],
        id="Upgrade",
    ),
    pytest.param(
        post(LENGTH + b"Upgrade: h2c\r\nConnection: Upgrade\r\n", OUTER) + INNER,
        ["outer", "inner"],
        id="Upgrade to h2c",
    ),
    pytest.param(
        post(LENGTH + b"Connection: content-length\r\n", OUTER) + INNER,
        ["outer", "inner"],
        id="a length hop by hop",
    ),
]


_HEAD = re.compile(rb"HTTP/1\.1 ([0-9]{3}) [^\r]*((?:\r\n[^\r]+)*)\r\n\r\n")
_ANSWERS = re.compile(rb"x-answers: ([^\r]*)")


def told(answers: bytes) -> list[tuple[int, str]]:
    """Of each answer its status and the request that it says it answers, "" where it says none."""
    found = [(int(head[1]), _ANSWERS.search(head[2])) for head in _HEAD.finditer(answers)]
    return [(status, said[1].decode() if said else "") for status, said in found if status != 100]


@pytest.mark.parametrize(("raw", "stored"), CASES)
def test_all_readers_agree(server: Server, raw: bytes, stored: list[str]) -> None:
    saw, kept = len(server.seen.requests), len(server.store.events(SOURCE_ID))
    noted = len(server.passed_on())
    answers = told(exchange(server.url, [raw]))
    # The next to use nginx's connection to the collector, which is another client.
    victim = f"GET /healthz?victim-{saw}"
    asked = f"{victim} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    assert told(exchange(server.url, [asked.encode()])) == [(200, victim)]

    requests = server.seen.requests[saw:]
    said = [request for _, request in answers if request]
    # One whose body cannot be read on is answered before the application could.
    unread = requests[len(said) : -1]
    assert [*said, *unread, victim] == requests
    assert len(unread) <= len([status for status, request in answers if status == 400 and not request])
    if server.log is not None:
        wait_until(lambda: len(server.passed_on()) - noted >= len(requests))
        assert server.passed_on()[noted:] == [(request, request) for request in requests]
    events = [event.action for event in server.store.events(SOURCE_ID)[kept:]]
    taken = [request for status, request in answers if status in (200, 204) and "/b/" in request]
    assert events == ["inner" if "inner" in request else "outer" for request in taken]
    if server.log is None:
        assert events == stored
