"""What was merged, and how a merge is taken back.

Nothing of what was done since is lost: events that were sent meanwhile and values that were changed stay
with the target.
"""

from collections import Counter
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, insert, select, update

from collector.model.merge import Merge
from collector.store import queries
from collector.store.account_logins import close_others
from collector.store.api_interface import CannotUndo
from collector.store.api_tables import accounts, tags
from collector.store.audit import add_audit
from collector.store.bulk import rows_in
from collector.store.merge_data import Record, combined, rebased
from collector.store.profile_reading import merged_ids
from collector.store.profile_row import ProfileRow, decode_profile, encode_profile
from collector.store.registry import now_ms
from collector.store.revocations import revoke_tokens_of
from collector.store.tables import aliases, confirmations, identifiers, merges, profiles
from collector.store.tombstones import erased_keys

_OF_TARGETS = select(merges.c.id, merges.c.target_id, merges.c.created_ms, merges.c.undone_ms).where(
    merges.c.target_id.in_(bindparam("values", expanding=True))
)
_HELD = select(identifiers.c.value, identifiers.c.profile_id).where(
    identifiers.c.workspace == bindparam("workspace"),
    identifiers.c.kind == bindparam("kind"),
    identifiers.c.value.in_(bindparam("values", expanding=True)),
)
_DEFINED = select(tags.c.name).where(
    tags.c.workspace == bindparam("workspace"), tags.c.name.in_(bindparam("values", expanding=True))
)

MAX_LATER = 1000
"""How many later merges into the same profile may be put on another ground at once:
beacons wait meanwhile."""


def merges_of(connection: Connection, client_id: int, limit: int) -> list[Merge]:
    """Of a living profile and of those merged into it, newest first."""
    living = queries.living_id(connection, client_id)
    ids = [living, *merged_ids(connection, [living]).get(living, [])]
    newest = sorted(
        rows_in(connection, _OF_TARGETS, ids), key=lambda row: (row.created_ms, row.id), reverse=True
    )
    holding: Counter[int] = Counter()
    found: list[Merge] = []
    for one in newest[:limit]:
        # One at a time, as each holds the values of two profiles.
        row = connection.execute(select(merges).where(merges.c.id == one.id)).one()
        found.append(_merge(connection, row, holding[row.target_id]))
        holding[row.target_id] += row.undone_ms is None
    return found


def undo_merge(connection: Connection, merge_id: str, *, actor: str) -> tuple[int, int]:
    """Give back what was there, inside the caller's transaction; return the ids of source and target.

    What was changed since the merge stays with the target. Raises KeyError, CannotUndo.
    """
    row = connection.execute(select(merges).where(merges.c.id == merge_id)).first()
    if row is None:
        raise KeyError(merge_id)
    record = _record(row)
    later = connection.scalar(select(func.count()).select_from(merges).where(*_since(row))) or 0
    problem = _problem(connection, row, record, later)
    if record is None or problem:
        raise CannotUndo(problem)
    current = decode_profile(connection.execute(select(profiles).where(profiles.c.id == row.target_id)).one())
    target = _without(connection, row, record, current)
    given_back = {kind: value for kind, value in record.identifiers if kind != "uuid"}
    own = {"customId": target.custom_id, "email": target.email.lower() if target.email else None}
    for kind, value in given_back.items():
        if own[kind] == value:
            raise CannotUndo(
                f"Visitor {target.id} has this {kind} as their own by now. Give them another one first."
            )
    _write(connection, target)
    source = record.source
    source.tags = _defined(connection, source, current)
    connection.execute(insert(profiles).values(**encode_profile(source)))
    _give_identifiers_back(connection, row, record)
    _give_accounts_back(connection, row, record)
    for agreement, event_id, created_ms in record.wishes:
        connection.execute(
            update(confirmations)
            .where(
                confirmations.c.profile_id == row.target_id,
                confirmations.c.agreement == agreement,
                confirmations.c.event_id == event_id,
                confirmations.c.created_ms == created_ms,
            )
            .values(profile_id=row.source_id)
        )
    connection.execute(delete(aliases).where(aliases.c.old_id == row.source_id))
    # Who signed in meanwhile may be either of both.
    revoke_tokens_of(connection, f"client:{row.target_id}", now_ms() + 1)
    # What was written down is needed no more, and who is erased later may stand in it.
    connection.execute(update(merges).where(merges.c.id == merge_id).values(before="{}", undone_ms=now_ms()))
    detail = f"visitor {row.source_id} out of {row.target_id}"
    add_audit(connection, actor, "profile.undo_merge", str(row.target_id), detail)
    return row.source_id, row.target_id


def _record(row: Row[Any]) -> Record | None:
    """What was written down of a merge; None where it is undone."""
    return msgspec.json.decode(row.before, type=Record) if row.undone_ms is None else None


def _merge(connection: Connection, row: Row[Any], later: int) -> Merge:
    record = _record(row)
    return Merge(
        id=row.id,
        source_id=row.source_id,
        target_id=row.target_id,
        cause=row.cause,
        created_ms=row.created_ms,
        undone_ms=row.undone_ms,
        was=_was(record.source) if record is not None else {},
        problem=_problem(connection, row, record, later),
    )


