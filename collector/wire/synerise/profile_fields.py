"""The fields of a profile's body, each with its rule.

Source: contracts/synerise-profiles-api.md sections 2 and 3.
"""

import math
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from collector.model.profile import RESERVED_ATTRIBUTES

MAX_TEXT = 1000
"""Of a native field, in characters, as in a form."""

MAX_ATTRIBUTES = 200
"""Custom attributes in one body: twice what a form may set. A profile holds 1000."""

MAX_VALUE = 2000
"""Of an attribute's value, in characters of its JSON: twice what a form may set."""

MAX_NAME = 255
"""Of the name of an attribute or a tag, in characters."""

MAX_TAGS = 200
"""Tags in one body."""

MAX_DEPTH = 16
"""How deep an attribute may nest (DESIGN.md, Limits)."""

PHONE = r"^(\+[0-9 \-()/]{6,19}|[0-9 \-()/]{6,20})$"
"""Rule P of the contract's section 2."""

_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_FIRST_BIRTH = date(1900, 1, 1)


def _clean(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold the character U+0000")
    return text


def _number(text: str) -> str:
    if not any("0" <= one <= "9" for one in text):
        raise ValueError("must hold a digit")
    return text


def _birth_date(text: str) -> str:
    try:
        born = date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a date that there is, as 1984-02-29") from None
    if born <= _FIRST_BIRTH:
        raise ValueError("must be later than 1900-01-01")
    return text


def _boolean(value: Any) -> bool:
    if isinstance(value, bool | int | float) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value in _BOOLEANS:
        return _BOOLEANS[value]
    raise ValueError('must be true or false (or "true", "false", 1, 0)')


def _own_names(sent: Any) -> Any:
    if not isinstance(sent, dict):
        return sent
    return {name: value for name, value in sent.items() if name not in RESERVED_ATTRIBUTES}


def _value(value: Any) -> Any:
    _check_value(value, 1)
    if len(msgspec.json.encode(value).decode()) > MAX_VALUE:
        raise ValueError(f"must have at most {MAX_VALUE} characters of JSON")
    return value


def _check_value(value: Any, depth: int) -> None:
    """Refuse what no store can hold."""
    if isinstance(value, str):
        _clean(value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must not hold a number past 1.8e308")
    elif isinstance(value, dict | list):
        if depth > MAX_DEPTH:
            raise ValueError(f"must not nest deeper than {MAX_DEPTH}")
        if isinstance(value, dict):
            for name in value:
                _clean(name)
        for item in value.values() if isinstance(value, dict) else value:
            _check_value(item, depth + 1)


def _spelling(sent: Any) -> Any:
    """The agreements under one spelling: the older one of `webPush` counts where the other is absent."""
    if isinstance(sent, dict) and "webpush" in sent:
        sent = {"webPush": sent["webpush"], **sent}
        del sent["webpush"]
    return sent


Text = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_clean)]
Phone = Annotated[
    str,
    Field(pattern=PHONE, description="With one digit at least.", examples=["+48111222333"]),
    AfterValidator(_number),
]
BirthDate = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        description="Later than 1900-01-01.",
        json_schema_extra={"format": "date"},
    ),
    AfterValidator(_birth_date),
]
CountryCode = Annotated[
    str, Field(pattern="^[A-Za-z]{2}$", description="ISO 3166-1, alpha-2.", examples=["PL"])
]
Sex = Literal["FEMALE", "MALE", "NOT_SPECIFIED", "OTHER"]
Agreed = Annotated[
    bool,
    PlainValidator(_boolean),
    WithJsonSchema(
        {
            "anyOf": [{"type": "boolean"}, {"enum": [*_BOOLEANS, 0, 1]}],
        }
    ),
]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(_clean)]
Attributes = Annotated[
    dict[Name, Annotated[Any, AfterValidator(_value)]],
    BeforeValidator(_own_names),
    Field(
        max_length=MAX_ATTRIBUTES,
        description="Any names but the reserved ones, which are ignored, and any JSON values of at most "
        f"{MAX_VALUE} characters.",
    ),
]


class AgreementsBody(BaseModel):
    """Agreements to marketing, by channel. A null takes the agreement back."""

    model_config = ConfigDict(alias_generator=to_camel)

    email: Agreed | None = None
    sms: Agreed | None = None
    push: Agreed | None = None
    web_push: Agreed | None = Field(None, description="`webpush` is taken too.")
    bluetooth: Agreed | None = None
    rfid: Agreed | None = None
    wifi: Agreed | None = None

    def given(self, *, clears: bool) -> dict[str, bool]:
        """What was said, by the names of AGREEMENTS; `clears`: a null says no."""
        said = self.model_dump(by_alias=True, exclude_unset=True)
        return {name: bool(value) for name, value in said.items() if clears or value is not None}


Agreements = Annotated[AgreementsBody, BeforeValidator(_spelling)]
