"""A tag of profiles, as the workspace defines it (contracts/synerise-profiles-api.md section 8)."""

import msgspec


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A definition. `color` is `#rrggbb`."""

    id: int
    name: str
    color: str
