"""Erasing a person at their request, with a receipt."""

import logging
from typing import NamedTuple

from collector.model.person import Erasure
from collector.profiles.receipt import make_receipt
from collector.store import Store, StoreUnavailable

log = logging.getLogger(__name__)


class Erased(NamedTuple):
    """What was done. `scrubbed`: the store's files hold nothing of it either, as far as `scrub` goes."""

    erasure: Erasure
    receipt: str
    scrubbed: bool


def erase(store: Store, client_id: int, *, actor: str, secret_key: bytes) -> Erased | None:
    """Delete all that is held of a person; None for an unknown one. Raises StoreUnavailable: nothing is gone.

    Blocks until the files are scrubbed. Merged ids resolve.
    """
    erasure = store.erase_person(client_id, actor=actor)
    if erasure is None:
        return None
    return Erased(erasure, make_receipt(erasure, by=actor, secret_key=secret_key), _scrub(store))


def _scrub(store: Store) -> bool:
    try:
        return store.scrub()
    except StoreUnavailable as error:
        # The rows are gone all the same, and whoever asks next would find nobody.
        log.warning("an erasure is committed, but the files are not scrubbed yet: %s", error)
        return False
