"""The body of a request: bounded, unpacked, and said to be JSON."""

from starlette.requests import Request

from collector.model.outcome import Reason, Rejected
from collector.wire.body import decompress
from collector.wire.synerise.faults import BadBody

MAX_BYTES = 1_048_576
"""Of a body, before and after decompression (contracts/synerise-events-api.md section 6)."""

_TOO_LARGE = f"The body has more than {MAX_BYTES} bytes. Send fewer items at once."


class BodyTooLarge(BadBody):
    """The body has more than MAX_BYTES."""


class NotJson(ValueError):
    """The body is of another type than JSON."""


async def read_body(request: Request, *, json: bool) -> bytes:
    """Return the body. Raises BadBody where it is too large or cannot be unpacked, NotJson.

    `json`: whether the operation takes one; what a caller sends to any other is not looked at.
    """
    if not json:
        return b""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise NotJson("Send the body as Content-Type: application/json")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BYTES:
            raise BodyTooLarge(_TOO_LARGE)
    try:
        return decompress(bytes(body), request.headers.get("content-encoding", ""), MAX_BYTES)
    except Rejected as fault:
        too_large = fault.reason is Reason.BODY_TOO_LARGE
        raise (BodyTooLarge(_TOO_LARGE) if too_large else BadBody(fault.detail)) from None
