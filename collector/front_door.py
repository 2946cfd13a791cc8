"""Which application a request is for: decided before the router, whose work costs more than a beacon does."""

from collections.abc import Callable

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from collector import receive
from collector.api import API_PREFIXES
from collector.model.source import Source
from collector.prepared import Prepared
from collector.security_headers import secured
from collector.tag_cache import PREFIX as TAG_PREFIX
from collector.tag_cache import TagCache


class FrontDoor:
    """Hands beacons, and links between domains, to their endpoints and everything else to the router.

    The API may be called by pages of any origin: what proves a caller is in the request, never a cookie.
    """

    def __init__(
        self,
        beacons: receive.BeaconEndpoint,
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

    def refusal(self, scope: Scope) -> Prepared | None:
        """What a server that asks is to answer at once (`collector.prepared.Refusing`)."""
        path: str = scope["path"]
        if path.startswith(receive.PREFIX) and scope["query_string"] != receive.LINK_QUERY:
            return self._beacons.refusal(scope)
        return None

    async def __call__(self, scope: Scope, receive_: Receive, send: Send) -> None:
        await self._app_of(scope)(scope, receive_, send)

    def _app_of(self, scope: Scope) -> ASGIApp:
        if scope["type"] != "http":
            return self._rest
        path: str = scope["path"]
        if path.startswith(receive.PREFIX):
            return self._links if scope["query_string"] == receive.LINK_QUERY else self._beacons
        if path.startswith(TAG_PREFIX):
            return self._tags
        if path in receive.SEGMENT_PATHS:
            return self._segment
        if receive.is_tracardi(path):
            return self._tracardi
        return self._api if path.startswith(API_PREFIXES) else self._rest
