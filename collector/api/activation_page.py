"""The page behind the link that activates an account: GET shows one button, POST presses it.

No script presses it: whoever activates an account that they did not register gives a stranger's password
their profile, so a person reads the question and answers it.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collector.api.context import ApiContext
from collector.api.public_page import public_page
from collector.api.registration import use_link
from collector.store import StoreUnavailable

_TEMPLATE = "page_activate.html"
_STATUS = {"expired": 410, "used": 410, "closed": 410, "unknown": 404}


def activation_routes(context: ApiContext) -> list[BaseRoute]:
    """Return the route of this page."""

    def answer(request: Request) -> Response:
        asks = request.method != "POST"
        link = use_link(context, request.query_params.get("t", ""), look_only=asks)
        status = _STATUS.get(link.state, 200)
        return public_page(request, _TEMPLATE, status, shop=link.shop, state=link.state)

    async def page(request: Request) -> Response:
        try:
            return await run_in_threadpool(answer, request)
        except StoreUnavailable:
            response = public_page(request, _TEMPLATE, 503, shop="", state="busy")
            response.headers["Retry-After"] = "2"
            return response

    return [Route("/mail/activate", page, methods=["GET", "POST"])]
