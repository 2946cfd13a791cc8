"""What links in newsletter mails lead to: confirm the newsletter, stop it, unsubscribe.

    GET   shows one button; the page of a confirmation presses it by script
    POST  does it, with the link as the only proof: no cookie, no form field. So the one click of
          RFC 8058 (List-Unsubscribe-Post), which a mail program sends by itself, is the same request

A link to confirm or stop holds for seven days and once. One to unsubscribe holds for ever, as often as
it is used: whoever has an old mail can always say no.
"""

import uuid as uuids
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collector.api.context import ApiContext
from collector.api.public_page import public_page
from collector.mail.links import BadLink, Purpose, read_token
from collector.model.event import Derive
from collector.model.source import Source
from collector.privacy.derive import deriving
from collector.store import StoreUnavailable

PAGES: tuple[tuple[Purpose, bool], ...] = (("confirm", True), ("stop", False), ("unsubscribe", False))
"""What the links do, and what the agreement is afterwards."""


class _Named(NamedTuple):
    """What a link names: a profile, the source it was mailed for, the address, and the wish if it has one."""

    client_id: int
    source: int
    address: str
    nonce: str | None = None


def mail_routes(context: ApiContext) -> list[BaseRoute]:
    """Return the routes of these pages."""
    return [
        Route(f"/mail/{purpose}", _page(context, purpose, agreed), methods=["GET", "POST"])
        for purpose, agreed in PAGES
    ]


def _page(context: ApiContext, purpose: Purpose, agreed: bool) -> Callable[[Request], Awaitable[Response]]:
    def answer(request: Request) -> Response:
        template = f"page_{purpose}.html"
        try:
            token = request.query_params.get("t", "")
            named = _Named(*read_token(context.secret_key, purpose, token, context.now_ms()))
        except BadLink as problem:
            state, status = ("expired", 410) if problem.expired else ("unknown", 404)
            return public_page(request, template, status, shop="", state=state)
        source = next((one for one in context.store.sources() if one.number == named.source), None)
        shop = source.name if source else ""
        if request.method != "POST":
            return public_page(request, template, 200, shop=shop, state="ask")
        done = _settle(context, named, agreed, source)
        if done or named.nonce is None:
            # The address of an old mail is nobody's any more: then no news goes there either.
            return public_page(request, template, 200, shop=shop, state="done")
        return public_page(request, template, 410, shop=shop, state="used")

    async def page(request: Request) -> Response:
        try:
            return await run_in_threadpool(answer, request)
        except StoreUnavailable:
            response = public_page(request, f"page_{purpose}.html", 503, shop="", state="busy")
            response.headers["Retry-After"] = "2"
            return response

    return page


def _settle(context: ApiContext, named: _Named, agreed: bool, source: Source | None) -> bool:
    now_ms = context.now_ms()
    return context.store.settle_agreement(
        named.client_id,
        agreed,
        address=named.address,
        nonce=named.nonce,
        derive=_derive(source, now_ms),
        now_ms=now_ms,
    )


def _derive(source: Source | None, now_ms: int) -> Derive | None:
    """What makes the events that follow. The person's word counts though the source keeps no events now."""
    if source is None or source.problem or not source.enabled:
        return None
    return deriving(source, f"mail:{uuids.uuid4()}", now_ms, None, {})
