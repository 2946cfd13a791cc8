"""Makes the pages: one Jinja2 environment, the values that every page has, and readable errors."""

import hashlib
from functools import cache
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from collector.admin.context import AdminContext
from collector.admin.security import Cookies
from collector.assets import html_templates, static_dir
from collector.model.workspace import User

HELP = {
    400: "The request could not be read. Go back and try again.",
    403: "This form is too old, or it came from another site. Go back, reload the page and send it again.",
    404: "There is no such page. The source or event may have been removed, or the address has a slip in it.",
    405: "This page does not take that kind of request.",
    413: "That was more than a form may hold. Shorten it and send it again.",
    415: "These pages take their own forms only.",
    503: "The store is busy. Nothing was changed; try again in a moment.",
}
"""What an error page says, by status."""


@cache
def _static_version(path: str) -> str:
    # In the address, so that a browser takes the new file after an upgrade and not the one it kept.
    return hashlib.sha256((static_dir() / path).read_bytes()).hexdigest()[:12]


class Pages:
    """Renders templates and errors for one collector."""

    def __init__(self, context: AdminContext) -> None:
        self.context = context
        self.cookies = Cookies(context.secret_key, secure=context.secure_cookies, now_ms=context.now_ms)
        self._environment = html_templates()
        self._environment.filters["thousands"] = lambda number: f"{number:,}"

    def render(
        self, request: Request, template: str, *, status: int, user: User | None, csrf: str, **values: Any
    ) -> HTMLResponse:
        """Render `templates/admin/{template}`. Unencodable text (a lone surrogate) shows as "?"."""
        root = request.scope.get("app_root_path", "")
        html = self._environment.get_template(f"admin/{template}").render(
            admin=admin_path(request),
            static=lambda path: f"{root}/static/{path}?v={_static_version(path)}",
            path=request.url.path,
            user=user,
            csrf=csrf,
            geo_note=self.context.geo_note(),
            geo_attribution=self.context.geo_attribution(),
            **values,
        )
        return HTMLResponse(html.encode("utf-8", "replace"), status_code=status)

    def error(
        self, request: Request, status: int, *, user: User | None = None, csrf: str = ""
    ) -> HTMLResponse:
        """Render a page for an error."""
        title = HTTPStatus(status).phrase
        text = HELP.get(status, "Something is wrong with the request.")
        return self.render(
            request, "error.html", status=status, user=user, csrf=csrf, title=title, code=status, text=text
        )


def admin_path(request: Request) -> str:
    """Return the path that the admin pages are mounted at, without a final slash."""
    return str(request.scope.get("root_path", ""))
