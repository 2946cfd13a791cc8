"""Counts the events of a request that was refused: each has one outcome (DESIGN.md, Promises)."""

from typing import get_origin

from starlette.concurrency import run_in_threadpool

from collector.api.authenticate import Refused
from collector.api.operation import ApiError, ApiRequest
from collector.api.reading import BodyTooLarge
from collector.model.outcome import Reason, Rejection
from collector.wire.synerise.batch import TooManyItems
from collector.wire.synerise.faults import BadBody, read_json

_REASONS = {"action": Reason.INVALID_ACTION, "time": Reason.INVALID_TIME, "recordedAt": Reason.INVALID_TIME}


async def count_refusal(asked: ApiRequest, error: Exception) -> None:
    """Count every event of the request as rejected, for the reason of the first fault; keep none of it.

    Where the workspace has no source there is nothing to count it for.
    """
    source_id = asked.by.source_id or await run_in_threadpool(asked.oldest_source)
    source = await asked.context.catalog.find(source_id) if source_id is not None else None
    if source is None:
        return
    reason = _reason(error)
    if source.problem:
        reason = Reason.POLICY_UNREADABLE
    elif not source.enabled:
        reason = Reason.SOURCE_DISABLED
    count, detail = await _count(asked), _detail(error)
    rejection = Rejection(
        source=source.number,
        received_ms=asked.context.now_ms(),
        reason=reason,
        detail=detail if count == 1 else f"{detail} ({count} events)",
        count=count,
    )
    await asked.context.store.append([], [rejection])


def _reason(error: Exception) -> Reason:
    match error:
        case BodyTooLarge():
            return Reason.BODY_TOO_LARGE
        case TooManyItems():
            return Reason.TOO_MANY_EVENTS
        case ApiError(code="ORIGIN_NOT_ALLOWED"):
            return Reason.ORIGIN_NOT_ALLOWED
        case Refused() | ApiError(status=403):
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


async def _count(asked: ApiRequest) -> int:
    """How many events the body has, which may not have been read yet; one where that cannot be told, and
    where the operation takes no more."""
    if get_origin(getattr(asked.operation.body, "__origin__", asked.operation.body)) is not list:
        return 1
    try:
        await asked.read()
        items = await run_in_threadpool(read_json, asked.raw)
    except BadBody:
        return 1
    return max(1, len(items)) if isinstance(items, list) else 1
