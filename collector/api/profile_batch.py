"""Many profiles at once. Row 22 of contracts/synerise-profiles-api.md, and its section 7."""

from functools import cache
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, Field, TypeAdapter
from starlette.responses import JSONResponse, Response

from collector.api.clients import NOBODY, NOBODY_BY_EMAIL
from collector.api.operation import ApiRequest, Operation, U, W
from collector.model.change import ProfileChange
from collector.profiles.change import change
from collector.wire.synerise.faults import MISSING, OUT_OF_RANGE, BadBody, Fault, checked, fault, read_json
from collector.wire.synerise.profiles import BatchItem, names_somebody

MOST = 1000
"""Items of one batch."""

MAX_FAULTS = 5
"""Faults that are named of one item: an answer about a thousand is not to be larger than what was sent."""

_NAMING_NOBODY = {True: f"{NOBODY}, or clientId", False: NOBODY_BY_EMAIL}


class ItemFault(BaseModel):
    """Why an item was not taken. `field` is as in `[2].email`."""

    code: int
    field: str
    message: str
    rejected_value: Any = Field(None, alias="rejectedValue")


def batch(asked: ApiRequest) -> Response:
    """Apply what can be taken, in one transaction and in the order it was sent; name the rest."""
    items = read_json(asked.raw)
    if not isinstance(items, list):
        raise BadBody("Send an array of profiles")
    if not 1 <= len(items) <= MOST:
        raise BadBody(f"Send 1 to {MOST} profiles at once; these are {len(items)}")
    store, source = asked.context.store, asked.source_now()
    unique_emails = store.workspace().unique_emails
    taken: list[tuple[int, ProfileChange]] = []
    faults: list[Fault] = []
    for number, item in enumerate(items):
        try:
            taken.append((number, _read(item, number, unique_emails)))
        except BadBody as bad:
            faults += bad.faults[:MAX_FAULTS]
    wanted = [one for _, one in taken]
    results = change(store, source, wanted, asked.context.now_ms(), actor=asked.by.name)
    faults += [
        fault(OUT_OF_RANGE, f"[{number}]", result.problem)
        for (number, _), result in zip(taken, results, strict=True)
        if result.problem
    ]
    if not faults:
        return Response(status_code=202)
    return JSONResponse([msgspec.to_builtins(one) for one in faults], status_code=207)


@cache
def _item() -> TypeAdapter[BatchItem]:
    return TypeAdapter(BatchItem)


def _read(item: Any, number: int, unique_emails: bool) -> ProfileChange:
    """One item of a batch. Raises BadBody."""
    body: BatchItem = checked(_item(), item, f"[{number}]")
    wanted = body.change(clears=True, by_back_end=True, client_id=body.client_id)
    if not names_somebody(wanted, unique_emails=unique_emails, update=True):
        raise BadBody("", (fault(MISSING, f"[{number}]", _NAMING_NOBODY[unique_emails]),))
    return wanted


OPERATIONS = (
    Operation(
        id="batchClients",
        row="profiles 22",
        method="POST",
        paths=("/v4/clients/batch",),
        summary="Batch add or update profiles",
        description="Profiles are made or updated as by `createClient`, but nulls delete, and a clientId "
        "means a profile that there is: alone, an unknown one does nothing. What cannot be taken is named "
        "with 207, and all the rest is taken.",
        group="Profile management",
        who=frozenset({U, W}),
        permission="API_BATCH_CLIENT_CREATE",
        body=Annotated[list[BatchItem], Field(min_length=1, max_length=MOST)],
        own_body=True,
        partly=list[ItemFault],
        handler=batch,
    ),
)
