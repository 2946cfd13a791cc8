"""Which application a request is for: decided before the router, whose work costs more than a beacon does."""

from collections.abc import Callable

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from collector import receive
from collector.api import API_PREFIXES
from collector.model.source import Source
from collector.security_headers import secured
from collector.tag_cache import PREFIX as TAG_PREFIX
from collector.tag_cache import TagCache


class FrontDoor:
    """Hands beacons, and links between domains, to their endpoints and everything else to the router.

    The API may be called by pages of any origin: what proves a caller is in the request, never a cookie.
    """

    def __init__(
        self,
        beacons: ASGIApp,
        links: ASGIApp,
        segment: ASGIApp,
        tracardi: ASGIApp,
        rest: ASGIApp,
        *,
        known: Callable[[str], Source | None],
        public_url: str,
    ) -> None:
        self._beacons = beacons
        self._links = links
        self._segment = segment
        self._tracardi = tracardi
        self._rest = secured(rest, public_url)
        self._tags = TagCache(self._rest, known)
        api = CORSMiddleware(
            rest,
            allow_origins=["*"],
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Api-Version", "Content-Type", "Content-Encoding"],
            expose_headers=["Retry-After"],
            max_age=86_400,
        )
        self._api = secured(api, public_url)

    async def __call__(self, scope: Scope, receive_: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(receive.PREFIX):
            links = scope["query_string"] == receive.LINK_QUERY
            await (self._links if links else self._beacons)(scope, receive_, send)
        elif scope["type"] == "http" and scope["path"].startswith(TAG_PREFIX):
            await self._tags(scope, receive_, send)
        elif scope["type"] == "http" and scope["path"] in receive.SEGMENT_PATHS:
            await self._segment(scope, receive_, send)
        elif scope["type"] == "http" and receive.is_tracardi(scope["path"]):
            await self._tracardi(scope, receive_, send)
        elif scope["type"] == "http" and scope["path"].startswith(API_PREFIXES):
            await self._api(scope, receive_, send)
        else:
            await self._rest(scope, receive_, send)
