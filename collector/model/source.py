"""A source: a website or app that sends events, and its settings.

The settings are one nested table with dotted names (`tag.modules.forms`, `session.minutes`),
the same in the command, on the settings page and in the store's JSON column.
"""

from typing import Annotated, Any, Literal

import msgspec

from collector.model.policy import Policy

Interaction = Literal["onVisible", "onClick", "onMouseOver", "onTextSelect"]

Action = Annotated[str, msgspec.Meta(pattern=r"\A[a-zA-Z0-9.\-_]{1,32}\Z")]
"""The rule of the native and Synerise dialects (contracts/synerise-sdk.md section 5)."""

Origin = Annotated[str, msgspec.Meta(pattern=r"\A(null|[a-z][a-z0-9+.\-]*://[^\s/?#@A-Z]{1,253})\Z")]
"""As a browser writes it: scheme, host in lower case, port where it is not the usual one; or `null`."""


class Modules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of the tag's features this source carries. A module that is off costs no byte."""

    page_visits: bool = True
    sessions: bool = True
    delivery: bool = True
    custom_events: bool = True
    triggers: bool = True
    forms: bool = True
    lists: bool = True


class AutoEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event that the tag sends by itself on every page load."""

    action: Action
    params: dict[str, Any] = {}


class Trigger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tagged element plus an interaction: `[data-tracardi-tag="{tag}"]` and `interaction` send `action`."""

    tag: str
    interaction: Interaction
    action: Action
    params: dict[str, Any] = {}


class TagSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the tag of this source does."""

    modules: Modules = Modules()
    auto_events: tuple[AutoEvent, ...] = ()
    triggers: tuple[Trigger, ...] = ()


class SessionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a visit ends: after so many minutes without an event."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 30


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of a source. No origin listed means any origin, none and `null` included."""

    origins: tuple[Origin, ...] = ()
    session: SessionSettings = SessionSettings()
    tag: TagSettings = TagSettings()


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A source as the pipeline sees it, with its policy in force.

    `source_id` is public (a UUID); `number` is the store's own short key. `salt` is secret and
    per source. `created_ms` is ms since the epoch, UTC.
    """

    number: int
    source_id: str
    workspace_id: int
    name: str
    enabled: bool
    settings: Settings
    policy: Policy
    policy_version: int
    salt: bytes
    created_ms: int
