"""A request's body before any dialect reads it: how it may be encoded, and how large it may be."""

import zlib

from collector.model.outcome import Reason, Rejected

MAX_BODY_BYTES = 1_000_000
"""Longest body after decompression, native dialect (DESIGN.md, Limits)."""

_GZIP = 16 + zlib.MAX_WBITS


def decompress(body: bytes, encoding: str, limit: int = MAX_BODY_BYTES) -> bytes:
    """Undo a Content-Encoding of gzip or deflate, bounded so that a bomb costs no more than an honest body.

    Raises Rejected: MALFORMED_BODY for an unknown encoding or damaged data, BODY_TOO_LARGE past the limit.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            window = _GZIP
        case "deflate":
            window = zlib.MAX_WBITS
        case _:
            raise Rejected(Reason.MALFORMED_BODY, "the Content-Encoding is not gzip, deflate or identity")
    decompressor = zlib.decompressobj(window)
    try:
        plain = decompressor.decompress(body, limit + 1)
    except zlib.error as error:
        raise Rejected(Reason.MALFORMED_BODY, f"the body is not {encoding}: {error}") from None
    if len(plain) > limit:
        raise body_too_large(limit)
    if not decompressor.eof:
        raise Rejected(Reason.MALFORMED_BODY, f"the {encoding} body ends too early")
    if decompressor.unused_data:
        raise Rejected(Reason.MALFORMED_BODY, f"the {encoding} body goes on after its end: pack it as one")
    return plain


def body_too_large(limit: int = MAX_BODY_BYTES) -> Rejected:
    """The rejection of a body past the limit."""
    return Rejected(Reason.BODY_TOO_LARGE, f"the body is larger than {limit} bytes")
