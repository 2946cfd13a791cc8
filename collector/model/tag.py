"""A tag of profiles, as the workspace defines it (contracts/synerise-profiles-api.md section 8)."""

import msgspec

DEFAULT_COLOR = "#808080"
"""Of a tag that a profile was given before anybody chose a color for it."""


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A definition. `color` is `#rrggbb`."""

    id: int
    name: str
    color: str
