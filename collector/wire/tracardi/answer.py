"""What Tracardi's clients are told.

Source: contracts/tracardi.md section 6.
"""

import uuid as uuids
from collections.abc import Sequence
from typing import Any, NamedTuple

from collector.model.event import StoredEvent
from collector.model.outcome import Reason, Rejected
from collector.wire.tracardi.checks import Unprocessable
from collector.wire.tracardi.payload import Who


class Answer(NamedTuple):
    """status: of HTTP. content: the body, as JSON."""

    status: int
    content: Any


INVALID_SOURCE = Answer(401, {"detail": "Access denied. Invalid source."})
UNAVAILABLE = Answer(503, {"detail": "The store cannot take events now."})
NOTHING = Answer(200, None)
"""To a request without an event."""

PARTLY = 226
"""Some of it was taken, and `errors` says what was not."""

_STATUS = {
    Reason.NOT_AUTHORISED: 401,
    Reason.ORIGIN_NOT_ALLOWED: 403,
    Reason.BODY_TOO_LARGE: 413,
    Reason.TOO_MANY_EVENTS: 413,
    Reason.EVENT_TOO_LARGE: 413,
    Reason.POLICY_UNREADABLE: 503,
}


def answer(
    results: Sequence[StoredEvent | Rejected], who: Who, *, shows_profile: bool, shows_events: bool
) -> Answer:
    """Answer a request that was taken, or of which no event was; what the policy refused counts as taken.

    `ux` is empty for ever: what stands in it the script puts into the page.
    """
    faults = [each for each in results if isinstance(each, Rejected) and not each.reason.is_policy]
    if faults and len(faults) == len(results):
        return refusal(faults[0])
    content = {
        "task": str(uuids.uuid4()),
        "ux": [],
        "response": {},
        "events": [each.id for each in results if isinstance(each, StoredEvent)] if shows_events else [],
        "profile": {"id": who.uuid if shows_profile else None},
        "session": {"id": who.session},
        "errors": [fault.detail for fault in faults],
        "warnings": list(who.warnings),
    }
    return Answer(PARTLY if faults else 200, content)


def refusal(fault: Rejected) -> Answer:
    """Answer a request of which nothing was taken."""
    if fault.reason is Reason.SOURCE_DISABLED:
        return INVALID_SOURCE
    if fault.reason in _STATUS:
        return Answer(_STATUS[fault.reason], {"detail": fault.detail})
    if isinstance(fault, Unprocessable):
        return Answer(422, {"detail": fault.errors})
    error = {"loc": ["body"], "msg": fault.detail, "type": fault.reason.value}
    return Answer(422, {"detail": [error]})
