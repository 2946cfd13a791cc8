"""Agreements that wait for a word, settled by a link that we mailed."""

from collections.abc import Callable

from sqlalchemy import Connection

from collector.model.event import Derive


def settle_agreement(
    connection: Connection,
    client_id: int,
    agreed: bool,
    *,
    actor: str,
    nonce: str | None,
    derive_for: Callable[[int], Derive | None],
) -> bool:
    raise NotImplementedError
