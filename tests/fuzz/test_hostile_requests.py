"""Requests with a name each: what once broke something, and what HTTP itself can be made to say."""

import gzip
from collections.abc import Iterator

import pytest

from e2e.harness import Pages, run_collector
from tests.fuzz.distort import bomb
from tests.fuzz.requests import Request, exchange
from tests.fuzz.server import FORM, Server

JSON = (b"Content-Type", b"application/json")
HEAD = b"POST %s HTTP/1.1\r\nHost: a\r\n"

MAX_GROWTH_BYTES = 64_000_000
"""By which the memory of a collector may grow, at its highest, under all that is sent here."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector of this module, with the demo."""
    with run_collector(tmp_path_factory.mktemp("hostile"), Pages(""), demo=True) as collector:
        server = Server(collector)
        yield server
        server.check()


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param(b"http://[", id="half an address of IPv6"),
        pytest.param(b"http://[::1", id="an address of IPv6 that does not end"),
        pytest.param(b"http://\xe2\x84\x80", id="no letter of a host"),
        pytest.param(b"null", id="null"),
        pytest.param(b"", id="nothing"),
    ],
)
@pytest.mark.parametrize("path", ["/admin/keys", "/admin/sign-in"])
def test_form_of_an_origin_that_is_no_url_is_refused(server: Server, path: str, origin: bytes) -> None:
    cookie = server.signed_in()
    headers = (*cookie, FORM, (b"Origin", origin))
    assert server.ask(Request(b"POST", path.encode(), headers, b"csrf=" + server.csrf.encode())).status == 403


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/b/{source}", id="a beacon"),
        pytest.param("/b/{source}?link", id="a link"),
        pytest.param("/v1/track", id="Segment"),
        pytest.param("/track", id="Tracardi"),
        pytest.param("/collect/hook/{source}", id="a webhook"),
        pytest.param("/v4/tags", id="the API"),
        pytest.param("/v4/events/batch", id="events of the API"),
        pytest.param("/sauth/v3/auth/login/client", id="sign-in of the API"),
        pytest.param("/admin/sign-in", id="sign-in of the pages"),
        pytest.param("/mail/activate", id="a page of a mail"),
        pytest.param("/demo/thanks", id="the demo shop"),
    ],
)
def test_body_that_ends_too_early_is_no_fault_of_the_server(server: Server, path: str) -> None:
    target = path.format(source=server.source.source_id).encode()
    kind = FORM if path.startswith(("/admin", "/mail")) else JSON
    request = Request(b"POST", target, (*server.key, kind, (b"Content-Length", b"100")), b"[{", framed=False)
    server.ask(request)
    server.check()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(HEAD % b"/track" + b"Content-Length: 1\r\n\r\n[{}]", id="a body longer than its length"),
        pytest.param(HEAD % b"/track" + b"Content-Length: -1\r\n\r\n", id="a negative length"),
        pytest.param(HEAD % b"/track" + b"Content-Length: +2\r\n\r\n[]", id="a length with a sign"),
        pytest.param(HEAD % b"/track" + b"Content-Length: 0x2\r\n\r\n[]", id="a length in hex"),
        pytest.param(HEAD % b"/track" + b"Content-Length: 2, 2\r\n\r\n[]", id="a list of lengths"),
        pytest.param(
            HEAD % b"/track" + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n", id="a length of 5000 digits"
        ),
        pytest.param(
            HEAD % b"/track" + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n[]", id="two lengths"
        ),
        pytest.param(
            HEAD % b"/track" + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            id="a length and chunks",
        ),
        pytest.param(
            HEAD % b"/track" + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
            id="chunks that are not last",
        ),
        pytest.param(
            HEAD % b"/track" + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            id="an unknown transfer encoding",
        ),
        pytest.param(
            HEAD % b"/track" + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n[]",
            id="a chunk of too many digits",
        ),
        pytest.param(
            HEAD % b"/track" + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n[]\r\n0\r\n\r\n",
            id="a negative chunk",
        ),
        pytest.param(
            HEAD % b"/track" + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[]x\r\n0\r\n\r\n",
            id="a chunk too long",
        ),
        pytest.param(
            HEAD % b"/track" + b"Transfer-Encoding: chunked\r\n\r\n2;" + b"a=b;" * 20_000,
            id="a long chunk extension",
        ),
        pytest.param(
            HEAD % b"/track" + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 20_000 + b"0\r\n\r\n",
            id="twenty thousand chunks of a byte",
        ),
        pytest.param(
            HEAD % b"/track" + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 5_000 + b"\r\n",
            id="five thousand trailers",
        ),
        pytest.param(b"GET /healthz HTTP/1.1\nHost: a\n\n", id="lines that end in LF alone"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", id="a folded header"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n", id="a blank before the colon"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost\r\n\r\n", id="a header without a colon"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", id="NUL in a header"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nH\xf6st: a\r\n\r\n", id="a header's name that is not ASCII"),
        pytest.param(b"GET /healthz HTTP/1.1\r\n\r\n", id="no host"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", id="two hosts"),
        pytest.param(b"GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n", id="a version that there is not"),
        pytest.param(b"GET /healthz\r\n\r\n", id="HTTP/0.9"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2"),
        pytest.param(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", id="a star"),
        pytest.param(b"CONNECT evil.example:443 HTTP/1.1\r\nHost: a\r\n\r\n", id="CONNECT"),
        pytest.param(b"GET http:// HTTP/1.1\r\nHost: a\r\n\r\n", id="an absolute address of nothing"),
        pytest.param(b"GET //healthz HTTP/1.1\r\nHost: a\r\n\r\n", id="two slashes"),
        pytest.param(b"GET healthz HTTP/1.1\r\nHost: a\r\n\r\n", id="no slash"),
        pytest.param(b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", id="a path of odd bytes"),
        pytest.param(b"GET /?\xff HTTP/1.1\r\nHost: a\r\n\r\n", id="a query of odd bytes"),
        pytest.param(b"GET /" + b"a" * 65_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", id="a path of 64 kB"),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=" + b"x" * 65_000 + b"\r\n\r\n", id="a cookie of 64 kB"
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 5_000 + b"\r\n", id="five thousand headers"
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            id="a websocket",
        ),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" * 200, id="two hundred at once"),
        pytest.param(b"\r\n" * 20_000, id="empty lines"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(512), id="TLS"),
        pytest.param(bytes(1_000_000), id="a megabyte of NUL"),
        pytest.param(b"A" * 1_000_000, id="a megabyte of one letter"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_bytes_that_are_no_good_http_are_refused_or_dropped(server: Server, sent: bytes) -> None:
    answer = exchange(server.collector.url, sent, ends=True)
    assert answer.status < 500
    server.check()


@pytest.mark.parametrize("charset", ["punycode", "idna", '"punycode"', "unicode_escape", "none such"])
def test_form_in_a_charset_of_no_browser_is_refused_unread(server: Server, charset: str) -> None:
    """Packed to a kilobyte, the first of them held a worker up for half a minute."""
    field = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n%s\r\n--b--\r\n'
    kind = (b"Content-Type", b"multipart/form-data; boundary=b; charset=" + charset.encode())
    packed = gzip.compress(field % (b"a" * 950_000))
    target = f"/collect/hook/{server.source.source_id}".encode()
    answer = server.ask(Request(b"POST", target, (kind, (b"Content-Encoding", b"gzip")), packed))
    assert answer.status == 422


@pytest.mark.parametrize("field", [b"&", b"a=1&", b"=&", b"%61&"])
def test_form_of_more_fields_than_any_has_is_refused_unread(server: Server, field: bytes) -> None:
    """Packed to a kilobyte, a million of them held a worker up for half a second."""
    packed = gzip.compress(field * (999_000 // len(field)))
    target = f"/collect/hook/{server.source.source_id}".encode()
    answer = server.ask(Request(b"POST", target, (FORM, (b"Content-Encoding", b"gzip")), packed))
    assert answer.status == 422


@pytest.mark.parametrize("encoding", [b"gzip", b"x-gzip", b"GZIP"])
@pytest.mark.parametrize(
    "size",
    [
        pytest.param(10_000_000, id="10 MB"),
        pytest.param(800_000_000, id="800 MB"),
        pytest.param(10_000_000_000, id="10 GB"),
    ],
)
def test_bomb_is_refused_and_costs_no_memory(server: Server, size: int, encoding: bytes) -> None:
    source = server.source.source_id.encode()
    before = server.memory_bytes("VmHWM")
    packed = (JSON, (b"Content-Encoding", encoding))
    for path in (b"/b/" + source, b"/v1/batch", b"/track", b"/collect/hook/" + source, b"/v4/events/batch"):
        assert server.ask(Request(b"POST", path, (*server.key, *packed), bomb(size))).status in (
            400,
            413,
            422,
        )
    assert server.memory_bytes("VmHWM") - before < MAX_GROWTH_BYTES
