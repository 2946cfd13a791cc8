"""The properties of an event that a webhook sends: a JSON object, a form, or whatever its body is.

Source: contracts/tracardi.md section 7.
"""

from collections.abc import MutableMapping
from typing import Any

import msgspec
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from collector.model.event import Params
from collector.model.outcome import Reason, Rejected
from collector.wire.surrogates import mended

MAX_FIELDS = 200

_FORMS = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})


async def collected(content: bytes, content_type: str) -> Params:
    """Return what a body says. Bad JSON says nothing; what is no object stands in `body`.

    Of a file that a form holds its name is kept. Raises Rejected(MALFORMED_BODY).
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _FORMS:
        return await _form(content, content_type)
    if "json" not in kind:
        return {"body": content.decode("utf-8", "replace")} if content else {}
    for text in (content, mended(content)):
        try:
            sent = msgspec.json.decode(text or b"")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        return sent if isinstance(sent, dict) else {"body": sent}
    return {}


async def _form(content: bytes, content_type: str) -> Params:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    headers = [(b"content-type", content_type.encode("latin-1", "replace"))]
    request = Request({"type": "http", "headers": headers}, receive)
    try:
        async with request.form(max_files=MAX_FIELDS, max_fields=MAX_FIELDS) as form:
            return {
                _text(name): _text(value if isinstance(value, str) else value.filename or "")
                for name, value in form.items()
            }
    except (MultiPartException, ValueError):
        raise Rejected(Reason.MALFORMED_BODY, "the form cannot be read") from None


def _text(value: str) -> str:
    """Text of whatever encoding the sender named, some of which make half surrogate pairs."""
    return value.encode("utf-8", "replace").decode()
