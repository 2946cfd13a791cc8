"""A small browser for the admin pages: keeps cookies, fills in forms, follows nothing by itself."""

import asyncio
import re
from html import unescape
from typing import Any

import httpx
from starlette.types import ASGIApp

HOST = "https://collector.example"
PASSWORD = "correct horse battery"


class Browser:
    """One browser at one address. Each call is one request, run in a loop of its own."""

    def __init__(self, app: ASGIApp, *, address: str = "203.0.113.7") -> None:
        self.cookies = httpx.Cookies()
        self._app = app
        self._address = address

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Ask for a page below /admin."""
        return self._send("GET", path, **options)

    def post(self, path: str, data: dict[str, Any], **options: Any) -> httpx.Response:
        """Send a form as it stands, with a browser's Origin unless `headers` says otherwise."""
        headers = {"Origin": HOST, "Sec-Fetch-Site": "same-origin"} | options.pop("headers", {})
        return self._send("POST", path, data=data, headers=headers, **options)

    def send_form(self, path: str, data: dict[str, Any], **options: Any) -> httpx.Response:
        """Open a page and send its form with these values and its own token."""
        return self.post(path, {"csrf": self.token(path)} | data, **options)

    def token(self, path: str) -> str:
        """Return the token in the forms of a page."""
        tokens: list[str] = re.findall(r'name="csrf" value="([^"]*)"', self.get(path).text)
        return tokens[-1]

    def sign_in(self, name: str = "ada", password: str = PASSWORD, **data: str) -> httpx.Response:
        """Sign in by the form."""
        return self.send_form("/sign-in", {"name": name, "password": password} | data)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send any request."""
        return self._send(method, path, **options)

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app, client=(self._address, 50_000))
            async with httpx.AsyncClient(transport=transport, base_url=HOST, cookies=self.cookies) as client:
                response = await client.request(method, "/admin" + path, **options)
                self.cookies = client.cookies
                return response

        return asyncio.run(send())


def text_of(response: httpx.Response) -> str:
    """Return a page as a person reads it: no tags, entities resolved, blanks run together."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", response.text)).split())
