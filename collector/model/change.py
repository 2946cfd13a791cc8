"""A change of a profile, asked for by trusted input (DESIGN.md, Trust)."""

from typing import Any

import msgspec

from collector.model.event import Derive
from collector.model.profile import Newsletter


class ProfileChange(msgspec.Struct, frozen=True, kw_only=True):
    """What trusted input says about a profile, checked. What is absent stays as it is.

    client_id                      of the profile that is meant; never made
    email, custom_id, uuid         identifiers; None: absent
    cleared                        of "email" and "customId" those that are taken away
    fields                         native fields (NATIVE_FIELDS); None deletes
    attributes                     custom ones; None deletes
    agreements                     by AGREEMENTS
    tags, untags                   names to add and to take away
    newsletter, newsletter_form    as in ProfileUpdate
    by_back_end                    a workspace or a user says it, and not the person: its phone is one that
                                   the profile is found by
    """

    client_id: int | None = None
    email: str | None = None
    custom_id: str | None = None
    uuid: str | None = None
    cleared: tuple[str, ...] = ()
    fields: dict[str, str | None] = {}
    attributes: dict[str, Any] = {}
    agreements: dict[str, bool] = {}
    tags: tuple[str, ...] = ()
    untags: tuple[str, ...] = ()
    newsletter: Newsletter | None = None
    newsletter_form: bool = False
    by_back_end: bool = False


class StoredChange(msgspec.Struct, frozen=True, kw_only=True):
    """What may be kept of a change, made by `privacy/` only. `derive` makes the events that follow.

    `id` is what their ids are made of; it is the cause that a wish or a merge is noted with.
    """

    id: str
    source: int
    workspace: int
    change: ProfileChange
    received_ms: int
    derive: Derive


class ChangeResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a change. `client_id` None: there is no such profile, and nothing was done.

    `problem`: why nothing was done to the profile there is, in words for the sender.
    """

    client_id: int | None
    created: bool = False
    problem: str = ""
