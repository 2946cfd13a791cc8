"""Finding the person who asks, by whatever identifier they give."""

import re
from typing import NamedTuple

from collector.model.person import ErasedKind
from collector.model.profile import Profile
from collector.store import Store

_KINDS: tuple[ErasedKind, ...] = ("clientId", "email", "customId", "uuid")

_UNFIT = re.compile("[\x00\ud800-\udfff]")
"""What no text in a store may hold."""

MAX_LENGTH = 320
"""Longer than every identifier that is kept; SQLite refuses to look for what is very long."""


class Found(NamedTuple):
    """Who has the identifier, and when a person of this identifier was erased: ms since the epoch, UTC."""

    profiles: list[Profile]
    erased_ms: int | None


def find(store: Store, identifier: str) -> Found:
    """Look for a client id (a merged one too), an email in any case, a customId, a uuid or a phone.

    A field may be the same in several profiles, so that several are found.
    """
    identifier = identifier.strip()
    if len(identifier) > MAX_LENGTH or _UNFIT.search(identifier):
        return Found([], None)
    found = [profile for one in store.find_people(identifier) if (profile := store.profile(one)) is not None]
    times = [time for kind in _KINDS if (time := store.tombstone(kind, identifier)) is not None]
    return Found(found, max(times, default=None))
