"""What the bodies of the API have in common: identifiers, numbers, money, times, free objects.

Source: contracts/synerise-events-api.md sections 2 to 5.
"""

import math
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

import msgspec
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainValidator,
    TypeAdapter,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError
from typing_extensions import TypedDict

from collector.model import client as model
from collector.model.identifier import EMAIL, MAX_CUSTOM_ID, MAX_EMAIL, MAX_UUID, NOBODY, PLACEHOLDER, UNFIT
from collector.model.moment import iso_ms

MAX_PARAMS_BYTES = 32_000
"""Of the params of one event as JSON (DESIGN.md, Limits)."""

MAX_DEPTH = 16
"""How deep params may nest (DESIGN.md, Limits)."""

MAX_TIME = 40
"""Of a time, in characters (our choice): one of nanoseconds with its offset has 36."""

MAX_SALT = 255
"""Of an eventSalt, in characters."""

_FIT = rf"^[^\s{UNFIT}]([^{UNFIT}]*[^\s{UNFIT}])?$"
_ACTION = r"^[a-zA-Z0-9.\-_]+$"
_matches_email = re.compile(EMAIL).fullmatch
_unfit = re.compile(f"[{UNFIT}]").search
_matches_fit = re.compile(_FIT).fullmatch
_DIGITS = "0|[1-9][0-9]{0,18}"
_matches_digits = re.compile(_DIGITS).fullmatch
_matches_action = re.compile(_ACTION).fullmatch


