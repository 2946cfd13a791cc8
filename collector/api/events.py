"""Events of back ends and apps, one by one and in batches, and the collector's clock.

Rows 5 to 30 of contracts/synerise-events-api.md. All but the clock are made of one table:
`wire/synerise/events.py`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from collector.api.count_refusals import count_refusal
from collector.api.operation import A, ApiError, ApiRequest, Operation, P, W
from collector.api.send import send
from collector.enrich.user_agent import describe
from collector.model.event import RawEvent
from collector.wire.synerise.batch import MAX_ITEMS, Batch, Item, read_batch
from collector.wire.synerise.common import MadeLater
from collector.wire.synerise.events import KINDS, Event, Kind

_BROWSERS = {"desktop": "WEB_DESKTOP", "mobile": "WEB_MOBILE", "tablet": "WEB_MOBILE"}

_OWN = (
    "The token of a profile, or of a visitor, sends events of that profile alone. What the rules of the "
    "source refuse is counted, and answered as if it were taken. Where they ask for opt-in, that is all but "
    "what an api key or a user sends: nothing else in an event here could say a yes."
)


class ServerTime(BaseModel):
    """The collector's clock."""

    server_time: datetime = Field(alias="serverTime", examples=["2026-11-22T14:15:22Z"])


def _one(kind: Kind) -> Operation:
    async def take(asked: ApiRequest) -> Response:
        return await _take(asked, [Item(kind, asked.body)], batch=False)

    return Operation(
        id=f"{kind.name}Event",
        row=f"events {kind.row}",
        method="POST",
        paths=(f"/v4/events/{kind.path}",),
        summary=kind.summary,
        group="Events",
        who=kind.who,
        permission=kind.permission,
        body=Annotated[Event, MadeLater(lambda: kind.body)],
        deprecated=kind.deprecated,
        description=f"Stored as `{kind.action}`. {_OWN}" if kind.action else f"{_OWN}",
        handler=take,
        on_refusal=count_refusal,
    )


async def batch(asked: ApiRequest) -> Response:
    """Take many events, or none."""
    items = await run_in_threadpool(read_batch, asked.raw)
    for index, item in enumerate(items):
        if asked.by.realm not in item.kind.who:
            raise ApiError(403, f"[{index}]: {item.kind.path} is not for a caller of this kind.")
    return await _take(asked, items, batch=True)


async def _take(asked: ApiRequest, items: Sequence[Item], *, batch: bool) -> Response:
    browser = _source_of(asked) if any(item.kind.takes_source for item in items) else None
    raws = [item.kind.raw(item.event, index) for index, item in enumerate(items)]
    if browser is not None:
        for item, raw in zip(items, raws, strict=True):
            if item.kind.takes_source:
                _tell_source(raw, browser)
    await send(asked, raws, batch=batch)
    return Response(status_code=202)


def _source_of(asked: ApiRequest) -> str | None:
    """Which `source` the caller's browser is; None of a back end, whose User-Agent is no visitor's."""
    if asked.by.realm is W:
        return None
    told = describe(asked.request.headers.get("user-agent", ""))
    return _BROWSERS.get(told.device.get("kind", "")) if told.browser and not told.is_bot else None


def _tell_source(raw: RawEvent, browser: str) -> None:
    raw.params = {"source": browser, **(raw.params or {})}


async def server_time(asked: ApiRequest) -> Response:
    """Tell the collector's clock."""
    now = datetime.fromtimestamp(asked.context.now_ms() / 1000, UTC)
    return JSONResponse({"serverTime": now.isoformat(timespec="seconds").replace("+00:00", "Z")})


OPERATIONS = (
    *(_one(kind) for kind in KINDS),
    Operation(
        id="batchEvents",
        row="events 27",
        method="POST",
        paths=("/v4/events/batch",),
        summary="Batch send events",
        group="Events",
        who=frozenset({W, P, A}),
        permission="API_BATCH_EVENTS_CREATE",
        body=Batch,
        own_body=True,
        description=f"At most {MAX_ITEMS} events, all of them named by the same kinds of identifiers. "
        f"With one that is at fault none is stored. {_OWN}",
        handler=batch,
        on_refusal=count_refusal,
    ),
    Operation(
        id="getServerTime",
        row="events 28",
        method="GET",
        paths=("/v4/server/time",),
        summary="Get server time",
        group="Events",
        status=200,
        answer=ServerTime,
        handler=server_time,
    ),
)
