"""The page behind the link that activates an account: GET asks for its password, POST gives it.

A stranger may register somebody else's address with a password of the stranger's own. Whoever reads the
mail does not know that password, so that no press of a button gives the stranger their profile.
"""

from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collector.api.context import ApiContext
from collector.api.public_page import public_page
from collector.api.registration import look_at_link, use_link
from collector.store import StoreUnavailable

MAX_FORM_BYTES = 8192

_TEMPLATE = "page_activate.html"
_STATUS = {"expired": 410, "used": 410, "closed": 410, "unknown": 404, "wrong": 422, "many": 423}


def activation_routes(context: ApiContext) -> list[BaseRoute]:
    """Return the route of this page."""

    def answer(request: Request, password: str | None) -> Response:
        token = request.query_params.get("t", "")
        link = look_at_link(context, token) if password is None else use_link(context, token, password)
        status = _STATUS.get(link.state, 200)
        return public_page(request, _TEMPLATE, status, shop=link.shop, state=link.state)

    async def page(request: Request) -> Response:
        password = await _password(request) if request.method == "POST" else None
        try:
            return await run_in_threadpool(answer, request, password)
        except StoreUnavailable:
            response = public_page(request, _TEMPLATE, 503, shop="", state="busy")
            response.headers["Retry-After"] = "2"
            return response

    return [Route("/mail/activate", page, methods=["GET", "POST"])]


async def _password(request: Request) -> str:
    """What the form holds; "" where it is none of ours."""
    form = bytearray()
    async for piece in request.stream():
        form += piece
        if len(form) > MAX_FORM_BYTES:
            return ""
    fields = parse_qs(form.decode("utf-8", "replace"), keep_blank_values=True)
    return fields.get("password", [""])[0]