def _was(row: ProfileRow) -> dict[str, Any]:
    named: dict[str, Any] = {"email": row.email, "customId": row.custom_id, **row.fields}
    named |= {"attributes": row.attributes, "agreements": row.agreements, "tags": row.tags}
    return {name: value for name, value in named.items() if value}


def _problem(connection: Connection, row: Row[Any], record: Record | None, later: int) -> str:
    """Why a merge cannot be undone, in words; "" where nothing speaks against it.

    `later`: how many merges into the same profile since hold.
    """
    if record is None:
        return "This merge is undone already."
    onto = connection.scalar(select(aliases.c.profile_id).where(aliases.c.old_id == row.target_id))
    if onto is not None:
        return f"Visitor {row.target_id} was merged into {onto} since. Undo that first."
    if later > MAX_LATER:
        return f"More than {MAX_LATER} others were merged into visitor {row.target_id} since."
    if record.names is None:
        return "This merge was made by an older release, which did not write down all that it takes."
    holders = _holders(connection, row, record)
    taken = next((key for key, one in holders.items() if one not in (None, row.target_id)), None)
    if taken is not None:
        return f"The {taken[0]} of visitor {row.source_id} belongs to visitor {holders[taken]} by now."
    free = [(row.workspace, *key) for key, one in holders.items() if one is None]
    if erased := erased_keys(connection, free):
        [(_, kind, _), *_] = erased
        return f"Whoever had the {kind} of visitor {row.source_id} since was erased."
    return ""


def _since(row: Row[Any]) -> list[ColumnElement[bool]]:
    """The merges into the same profile since that hold."""
    return [
        merges.c.target_id == row.target_id,
        merges.c.created_ms > row.created_ms,
        merges.c.undone_ms.is_(None),
    ]


def _holders(connection: Connection, row: Row[Any], record: Record) -> dict[tuple[str, str], int | None]:
    """Who holds the identifiers that went over; None: nobody any more."""
    holders: dict[tuple[str, str], int | None] = dict.fromkeys(record.identifiers)
    for kind in {kind for kind, _ in record.identifiers}:
        values = [value for each, value in record.identifiers if each == kind]
        for found in rows_in(connection, _HELD, values, workspace=row.workspace, kind=kind):
            holders[kind, found.value] = found.profile_id
    return holders


def _without(connection: Connection, row: Row[Any], record: Record, current: ProfileRow) -> ProfileRow:
    """The target as if the merge had never been, with all that was done to it since.

    Later merges into it are written down anew, on the ground that they have now.
    """
    old, new = combined(record.target, record.source, row.created_ms), record.target
    later_ids = select(merges.c.id).where(*_since(row)).order_by(merges.c.created_ms)
    for one in connection.scalars(later_ids).all():
        later = connection.execute(select(merges).where(merges.c.id == one)).one()
        other = msgspec.json.decode(later.before, type=Record)
        target = rebased(other.target, old, new)
        old = combined(other.target, other.source, later.created_ms)
        new = combined(target, other.source, later.created_ms)
        kept = msgspec.structs.replace(other, target=target)
        connection.execute(
            update(merges).where(merges.c.id == later.id).values(before=msgspec.json.encode(kept).decode())
        )
    return rebased(current, old, new)


def _write(connection: Connection, row: ProfileRow) -> None:
    connection.execute(update(profiles).where(profiles.c.id == row.id).values(**encode_profile(row)))


def _defined(connection: Connection, source: ProfileRow, current: ProfileRow) -> list[str]:
    """The tags of the source but those whose definition was removed since."""
    gone = [tag for tag in source.tags if tag not in current.tags]
    if not gone:
        return source.tags
    defined = {found.name for found in rows_in(connection, _DEFINED, gone, workspace=source.workspace)}
    return [tag for tag in source.tags if tag not in gone or tag in defined]


def _give_identifiers_back(connection: Connection, row: Row[Any], record: Record) -> None:
    for (kind, value), holder in _holders(connection, row, record).items():
        names = {"workspace": row.workspace, "kind": kind, "value": value}
        if holder is None:
            connection.execute(insert(identifiers).values(**names, profile_id=row.source_id))
        else:
            mine = [getattr(identifiers.c, name) == each for name, each in names.items()]
            connection.execute(update(identifiers).where(*mine).values(profile_id=row.source_id))


def _give_accounts_back(connection: Connection, row: Row[Any], record: Record) -> None:
    """Those that were made meanwhile with a login that goes back."""
    logins = set(record.identifiers)
    held = select(accounts.c.id, accounts.c.kind, accounts.c.login).where(
        accounts.c.workspace == row.workspace, accounts.c.profile_id == row.target_id
    )
    for one in connection.execute(held).all():
        if (one.kind, one.login) in logins and one.id not in record.accounts:
            connection.execute(
                update(accounts).where(accounts.c.id == one.id).values(profile_id=row.source_id)
            )
    # Those whose login followed the target's identifiers open nothing of the source's.
    ids = [row.source_id, *merged_ids(connection, [row.source_id]).get(row.source_id, ())]
    close_others(connection, row.workspace, ids, logins)
