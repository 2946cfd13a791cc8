"""Links in mails: signed with the server's secret, for one purpose, until a time.

A link is made when its mail is written, and so never lies in the outbox. What it names is readable by
whoever has it (ids and keyed hashes, never an address); that it works once is settled by the store,
which knows what is still waiting. Where the mails are read, the links are read: a link proves that
somebody reads the mails of an address, and nothing about the browser that opens it.
"""

import hashlib
from typing import Any, Literal

from itsdangerous import BadData, URLSafeSerializer

Purpose = Literal["confirm", "stop", "unsubscribe", "activate"]
"""What a link does. It is the salt of the signature, so that no link does another's work, and the last
part of the page's path: `/mail/confirm?t=TOKEN`."""

LIFE_MS = 7 * 24 * 3_600_000
"""How long a link holds, in ms: seven days from when its mail was written."""

MAX_TOKEN = 2000
"""Longest token that is looked at, in characters."""


class BadLink(ValueError):
    """A link that does nothing. `expired`: it was one of ours."""

    def __init__(self, *, expired: bool) -> None:
        super().__init__("the link has expired" if expired else "this is no link of ours")
        self.expired = expired


def make_token(secret_key: bytes, purpose: Purpose, what: Any, *, until_ms: int | None) -> str:
    """Return the token that a link carries. `what` is anything JSON holds; `until_ms` None: for ever."""
    return str(_signer(secret_key, purpose).dumps([until_ms, what]))


def read_token(secret_key: bytes, purpose: Purpose, token: str, now_ms: int) -> Any:
    """Return what a token names. Raises BadLink."""
    if len(token) > MAX_TOKEN:
        raise BadLink(expired=False)
    try:
        until_ms, what = _signer(secret_key, purpose).loads(token)
    except (BadData, ValueError, TypeError):
        raise BadLink(expired=False) from None
    if until_ms is not None and now_ms > until_ms:
        raise BadLink(expired=True)
    return what


def link(base_url: str, purpose: Purpose, token: str) -> str:
    """Return the address that a mail shows."""
    return f"{base_url}/mail/{purpose}?t={token}"


def _signer(secret_key: bytes, purpose: Purpose) -> URLSafeSerializer:
    return URLSafeSerializer(
        secret_key,
        salt=f"tagwell-mail-{purpose}",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
