"""A source: a website or app that sends events, and its settings.

The settings are one nested table with dotted names (`tag.modules.forms`, `session.minutes`),
the same in the command, on the settings page and in the store's JSON column.
"""

from typing import Annotated, Any, Literal

import msgspec

from collector.model.policy import Policy

MAX_QUOTA = 100_000_000

Interaction = Literal[
    "onVisible",
    "onClick",
    "onMouseOver",
    "onHover",
    "onTextSelect",
    "onCopy",
    "onFocus",
    "onChange",
    "onSubmit",
    "onScroll",
    "onTimer",
]

Facade = Literal["synerise", "tracardi", "segment"]
"""The page API of another vendor's script, which pages made for that one go on to call. Customer.io's is
Segment's under another name."""

Action = Annotated[str, msgspec.Meta(pattern=r"\A[a-zA-Z0-9.\-_]{1,32}\Z")]
"""The rule of the native and Synerise dialects (contracts/synerise-sdk.md section 5)."""

Origin = Annotated[str, msgspec.Meta(pattern=r"\A(null|[a-z][a-z0-9+.\-]*://[^\s/?#@A-Z]{1,253})\Z")]
"""As a browser writes it: scheme, host in lower case, port where it is not the usual one; or `null`."""


Name = Annotated[str, msgspec.Meta(pattern=r"\A[a-zA-Z_][a-zA-Z0-9_]{0,31}\Z")]
"""A name that may stand in a script and in a cookie."""

BeaconPath = Annotated[str, msgspec.Meta(pattern=r"\A([\w.~/-]{1,200})?\Z")]

Domain = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\Z")]


class Modules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of the tag's features this source carries. A module that is off costs no byte."""

    page_visits: bool = True
    single_page: bool = True
    metas: bool = True
    device: bool = True
    sessions: bool = True
    delivery: bool = True
    custom_events: bool = True
    triggers: bool = True
    forms: bool = True
    lists: bool = True
    canonical: bool = False
    engagement: bool = False
    outbound_links: bool = False
    downloads: bool = False
    copied_text: bool = False
    site_search: bool = False
    not_found: bool = False
    script_errors: bool = False
    web_vitals: bool = False
    frustration: bool = False
    identify: bool = False
    cross_domain: bool = False
    tokens: bool = False
    consent: bool = False


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
    percent: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    """onVisible: how much of the element must be in view. onScroll: how deep, of the element's height."""
    seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0
    """onVisible, onScroll: how long it must stay so. onTimer: how long it must have been there. They count
    while the page is seen. onHover: how long is longer than usual; 0 is a second."""


class SinglePage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of an address makes another view of a single-page app. A changed path always does.

    A query is what follows a question mark, in the hash as well.
    """

    query: bool = True
    hash: bool = False

    @property
    def ignored(self) -> str:
        """What does not, as a pattern of JavaScript."""
        if self.hash:
            return "" if self.query else r"\?[^#]*"
        return "#.*" if self.query else "[?#].*"


class Consent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the module `consent` learns of the visitor's decision.

    until       what is held before a decision: `wait` keeps events in memory, `granted` sends them
    google      follow Google's consent mode (`analytics_storage`) on `dataLayer`
    tcf         follow an IAB TCF v2.2 platform (`__tcfapi`, purpose 1 and those of `purposes`)
    evidence    tell the collector of each decision, with the uuid that the device has kept

    A policy that asks for consent decides about `until` and `evidence` itself.
    """

    until: Literal["wait", "granted"] = "wait"
    google: bool = False
    tcf: bool = False
    purposes: tuple[Annotated[int, msgspec.Meta(ge=1, le=11)], ...] = (1, 8)
    evidence: bool = False


class TagSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the tag of this source does."""

    modules: Modules = Modules()
    facades: tuple[Facade, ...] = ()
    """The vendors whose page APIs it answers to. What a vendor's script path serves has that one anyway."""
    auto_events: tuple[AutoEvent, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    name: Name = "tagwell"
    """Of the page API (`window.tagwell`), and what cookies and stored keys begin with."""
    path: BeaconPath = ""
    """Where the tag sends to, relative to its own address; empty: `../b/{source_id}`."""
    device_storage: bool = True
    """Off: cookieless. The tag keeps nothing on the device; the collector tells visitors apart for a day."""
    single_page: SinglePage = SinglePage()
    consent: Consent = Consent()
    search_params: tuple[str, ...] = ("q", "s", "query", "search")
    """site_search: the query parameters that hold what was searched for."""
    domains: tuple[Domain, ...] = ()
    """cross_domain: the owner's other hosts, subdomains included."""


class SessionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a visit ends: after so many minutes without an event, and if told so at another campaign."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 30
    campaign: bool = False


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of a source. No origin listed means any origin, none and `null` included."""

    origins: tuple[Origin, ...] = ()
    quota: Annotated[int, msgspec.Meta(ge=0, le=MAX_QUOTA)] = 0
    """Events a minute that the source takes; 0: any number."""
    session: SessionSettings = SessionSettings()
    tag: TagSettings = TagSettings()

    @property
    def session_ms(self) -> int:
        """How long a session may be silent; 0 where the source has no sessions."""
        return self.session.minutes * 60_000 if self.tag.modules.sessions else 0


class TokenKey(msgspec.Struct, frozen=True, kw_only=True):
    """What tokens of the site's own back end are checked with: a PEM public key, or a shared secret."""

    id: str
    name: str
    algorithm: Literal["RS256", "HS256"]
    key: str
    created_ms: int


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A source as the pipeline sees it, with its policy in force.

    `source_id` is public (a UUID); `number` is the store's own short key. `salt` is secret and
    per source. `created_ms` is ms since the epoch, UTC. `shadow` is a policy on trial, since `shadow_ms`.
    `problem` says why the rules in the store cannot be read: then `policy` admits nothing.
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
    token_keys: tuple[TokenKey, ...] = ()
    shadow: Policy | None = None
    shadow_ms: int = 0
    problem: str = ""
