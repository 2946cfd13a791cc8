"""A policy on trial: what it would have said, counted beside what the one in force said."""

import msgspec


class ShadowCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many events met one pair of fates: `stored`, `changed` (stored with less), or a reason and its rule
    (`action_blocked: form.*`). `shadow_ms` says in which trial of the source: when it began."""

    source: int
    shadow_ms: int
    live: str
    shadow: str
    count: int
