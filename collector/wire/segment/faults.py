"""What is wrong with a call, in the words that these clients read: `code` and `message`."""

from collections.abc import Sequence
from typing import NamedTuple

from collector.model.event import StoredEvent
from collector.model.outcome import Reason, Rejected

NO_USER_ANON_ID = "no_user_anon_id"
MISSING_EVENT = "missing_event"


class Unusable(Rejected):
    """An event without what its type demands. `code` is the public one."""

    def __init__(self, code: str, detail: str, sent: bytes | None = None) -> None:
        super().__init__(Reason.MALFORMED_EVENT, detail, sent=sent)
        self.code = code


class Reply(NamedTuple):
    """status: of HTTP. code, message: what went wrong, "" for success. retry_after_s: when to come again."""

    status: int
    code: str = ""
    message: str = ""
    retry_after_s: int = 0


UNKNOWN_KEY = Reply(401, "unauthorized", "no source has this write key")
UNAVAILABLE = Reply(503, "unavailable", "the store cannot take events now")

_STATUS = {
    Reason.SOURCE_DISABLED: 401,
    Reason.NOT_AUTHORISED: 401,
    Reason.ORIGIN_NOT_ALLOWED: 403,
    Reason.POLICY_UNREADABLE: 503,
}
_SOURCE_WIDE = frozenset(_STATUS)
"""Reasons that are not one event's fault. 503: nothing was taken, the client shall come again."""

_OF_A_BATCH = frozenset({Reason.MALFORMED_BODY, Reason.BODY_TOO_LARGE, Reason.EVENT_TOO_LARGE})


def reply(results: Sequence[StoredEvent | Rejected], *, batch: bool) -> Reply:
    """Answer a call: 200 as soon as one event was taken, and for what the policy refused.

    A client drops what was answered 400, so that of a batch no fault of single events is told, but for
    one that leaves nothing to take: of its form or its size.
    """
    faults = [r for r in results if isinstance(r, Rejected) and not r.reason.is_policy]
    if not faults or len(faults) < len(results):
        return Reply(200)
    fault = next((fault for fault in faults if fault.reason in _SOURCE_WIDE), faults[0])
    if batch and fault.reason not in _SOURCE_WIDE | _OF_A_BATCH:
        return Reply(200)
    code = "unauthorized" if _STATUS.get(fault.reason) == 401 else fault.reason.value
    if isinstance(fault, Unusable):
        code = fault.code
    return Reply(_STATUS.get(fault.reason, 400), code, fault.detail)
