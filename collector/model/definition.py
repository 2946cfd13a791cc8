"""What events a workspace has seen: their actions, and the params of each."""

import msgspec


class ParamDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A param: how many events had it with a value of this JSON type
    (string, number, boolean, object, array, null). One within an object is named by both: `a.b`."""

    name: str
    type: str
    count: int
    last_ms: int


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """An action. Times are ms since the epoch, UTC, of the events. `others` counts values of params that
    are not listed."""

    action: str
    count: int
    first_ms: int
    last_ms: int
    params: tuple[ParamDefinition, ...] = ()
    others: int = 0


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All actions by name, without their params. `others` counts events whose actions are not listed.

    `complete`: no stored event waits to be counted.
    """

    definitions: tuple[Definition, ...]
    others: int
    complete: bool
