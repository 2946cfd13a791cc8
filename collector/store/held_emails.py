"""Emails become identifiers: each is held for the oldest profile that has it."""

from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from collector.store.bulk import PIECE, change_rows, rows_in
from collector.store.tables import identifiers, profiles

_NEXT = (
    select(profiles.c.id, profiles.c.email)
    .where(
        profiles.c.workspace == bindparam("workspace"),
        profiles.c.email.is_not(None),
        profiles.c.id > bindparam("after"),
    )
    .order_by(profiles.c.id)
    .limit(PIECE)
)
_HELD = select(identifiers.c.value).where(
    identifiers.c.workspace == bindparam("workspace"),
    identifiers.c.kind == bindparam("kind"),
    identifiers.c.value.in_(bindparam("values", expanding=True)),
)
_HOLD = insert(identifiers)


def hold_emails(connection: Connection, workspace: int) -> None:
    """Hold every email that nobody holds, inside the caller's transaction: profiles that got theirs while
    emails were not unique can be found by them again."""
    after = 0
    while found := connection.execute(_NEXT, {"workspace": workspace, "after": after}).all():
        after = found[-1].id
        # In small letters as elsewhere: the engines' own `lower` differ. The oldest comes first.
        oldest: dict[str, int] = {}
        for row in found:
            oldest.setdefault(row.email.lower(), row.id)
        held = {row.value for row in rows_in(connection, _HELD, oldest, workspace=workspace, kind="email")}
        new: list[dict[str, Any]] = [
            {"workspace": workspace, "kind": "email", "value": email, "profile_id": one}
            for email, one in oldest.items()
            if email not in held
        ]
        if new:
            change_rows(connection, _HOLD, new)
