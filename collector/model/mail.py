"""A mail in the outbox."""

from typing import Any, Literal

import msgspec

MailKind = Literal["newsletter.confirm", "newsletter.stop", "account.activate", "account.exists"]


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail, before it is worded. `data` is what its template needs; times are ms since the epoch, UTC.

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
