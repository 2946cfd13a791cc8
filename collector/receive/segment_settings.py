"""What the clients of Segment, Customer.io and RudderStack ask in a browser before they send.

    GET /v1/projects/{write_key}/settings             the settings document of the first two
    GET .../sourceConfig/?writeKey=                   RudderStack's source, below any path

An unknown or disabled source is answered 401. Source: contracts/segment-customerio.md sections 5 and 6.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from collector.model.moment import iso
from collector.receive.exchange import read_headers
from collector.receive.segment import answer_preflight, key_of
from collector.wire.segment.faults import UNKNOWN_KEY
from collector.wire.segment.settings import settings_document, source_config
from snippet.endpoint import FindSource

_HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "private, max-age=60"}
_SOURCE_CONFIG = (
    "/sourceConfig",
    "/sourceConfig/",
    "/{path:path}/sourceConfig",
    "/{path:path}/sourceConfig/",
)


def segment_routes(find_source: FindSource, base_url: str | None) -> list[BaseRoute]:
    """Return the routes. `base_url`: the collector's public address, None: as the request says."""
    asked = SettingsEndpoint(find_source, base_url)
    return [Route(path, asked) for path in ("/v1/projects/{write_key}/settings", *_SOURCE_CONFIG)]


class SettingsEndpoint:
    """An ASGI endpoint for both documents."""

    def __init__(self, find_source: FindSource, base_url: str | None) -> None:
        self._find_source = find_source
        self._base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await answer_preflight(send, read_headers(scope))
            return
        response = await self._answer(Request(scope))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            told = {"code": "method_not_allowed", "message": "settings are read with GET"}
            return JSONResponse(told, 405, {**_HEADERS, "Allow": "GET, HEAD, OPTIONS"})
        of_segment = "write_key" in request.path_params
        if of_segment:
            key = request.path_params["write_key"]
        else:
            key = request.query_params.get("writeKey") or key_of(read_headers(request.scope)) or ""
        source = await self._find_source(key)
        if source is None or not source.enabled:
            told = {"code": UNKNOWN_KEY.code, "message": UNKNOWN_KEY.message}
            return JSONResponse(told, UNKNOWN_KEY.status, {"Access-Control-Allow-Origin": "*"})
        if of_segment:
            document = settings_document(source.source_id, self._base_url or _address_of(request))
        else:
            document = source_config(source.source_id, iso(source.created_ms))
        return JSONResponse(document, headers=_HEADERS)


def _address_of(request: Request) -> str:
    """The address the request was sent to. What a proxy in front says of TLS anybody could say: the answer
    goes to whoever said it."""
    forwarded = request.headers.get("x-forwarded-proto", "").split(",")[0].strip().lower()
    scheme = forwarded if forwarded in ("http", "https") else request.url.scheme
    return f"{scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"
