"""The body of a request: bounded, unpacked, and said to be JSON."""

from starlette.requests import ClientDisconnect, Request

from collector.model.outcome import Reason, Rejected
from collector.wire.body import decompress
from collector.wire.synerise.faults import BadBody

MAX_BYTES = 1_048_576
"""Of a body, before and after decompression (contracts/synerise-events-api.md section 6)."""

_UTF_8 = ("utf-8", "utf8")

_TOO_LARGE = f"The body has more than {MAX_BYTES} bytes. Send fewer items at once."


class BodyTooLarge(BadBody):
    """The body has more than MAX_BYTES."""


class NotJson(ValueError):
    """The body is of another type than JSON."""


def check_type(request: Request) -> None:
    """Raises NotJson where the body is said to be no JSON, or JSON in another charset than its own."""
    kind, *told = request.headers.get("content-type", "").lower().split(";")
    if kind.strip() != "application/json":
        raise NotJson("Send the body as Content-Type: application/json")
    for name, _, value in (parameter.partition("=") for parameter in told):
        if name.strip() == "charset" and value.strip().strip('"') not in _UTF_8:
            raise NotJson("Send the body in UTF-8, as Content-Type: application/json")


async def read_body(request: Request) -> bytes:
    """Return the body. Raises BadBody where it is too large, cannot be unpacked, or ends too early."""
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BYTES:
                raise BodyTooLarge(_TOO_LARGE)
    except ClientDisconnect:
        raise BadBody("the connection ended before the body did") from None
    try:
        return decompress(bytes(body), request.headers.get("content-encoding", ""), MAX_BYTES)
    except Rejected as fault:
        too_large = fault.reason is Reason.BODY_TOO_LARGE
        raise (BodyTooLarge(_TOO_LARGE) if too_large else BadBody(fault.detail)) from None
