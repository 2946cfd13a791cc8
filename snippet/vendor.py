"""The addresses at which pages made for other vendors load their script: ours, behind that page API.

    /analytics.js/v1/{write_key}/analytics.min.js            Segment's snippet
    /v1/analytics-js/snippet/{write_key}/analytics.min.js    Customer.io's

These carry the key, which is a source's id: they serve that source's tag with the facade. Others carry
none: they serve a small loader with the vendor's stub, which reads the key in the page, keeps the calls
meanwhile, and inserts /t/{key}.js?facade=... beside itself.

Source: contracts/segment-customerio.md section 4.1, contracts/synerise-sdk.md section 1.1,
contracts/tracardi.md section 1.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from collector.model.source import Source
from snippet.build import build_debug, build_tag, with_facade
from snippet.compile import BuiltTag, compile_script
from snippet.endpoint import FindSource, refusal, script_response, usable

_KEYED = (
    "/analytics.js/v1/{write_key}/analytics.min.js",
    "/v1/analytics-js/snippet/{write_key}/analytics.min.js",
)


_SYNERISE = ("loader_synerise.js.j2", "synerise_stub")

_LOADERS = {
    "/tracker/liliput.min.js": ("loader_tracardi.js.j2",),
    "/synerise-javascript-sdk.min.js": _SYNERISE,
    "/sdk/3.0/synerise-javascript-sdk.min.js": _SYNERISE,
}
"""Without a key, with the template of the loader that they serve, and the tag's modules in it."""


def vendor_routes(find_source: FindSource) -> list[BaseRoute]:
    """Return the routes of these addresses."""
    return [
        *(Route(path, SegmentScript(find_source)) for path in _KEYED),
        *(Route(path, LoaderScript(*loader)) for path, loader in _LOADERS.items()),
    ]


class SegmentScript:
    """An ASGI endpoint: the tag of the source whose id is the write key. Answers as `TagEndpoint` does."""

    def __init__(self, find_source: FindSource) -> None:
        self._find_source = find_source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return refusal(405, "The script is read with GET.", {"Allow": "GET, HEAD"})
        source = await usable(self._find_source, request.path_params["write_key"])
        if isinstance(source, Response):
            return source
        return script_response(request, await run_in_threadpool(_build, source, request))


class LoaderScript:
    """An ASGI endpoint: the loader of this template, the same for every source."""

    def __init__(self, template: str, *modules: str) -> None:
        self._template = template
        self._modules = modules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method not in ("GET", "HEAD"):
            response = refusal(405, "The script is read with GET.", {"Allow": "GET, HEAD"})
        else:
            response = script_response(request, compile_script(self._template, self._modules, "{}"))
        await response(scope, receive, send)


def _build(source: Source, request: Request) -> BuiltTag:
    source = with_facade(source, "segment")
    if "debug" in request.query_params:
        return build_debug(source)
    # What an owner's server puts before it stands before the beacon's path too.
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    return build_tag(source, path[: path.rindex("/") + 1])
