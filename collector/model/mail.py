"""A mail in the outbox."""

from typing import Any, Literal

import msgspec

MailKind = Literal["newsletter.confirm", "newsletter.stop", "account.activate", "account.exists"]


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail, before it is worded. Times are ms since the epoch, UTC.

    data           by kind. newsletter.*: `client_id`, `nonce` (the wish), `address` (a mark of it).
                   account.activate: `account` (its id), `proof` (`account.proof_of`).
                   account.exists: nothing
    next_try_ms    None once it was sent or given up
    problem        why the last try failed, "" for no reason
    """

    number: int
    source: int
    profile_id: int | None
    kind: MailKind
    recipient: str
    data: dict[str, Any]
    created_ms: int
    next_try_ms: int | None
    tries: int
    sent_ms: int | None
    problem: str
