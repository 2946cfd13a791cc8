"""What became of an event: exactly one outcome each, with a reason from a closed list.

A rejected event is ordinary: blocked actions and withdrawn consent arrive all day. It is
counted, never logged as an error. A bug or a full disk is not an outcome but an exception
nobody hides.
"""

from enum import StrEnum

import msgspec

from collector.model.quarantine import Quarantine

MINUTE_MS = 60_000
"""Outcomes are summed by the minute."""


class Outcome(StrEnum):
    """What became of one received event; `DERIVED` counts what we made ourselves, apart."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    DERIVED = "derived"


class Reason(StrEnum):
    """Why an event was rejected. Stored and charted, so a value never changes its meaning."""

    UNKNOWN_SOURCE = "unknown_source"
    SOURCE_DISABLED = "source_disabled"
    ORIGIN_NOT_ALLOWED = "origin_not_allowed"
    NOT_AUTHORISED = "not_authorised"
    MALFORMED_BODY = "malformed_body"
    BODY_TOO_LARGE = "body_too_large"
    TOO_MANY_EVENTS = "too_many_events"
    EVENT_TOO_LARGE = "event_too_large"
    MALFORMED_EVENT = "malformed_event"
    INVALID_ACTION = "invalid_action"
    INVALID_TIME = "invalid_time"
    INVALID_ID = "invalid_id"
    OPTED_OUT = "opted_out"
    ACTION_BLOCKED = "action_blocked"
    ACTION_NOT_ALLOWED = "action_not_allowed"
    PAGE_BLOCKED = "page_blocked"
    PAGE_NOT_ALLOWED = "page_not_allowed"
    HOST_BLOCKED = "host_blocked"
    HOST_NOT_ALLOWED = "host_not_allowed"
    REFERRER_BLOCKED = "referrer_blocked"
    REFERRER_NOT_ALLOWED = "referrer_not_allowed"
    COUNTRY_BLOCKED = "country_blocked"
    COUNTRY_NOT_ALLOWED = "country_not_allowed"
    NETWORK_BLOCKED = "network_blocked"
    NETWORK_NOT_ALLOWED = "network_not_allowed"
    AGENT_BLOCKED = "agent_blocked"
    AGENT_NOT_ALLOWED = "agent_not_allowed"
    BOT_BLOCKED = "bot_blocked"
    BOT_NOT_ALLOWED = "bot_not_allowed"
    NO_CONSENT = "no_consent"
    ERASED = "erased"
    POLICY_UNREADABLE = "policy_unreadable"
    NO_SESSION = "no_session"
    UNKNOWN_PROFILE = "unknown_profile"
    TOO_MANY_REQUESTS = "too_many_requests"
    OVER_QUOTA = "over_quota"

    @property
    def is_policy(self) -> bool:
        """True where the privacy policy refused: counted, never kept, answered like an accepted event."""
        return self in _POLICY

    @property
    def is_malformed(self) -> bool:
        """True where the sender could mend it: kept in quarantine as far as the policy lets it."""
        return self in _MALFORMED


_POLICY = frozenset(
    {Reason.OPTED_OUT, Reason.NO_CONSENT, Reason.ERASED}
    | {reason for reason in Reason if reason.endswith(("_blocked", "_not_allowed"))}
) - {Reason.ORIGIN_NOT_ALLOWED}

_MALFORMED = frozenset(
    {Reason.MALFORMED_BODY, Reason.BODY_TOO_LARGE, Reason.TOO_MANY_EVENTS, Reason.EVENT_TOO_LARGE}
    | {Reason.MALFORMED_EVENT, Reason.INVALID_ACTION, Reason.INVALID_TIME, Reason.INVALID_ID}
)


class Rejected(Exception):
    """Ends the pipeline for one event. Raised by any stage, caught only in `pipeline.process_all`.

    `detail` is shown to the sender and to the owner: it may quote a rule of ours or a length,
    never a value that the visitor sent where `reason.is_policy`. `rule` is the policy's own that
    refused, as it is written there, "" for none. `sent` is what was malformed, as a beacon of its
    own; None where it is all of the beacon's body.
    """

    def __init__(self, reason: Reason, detail: str, rule: str = "", sent: bytes | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.rule = rule
        self.sent = sent


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """One event that was rejected, to be counted: which source (None: unknown), when, why.

    `quarantine` is what may be kept of it where it was malformed. `count`: of how many events of one
    request it tells, which were all rejected alike; no rule of the policy did that.
    """

    source: int | None
    received_ms: int
    reason: Reason
    detail: str
    rule: str = ""
    quarantine: Quarantine | None = None
    count: int = 1


class RejectionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A recent rejection as read, newest first. Holds nothing the visitor sent."""

    number: int
    received_ms: int
    reason: Reason
    detail: str
    rule: str


class OutcomeCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many events met one outcome in one minute. `minute_ms` is its start, ms since the epoch, UTC."""

    source_id: str | None
    minute_ms: int
    outcome: Outcome
    reason: str
    count: int


class RuleCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many events a rule of the policy refused in one minute: a part of its reason's OutcomeCount."""

    source_id: str
    minute_ms: int
    reason: str
    rule: str
    count: int
