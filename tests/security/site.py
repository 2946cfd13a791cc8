"""A collector as it stands behind https, with something hostile in every place, and all of its addresses."""

import itertools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route

from collector.auth.keys import hash_key, new_api_key
from collector.auth.passwords import hash_password
from collector.model.source import Source
from tests.receive.running import Running

PUBLIC_URL = "https://t.shop.example"
PASSWORD = "correct horse battery"
COOKIE = "__Host-tagwell_admin"

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"
"""What a page must show as text."""


MAIL = "mia@shop.example"


class Address(NamedTuple):
    """One path of the application, filled in, and the pattern that it comes from."""

    path: str
    pattern: str

    @property
    def is_admin(self) -> bool:
        return self.pattern.startswith("/admin")


class Site:
    """A running collector, its source, and a person who is signed in."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.source: Source = running.store.add_source(HOSTILE[:100])
        self.key = new_api_key()
        running.store.add_api_key("back end", hash_key(self.key))
        running.store.add_user("ada", hash_password(PASSWORD))

    def start(self) -> None:
        self.running.start()
        self.cookie, self.csrf = self.sign_in()
        self._visit()

    def ask(self, method: str, path: str, *, signed_in: bool = False, **options: Any) -> httpx.Response:
        """One request, with a person's cookie if they are signed in."""
        headers = {"host": "t.shop.example"} | options.pop("headers", {})
        if signed_in:
            headers = {"cookie": f"{COOKIE}={self.cookie}"} | headers
        return self.running.request(method, path, headers=headers, **options)

    def send_form(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """A form of the signed-in person's browser."""
        own = {"origin": PUBLIC_URL, "sec-fetch-site": "same-origin"}
        return self.ask("POST", path, signed_in=True, data=fields, headers=own | headers)

    def sign_in(self, password: str = PASSWORD, **fields: str) -> tuple[str, str]:
        """Sign in by the form; return the cookie and the token for the forms that follow."""
        response = self.try_sign_in(password, **fields)
        cookie = cookie_of(response)
        page = self.ask("GET", "/admin/", headers={"cookie": f"{COOKIE}={cookie}"})
        return cookie, token_of(page)

    def try_sign_in(self, password: str = PASSWORD, **fields: str) -> httpx.Response:
        """What the sign-in form answers."""
        form = self.ask("GET", "/admin/sign-in")
        nonce = cookie_of(form, "__Host-tagwell_form")
        data = {"csrf": token_of(form), "name": "ada", "password": password} | fields
        headers = {"origin": PUBLIC_URL, "cookie": f"__Host-tagwell_form={nonce}"}
        return self.ask("POST", "/admin/sign-in", data=data, headers=headers)

    def addresses(self) -> list[Address]:
        """Every path of the router, with ids of what there is where it asks for one."""
        return list(dict.fromkeys(self._walk(router_of(self.running._app).routes, "")))

    def _walk(self, routes: list[BaseRoute], prefix: str) -> Iterator[Address]:
        for route in routes:
            if isinstance(route, Route):
                pattern = prefix + route.path
                yield Address(self._filled(pattern), pattern)
            elif isinstance(route, Mount) and route.routes:
                yield from self._walk(list(route.routes), prefix + route.path)
            elif isinstance(route, Mount):
                for name in {"/static": ("admin/admin.js", "docs/docs.css"), "/demo": ("", "shop.js")}[
                    route.path
                ]:
                    yield Address(f"{route.path}/{name}", f"{route.path}/")

    def _filled(self, pattern: str) -> str:
        store = self.running.store
        known = {
            "source_id": self.source.source_id,
            "write_key": self.source.source_id,
            "file": f"{self.source.source_id}.js",
            "seq": str(store.events(self.source.source_id, newest=True, limit=1)[0].seq),
            "client_id": str(store.find_people(MAIL)[0]),
            "key_id": store.api_keys()[0].id,
            "version": "1",
            "number": "1",
        }
        return re.sub(r"\{(\w+)(:\w+)?\}", lambda part: known.get(part[1], "999999"), pattern)

    def _visit(self) -> None:
        """A visitor who puts something hostile wherever a beacon takes text."""
        numbers = itertools.count()
        events = [
            {
                "id": f"{next(numbers)} {HOSTILE}"[:128],
                "action": "page.visit",
                "label": HOSTILE,
                "uuid": "5c4e2a35-7f4d-4b76-9f1b-3f4a2f3f4a2f",
                "params": {"url": f"https://shop.example/{HOSTILE}", HOSTILE[:60]: HOSTILE, "title": HOSTILE},
            },
            {
                "id": f"{next(numbers)}",
                "action": "form.submit",
                "uuid": "5c4e2a35-7f4d-4b76-9f1b-3f4a2f3f4a2f",
                "params": {"email": MAIL, "firstname": HOSTILE, "city": HOSTILE},
            },
            {"action": f"no {HOSTILE}"[:32], "label": HOSTILE},
        ]
        headers = {"user-agent": HOSTILE, "referer": f"https://evil.example/{HOSTILE}"}
        answer = self.running.post(self.source.source_id, {"events": events}, headers=headers)
        assert answer.status_code == 204, answer.text
        told = {"email": MAIL, "firstName": HOSTILE, "attributes": {"hobby": HOSTILE}, "city": HOSTILE}
        key = {"authorization": f"Bearer {self.key}", "api-version": "4.4"}
        assert self.ask("POST", "/v4/clients", json=told, headers=key).status_code == 202


def router_of(app: Any) -> Starlette:
    """The router of an application, however it is wrapped."""
    waiting, seen = [app], set[int]()
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, Starlette):
            return one
        if id(one) not in seen and hasattr(one, "__dict__"):
            seen.add(id(one))
            waiting.extend(value for value in vars(one).values() if callable(value))
    raise AssertionError("there is no router")


def cookie_of(response: httpx.Response, name: str = COOKIE) -> str:
    """The value of a cookie that an answer sets."""
    lines = response.headers.get_list("set-cookie")
    return next(line for line in lines if line.startswith(f"{name}=")).partition("=")[2].partition(";")[0]


def token_of(page: httpx.Response) -> str:
    """The token in the forms of a page."""
    tokens: list[str] = re.findall(r'name="csrf" value="([^"]*)"', page.text)
    return tokens[-1]
