"""Values that may be told apart but not read: by the owner's rule, or where an id would tell a person."""

import hmac
import re
from typing import Any

import msgspec

from collector.model.policy import Redacted
from collector.privacy.redact import redact

DIGITS = 32
"""Of the hash in hex: 128 bits."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def hashed(value: Any, salt: bytes) -> str:
    """Return the first 32 hex digits of the HMAC-SHA256 of a value, keyed with its source's own salt.

    Of the text where it is one, else of its JSON with sorted names: 7 and "7" are the same value. Two
    sources give different hashes for one value.
    """
    text = value if isinstance(value, str) else msgspec.json.encode(value, order="sorted").decode()
    return hmac.digest(salt, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:DIGITS]


def kept_identifier(identifier: str, kinds: tuple[Redacted, ...], salt: bytes) -> str:
    """Return an event's id or a browser's uuid; its hash where it holds what is redacted elsewhere.

    A page that takes the visitor's e-mail address for one is still told of each event once.
    """
    if _UUID.fullmatch(identifier) or redact(identifier, kinds) == identifier:
        return identifier
    return hashed(identifier, salt)
