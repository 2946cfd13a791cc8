"""What every answer of the router tells a browser not to do with it, unless the answer says otherwise itself.

An answer that forgot its headers is closed: nothing runs in it, frames it, embeds it or keeps it. What must
be open, such as the tag, says so where it is made. Beacons do not pass here: the few headers that they need
stand with their answers.

Strict-Transport-Security binds a whole host. It is sent for visitors by https where the collector has the
host to itself, and never for its subdomains, which may be anybody's. Behind a path of the owner's own site
the host is the site's.
"""

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": (
        "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}

HTML_HEADERS = {
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), "
        "publickey-credentials-get=()"
    ),
}
"""What pages say besides."""

STRICT_TRANSPORT = "max-age=31536000"
"""One year."""


def strict_transport(public_url: str) -> str:
    """What Strict-Transport-Security says at this public address, "" where it is not sent."""
    parts = urlsplit(public_url)
    return STRICT_TRANSPORT if parts.scheme == "https" and parts.path in ("", "/") else ""


class WithHeaders:
    """An ASGI application whose answers carry these headers, except where they carry one of that name."""

    def __init__(self, app: ASGIApp, headers: dict[str, str], html: dict[str, str] | None = None) -> None:
        self._app = app
        self._headers = _encoded(headers)
        self._of_pages = {**self._headers, **_encoded(html or {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower(): value for name, value in message.get("headers", ())}
                is_page = given.get(b"content-type", b"").startswith(b"text/html")
                wanted = self._of_pages if is_page else self._headers
                missing = [pair for pair in wanted.items() if pair[0] not in given]
                message["headers"] = [*message.get("headers", ()), *missing]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def secured(app: ASGIApp, public_url: str) -> ASGIApp:
    """The application, closed as above."""
    always = strict_transport(public_url)
    own = {"strict-transport-security": always} if always else {}
    return WithHeaders(app, {**HEADERS, **own}, HTML_HEADERS)


def _encoded(headers: dict[str, str]) -> dict[bytes, bytes]:
    return {name.encode("latin-1"): value.encode("latin-1") for name, value in headers.items()}
