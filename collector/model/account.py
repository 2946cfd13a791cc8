"""An account: what lets a person sign in as a profile."""

from typing import Literal

import msgspec

LoginKind = Literal["email", "customId"]
AccountState = Literal["pending", "active", "closed"]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One account. `login` is an email in lower case or a customId.

    registration    what a pending one said about its profile (JSON of a ProfileChange)
    """

    id: int
    workspace_id: int
    source: int
    profile_id: int | None
    kind: LoginKind
    login: str
    password_hash: str
    state: AccountState
    uuid: str | None
    registration: str | None
    created_ms: int
    activated_ms: int | None
