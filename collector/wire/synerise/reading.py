"""Events and definitions as the API reads them back (contracts/synerise-events-api.md section 8)."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from collector.model.definition import Catalogue, Definition
from collector.model.event import EventRecord
from collector.model.moment import any_iso_ms, iso
from collector.model.profile import Profile
from collector.wire.synerise.common import MAX_TIME

MAX_LIMIT, USUAL_LIMIT = 500, 100
"""Events in one answer: at most, and where the caller does not say (our choice)."""

_NUMBER = re.compile("0|[1-9][0-9]{0,18}")

ActionName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=255,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="Exactly, as page.visit.",
    ),
]
"""What an event of any dialect may be called."""


def _moment(text: str) -> str:
    try:
        any_iso_ms(text)
    except ValueError as fault:
        raise ValueError(f"must be a date and time in ISO 8601 (2026-11-22T09:30:00.125Z): {fault}") from None
    return text


Moment = Annotated[
    str,
    Field(max_length=MAX_TIME),
    AfterValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "maxLength": MAX_TIME}),
]
"""An end of a range; no event lies before 1970, but one may ask."""


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise PydanticCustomError("int_type", "must be an integer, in digits alone, as 25")
    return value


DIGITS = BeforeValidator(_digits)
"""For an integer in an address: 01, +1, 1_0, 1.0 and a space before it are none, so each has one spelling."""


class EventsQuery(BaseModel):
    """Which events."""

    time_from: Moment | None = Field(
        None,
        alias="time[from]",
        description="Not earlier than this, and not after time[to]; ISO 8601, a + as %2B. Absent: from the "
        "oldest.",
    )
    time_to: Moment | None = Field(
        None, alias="time[to]", description="Not later than this, ISO 8601, a + as %2B. Absent: now."
    )
    action: ActionName | None = Field(None, description="Of this action alone, exactly.")
    limit: Annotated[int, DIGITS] = Field(
        USUAL_LIMIT, ge=1, le=MAX_LIMIT, description="How many, the newest first."
    )


class EventClient(TypedDict):
    """Whose event it is, and the browser that it came from."""

    id: int
    uuid: str | None
    email: str | None
    customId: str | None


class ReadEvent(TypedDict):
    """An event. `label` is always empty, as labels are not kept.

    `params` hold, beside what was sent, `ip` (what the policy keeps of the address, if anything) and
    `snr-original-time` (the time as it was sent).
    """

    uuid: str
    time: str
    action: str
    label: str
    client: EventClient
    params: dict[str, Any]


class ReadParam(TypedDict):
    """How many events had this param with a value of this JSON type, and when the last of them was."""

    name: str
    type: str
    count: int
    lastTime: str


class ReadDefinition(TypedDict):
    """An action: how many events had it, and when the first and the last of them were."""

    action: str
    count: int
    firstTime: str
    lastTime: str


class ReadDefinitionWithParams(ReadDefinition):
    """An action with its params. `otherParams` counts values whose names are not listed."""

    params: list[ReadParam]
    otherParams: int


class ReadCatalogue(TypedDict):
    """All actions, by name. `otherEvents` counts events whose actions are not listed; `complete` is false
    while older events are still being counted."""

    definitions: list[ReadDefinition]
    otherEvents: int
    complete: bool


def read_event(event: EventRecord, profile: Profile) -> ReadEvent:
    """An event of a profile."""
    own: dict[str, Any] = {}
    if event.context.get("address"):
        own["ip"] = event.context["address"]
    sent = event.context.get("sent_time")
    own["snr-original-time"] = sent if isinstance(sent, str) else iso(event.time_ms)
    return {
        "uuid": event.id,
        "time": iso(event.time_ms),
        "action": event.action,
        "label": "",
        "client": {
            "id": profile.client_id,
            "uuid": event.uuid or profile.uuid,
            "email": profile.email,
            "customId": profile.custom_id,
        },
        "params": event.params | own,
    }


def read_catalogue(catalogue: Catalogue) -> ReadCatalogue:
    """All actions."""
    return {
        "definitions": [_definition(one) for one in catalogue.definitions],
        "otherEvents": catalogue.others,
        "complete": catalogue.complete,
    }


def read_definition(one: Definition) -> ReadDefinitionWithParams:
    """An action and its params."""
    params: list[ReadParam] = [
        {"name": p.name, "type": p.type, "count": p.count, "lastTime": iso(p.last_ms)} for p in one.params
    ]
    return {**_definition(one), "params": params, "otherParams": one.others}


def _definition(one: Definition) -> ReadDefinition:
    return {
        "action": one.action,
        "count": one.count,
        "firstTime": iso(one.first_ms),
        "lastTime": iso(one.last_ms),
    }
