"""Counts the events of a request that was refused: each has one outcome (DESIGN.md, Promises)."""

from starlette.concurrency import run_in_threadpool

from collector.api.operation import ApiError, ApiRequest
from collector.api.reading import BodyTooLarge
from collector.model.outcome import Reason, Rejection
from collector.wire.synerise.batch import MAX_ITEMS, TooManyItems
from collector.wire.synerise.faults import BadBody, read_json

_REASONS = {"action": Reason.INVALID_ACTION, "time": Reason.INVALID_TIME, "recordedAt": Reason.INVALID_TIME}


async def count_refusal(asked: ApiRequest, error: Exception) -> None:
    """Count every event of the request as rejected, for the reason of the first fault; keep none of it."""
    source_id = asked.by.source_id
    source = await asked.context.catalog.find(source_id) if source_id is not None else None
    if source is None:
        return
    reason = _reason(error)
    if source.problem:
        reason = Reason.POLICY_UNREADABLE
    elif not source.enabled:
        reason = Reason.SOURCE_DISABLED
    rejection = Rejection(
        source=source.number, received_ms=asked.context.now_ms(), reason=reason, detail=_detail(error)
    )
    count = await run_in_threadpool(_count, asked.raw)
    await asked.context.store.append([], [rejection] * count)


def _reason(error: Exception) -> Reason:
    match error:
        case BodyTooLarge():
            return Reason.BODY_TOO_LARGE
        case TooManyItems():
            return Reason.TOO_MANY_EVENTS
        case ApiError(status=403):
            return Reason.NOT_AUTHORISED
        case BadBody(faults=(first, *_)):
            name = first.field.partition("].")[2] or first.field
            if name.startswith("client"):
                return Reason.INVALID_ID
            return _REASONS.get(name, Reason.MALFORMED_EVENT)
        case _:
            return Reason.MALFORMED_BODY


def _detail(error: Exception) -> str:
    """What was wrong, in our words: no value that was sent."""
    if isinstance(error, BadBody) and error.faults:
        first = error.faults[0]
        return f"{first.field or 'body'}: {first.message}"
    return str(error)


def _count(body: bytes) -> int:
    """How many events a body has; one where that cannot be told, or where they are too many to be read."""
    try:
        items = read_json(body)
    except BadBody:
        return 1
    return len(items) if isinstance(items, list) and 1 <= len(items) <= MAX_ITEMS else 1
