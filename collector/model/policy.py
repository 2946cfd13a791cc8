"""A source's privacy rules: what may be kept. Data only; `privacy/` obeys it, versions live in the store."""

from typing import Literal

import msgspec

Address = Literal["full", "shortened", "dropped"]
Trust = Literal["strict", "standard", "trusting"]


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of one source, in one version.

    allow, block    actions, exact or `prefix.*`. Block wins; a non-empty allow list admits only its own
    address         what is kept of the visitor's address, after geo: all, /24 and /48, or nothing
    global_privacy_control, do_not_track    whether the browser's wish ends collection
    bots            `mark` them in context, or `reject` them
    trust           what a browser may say about a profile that is already known (DESIGN.md, Trust):
                    `strict` form data needs a token; `standard` it may fill and claim; `trusting` it may change
    """

    allow: tuple[str, ...] = ()
    block: tuple[str, ...] = ()
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
