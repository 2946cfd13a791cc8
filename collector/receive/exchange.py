"""Reading a beacon's body and answering it, in ASGI's own words: no request or response object between."""

from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import Any

import msgspec

from collector.model.outcome import Reason, Rejected
from collector.prepared import Prepared
from collector.wire import body, pixel

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = dict[bytes, bytes]

EMBEDDABLE = (
    (b"cross-origin-resource-policy", b"cross-origin"),  # a page with COEP shows no pixel without it
    (b"x-content-type-options", b"nosniff"),
)
"""In every answer to a page of another origin."""

_CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"x-tagwell, x-tagwell-rejected, retry-after"),
    *EMBEDDABLE,
)
_END: Message = {"type": "http.response.body", "body": b""}
_TAKEN = Prepared(({"type": "http.response.start", "status": 204, "headers": _CORS}, _END))


def read_headers(scope: Scope) -> Headers:
    """The headers by name. Lines of one name are one list (RFC 9110 section 5.3), as proxies write theirs."""
    headers: Headers = {}
    for name, value in scope["headers"]:
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


def says_yes(headers: Headers, name: bytes) -> bool:
    """Whether a header is 1, as of Sec-GPC and DNT; a proxy may have said it a second time."""
    return name in headers and b"1" in (part.strip() for part in headers[name].split(b","))


async def read_body(receive: Receive, headers: Headers) -> bytes:
    """Read the whole body. Raises Rejected(BODY_TOO_LARGE) as soon as it is known to be."""
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > body.MAX_BODY_BYTES:
        raise body.body_too_large()
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Rejected(Reason.MALFORMED_BODY, "the connection ended before the body did")
        part = message.get("body", b"")
        size += len(part)
        if size > body.MAX_BODY_BYTES:
            raise body.body_too_large()
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def answer(
    send: Send, status: int, detail: str | None, extra: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    """Answer with a status, and with what went wrong as JSON where there is a detail."""
    content = b"" if detail is None else msgspec.json.encode({"detail": detail})
    headers = [*_CORS, *extra]
    if content:
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def answer_taken(scope: Scope, send: Send) -> None:
    """Answer that all is stored."""
    await _TAKEN.send(scope, send)


@cache
def busy(retry_after_s: int) -> Prepared:
    """The answer that there is more than can be taken: most of the work in a flood, so it has no body."""
    retry = (b"retry-after", str(retry_after_s).encode())
    headers = (*_CORS, retry, (b"content-length", b"0"))
    return Prepared(({"type": "http.response.start", "status": 503, "headers": headers}, _END))


async def answer_text(send: Send, text: str) -> None:
    """Answer with a text that nobody on the way may keep."""
    content = text.encode()
    headers = [
        *_CORS,
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def answer_pixel(send: Send) -> None:
    """Answer with the pixel itself."""
    headers = [
        *EMBEDDABLE,
        (b"content-type", b"image/gif"),
        (b"content-length", str(len(pixel.PIXEL)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": pixel.PIXEL})
