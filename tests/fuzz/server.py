"""A collector that hostile requests are sent to, and what somebody may ask it with."""

import re
from pathlib import Path
from random import Random
from urllib.parse import urlencode

import httpx

from collector.auth.keys import hash_key, new_api_key
from collector.auth.passwords import hash_password
from e2e.harness import Collector
from tests.fuzz.distort import one_in
from tests.fuzz.hostile import LITERALS, TEXTS
from tests.fuzz.requests import Answer, Header, Request, ask

PASSWORD = "a password of the tests"
BROKEN = (500, 502, 504, 505)
"""Statuses that nobody may be answered. 501 is of paths that are told not to be here, 503 of a full store."""

FORM: Header = (b"Content-Type", b"application/x-www-form-urlencoded")
FIELDS = (*TEXTS, *LITERALS[:20], "on", "1", "off")

_NAMES = re.compile(r'name="([^"]+)"')
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class Server:
    """A collector, and what somebody may ask it with."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.source = collector.add_source("Low Tide Pottery")
        collector.store.add_source("Named in the bodies of Tracardi", source_id="s")
        self.own = collector.add_source("Of the owner's pages")
        key = new_api_key()
        collector.store.add_api_key("fuzzer", hash_key(key))
        self.key: tuple[Header, ...] = (
            (b"Authorization", b"Bearer " + key.encode()),
            (b"Api-Version", b"4.4"),
        )
        collector.store.add_user("ada", hash_password(PASSWORD))
        self.cookie = self.csrf = self._output = ""

    def signed_in(self) -> tuple[Header, ...]:
        """The cookie of a user of the admin pages."""
        with httpx.Client(base_url=self.collector.url, trust_env=False) as client:
            if self.cookie and client.get("/admin/", headers={"cookie": self.cookie}).status_code == 200:
                return ((b"Cookie", self.cookie.encode()),)
            [csrf] = _CSRF.findall(client.get("/admin/sign-in").text)
            form = {"name": "ada", "password": PASSWORD, "csrf": csrf}
            assert client.post("/admin/sign-in", data=form).status_code == 303
            self.cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            self.csrf = _CSRF.findall(client.get("/admin/keys").text)[0]
        return ((b"Cookie", self.cookie.encode()),)

    def form(self, random: Random, path: str, cookie: tuple[Header, ...]) -> bytes:
        """The forms of a page, filled in by somebody hostile, with the proof that they come from it."""
        page = ask(self.collector.url, Request(b"GET", path.encode(), cookie)).content.decode()
        token = next(iter(_CSRF.findall(page)), self.csrf)
        names = [name for name in _NAMES.findall(page) if name != "csrf"]
        fields = [(name, random.choice(FIELDS)) for name in names if not one_in(random, 5)]
        return urlencode([*fields, ("csrf", token)], errors="replace").encode()

    def ask(self, request: Request) -> Answer:
        """One request and its answer. Raises AssertionError where the answer is a fault of ours."""
        answer = ask(self.collector.url, request)
        assert answer.status not in BROKEN, f"{answer.status} to {request}"
        assert answer.status or not request.framed, f"no answer to {request}"
        return answer

    def memory_bytes(self, what: str) -> int:
        """VmRSS: what the collector's process holds now; VmHWM: what it held at most."""
        status = Path(f"/proc/{self.collector.server.process.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith(f"{what}:")]
        return int(line.split()[1]) * 1024

    def check(self) -> None:
        """It lives, and since it was last looked at nothing went wrong that no answer tells."""
        assert self.ask(Request(b"GET", b"/healthz")).status == 200
        seen, self._output = self._output, self.collector.server.output()
        assert "Traceback" not in self._output[len(seen) :]
