"""What a visitor has agreed to: as it came with an event, and as it is kept in evidence."""

import msgspec

EVIDENCE = {"consent.granted": True, "consent.denied": False}
"""The actions that report a decision, and what was decided."""


class ConsentState(msgspec.Struct, frozen=True, kw_only=True):
    """What the visitor has said when the event was sent. `granted` is None before a decision.

    `categories` are those decided one by one: they go before `granted`.
    """

    granted: bool | None = None
    categories: dict[str, bool] = {}


class ConsentDecision(msgspec.Struct, frozen=True, kw_only=True):
    """A change of mind, to be kept in evidence.

    method      how it was said: call, google, tcf, api
    text_version    of the text that the visitor was shown, "" where nobody told
    """

    state: ConsentState
    method: str
    text_version: str
    policy_version: int


class ConsentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence as read. Times are ms since the epoch, UTC. `uuid` is a keyed hash after an erasure."""

    number: int
    source_id: str
    event_id: str
    uuid: str | None
    decision: ConsentDecision
    time_ms: int
    received_ms: int
