"""All that is held of one person, and what an erasure did."""

import msgspec

from collector.model.consent import ConsentRecord
from collector.model.event import EventRecord
from collector.model.profile import Profile
from collector.model.quarantine import QuarantineRecord


class SessionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A session as read. Times are ms since the epoch, UTC."""

    session_id: str
    source_id: str
    uuid: str
    started_ms: int
    last_ms: int
    events: int
    closed: bool


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Everything held of a profile: itself, its events and sessions, what is quarantined, its consents."""

    profile: Profile
    events: list[EventRecord]
    sessions: list[SessionRecord]
    quarantined: list[QuarantineRecord]
    consents: list[ConsentRecord]


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What was deleted, as counts; `consents_kept` are those whose uuid became a hash."""

    client_id: int
    erased_ms: int
    identifiers: int
    events: int
    sessions: int
    quarantined: int
    consents_kept: int
