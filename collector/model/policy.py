"""A source's privacy rules: what may be kept. Data only; `privacy/` obeys it, versions live in the store."""

import ipaddress
from typing import Annotated, Literal

import msgspec

Rule = Annotated[str, msgspec.Meta(pattern=r"\A([^\x00-\x1f\x7f*]{1,255}|([^\x00-\x1f\x7f*]{1,253}\.)?\*)\Z")]
"""An action, a `prefix.*`, or `*` for all. Longer than our actions may be, as other dialects have theirs."""

PathRule = Annotated[
    str, msgspec.Meta(pattern=r"\A(/[!$-)+-;=@-~]{0,1000}|(/([!$-)+-;=@-~]{0,999}/)?)?\*)\Z")
]
"""The path of a page as a browser writes it, without query and percent-encoded where it is not ASCII;
a `/folder/*`, or `*` for all."""

HostRule = Annotated[
    str, msgspec.Meta(pattern=r"\A((\*\.)?[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]|\*)\Z")
]
"""A host as a browser writes it, in lower case, without port; `*.shop.example` for all below it, or `*`."""

Country = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{2}\Z")]
"""ISO 3166-1 alpha-2."""

NetworkRule = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Fa-f:.]{2,45}(/[0-9]{1,3})?\Z")]
"""An address, or a network in CIDR notation; IPv4 or IPv6."""

AgentRule = Annotated[str, msgspec.Meta(pattern=r"\A[^\x00-\x1f\x7f]{1,512}\Z")]
"""A product in the User-Agent (`curl`, or with its version: `curl/8.5.0`) or all of it, in any case."""

BotClass = Literal[
    "search-engine",
    "ai-crawler",
    "social-preview",
    "feed-reader",
    "monitoring",
    "seo",
    "advertising",
    "scanner",
    "http-library",
    "browser-automation",
    "archiver",
    "academic",
    "other",
]
"""What a program does, by the tags of the list of crawlers; `other` where it tells none."""

Address = Literal["full", "shortened", "dropped"]
Trust = Literal["strict", "standard", "trusting"]
GeoPrecision = Literal["city", "region", "country", "none"]
Query = Literal["all", "listed", "none"]
Redacted = Literal["email", "phone", "card", "iban"]
ConsentMode = Literal["none", "opt-out", "opt-in"]
Days = Annotated[int, msgspec.Meta(ge=1, le=36_500)]
CategoryName = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9][a-z0-9_-]{0,31}\Z")]


