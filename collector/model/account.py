"""An account: what lets a person sign in as a profile."""

import hashlib
from typing import Literal

import msgspec

LoginKind = Literal["email", "customId"]
AccountState = Literal["pending", "active", "closed"]

PENDING_MS = 10 * 24 * 3_600_000
"""How long a registration waits for its link to be used: a mail may be three days late, and its link
holds for seven."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One account. `login` is an email in lower case or a customId. Times are ms since the epoch, UTC.

    profile_id      None while it is pending: nobody has proved the address yet
    uuid            of the browser that registered a pending one
    registration    what a pending one said about its profile (JSON of a ProfileChange); None where no link
                    activates it, since its login got an account
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

    @property
    def waits(self) -> bool:
        """Whether a link may still activate it."""
        return self.state == "pending" and self.registration is not None


def proof_of(password_hash: str) -> str:
    """What binds a mailed link to one registration: a number may be given twice, a salted hash never."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:32]
