"""GET /t/...: the tag, over HTTP, in each of its forms.

    {source_id}.js            the tag, kept by a browser for a minute, so that a switch is live within one
    {source_id}.{hash}.js     a frozen one, which never changes
    {source_id}.mjs, .d.mts   the tag as an ES module, and its TypeScript types
    ...js?debug               what `debug()` of the page API loads: beside the script, so that it comes by
                              the same path where the owner's own server stands before the collector

After its minute an ETag saves a script's bytes. Any page of any origin may load all of them.
"""

import re
from collections.abc import Awaitable, Callable
from typing import get_args

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from collector.model.frozen import FrozenTag
from collector.model.source import Facade, Source
from snippet.build import build_debug, build_module, build_tag, build_types, with_facade
from snippet.compile import BuiltTag
from snippet.frozen import frozen_debug, frozen_tag

FindSource = Callable[[str], Awaitable[Source | None]]
FindFrozen = Callable[[str, str], FrozenTag | None]

_FILE = re.compile(r"(?P<source>.+?)(\.(?P<hash>[0-9a-f]{16}))?\.(?P<kind>js|mjs|d\.mts)")

_FACADES: tuple[Facade, ...] = get_args(Facade)

_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
A_MINUTE = "public, max-age=60"
_FOREVER = "public, max-age=31536000, immutable"


class TagEndpoint:
    """An ASGI endpoint, for `Route("/t/{file}", TagEndpoint(find_source, find_frozen))`.

    `find_source` gives the source of an id, None when there is none; `find_frozen` the frozen tag of
    a source's id and a hash, and may block. `base_url` is the collector's public address, None: as the
    request says. Answers 200 or 304; 401 for an unknown or disabled source, 503 while its rules cannot
    be read, 404 for another file or a hash that nobody froze, 405 for another method, each as JSON
    with `detail`.
    """

    def __init__(
        self, find_source: FindSource, find_frozen: FindFrozen, *, base_url: str | None = None
    ) -> None:
        self._find_source = find_source
        self._find_frozen = find_frozen
        self._base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return refusal(405, "The tag is read with GET.", {"Allow": "GET, HEAD"})
        file = _FILE.fullmatch(request.path_params["file"])
        if file is None:
            return refusal(404, "The tag is /t/SOURCE_ID.js.")
        source = await usable(self._find_source, file["source"])
        if isinstance(source, Response):
            return source
        # Compiling takes tens of milliseconds, which would hold up every beacon on the loop.
        return await run_in_threadpool(self._file, request, source, file["hash"], file["kind"])

    def _file(self, request: Request, source: Source, frozen: str | None, kind: str) -> Response:
        # What asks for the debug script puts its word behind the address that it has.
        facade, _, more = request.query_params.get("facade", "").partition("?")
        debug = "debug" in request.query_params or more == "debug"
        if facade in _FACADES and frozen is None:
            source = with_facade(source, facade)
        if frozen is not None:
            found = self._find_frozen(source.source_id, frozen) if kind == "js" else None
            if found is None:
                return refusal(404, "No tag of this hash was frozen. The Install page freezes one.")
            if debug:
                return script_response(request, frozen_debug(source, found), A_MINUTE)
            return script_response(request, frozen_tag(found), _FOREVER)
        if kind == "mjs":
            return _download(build_module(source, self._base_url or _address_of(request)), "text/javascript")
        if kind == "d.mts":
            return _download(build_types(source), "text/plain")
        return script_response(request, build_debug(source) if debug else build_tag(source), A_MINUTE)


async def usable(find_source: FindSource, source_id: str) -> Source | Response:
    """The source that a script is asked of; or the answer where there is none that could have one."""
    source = await find_source(source_id)
    if source is None or not source.enabled:
        return refusal(401, "No such source, or it is disabled.")
    if source.problem:
        # Without rules nobody knows what may be kept on the device, or whether the visitor is asked.
        return refusal(503, "The rules of this source cannot be read.", {"Retry-After": "60"})
    return source


def _address_of(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"


def script_response(request: Request, built: BuiltTag, cache: str = A_MINUTE) -> Response:
    """The answer to whoever asks for a script: 304 where they have it, else as they like it."""
    headers = {**_HEADERS, "Cache-Control": cache, "ETag": built.etag, "Vary": "Accept-Encoding"}
    if _matches(request.headers.get("if-none-match", ""), built.etag):
        return Response(status_code=304, headers=headers)
    encoding = choose_encoding(request.headers.get("accept-encoding", ""))
    body = {"br": built.brotli, "gzip": built.gzip}.get(encoding, built.plain)
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    headers["Content-Length"] = str(len(body))
    return Response(b"" if request.method == "HEAD" else body, headers=headers, media_type="text/javascript")


def _download(text: str, media_type: str) -> Response:
    return Response(text, headers={**_HEADERS, "Cache-Control": A_MINUTE}, media_type=media_type)


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


def refusal(status: int, detail: str, extra: dict[str, str] | None = None) -> Response:
    """An answer in words, which no cache keeps."""
    return JSONResponse(
        {"detail": detail}, status, {**_HEADERS, "Cache-Control": "no-store", **(extra or {})}
    )
