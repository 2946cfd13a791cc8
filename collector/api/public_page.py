"""The pages that links in mails lead to: for anybody, without a sign-in, and telling nobody anything.

The address of such a page is a secret: it is sent to no other page (Referrer-Policy) and kept by no cache
or search engine. Looking at it changes nothing, so that whatever reads mails before their reader does
(scanners, previews) confirms nothing; a form that is posted does.
"""

import hashlib
from functools import cache

from starlette.requests import Request
from starlette.responses import HTMLResponse

from collector.assets import html_templates, static_dir

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_ENVIRONMENT = html_templates()


def public_page(request: Request, template: str, status: int, *, shop: str, state: str) -> HTMLResponse:
    """Render `templates/mail/{template}` in one of its states, in the name of a shop ("" for none)."""
    root = request.scope.get("app_root_path", request.scope.get("root_path", ""))
    html = _ENVIRONMENT.get_template(f"mail/{template}").render(
        shop=shop,
        state=state,
        static=lambda path: f"{root}/static/{path}?v={_static_version(path)}",
    )
    return HTMLResponse(html.encode("utf-8", "replace"), status, headers=HEADERS)


@cache
def _static_version(path: str) -> str:
    return hashlib.sha256((static_dir() / path).read_bytes()).hexdigest()[:12]