class MadeLater:
    """Stands for a type that is made when it is first read or documented.

    A model takes a millisecond to make: those of all events and of a batch took 0.06 s of each start.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler.generate_schema(self._make())


def _client_id(value: Any) -> int:
    if type(value) is str and _matches_digits(value):
        value = int(value)
    if type(value) is not int:
        raise PydanticCustomError("int_type", "must be an integer")
    if not -(1 << 63) <= value < 1 << 63:
        raise PydanticCustomError("less_than", "must be an integer of 64 bits")
    return value


def _identifier(text: str) -> str:
    if text.lower() in NOBODY:
        words = f'must tell one person from another. "{text}" is what broken code sends for somebody it does'
        raise ValueError(f"{words} not know: send null instead, or leave it out")
    if _unfit(text):
        raise ValueError("must not be empty, nor hold characters that cannot be seen, or emojis")
    if not _matches_fit(text):
        raise ValueError("must not begin or end with a space")
    return text


def _email(text: str) -> str:
    if not _matches_email(text):
        raise ValueError("must be an e-mail address, as ann@shop.example")
    return text


def _action(text: str) -> str:
    if not _matches_action(text):
        raise ValueError("must be made of letters of ASCII, digits, dots, hyphens and underscores")
    return text


def _number(value: Any) -> int | float:
    if type(value) not in (int, float):
        raise PydanticCustomError("number_type", "must be a number")
    if type(value) is float and not math.isfinite(value):
        raise PydanticCustomError("finite_number", "must be a finite number")
    return value  # type: ignore[no-any-return]


def _moment(text: str) -> str:
    try:
        iso_ms(text)
    except ValueError as fault:
        raise ValueError(f"must be a date and time in ISO 8601 (2026-11-22T09:30:00.125Z): {fault}") from None
    return text


def free(values: dict[str, Any], *, limit: int = MAX_PARAMS_BYTES) -> dict[str, Any]:
    """A free object without its keys of null. Raises ValueError where it is too deep or too large."""
    kept = _without_nulls(values, 1)
    if len(msgspec.json.encode(kept)) > limit:
        raise ValueError(f"must be of {limit} bytes of JSON at most")
    return kept  # type: ignore[no-any-return]


def _without_nulls(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is dict or kind is list:
        if depth > MAX_DEPTH:
            raise ValueError(f"must not nest deeper than {MAX_DEPTH}")
        if kind is list:
            return [_without_nulls(item, depth + 1) for item in value]
        return {name: _without_nulls(item, depth + 1) for name, item in value.items() if item is not None}
    if kind is float and not math.isfinite(value):
        raise ValueError("must not hold a number past 1.8e308")
    return value


ClientId = Annotated[
    int,
    PlainValidator(_client_id),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "format": "int64"},
                {"type": "string", "pattern": "^(0|[1-9][0-9]{0,17})$"},
            ],
            "description": "Our id of the profile; a string of its digits is taken too.",
        }
    ),
]
"""An id of a profile, as a number or, as some clients send it, as text."""

CustomId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_CUSTOM_ID,
        description='Your own id of the profile. Not "null", "undefined", "guest" or the like.',
        json_schema_extra={"pattern": _FIT},
    ),
    AfterValidator(_identifier),
]
Uuid = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_UUID,
        description='The id of a browser or device. Not "null", "undefined", "guest" or the like.',
        json_schema_extra={"pattern": _FIT},
    ),
    AfterValidator(_identifier),
]
_uuid: TypeAdapter[str] = TypeAdapter(Uuid)
Email = Annotated[
    str, Field(max_length=MAX_EMAIL, json_schema_extra={"pattern": EMAIL}), AfterValidator(_email)
]
Action = Annotated[
    str,
    Field(
        min_length=1,
        max_length=32,
        description="What happened, as product.rated.",
        json_schema_extra={"pattern": _ACTION},
    ),
    AfterValidator(_action),
]
Label = Annotated[str, Field(min_length=1, description="Demanded, and kept nowhere.")]

Number = Annotated[int | float, PlainValidator(_number), WithJsonSchema({"type": "number"})]
"""A number as it was sent: 2 stays 2, and "2" is none."""

Time = Annotated[
    str,
    Field(max_length=MAX_TIME),
    AfterValidator(_moment),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "maxLength": MAX_TIME,
            "description": "ISO 8601, from 1970 on, UTC without an offset. The future becomes the time of "
            "receipt.",
        }
    ),
]
"""A moment, as it was sent."""

EventSalt = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_SALT,
        description="A later event with the same salt, time, profile and action takes this one's place. "
        "It can never be read back.",
    ),
]

Origin = Literal["WEB_DESKTOP", "WEB_MOBILE", "MOBILE_APP", "POS", "MOBILE", "DESKTOP"]
"""Where something was done: the `source` of carts, views and transactions."""


class Money(TypedDict):
    """An amount in a currency."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]
    amount: Number
    currency: Annotated[str, Field(min_length=1, max_length=16, examples=["EUR"])]


def any_of(*names: str) -> dict[str, Any]:
    """Documents that an object must hold one of these at least."""
    given = {name: {"not": {"type": "null"}} for name in names}
    return {"anyOf": [{"required": [name], "properties": {name: given[name]}} for name in names]}


class Client(BaseModel):
    """Whom an event is about. The first of id, customId, uuid and email that is known decides.

    The email UUID@anonymous.invalid says the uuid.
    """

    model_config = ConfigDict(json_schema_extra=any_of("id", "customId", "uuid", "email"))

    id: ClientId | None = None
    custom_id: CustomId | None = Field(None, alias="customId")
    uuid: Uuid | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if self.email is not None and self.email.lower().endswith(PLACEHOLDER):
            uuid = _uuid.validate_python(self.email[: -len(PLACEHOLDER)])
            self.uuid, self.email = self.uuid or uuid, None
        if self.id is None and self.custom_id is None and self.uuid is None and self.email is None:
            raise ValueError("must hold one of id, customId, uuid, email")
        return self

    def named(self) -> model.Client:
        """The identifiers."""
        return model.Client(id=self.id, custom_id=self.custom_id, uuid=self.uuid, email=self.email)

    @property
    def kinds(self) -> tuple[bool, ...]:
        """Which identifiers there are."""
        return tuple(value is not None for value in (self.id, self.custom_id, self.uuid, self.email))
