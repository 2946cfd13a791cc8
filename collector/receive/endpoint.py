"""The beacon endpoint: read, decode, process, append, reply.

A small ASGI function that stands ahead of the router, because a router and its request objects
cost more than all the stages together (facts/speed.md).
"""

from collections.abc import Sequence

import msgspec

from collector.auth.tokens import looks_like_token
from collector.limits import OverLimit
from collector.model.beacon import Beacon
from collector.model.event import RawEvent, StoredEvent
from collector.model.outcome import Outcome, Reason, Rejected
from collector.prepared import Prepared
from collector.receive.address import origin_of
from collector.receive.exchange import (
    Headers,
    Receive,
    Scope,
    Send,
    answer,
    answer_pixel,
    answer_taken,
    busy,
    read_body,
    read_headers,
)
from collector.receive.intake import Intake, with_body
from collector.store import StoreUnavailable
from collector.wire import body, native
from collector.wire.pixel import decode_pixel

PREFIX = "/b/"
PIXEL_SUFFIX = ".gif"
RETRY_AFTER_S = 2
"""When a sender may come again after 503, in seconds."""

UNREADABLE_RETRY_AFTER_S = 60
"""The same while the source's rules cannot be read: until its owner has mended them."""

_PREFLIGHT = (
    (b"access-control-allow-methods", b"POST, GET"),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding"),
    (b"access-control-max-age", b"86400"),
)


class BeaconEndpoint:
    """`POST /b/{source_id}` and the pixel `GET /b/{source_id}.gif`, as an ASGI application."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def refusal(self, scope: Scope) -> Prepared | None:
        """What is answered before anything is made of a request whose head has come; None: it may come in."""
        return busy(RETRY_AFTER_S) if scope["method"] == "POST" and self._intake.is_crowded() else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._answer(scope, receive, send)
        except StoreUnavailable:  # said by a look-up or by the writer, in either case before any answer
            retry = ((b"retry-after", str(RETRY_AFTER_S).encode()),)
            await answer(send, 503, "the store cannot take events now", retry)
        except OverLimit as over:
            await answer(send, 429, over.detail, (over.header,))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        source_id = scope["path"][len(PREFIX) :]
        method = scope["method"]
        if source_id.endswith(PIXEL_SUFFIX):
            if method not in ("GET", "HEAD"):
                await answer(send, 405, "the pixel takes GET", ((b"allow", b"GET, HEAD"),))
                return
            if method == "HEAD":
                await answer_pixel(send)  # whoever checks a link has seen no page
            else:
                await self._pixel(scope, source_id.removesuffix(PIXEL_SUFFIX), send)
        elif method == "POST":
            await self._beacon(scope, source_id, receive, send)
        elif method == "OPTIONS":
            await answer(send, 204, None, _PREFLIGHT)
        else:
            await answer(send, 405, "a beacon is sent by POST", ((b"allow", b"POST, OPTIONS"),))

    async def _beacon(self, scope: Scope, source_id: str, receive: Receive, send: Send) -> None:
        if self._intake.is_overloaded():
            await busy(RETRY_AFTER_S).send(scope, send)
            return
        headers = read_headers(scope)
        source = await self._intake.enter(scope, headers, source_id)
        if source is None:
            await self._refuse_unknown(send)
            return
        beacon = await self._intake.beacon(scope, headers, source, "native")
        try:
            key, token = credentials(headers)
            if key is not None and not await self._intake.fits(key, source):
                raise Rejected(Reason.NOT_AUTHORISED, "this api key is not one of this source's")
            content = body.decompress(
                await read_body(receive, headers), headers.get(b"content-encoding", b"").decode("latin-1")
            )
        except Rejected as fault:
            await self._intake.settle([fault], beacon, source)
            await self._reply([fault], send, scope)
            return
        beacon = with_body(beacon, content, token=token, trusted=key is not None)
        results = await self._intake.take(native.decode, beacon, source)
        await self._reply(results, send, scope)

    async def _pixel(self, scope: Scope, source_id: str, send: Send) -> None:
        self._intake.check_load()
        headers = read_headers(scope)
        source = await self._intake.enter(scope, headers, source_id)
        if source is None:
            await self._refuse_unknown(send)
            return
        beacon = await self._intake.beacon(scope, headers, source, "native")
        # An image request carries no Origin; the page it stands in is told by the Referer.
        origin = origin_of(beacon.referer) if beacon.origin is None else beacon.origin
        beacon = msgspec.structs.replace(beacon, body=scope["query_string"], origin=origin)

        def decode(beacon: Beacon) -> list[RawEvent | Rejected]:
            return [decode_pixel(beacon.body.decode("utf-8", "replace"), beacon.referer)]

        await self._reply(await self._intake.take(decode, beacon, source), send, scope, pixel=True)

    async def _reply(
        self, results: Sequence[StoredEvent | Rejected], send: Send, scope: Scope, *, pixel: bool = False
    ) -> None:
        """Answer what is on disk by now."""
        reply = native.reply([Outcome.STORED if isinstance(r, StoredEvent) else r for r in results])
        if reply.status == 204 and not reply.rejected and not pixel:
            await answer_taken(scope, send)
            return
        extra: tuple[tuple[bytes, bytes], ...] = ()
        if reply.rejected:
            extra = ((b"x-tagwell-rejected", str(reply.rejected).encode()),)
        if reply.status == 503:
            extra = ((b"retry-after", str(UNREADABLE_RETRY_AFTER_S).encode()),)
        if reply.status == 403:
            extra = (*extra, (b"x-tagwell", Reason.ORIGIN_NOT_ALLOWED.value.encode()))
        if pixel and reply.detail is None:
            await answer_pixel(send)
        else:
            await answer(send, reply.status, reply.detail, extra)

    async def _refuse_unknown(self, send: Send) -> None:
        await self._intake.count_unknown()
        await answer(send, 401, "unknown source")


def credentials(headers: Headers) -> tuple[str | None, str]:
    """The api key and the signed token of a request: None and "" where there is none.

    An Authorization header that holds neither counts as a key, which will not fit.
    """
    if b"authorization" not in headers:
        return None, ""
    scheme, _, bearer = headers[b"authorization"].decode("latin-1").partition(" ")
    bearer = bearer.strip() if scheme.lower() == "bearer" else ""
    return (None, bearer) if looks_like_token(bearer) else (bearer, "")
