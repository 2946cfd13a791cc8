"""Takes events of the API through the pipeline into the store: all of a request, or none.

What the policy refuses is counted and answered as if it were taken, so that a sender cannot probe
the policy. What is at fault otherwise ends the request, before anything is stored.
"""

from dataclasses import dataclass

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from collector.api.operation import ApiError, ApiRequest
from collector.api.own_events import BACK_ENDS, check_emails, names_email, refuse_others_names, take_own
from collector.model.beacon import Beacon
from collector.model.caller import Realm
from collector.model.event import RawEvent, StoredEvent
from collector.model.moment import iso_ms
from collector.model.outcome import Reason, Rejected, Rejection
from collector.model.source import Source
from collector.pipeline import process, rejection
from collector.wire.synerise.faults import WRONG_FORM, fault, refused

_IN_THREAD = 16
"""From so many events on they are settled off the loop: 1000 would hold up every other request."""

_FIELDS = {
    Reason.INVALID_ACTION: "action",
    Reason.INVALID_TIME: "time",
    Reason.INVALID_ID: "client",
    Reason.EVENT_TOO_LARGE: "params",
}


@dataclass(frozen=True)
class _Settled:
    events: list[StoredEvent]
    rejections: list[Rejection]


async def send(asked: ApiRequest, raws: list[RawEvent], *, batch: bool = False) -> None:
    """Keep what may be kept of a caller's events, and count the rest; it is on disk on return.

    `raws`: with the client that the body names in `server`. `batch`: they stood in an array, which
    tells how the fields at fault are named. Raises ApiError, BadBody; then nothing was stored.
    """
    source = await asked.source()
    beacon = await beacon_of(asked, source)
    if asked.by.realm not in BACK_ENDS or len(raws) >= _IN_THREAD or any(map(names_email, raws)):
        settled = await run_in_threadpool(_settle, asked, raws, beacon, source, batch)
    else:
        settled = _settle(asked, raws, beacon, source, batch)
    asked.context.limits.spend(source, len(raws) - 1)
    await asked.context.store.append(settled.events, settled.rejections)


async def beacon_of(asked: ApiRequest, source: Source) -> Beacon:
    """What the pipeline needs of the request. Of a back end that is nothing: its address is no visitor's."""
    context, caller, request = asked.context, asked.by, asked.request
    received_ms = context.now_ms()
    if caller.realm in BACK_ENDS:
        return Beacon(
            source_id=source.source_id, dialect="synerise", body=b"", trusted=True, received_ms=received_ms
        )
    keeps = source.settings.tag.device_storage or caller.trusted
    return Beacon(
        source_id=source.source_id,
        dialect="synerise",
        body=b"",
        address=context.client_address(request),
        user_agent=request.headers.get("user-agent", ""),
        origin=request.headers.get("origin"),
        referer=request.headers.get("referer", ""),
        global_privacy_control=_says_yes(request, "sec-gpc"),
        do_not_track=_says_yes(request, "dnt"),
        trusted=caller.trusted,
        signed_in=caller.realm is not Realm.TRACKER,
        day_salt=b"" if keeps else await context.catalog.day_salt(received_ms),
        received_ms=received_ms,
    )


def _says_yes(request: Request, name: str) -> bool:
    """Whether a header is 1; a proxy may have said it a second time."""
    return any("1" in (part.strip() for part in line.split(",")) for line in request.headers.getlist(name))


def _settle(asked: ApiRequest, raws: list[RawEvent], beacon: Beacon, source: Source, batch: bool) -> _Settled:
    store = asked.context.store
    own = take_own(asked.by, raws, store)
    if asked.by.realm is not Realm.TRACKER:
        # Anybody has a tracker key: the answer would tell a stranger whose address it is.
        check_emails(raws, store, batch=batch)
    settled = _Settled([], [])
    faults = []
    for raw in raws:
        _unsalt_future(raw, beacon)
        try:
            event = process(raw, beacon, source, asked.context.enricher)
        except Rejected as rejected:
            if rejected.reason in (Reason.NOT_AUTHORISED, Reason.ORIGIN_NOT_ALLOWED):
                raise ApiError(403, rejected.detail) from None
            if rejected.reason.is_malformed:
                place = f"[{raw.index}]." if batch else ""
                field = place + _FIELDS.get(rejected.reason, "params")
                faults.append(fault(WRONG_FORM, field, rejected.detail))
            else:
                settled.rejections.append(rejection(rejected, beacon, source))
            continue
        if own is not None:
            refuse_others_names(event, own)
        settled.events.append(event)
    if faults:
        raise refused(faults)
    return settled


def _unsalt_future(raw: RawEvent, beacon: Beacon) -> None:
    """A future time becomes that of receipt, so that such an event is never written over (section 4)."""
    if raw.server is not None and raw.server.salt is not None and isinstance(raw.time, str):
        try:
            if iso_ms(raw.time) > beacon.received_ms:
                raw.server = msgspec.structs.replace(raw.server, salt=None)
        except ValueError:
            return  # for normalise to refuse
