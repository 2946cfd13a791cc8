"""The e-mail agreement, settled by a link that we mailed.

Who reads the mails of an address has the word about mails to it. That proves nothing about the browser
that asked: its claim stays as it is, since a stranger may have typed the address.
"""

from sqlalchemy import Connection, select

from collector.model.event import Derive
from collector.store import agreements
from collector.store.derived import Derived, keep_derived
from collector.store.opt_in import AGREEMENT, address_mark, forget_wishes, nonce_of
from collector.store.profile_row import ProfileRow
from collector.store.profile_rows import ProfileRows
from collector.store.tables import confirmations

_EVENTS = {
    True: ("newsletter.confirmSubscribe", "Newsletter confirmed"),
    False: ("newsletter.unsubscribe", "Newsletter stopped"),
}
_TURNED = {
    True: ("marketingAgreement.turnOn", "Agreement on"),
    False: ("marketingAgreement.turnOff", "Agreement off"),
}


def settle_agreement(
    connection: Connection,
    client_id: int,
    agreed: bool,
    *,
    address: str,
    nonce: str | None,
    derive: Derive | None,
    now_ms: int,
) -> bool:
    """Turn the agreement, with the events that follow; do nothing where it is so already.

    `address` is the mark of the address that the link was mailed to, `nonce` the wish that it confirms:
    False where the profile has another address by now, or the wish waits no more. `nonce` None: the
    link is of no wish, and holds again and again.
    """
    rows = ProfileRows(connection, [])
    row = rows.living(client_id)
    if row is None or row.email is None or address_mark(connection, row.workspace, row.email) != address:
        return False
    ids = [client_id, row.id]
    if nonce is not None and not _waits(connection, ids, agreed, nonce):
        return False
    waited = forget_wishes(connection, ids) > 0
    if waited or row.agreements.get(AGREEMENT) is not agreed:
        _turn(connection, rows, row, agreed, derive, now_ms)
    return True


def _waits(connection: Connection, ids: list[int], agreed: bool, nonce: str) -> bool:
    rows = connection.execute(
        select(confirmations).where(
            confirmations.c.profile_id.in_(ids),
            confirmations.c.agreement == AGREEMENT,
            confirmations.c.wish == ("enabled" if agreed else "disabled"),
        )
    )
    return any(nonce_of(row.event_id, row.created_ms) == nonce for row in rows)


def _turn(
    connection: Connection,
    rows: ProfileRows,
    row: ProfileRow,
    agreed: bool,
    derive: Derive | None,
    now_ms: int,
) -> None:
    happened: list[tuple[str, str, dict[str, str]]] = [(*_EVENTS[agreed], {})]
    # Nobody agreed before: then nothing is turned off.
    if (row.agreements.get(AGREEMENT) is True) is not agreed:
        happened.append((*_TURNED[agreed], {"agreement": AGREEMENT}))
    row.agreements[AGREEMENT] = agreed
    if agreed:
        row.attributes[agreements.ATTRIBUTE] = "enabled"
        if agreements.ATTRIBUTE not in row.trusted:
            row.trusted.append(agreements.ATTRIBUTE)
    row.updated_ms = max(row.updated_ms, now_ms)
    rows.changed(row)
    rows.write()
    made = [derive(action, label, params, now_ms) for action, label, params in happened] if derive else []
    keep_derived(connection, [Derived(event, row.id) for event in made if event is not None])
