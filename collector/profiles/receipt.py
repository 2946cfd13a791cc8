"""The receipt of an erasure: what was deleted, when and by whom, signed with the server's secret key.

It holds no identifier in clear but the client id, which means nothing once the profile is gone; the
others stand there as the keyed hashes that the store keeps as tombstones. What is signed is the content,
not its spelling: a receipt that was indented or put into another order still holds.
"""

import hashlib
import json
import uuid as uuids
from typing import Any

import msgspec
from itsdangerous import Signer

from collector.model.person import Erasure
from collector.profiles.shapes import iso

FORMAT = "tagwell-erasure-receipt"
VERSION = 1
MAX_LENGTH = 1_000_000
"""Longest text that is looked at, in characters."""


class BadReceipt(Exception):
    """What was shown is no receipt of ours, or not as it was given out. Says which."""


def make_receipt(erasure: Erasure, *, by: str, secret_key: bytes) -> str:
    """Return the receipt as indented JSON."""
    receipt: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "receipt_id": str(uuids.uuid4()),
        "erased_at": iso(erasure.erased_ms),
        "erased_by": by,
        "client_id": erasure.client_id,
        "merged_client_ids": erasure.client_ids[1:],
        "deleted": {
            "identifiers": erasure.identifiers,
            "events": erasure.events,
            "events_of_others_that_named_the_person": erasure.events_of_others,
            "sessions": erasure.sessions,
            "quarantined": erasure.quarantined,
        },
        "kept": {"decisions_about_consent_without_the_browser": erasure.consents_kept},
        "tombstones": [{"kind": kind, "hash": hash_} for hash_, kind in erasure.tombstones.items()],
    }
    receipt["signature"] = _signature(receipt, secret_key)
    return json.dumps(receipt, indent=2) + "\n"


def read_receipt(text: str | bytes, secret_key: bytes) -> dict[str, Any]:
    """Return the content of a receipt that holds. Raises BadReceipt."""
    if len(text) > MAX_LENGTH:
        raise BadReceipt("This is too long for a receipt.")
    try:
        receipt = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadReceipt("This is no receipt: it is not one JSON object. Paste the whole file.") from None
    signature = receipt.pop("signature", None)
    if receipt.get("format") != FORMAT or not isinstance(signature, str):
        raise BadReceipt("This is no receipt of an erasure: its format or signature is missing.")
    if not _signer(secret_key).verify_signature(_canonical(receipt), signature.encode("utf-8", "replace")):
        raise BadReceipt(
            "The signature does not hold: the receipt was changed, or is of a server with another secret key."
        )
    return receipt


def _signature(receipt: dict[str, Any], secret_key: bytes) -> str:
    return _signer(secret_key).get_signature(_canonical(receipt)).decode()


def _canonical(receipt: dict[str, Any]) -> bytes:
    return msgspec.json.encode(receipt, order="sorted")


def _signer(secret_key: bytes) -> Signer:
    return Signer(
        secret_key, salt=b"tagwell-erasure-receipt", key_derivation="hmac", digest_method=hashlib.sha256
    )
