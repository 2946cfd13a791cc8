"""The properties of an event that a webhook sends: a JSON object, a form, or whatever its body is.

Source: contracts/tracardi.md section 7.
"""

import re
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from python_multipart.multipart import parse_options_header
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from collector.model.event import Params
from collector.model.outcome import Reason, Rejected
from collector.wire.surrogates import mended

MAX_FIELDS = 200

_CHARSET = re.compile(
    rb"utf-?8|utf-16([bl]e)?|us-ascii|latin-?1|iso-8859-\d\d?|windows-(874|125\d)|koi8-[ru]|gbk|gb2312|gb18030"
    rb"|big5|shift_jis|euc-jp|euc-kr|iso-2022-jp",
    re.IGNORECASE,
)
"""What a browser's form may be written in (WHATWG Encoding Standard). Python knows more, of which punycode
takes a minute for a megabyte."""


async def collected(content: bytes, content_type: str) -> Params:
    """Return what a body says. Bad JSON says nothing; what is no object stands in `body`.

    Of a file that a form holds its name is kept. Raises Rejected(MALFORMED_BODY).
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return {**read_fields(content.decode("utf-8", "replace"))}
    if kind == "multipart/form-data":
        return await _multipart(content, content_type)
    if "json" not in kind:
        return {"body": content.decode("utf-8", "replace")} if content else {}
    for text in (content, mended(content)):
        try:
            sent = msgspec.json.decode(text or b"")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        return sent if isinstance(sent, dict) else {"body": sent}
    return {}


def read_fields(text: str) -> dict[str, str]:
    """The fields of a query or form, the last of each name. Raises Rejected(MALFORMED_BODY) for too many."""
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as fault:
        raise Rejected(Reason.MALFORMED_BODY, f"the fields cannot be read: {fault}") from None


async def _multipart(content: bytes, content_type: str) -> Params:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    charset = parse_options_header(content_type)[1].get(b"charset") or b"utf-8"
    if not _CHARSET.fullmatch(charset):
        raise Rejected(Reason.MALFORMED_BODY, "the form is in no charset of forms: send it in UTF-8")
    headers = [(b"content-type", content_type.encode("latin-1"))]
    request = Request({"type": "http", "headers": headers}, receive)
    try:
        async with request.form(max_files=MAX_FIELDS, max_fields=MAX_FIELDS) as form:
            return {
                name: value if isinstance(value, str) else value.filename or ""
                for name, value in form.items()
            }
    except (MultiPartException, ValueError):
        raise Rejected(Reason.MALFORMED_BODY, "the form cannot be read") from None
