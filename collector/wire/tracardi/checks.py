"""What a body of POST /track must be: what FastAPI would refuse is refused as a whole, in its words.

Source: contracts/tracardi.md section 5 (Server model).
"""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, StringConstraints, ValidationError

from collector.model.event import Params
from collector.model.identifier import MAX_UUID, UNFIT
from collector.model.moment import iso_ms
from collector.model.outcome import Reason, Rejected

MAX_ERRORS = 20
"""How many faults of one body are told."""

_UNFIT = re.compile(f"[{UNFIT}]")


class Unprocessable(Rejected):
    """A body that is refused as a whole: status 422.

    errors     what is wrong, in FastAPI's words: {"loc", "msg", "type"}
    source_id  whose it would be, "" where that cannot be read
    """

    def __init__(self, reason: Reason, detail: str, errors: list[Params], source_id: str = "") -> None:
        super().__init__(reason, detail)
        self.errors = errors
        self.source_id = source_id


def is_id(value: str) -> bool:
    """Whether a profile may have this id."""
    return len(value) <= MAX_UUID and not _UNFIT.search(value)


def _id(value: str) -> str:
    if not is_id(value):
        raise ValueError(f"an id is text of up to {MAX_UUID} characters")
    return value


def _time(value: Any) -> Any:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    try:
        iso_ms(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("expected a date with a time") from None
    return value


class _Source(BaseModel):
    id: str


class _Session(BaseModel):
    id: str | None = None


class _Profile(BaseModel):
    id: Annotated[str, AfterValidator(_id)] | None = None


class _Time(BaseModel):
    create: Annotated[Any, AfterValidator(_time)] = None


class _Event(BaseModel):
    id: str | None = None
    time: _Time | None = None
    type: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    properties: dict[str, Any] | None = None
    options: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    tags: list[Any] | None = None


class Body(BaseModel):
    """What must be so. Other fields are taken as they come."""

    source: _Source
    session: _Session | None = None
    profile: _Profile | None = None
    context: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None
    options: dict[str, Any] | None = None
    profile_less: bool = False
    events: list[_Event] = []


def check(sent: Any, source_id: str) -> Body:
    """Look a body through. Raises Unprocessable (MALFORMED_BODY, MALFORMED_EVENT)."""
    try:
        return Body.model_validate(sent)
    except ValidationError as fault:
        found = fault.errors(include_url=False, include_context=False, include_input=False)[:MAX_ERRORS]
    errors: list[Params] = [
        {"loc": ["body", *error["loc"]], "msg": error["msg"], "type": error["type"]} for error in found
    ]
    place = ".".join(str(part) for part in errors[0]["loc"])
    of_event = errors[0]["loc"][1:2] == ["events"]
    reason = Reason.MALFORMED_EVENT if of_event else Reason.MALFORMED_BODY
    raise Unprocessable(reason, f"{place}: {errors[0]['msg']}", errors, source_id)


def unprocessable(reason: Reason, detail: str, source_id: str, kind: str = "value_error") -> Unprocessable:
    """A fault of the body as a whole."""
    return Unprocessable(reason, detail, [{"loc": ["body"], "msg": detail, "type": kind}], source_id)
