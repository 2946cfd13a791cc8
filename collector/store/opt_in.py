"""Wishes about the e-mail agreement that wait for the person's word, and the mail that asks for it.

Both are written in the transaction of what asked for them. Whatever a stranger's beacons ask, an address
gets few mails: the wish waits all the same, and a link that was mailed before goes on to hold.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select

from collector.model.mail import MailKind
from collector.model.workspace import NewsletterMode
from collector.store import outbox
from collector.store.bulk import PIECE, rows_in
from collector.store.profile_reading import merged_ids
from collector.store.tables import confirmations
from collector.store.tombstones import erased_keys, keyed_hash, salt_of

AGREEMENT = "email"

KINDS: tuple[MailKind, ...] = ("newsletter.confirm", "newsletter.stop")

HOUR_MS = 3_600_000
LIMITS: tuple[tuple[int, int], ...] = ((HOUR_MS, 1), (24 * HOUR_MS, 3))
"""Of such mails to one address or profile: a time in ms, and how many within it."""

MAX_WAITING = 10_000
"""Of such mails of one source in the outbox. Whoever types a million addresses sends no million mails."""

_WAITING = select(confirmations).where(
    confirmations.c.agreement == bindparam("agreement"),
    confirmations.c.profile_id.in_(bindparam("values", expanding=True)),
)


class Wish(NamedTuple):
    """A wish ("enabled", "disabled") about a profile with this address. `mode`: of its workspace.

    `source` and `cause` are the number of the source and the id of the event or change it came with.
    """

    profile_id: int
    workspace: int
    email: str | None
    mode: NewsletterMode
    wish: str
    source: int
    cause: str
    now_ms: int


def keep_wishes(connection: Connection, wishes: Sequence[Wish]) -> None:
    """Keep each until the person confirms it, and ask them to. One that waits already stays as it is."""
    found = rows_in(connection, _WAITING, [wish.profile_id for wish in wishes], agreement=AGREEMENT)
    waiting = {row.profile_id: row for row in found}
    for wish in wishes:
        row = waiting.get(wish.profile_id)
        if row is not None and row.wish == wish.wish:
            nonce = nonce_of(row.event_id, row.created_ms)
        else:
            nonce = nonce_of(wish.cause, wish.now_ms)
            forget_wishes(connection, [wish.profile_id])
            connection.execute(
                insert(confirmations).values(
                    profile_id=wish.profile_id,
                    agreement=AGREEMENT,
                    wish=wish.wish,
                    event_id=wish.cause,
                    created_ms=wish.now_ms,
                )
            )
        if wish.email is not None and wish.mode != "off":
            _ask(connection, wish, wish.email, nonce)


def forget_wishes(connection: Connection, profile_ids: Sequence[int]) -> int:
    """Let what waits for the person's word go, asked under whichever id; return how many there were."""
    merged = merged_ids(connection, profile_ids).values()
    ids = [*profile_ids, *(one for old in merged for one in old)]
    return sum(
        connection.execute(
            delete(confirmations).where(
                confirmations.c.profile_id.in_(ids[start : start + PIECE]),
                confirmations.c.agreement == AGREEMENT,
            )
        ).rowcount
        for start in range(0, len(ids), PIECE)
    )


def nonce_of(event_id: str, created_ms: int) -> str:
    """What a link names a wish by."""
    named = f"{created_ms}:{event_id}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(named).hexdigest()[:32]


def address_mark(connection: Connection, workspace: int, email: str) -> str:
    """What a link names an address by, so that it holds for no other: a hash under the workspace's salt."""
    return keyed_hash(salt_of(connection, workspace), "email", email)[:32]


def _ask(connection: Connection, wish: Wish, email: str, nonce: str) -> None:
    if erased_keys(connection, [(wish.workspace, "email", email.lower())]):
        return  # who was erased is not written to on a stranger's word
    for length_ms, most in LIMITS:
        after_ms = wish.now_ms - length_ms
        sent = outbox.count_mails(
            connection, KINDS, recipient=email, profile_id=wish.profile_id, after_ms=after_ms
        )
        if sent >= most:
            return
    if outbox.count_waiting(connection, KINDS, wish.source) >= MAX_WAITING:
        return
    outbox.add_mail(
        connection,
        "newsletter.stop" if wish.wish == "disabled" else "newsletter.confirm",
        email,
        {
            "client_id": wish.profile_id,
            "nonce": nonce,
            "address": address_mark(connection, wish.workspace, email),
        },
        source=wish.source,
        profile_id=wish.profile_id,
        now_ms=wish.now_ms,
    )
