"""The demo shop: its source, made when it is missing, and its pages."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from collector.assets import shop_dir
from collector.model.policy import Policy
from collector.model.source import AutoEvent, Settings, TagSettings, Trigger
from collector.security_headers import WithHeaders
from collector.store import Store

SOURCE_ID = "d3a0c0de-0000-4000-8000-000000000001"
"""Fixed, so that the shop's pages are plain files that carry the pasted line as any site's do."""

LOCAL_ADDRESS = "193.0.6.139"
"""Where the demo places a visitor who sits at the same machine: RIPE NCC in Amsterdam."""

_SETTINGS = Settings(
    tag=TagSettings(
        auto_events=(AutoEvent(action="shop.open", params={"shop": "demo"}),),
        triggers=(
            Trigger(tag="product", interaction="onVisible", action="product.seen"),
            Trigger(tag="product", interaction="onClick", action="product.click"),
            Trigger(tag="banner", interaction="onMouseOver", action="banner.hover"),
            Trigger(tag="story", interaction="onTextSelect", action="text.select"),
            Trigger(tag="staff", interaction="onClick", action="debug.staff"),
        ),
    )
)
_POLICY = Policy(block=("debug.*",))

_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "strict-origin-when-cross-origin",
    "cache-control": "no-cache",
}
"""The shop under a strict Content-Security-Policy, to show that the tag needs no exception. Its pages tell
each other where a visitor came from, as any shop's do."""


def add_demo_source(store: Store) -> None:
    """Make the demo's source unless it is there."""
    if store.source(SOURCE_ID) is None:
        store.add_source("Demo shop", _SETTINGS, _POLICY, source_id=SOURCE_ID)


def demo_routes() -> list[BaseRoute]:
    """The shop at /demo/. Its forms post to /demo/thanks, which keeps nothing of what they send."""
    return [
        Route("/demo", _to_shop),
        Route("/demo/thanks", _thanks, methods=["POST"]),
        Mount("/demo", WithHeaders(StaticFiles(directory=shop_dir(), html=True), _HEADERS)),
    ]


async def _to_shop(_request: Request) -> Response:
    return RedirectResponse("/demo/", 307)


async def _thanks(_request: Request) -> Response:
    return RedirectResponse("/demo/thanks.html", 303)
