"""All that is held of one person, and what an erasure did."""

from typing import Literal

import msgspec

from collector.model.profile import Profile

ErasedKind = Literal["uuid", "customId", "email", "clientId"]
"""What a tombstone may stand for."""


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
    """A profile and the numbers of all that is held of it, oldest first.

    The rows are read in pieces by their numbers, as there may be more than memory has room for.

    events          their `seq`, by the public id of their source
    sessions        their ids
    quarantined, consents    their numbers
    """

    profile: Profile
    events: dict[str, list[int]]
    sessions: list[str]
    quarantined: list[int]
    consents: list[int]


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What was deleted, as counts; `consents_kept` are those whose uuid became a hash.

    client_ids      the profile's own and those that were merged into it
    events_of_others    those of other browsers, or of none, that named this person
    tombstones      the keyed hash of each identifier that was erased, and its kind
    """

    client_id: int
    client_ids: list[int]
    erased_ms: int
    identifiers: int
    events: int
    events_of_others: int
    sessions: int
    quarantined: int
    consents_kept: int
    tombstones: dict[str, ErasedKind]
