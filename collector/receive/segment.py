"""Where the clients of Segment, Customer.io and RudderStack send: read, find whose it is, process, answer.

A key may be told in four ways: as the user of Basic, with a colon behind it or without; as Bearer; as
`writeKey` in the body, or in each message of a batch; as one page leaves, in the query. The header wins
over the body unless it tells nobody's: to a site behind Basic a browser adds a name and a password by
itself. A key is a source's public id, or an api key, which makes the sender trusted.

Source: contracts/segment-customerio.md section 4.
"""

import base64
import binascii
import re
from typing import NamedTuple
from urllib.parse import parse_qs

import msgspec

from collector.limits import OverLimit
from collector.model.beacon import Beacon
from collector.model.event import RawEvent
from collector.model.outcome import Rejected
from collector.model.source import Source
from collector.receive.exchange import EMBEDDABLE, Headers, Receive, Scope, Send, read_body, read_headers
from collector.receive.intake import Intake, with_body
from collector.store import StoreUnavailable
from collector.wire import body
from collector.wire.segment.actions import KINDS, Kind
from collector.wire.segment.call import MAX_BODY_BYTES, Call, read_call
from collector.wire.segment.faults import UNAVAILABLE, UNKNOWN_KEY, Reply, reply

_METRICS = "/v1/m"
_BEACON = "/beacon/v1/batch"
_BATCHES = ("/v1/batch", "/v1/import", "/v1/b", _BEACON)

_KINDS: dict[str, Kind | None] = {
    **{f"/v1/{kind}": kind for kind in KINDS},
    **{f"/v1/{kind[0]}": kind for kind in KINDS},
    **dict.fromkeys(_BATCHES),
}

PATHS = frozenset(path + slash for path in (*_KINDS, _METRICS) for slash in ("", "/"))
"""Where they send to."""

MAX_KEY = 256
"""Longest key, in characters."""

RETRY_AFTER_S = 2
"""When a client may come again after 503, in seconds."""

UNREADABLE_RETRY_AFTER_S = 60
"""The same while the source's rules cannot be read."""

_CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"retry-after, x-ratelimit-reset"),
)
_ASKED_HEADERS = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,1000}")
_USUAL_HEADERS = b"authorization, content-type, content-encoding, anonymousid, sentat, x-retry-count"
_KEY = re.compile(rf"[!-~]{{1,{MAX_KEY}}}")


class SegmentEndpoint:
    """POST of every path of PATHS, and what a browser asks before it, as an ASGI application."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removesuffix("/")
        if scope["method"] == "OPTIONS":
            await answer_preflight(send, read_headers(scope))
        elif scope["method"] != "POST":
            not_here = Reply(405, "method_not_allowed", "events are sent by POST")
            await _answer(send, not_here, ((b"allow", b"POST, OPTIONS"),))
        elif path == _METRICS:
            await _answer(send, Reply(200))  # a client's word about itself, which nobody here reads
        else:
            headers = read_headers(scope)
            try:
                await self._take(scope, headers, path, receive, send)
            except OverLimit as over:
                await _refuse(send, _too_many(over), headers)
            except StoreUnavailable:
                await _answer(send, UNAVAILABLE, ((b"retry-after", str(RETRY_AFTER_S).encode()),))

    async def _take(self, scope: Scope, headers: Headers, path: str, receive: Receive, send: Send) -> None:
        self._intake.check_load()
        key = key_of(headers, scope["query_string"] if path == _BEACON else b"")
        await self._intake.check_address(scope, headers, key)
        sender = None if key is None else await self._sender(key)
        content, call = await _read(receive, headers, _KINDS[path])
        if sender is not None:
            told = await self._taken(scope, headers, path, content, call, sender)
        elif isinstance(call, Rejected):
            await self._intake.count_unknown()
            told = reply([call], batch=False) if key is None else UNKNOWN_KEY
        else:
            replies = []
            for one in call.by_key():
                try:
                    if sender := await self._sender(one.key):
                        replies.append(await self._taken(scope, headers, path, content, one, sender))
                    else:
                        await self._intake.count_unknown(len(one.messages))
                except OverLimit as over:
                    replies.append(_too_many(over))
            # One that can be tried again counts for all: what is stored by then is known.
            told = max(replies, key=lambda one: one.status) if replies else UNKNOWN_KEY
        if told.status == 429:
            await _refuse(send, told, headers)
            return
        retry = ((b"retry-after", str(UNREADABLE_RETRY_AFTER_S).encode()),) if told.status == 503 else ()
        await _answer(send, told, retry)

    async def _taken(
        self,
        scope: Scope,
        headers: Headers,
        path: str,
        content: bytes,
        call: Call | Rejected,
        sender: "_Sender",
    ) -> Reply:
        """Take a call of one sender; it is on disk on return."""

        def decode(beacon: Beacon) -> list[RawEvent | Rejected]:
            if isinstance(call, Rejected):
                raise call
            return call.decode(beacon)

        beacon = await self._intake.beacon(scope, headers, sender.source, "segment")
        beacon = with_body(beacon, content, trusted=sender.trusted)
        results = await self._intake.take(decode, beacon, sender.source)
        return reply(results, batch=_KINDS[path] is None)

    async def _sender(self, key: str) -> "_Sender | None":
        """Whose key it is; None where it is nobody's. Raises OverLimit."""
        if not _KEY.fullmatch(key):
            return None
        if source := await self._intake.source_within_quota(key):
            return _Sender(source, trusted=False)
        source = await self._intake.source_of_key(key)
        return None if source is None else _Sender(source, trusted=True)


