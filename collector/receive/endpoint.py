"""The beacon endpoint: read, decode, process, append, reply.

A small ASGI function that stands ahead of the router, because a router and its request objects
cost more than all the stages together (facts/speed.md).
"""

import time
from collections.abc import Sequence

import msgspec

from collector.auth.keys import hash_key
from collector.auth.tokens import looks_like_token
from collector.config import Network
from collector.enrich import Enricher
from collector.model.beacon import Beacon
from collector.model.event import RawEvent, StoredEvent
from collector.model.outcome import Outcome, Reason, Rejected, Rejection
from collector.model.source import Source
from collector.pipeline import Decode, process_all, rejection
from collector.receive.address import origin_of, visitor_address
from collector.receive.exchange import (
    Headers,
    Receive,
    Scope,
    Send,
    answer,
    answer_pixel,
    read_body,
    read_headers,
    says_yes,
)
from collector.receive.shadow import Shadows
from collector.store import EventStore, StoreUnavailable
from collector.store.catalog import Catalog
from collector.wire import body, native

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

    def __init__(
        self,
        catalog: Catalog,
        store: EventStore,
        enricher: Enricher,
        proxies: tuple[Network, ...],
        shadows: Shadows,
    ) -> None:
        self._catalog = catalog
        self._store = store
        self._enricher = enricher
        self._proxies = proxies
        self._shadows = shadows

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._answer(scope, receive, send)
        except StoreUnavailable:  # said by a look-up or by the writer, in either case before any answer
            retry = ((b"retry-after", str(RETRY_AFTER_S).encode()),)
            await answer(send, 503, "the store cannot take events now", retry)

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
        received_ms = time.time_ns() // 1_000_000
        headers = read_headers(scope)
        source = self._catalog.known(source_id) or await self._catalog.find(source_id)
        if source is None:
            await self._refuse_unknown(received_ms, send)
            return
        salt = b"" if source.settings.tag.device_storage else await self._catalog.day_salt(received_ms)
        beacon = self._make_beacon(scope, headers, source_id, received_ms, salt)
        try:
            key, token = _credentials(headers)
            if key is not None and not await self._fits(key, source):
                raise Rejected(Reason.NOT_AUTHORISED, "this api key is not one of this source's")
            content = body.decompress(
                await read_body(receive, headers), headers.get(b"content-encoding", b"").decode("latin-1")
            )
        except Rejected as fault:
            await self._finish([fault], source, beacon, send)
            return
        beacon = msgspec.structs.replace(beacon, body=content, token=token, trusted=key is not None)
        await self._process(native.decode, beacon, source, send)

    async def _pixel(self, scope: Scope, source_id: str, send: Send) -> None:
        received_ms = time.time_ns() // 1_000_000
        headers = read_headers(scope)
        source = await self._catalog.find(source_id)
        if source is None:
            await self._refuse_unknown(received_ms, send)
            return
        salt = b"" if source.settings.tag.device_storage else await self._catalog.day_salt(received_ms)
        beacon = self._make_beacon(scope, headers, source_id, received_ms, salt)
        # An image request carries no Origin; the page it stands in is told by the Referer.
        origin = origin_of(beacon.referer) if beacon.origin is None else beacon.origin
        beacon = msgspec.structs.replace(beacon, body=scope["query_string"], origin=origin)

        def decode(beacon: Beacon) -> list[RawEvent | Rejected]:
            return [native.decode_pixel(beacon.body.decode("utf-8", "replace"), beacon.referer)]

        await self._process(decode, beacon, source, send, pixel=True)

    async def _process(
        self, decode: Decode, beacon: Beacon, source: Source, send: Send, *, pixel: bool = False
    ) -> None:
        results = process_all(decode, beacon, source, self._enricher)
        await self._finish(results, source, beacon, send, pixel=pixel)
        self._shadows.compare(decode, beacon, source, self._enricher, results)

    async def _finish(
        self,
        results: Sequence[StoredEvent | Rejected],
        source: Source,
        beacon: Beacon,
        send: Send,
        *,
        pixel: bool = False,
    ) -> None:
        """Store what may be kept, count what was rejected, and answer once both are on disk."""
        events = [result for result in results if isinstance(result, StoredEvent)]
        rejections = [rejection(r, beacon, source) for r in results if isinstance(r, Rejected)]
        await self._store.append(events, rejections)
        reply = native.reply([Outcome.STORED if isinstance(r, StoredEvent) else r for r in results])
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

    async def _refuse_unknown(self, received_ms: int, send: Send) -> None:
        unknown = Rejection(
            source=None, received_ms=received_ms, reason=Reason.UNKNOWN_SOURCE, detail="unknown source"
        )
        await self._store.append([], [unknown])
        await answer(send, 401, "unknown source")

    async def _fits(self, key: str, source: Source) -> bool:
        """Whether an api key is one of this source's."""
        found = await self._catalog.find_key(hash_key(key))
        return (
            found is not None
            and found.workspace_id == source.workspace_id
            and found.source_id in (None, source.source_id)
        )

    def _make_beacon(
        self, scope: Scope, headers: Headers, source_id: str, received_ms: int, day_salt: bytes
    ) -> Beacon:
        """A beacon of which nothing but the headers was read."""

        def header(name: bytes) -> str:
            return headers.get(name, b"").decode("utf-8", "replace")

        return Beacon(
            source_id=source_id,
            dialect="native",
            body=b"",
            address=visitor_address(scope, headers, self._proxies),
            user_agent=header(b"user-agent"),
            origin=header(b"origin") if b"origin" in headers else None,
            referer=header(b"referer"),
            global_privacy_control=says_yes(headers, b"sec-gpc"),
            do_not_track=says_yes(headers, b"dnt"),
            day_salt=day_salt,
            received_ms=received_ms,
        )


def _credentials(headers: Headers) -> tuple[str | None, str]:
    """The api key and the signed token of a request: None and "" where there is none.

    An Authorization header that holds neither counts as a key, which will not fit.
    """
    if b"authorization" not in headers:
        return None, ""
    scheme, _, bearer = headers[b"authorization"].decode("latin-1").partition(" ")
    bearer = bearer.strip() if scheme.lower() == "bearer" else ""
    return (None, bearer) if looks_like_token(bearer) else (bearer, "")
