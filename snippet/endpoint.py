"""GET /t/{source_id}.js: the tag, over HTTP.

A browser keeps it for a minute, so that a switch is live within one; after that an ETag saves the
bytes. Any page of any origin may load it.
"""

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from collector.model.source import Source
from snippet.build import BuiltTag, build_tag

FindSource = Callable[[str], Awaitable[Source | None]]

_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


class TagEndpoint:
    """An ASGI endpoint, for `Route("/t/{source_id}.js", TagEndpoint(find_source))`.

    `find_source` gives the source of an id, None when there is none. Answers 200 or 304; 401 for an
    unknown or disabled source, 405 for another method, both as JSON with `detail`.
    """

    def __init__(self, find_source: FindSource) -> None:
        self._find_source = find_source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return _refusal(405, "The tag is read with GET.", {"Allow": "GET, HEAD"})
        source = await self._find_source(request.path_params["source_id"])
        if source is None or not source.enabled:
            return _refusal(401, "No such source, or it is disabled.", {"Cache-Control": "no-store"})
        # Compiling takes tens of milliseconds, which would hold up every beacon on the loop.
        built = await run_in_threadpool(build_tag, source)
        return _tag_response(request, built)


def _tag_response(request: Request, built: BuiltTag) -> Response:
    headers = {
        **_HEADERS,
        "Cache-Control": "public, max-age=60",
        "ETag": built.etag,
        "Vary": "Accept-Encoding",
    }
    if _matches(request.headers.get("if-none-match", ""), built.etag):
        return Response(status_code=304, headers=headers)
    encoding = choose_encoding(request.headers.get("accept-encoding", ""))
    body = {"br": built.brotli, "gzip": built.gzip}.get(encoding, built.plain)
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    headers["Content-Length"] = str(len(body))
    return Response(b"" if request.method == "HEAD" else body, headers=headers, media_type="text/javascript")


def choose_encoding(accepted: str) -> str:
    """Choose br, gzip or identity by an Accept-Encoding header; at equal weight the smallest.

    A header that we cannot read, or that refuses everything, gets identity.
    Source: RFC 9110, section 12.5.3.
    """
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        coding, _, parameter = part.partition(";")
        name, _, value = parameter.partition("=")
        try:
            weights[coding.strip()] = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    rest = weights.get("*", 0.0)
    offers = {"br": weights.get("br", rest), "gzip": weights.get("gzip", rest)}
    # max() keeps the first of equals.
    best = max(offers, key=lambda coding: offers[coding])
    liked = offers[best] > 0 and offers[best] >= weights.get("identity", 0.0)
    return best if liked else "identity"


def _matches(if_none_match: str, etag: str) -> bool:
    """True where If-None-Match names this ETag, weak or not. Source: RFC 9110, section 13.1.2."""
    bare = etag.removeprefix("W/")
    given = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return bare in given or "*" in given


def _refusal(status: int, detail: str, headers: dict[str, str]) -> Response:
    return JSONResponse({"detail": detail}, status, {**_HEADERS, **headers})