def _too_many(over: OverLimit) -> Reply:
    return Reply(429, over.reason.value, over.detail, over.retry_after_s)


class _Sender(NamedTuple):
    """`trusted`: by a secret key."""

    source: Source
    trusted: bool


async def _read(receive: Receive, headers: Headers, kind: Kind | None) -> tuple[bytes, Call | Rejected]:
    """A request's body, and what it calls."""
    content = b""
    try:
        encoding = headers.get(b"content-encoding", b"").decode("latin-1")
        content = body.decompress(await read_body(receive, headers), encoding, MAX_BODY_BYTES)
        return content, read_call(content, kind)
    except Rejected as fault:
        return content, fault


def key_of(headers: Headers, query: bytes = b"") -> str | None:
    """The key that a request's query, or its header, tells; None where it tells none."""
    try:
        told_by_query = parse_qs(query.decode("latin-1"), max_num_fields=100).get("writeKey")
    except ValueError:  # more fields than any client sends
        told_by_query = None
    if told_by_query:
        return told_by_query[0]
    scheme, _, told = headers.get(b"authorization", b"").decode("latin-1").strip().partition(" ")
    told = told.strip()
    match scheme.lower():
        case "basic":
            try:
                return base64.b64decode(told, validate=True).decode("latin-1").partition(":")[0]
            except (binascii.Error, ValueError):
                return told.partition(":")[0]
        case "bearer":
            return told
        case _:
            return None


async def answer_preflight(send: Send, headers: Headers) -> None:
    asked = headers.get(b"access-control-request-headers", b"")
    allowed = asked if _ASKED_HEADERS.fullmatch(asked) else _USUAL_HEADERS
    answer = (
        *_CORS,
        *EMBEDDABLE,
        (b"access-control-allow-methods", b"GET, POST"),
        (b"access-control-allow-headers", allowed),
        (b"access-control-max-age", b"86400"),
        (b"vary", b"access-control-request-headers"),
    )
    await send({"type": "http.response.start", "status": 204, "headers": list(answer)})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(send: Send, told: Reply, headers: Headers) -> None:
    """Answer 429, in Segment's own words."""
    wait = str(told.retry_after_s).encode()
    # Segment's and RudderStack's scripts read how long to wait, and send the key in a header. Customer.io's
    # does neither, and would take what it can read as success.
    await _answer(
        send,
        told,
        ((b"retry-after", wait), (b"x-ratelimit-reset", wait)),
        readable=b"authorization" in headers,
    )


async def _answer(
    send: Send, told: Reply, extra: tuple[tuple[bytes, bytes], ...] = (), *, readable: bool | None = None
) -> None:
    """Answer; `readable` by a page of any origin, which all answers are but 503 unless it is said."""
    readable = told.status != 503 if readable is None else readable
    fault = {"code": told.code, "message": told.message}
    content = msgspec.json.encode(fault if told.code else {"success": True})
    headers = [
        # To a browser an answer without it is a broken connection. Customer.io's takes any answer it can
        # read as success, a 503 too; all of them come again after this one.
        *(_CORS if readable else ()),
        *EMBEDDABLE,
        *extra,
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
    ]
    await send({"type": "http.response.start", "status": told.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
