"""The form of a policy as a browser would send it: read from the page's HTML, changed, and sent."""

from html.parser import HTMLParser
from typing import Any

import httpx

from tests.admin.browser import Browser


class _Fields(HTMLParser):
    """What a browser would send of the form that carries a policy."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._inside = False
        self._textarea = self._select = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._inside = "/privacy" in told.get("action", "")
        if not self._inside:
            return
        name = told.get("name", "")
        if tag == "input" and (told.get("type") not in ("checkbox", "radio") or "checked" in told):
            self._add(name, told.get("value", ""))
        elif tag == "textarea":
            self._textarea = name
            self._add(name, "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in told:
            self._add(self._select, told.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._textarea:
            text = self.fields[self._textarea][-1]
            self.fields[self._textarea][-1] = text.removeprefix("\n").replace("\n", "\r\n")
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.fields[self._textarea][-1] += data

    def _add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)


def fields_of(html: str) -> dict[str, list[str]]:
    """Return the fields of the policy's form on a page."""
    reader = _Fields()
    reader.feed(html)
    return reader.fields


def send_policy(admin: Browser, path: str, to: str = "", /, **changes: Any) -> httpx.Response:
    """Open the page at `path`, change fields, send it to the page itself or below it."""
    fields = fields_of(admin.get(path).text) | changes
    return admin.post(path + to, fields)
