"""Forms: read what a browser sent, and hold values and complaints until they are mended.

Only `application/x-www-form-urlencoded` is read, with a limit: no page of ours uploads a file.
"""

from collections.abc import Iterable
from typing import TypeVar
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

MAX_FORM_BYTES = 1_000_000
MAX_FIELDS = 5_000

Errors = dict[str, str]
"""Complaints by the id of their field: each names the value and says how to mend it."""

T = TypeVar("T", bound=str)


class Invalid(Exception):
    """A form that cannot be saved as it is."""

    def __init__(self, errors: Errors) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in errors.items()))
        self.errors = errors


class Form:
    """The fields of one form. A field that was not sent reads as empty."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def text(self, name: str) -> str:
        """Return a field's value, line ends as \\n."""
        return self.texts(name)[0] if name in self._values else ""

    def texts(self, name: str) -> list[str]:
        """Return the values of a repeated field, in the order of the page."""
        return [value.replace("\r\n", "\n") for value in self._values.get(name, [])]

    def on(self, name: str) -> bool:
        """Return whether a checkbox was ticked."""
        return name in self._values

    def choice(self, name: str, choices: Iterable[T], errors: Errors) -> T | None:
        """Return the chosen one of `choices`; else complain and return None."""
        known = list(choices)
        for choice in known:
            if choice == self.text(name):
                return choice
        errors[name] = f"“{shown(self.text(name))}” is no choice here. Choose one of: {', '.join(known)}."
        return None


async def read_form(request: Request, limit: int = MAX_FORM_BYTES) -> Form:
    """Read a posted form of at most `limit` bytes.

    Raises HTTPException 413 beyond it, 415 for another content type, 400 for too many fields.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "These pages take their own forms only.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise HTTPException(413, f"The form is larger than {limit:,} bytes.")
    return await run_in_threadpool(_parse, bytes(body))  # a long list would hold the beacons up


def _parse(body: bytes) -> Form:
    try:
        pairs = parse_qsl(
            body.decode("ascii", "replace"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            errors="replace",
        )
    except ValueError:
        raise HTTPException(400, f"The form has more than {MAX_FIELDS:,} fields.") from None
    return Form(pairs)


def shown(value: str, limit: int = 60) -> str:
    """Return a value short enough for a complaint."""
    return value if len(value) <= limit else f"{value[:limit]}…"


def lines(text: str) -> list[str]:
    """Return the filled lines of a text area, without blanks and repetitions, in order."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def check_name(name: str, what: str) -> str:
    """Return a name without outer blanks. Raises ValueError with a complaint."""
    name = name.strip()
    if not name:
        raise ValueError(f"Give the {what} a name.")
    if len(name) > 100:
        raise ValueError(f"The name has {len(name)} characters. Use at most 100.")
    if not name.isprintable():
        raise ValueError("The name holds a control character. Type it anew.")
    return name
