"""What events a workspace has seen: their actions, and the params of each."""

import msgspec


class ParamDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A param: how many events had it with a value of this JSON type
    (string, number, boolean, object, array, null)."""

    name: str
    type: str
    count: int
    last_ms: int


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """An action. Times are ms since the epoch, UTC, of the events."""

    action: str
    count: int
    first_ms: int
    last_ms: int
    params: tuple[ParamDefinition, ...] = ()
