"""A source's privacy rules: what may be kept. Data only; `privacy/` obeys it, versions live in the store."""

from typing import Annotated, Literal

import msgspec

Rule = Annotated[str, msgspec.Meta(pattern=r"\A([^\x00-\x1f\x7f*]{1,255}|([^\x00-\x1f\x7f*]{1,253}\.)?\*)\Z")]
"""An action, a `prefix.*`, or `*` for all. Longer than our actions may be, as other dialects have theirs."""

PathRule = Annotated[
    str, msgspec.Meta(pattern=r"\A(/[!$-)+-;=@-~]{0,1000}|(/([!$-)+-;=@-~]{0,999}/)?)?\*)\Z")
]
"""The path of a page as a browser writes it, without query and percent-encoded where it is not ASCII;
a `/folder/*`, or `*` for all."""

Address = Literal["full", "shortened", "dropped"]
Trust = Literal["strict", "standard", "trusting"]


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of one source, in one version.

    allow, block    actions, exact or `prefix.*`. Block wins; a non-empty allow list admits only its own
    allow_params, block_params      the same for params, which are taken out of their event. One within
                    another is named by both: `formData.phone`, `formData.*`
    allow_paths, block_paths        the same for paths of pages, exact or `/folder/*`
    address         what is kept of the visitor's address, after geo: all, /24 and /48, or nothing
    global_privacy_control, do_not_track    whether the browser's wish ends collection
    bots            `mark` them in context, or `reject` them
    trust           what a browser may say about a profile that is already known (DESIGN.md, Trust):
                    `strict`: form data needs a token; `standard`: it fills and claims; `trusting`: it changes
    """

    allow: tuple[Rule, ...] = ()
    block: tuple[Rule, ...] = ()
    allow_params: tuple[Rule, ...] = ()
    block_params: tuple[Rule, ...] = ()
    allow_paths: tuple[PathRule, ...] = ()
    block_paths: tuple[PathRule, ...] = ()
    address: Address = "shortened"
    global_privacy_control: bool = True
    do_not_track: bool = False
    bots: Literal["mark", "reject"] = "mark"
    trust: Trust = "standard"


class PolicyVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One saved version of a source's policy. `created_ms` is ms since the epoch, UTC."""

    version: int
    policy: Policy
    author: str
    comment: str
    created_ms: int