class Category(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of use that the visitor decides about on its own, and the actions that belong to it."""

    name: CategoryName
    actions: tuple[Rule, ...]


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """The rules of one source, in one version.

    Lists. Block wins; a non-empty allow list admits only its own.

    allow, block    actions, exact or `prefix.*`
    allow_params, block_params      the same for params, which are taken out of their event. One within
                    another is named by both: `formData.phone`, `formData.*`. What is taken out,
                    masked or hashed is so in any case of its name; what is allowed, as it is written
    allow_paths, block_paths        the same for paths of pages, exact or `/folder/*`
    allow_hosts, block_hosts        hosts of pages, exact or `*.shop.example`
    allow_referrers, block_referrers    hosts that the visitor came from
    allow_countries, block_countries    where the address lies; unknown is on no list
    allow_networks, block_networks      addresses and networks of visitors
    allow_agents, block_agents      programs by their User-Agent
    allow_bots, block_bots          classes of bots

    What an event does not tell (page, host, referrer, bot class) is under neither of its lists. The
    visitor's country, network and program are those of a back end where an api key came along: then
    these lists, those of bots and `bots` do not count.

    bots            `mark` them in context, or `reject` them

    Whose wish counts.

    global_privacy_control, do_not_track    whether the browser's wish ends collection
    consent         `none` is asked; `opt-out`: kept until the visitor refuses; `opt-in`: kept once they agree
    categories      actions that need a yes to their own category; where several name one, the first
    consent_text    which version of the text the visitor decides about, kept as evidence

    What is kept.

    address         of the visitor, after geo: all, /24 and /48, or nothing
    geo             how precisely the place is kept
    query           which query parameters of addresses stay: all, those in `keep_query`, or none. What
                    campaign an address told stays in any case, a click id with its parameter alone
    mask_params     params whose value becomes `***`, by the rules of `block_params`
    hash_params     params whose value becomes a hash with the source's own salt. Block wins over mask,
                    mask over hash; none of them reaches a profile
    redact          what is cut from titles, labels, addresses and what a page tells beside its params,
                    where it is found
    redact_params   whether it is cut from params too, but for those of forms and profiles
    keep_user_agent off: of browser and system the names stay, of the device its kind, of a bot its class
    keep_screen     off: no screen
    keep_referrer   off: no address that the visitor came from, in params neither
    keep_language   off: neither language nor time zone

    Whom to believe.

    trust           what a browser may say about a profile that is already known (DESIGN.md, Trust):
                    `strict`: form data needs a token; `standard`: it fills and claims; `trusting`: it changes
    token_actions   actions that need a signed token, beside those that `trust` says
    profile_actions actions that may change a profile without one, beside those that `trust` says

    For how long.

    retention_days  0 for ever
    retention       the same for actions: rule and days; the longest rule that fits decides
    """

    allow: tuple[Rule, ...] = ()
    block: tuple[Rule, ...] = ()
    allow_params: tuple[Rule, ...] = ()
    block_params: tuple[Rule, ...] = ()
    allow_paths: tuple[PathRule, ...] = ()
    block_paths: tuple[PathRule, ...] = ()
    allow_hosts: tuple[HostRule, ...] = ()
    block_hosts: tuple[HostRule, ...] = ()
    allow_referrers: tuple[HostRule, ...] = ()
    block_referrers: tuple[HostRule, ...] = ()
    allow_countries: tuple[Country, ...] = ()
    block_countries: tuple[Country, ...] = ()
    allow_networks: tuple[NetworkRule, ...] = ()
    block_networks: tuple[NetworkRule, ...] = ()
    allow_agents: tuple[AgentRule, ...] = ()
    block_agents: tuple[AgentRule, ...] = ()
    allow_bots: tuple[BotClass, ...] = ()
    block_bots: tuple[BotClass, ...] = ()
    bots: Literal["mark", "reject"] = "mark"
    global_privacy_control: bool = True
    do_not_track: bool = False
    consent: ConsentMode = "none"
    categories: tuple[Category, ...] = ()
    consent_text: Annotated[str, msgspec.Meta(max_length=64)] = ""
    address: Address = "shortened"
    geo: GeoPrecision = "city"
    query: Query = "all"
    keep_query: tuple[str, ...] = ()
    mask_params: tuple[Rule, ...] = ()
    hash_params: tuple[Rule, ...] = ()
    redact: tuple[Redacted, ...] = ("email", "phone", "card", "iban")
    redact_params: bool = False
    keep_user_agent: bool = True
    keep_screen: bool = True
    keep_referrer: bool = True
    keep_language: bool = True
    trust: Trust = "standard"
    token_actions: tuple[Rule, ...] = ()
    profile_actions: tuple[Rule, ...] = ()
    retention_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 0
    retention: dict[Rule, Days] = {}

    def __post_init__(self) -> None:
        for rule in (*self.allow_networks, *self.block_networks):
            try:
                ipaddress.ip_network(rule, strict=False)
            except ValueError:
                raise ValueError(f"{rule} is no network") from None


class PolicyVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One saved version of a source's policy. `created_ms` is ms since the epoch, UTC.

    `policy` is None where this release cannot read it: `problem` says why.
    """

    version: int
    policy: Policy | None
    author: str
    comment: str
    created_ms: int
    problem: str = ""
