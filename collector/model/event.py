"""An event on its way: RawEvent (as sent) -> Event (one form, enriched) -> StoredEvent (what may be kept).

Only `privacy/` makes a StoredEvent, and the store takes nothing else, so storing an event that
the policy has not seen is a type error.
"""

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from collector.model.beacon import Visitor
from collector.model.client import ServerEvent
from collector.model.consent import ConsentDecision, ConsentState
from collector.model.profile import ProfileUpdate

Params = dict[str, Any]

RESERVED_PARAMS = frozenset({"modifiedBy", "apiKey", "eventUUID", "ip", "time", "businessProfileId"})
"""Names that a sender may not set: dropped, never an error (contracts/synerise-events-api.md section 2)."""


class RawEvent(msgspec.Struct, kw_only=True):
    """One event as a dialect decoded it. Nothing is checked but the shape.

    index        its place in the beacon, from 0
    time, sent   what the sender's clock said: ISO 8601, epoch ms, or None
    context      what the page told beside the event (screen, language, page)
    token        a signed token of the site's back end (contracts/synerise-sdk.md section 8)
    consent      what the visitor has agreed to
    custom_id    who it is by the sender's word, where the dialect says so beside the params
    previous_id  another name of the same person, a customId or a uuid
    named_freely  its action may be any words, as Segment's and Tracardi's are
    visitor      who was there, where that is not who sent the beacon
    alone        the event as a beacon of its own, for the quarantine
    """

    index: int
    id: Any = None
    action: Any = None
    label: Any = None
    time: Any = None
    sent: Any = None
    uuid: Any = None
    params: Any = None
    context: Params = {}
    token: Any = None
    consent: Any = None
    custom_id: Any = None
    previous_id: Any = None
    named_freely: bool = False
    visitor: Visitor | None = None
    server: ServerEvent | None = None
    alone: Callable[[], bytes] = bytes


class Event(msgspec.Struct, kw_only=True):
    """One event in the one form all dialects share, while it is enriched. Times are ms since the epoch, UTC.

    `address` is the visitor's full address: it is never stored from here. `profile` is what the
    params say about the profile, `profile_of` what others would say in their place. `custom_id` and
    `previous_id` stand in both, and are told beside the params. `named_freely` as in RawEvent.
    """

    id: str
    action: str
    label: str
    time_ms: int
    received_ms: int
    uuid: str | None
    params: Params
    context: Params
    address: str
    profile: ProfileUpdate | None = None
    profile_of: Callable[[Params], ProfileUpdate | None] = lambda params: None
    custom_id: str | None = None
    previous_id: str | None = None
    trusted: bool = False
    named_freely: bool = False
    consent: ConsentState = ConsentState()
    server: ServerEvent | None = None


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What may be kept of one event. Made by `privacy/` only.

    `derive(action, label, params, time_ms)` makes an event that follows from this one
    (session.start, marketingAgreement.turnOn ...) from its kept values and under the same lists,
    with an id that is a uuid5 of its cause; None where the lists forbid it.
    `session_ms` is how long a session of its source may be silent; 0 where its source has none.
    `by_campaign`: another campaign opens another session. `evidence`: a decision about consent.
    `by_back_end`: it came with a secret key, the only word by which known people merge and are renamed;
    `trusted` is also what a person's own token, or a source that trusts everybody, lets through.
    """

    source: int
    workspace: int
    id: str
    action: str
    label: str
    time_ms: int
    received_ms: int
    uuid: str | None
    params: Params
    context: Params
    profile: ProfileUpdate | None
    trusted: bool
    session_ms: int
    by_campaign: bool = False
    evidence: ConsentDecision | None = None
    by_back_end: bool = False
    server: ServerEvent | None = None
    derive: "Derive"


class Derive(Protocol):
    """Makes a derived event, None where the lists forbid it. Its id is a uuid5 of its cause and action
    unless one is given."""

    def __call__(
        self, action: str, label: str, params: Params, time_ms: int, /, id: str | None = None
    ) -> StoredEvent | None: ...


class EventRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A stored event as read. `seq` is its place in commit order; times are ms since the epoch, UTC."""

    seq: int
    id: str
    action: str
    label: str
    time_ms: int
    received_ms: int
    source_id: str
    profile_id: int | None
    session_id: str | None
    uuid: str | None
    params: Params
    context: Params
    derived: bool
