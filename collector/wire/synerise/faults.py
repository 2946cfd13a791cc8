"""What is wrong with a body, field by field (contracts/synerise-events-api.md section 1)."""

from collections.abc import Iterable
from typing import Any

import msgspec
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json

MAX_FAULTS = 100
"""Most faults that one answer names; the message tells how many there are."""

MAX_SHOWN = 200
"""Of a rejected value, in characters of its text: an answer is no mirror for a megabyte."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One field that did not pass. `code` is ours, by the kind of fault; `field` as in `[3].client.id`."""

    code: int
    field: str
    message: str
    rejected_value: Any = None


class BadBody(ValueError):
    """A body that cannot be taken. `faults` is empty where it is no JSON at all."""

    def __init__(self, message: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.faults = faults


MISSING, WRONG_TYPE, OUT_OF_RANGE, WRONG_FORM, NOT_ALLOWED = 1001, 1002, 1003, 1004, 1005
"""Codes of faults. The contract's one known number, 1001, stands with "must not be null"."""

SECRETS = frozenset({"password", "apiKey", "token", "identityProviderToken", "externalToken"})

_NOT_FIT = "Some fields did not pass validation"

_CODES = {
    "missing": MISSING,
    "enum": NOT_ALLOWED,
    "literal_error": NOT_ALLOWED,
    "extra_forbidden": NOT_ALLOWED,
    "string_pattern_mismatch": WRONG_FORM,
    "value_error": WRONG_FORM,
}
_WORDS = {
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "list_type": "must be an array",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}
"""In place of pydantic's words, which speak of Python."""

_RANGES = ("too_long", "too_short", "greater_than", "less_than", "finite_number", "multiple_of")


def read_json(body: bytes) -> Any:
    """Return what a body holds. Raises BadBody."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise BadBody(f"JSON parse error: {str(error)[:MAX_SHOWN]}") from None


def checked(adapter: TypeAdapter[Any], value: Any, place: str = "") -> Any:
    """Return the value as its type has it. Raises BadBody; `place` stands before the names of its faults."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise BadBody(_NOT_FIT, faults_of(error, place)) from None


def faults_of(error: ValidationError, place: str = "") -> tuple[Fault, ...]:
    """The faults that pydantic found."""
    found = error.errors(include_url=False, include_context=True)
    return tuple(_fault(one, place) for one in found[:MAX_FAULTS])


def refused(faults: Iterable[Fault]) -> BadBody:
    """A body whose fields cannot be taken together."""
    return BadBody(_NOT_FIT, tuple(faults)[:MAX_FAULTS])


def fault(code: int, field: str, message: str, value: Any = None) -> Fault:
    """One fault, with the value that is rejected unless it is a secret: answers are logged by many."""
    secret = field.rpartition(".")[2].partition("[")[0] in SECRETS
    return Fault(code=code, field=field, message=message, rejected_value=None if secret else shown(value))


def _fault(found: ErrorDetails, place: str) -> Fault:
    kind, value = found["type"], found["input"]
    if kind == "missing" or value is None:
        return Fault(code=MISSING, field=_path(found["loc"], place), message="must not be null")
    message = _WORDS.get(kind) or found["msg"].removeprefix("Value error, ")
    code = _CODES.get(kind) or (OUT_OF_RANGE if any(part in kind for part in _RANGES) else WRONG_TYPE)
    return fault(code, _path(found["loc"], place), message, value)


def _path(location: tuple[int | str, ...], place: str) -> str:
    path = place
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def shown(value: Any) -> Any:
    """A value as an answer quotes it: whole where it is short, else the beginning; null for an infinity."""
    if isinstance(value, str):
        return value if len(value) <= MAX_SHOWN else value[:MAX_SHOWN] + "…"
    try:
        text = msgspec.json.encode(value)
    except (ValueError, OverflowError, TypeError, RecursionError):
        return "…"  # an integer of many digits, or what lies too deep
    return msgspec.json.decode(text) if len(text) <= MAX_SHOWN else text.decode()[:MAX_SHOWN] + "…"
