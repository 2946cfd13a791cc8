"""A workspace holds profiles, keys and people; a source belongs to one. There is one by default."""

from typing import Literal

import msgspec

NewsletterMode = Literal["off", "single", "double"]


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all sources of a workspace.

    `unique_emails` makes the email an identifier; without it customId takes over.
    `guid` is its public id; `salt` is secret: the key of tombstones of erased profiles.
    """

    id: int
    guid: str
    name: str
    time_zone: str
    newsletter_mode: NewsletterMode
    unique_emails: bool
    salt: bytes


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A secret key of a back end. The key itself is shown once; only its hash is kept.

    `source_id` binds it to one source, None to the whole workspace. `permissions` ("*": all).
    Times are ms since the epoch, UTC; `revoked_ms` is None while it is in force.
    """

    id: str
    workspace_id: int
    source_id: str | None
    name: str
    permissions: tuple[str, ...]
    created_ms: int
    revoked: bool
    revoked_ms: int | None = None


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may sign in to the admin pages. `epoch` rises when all their sign-ins must end."""

    id: int
    name: str
    password_hash: str
    epoch: int
    created_ms: int
