"""What two profiles are as one, and what remains of the one when that is taken back.

    combined(target, source, at_ms)     the target's values win, what it lacks comes from the source
    rebased(current, old, new)          what was changed since `old`, on the ground of `new`

To undo a merge is to put what was changed since it on the ground of what was before it, and later merges into
the same profile in turn on theirs: so that neither a change nor another merge is lost, and nothing of the
source stays.

Source: contracts/synerise-profiles-api.md section 6; for what trusted input wrote DESIGN.md, Trust.
"""

from typing import Any

import msgspec

from collector.model.phone import plain_phone
from collector.store.profile_row import ProfileRow

_bytes = msgspec.json.encode


class Record(msgspec.Struct, kw_only=True):
    """What is written down of a merge: all that it takes to undo it.

    source            as it was before
    target            as it was before, of its values and tags those with one of the names
    names             of the source's values and tags, and of those of the merges into the same target
                      before this that hold: all that undoing one of them may change. None in a record of
                      the first release, which cannot be undone
    identifiers       kind and value of those that went over
    wishes            agreement, event's id and time (ms) of those that went over
    accounts          of the target before, by their number
    """

    source: ProfileRow
    target: ProfileRow
    names: list[str] | None = None
    identifiers: list[tuple[str, str]] = []
    wishes: list[tuple[str, str, int]] = []
    accounts: list[int] = []


class Named(msgspec.Struct):
    """The names of a record alone, which cost little to read."""

    names: list[str] | None = None


def names_of(row: ProfileRow) -> set[str]:
    """What a profile has values of, its tags, and what trusted input wrote."""
    return {*row.fields, *row.attributes, *row.agreements, *row.tags, *row.trusted}


def narrowed(row: ProfileRow, names: set[str]) -> ProfileRow:
    """The profile with only those of its values and tags that have one of these names."""

    def those(values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name in names}

    return msgspec.structs.replace(
        row,
        fields=those(row.fields),
        attributes=those(row.attributes),
        agreements=those(row.agreements),
        tags=[tag for tag in row.tags if tag in names],
        trusted=[name for name in row.trusted if name in names],
    )


def combined(target: ProfileRow, source: ProfileRow, at_ms: int) -> ProfileRow:
    """The target with what the source has besides, merged at this time. Both stay as they are.

    What trusted input wrote into the source wins over what only a page said of the target, and stays
    protected.
    """
    proven = [name for name in source.trusted if name not in target.trusted]

    def joined(own: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
        return own | {name: value for name, value in others.items() if name not in own or name in proven}

    fields = joined(target.fields, source.fields)
    phone = plain_phone(fields.get("phone"))
    return msgspec.structs.replace(
        target,
        given_phone=phone if phone in (target.given_phone, source.given_phone) else None,
        email=target.email if target.email is not None else source.email,
        custom_id=target.custom_id if target.custom_id is not None else source.custom_id,
        uuid=target.uuid if target.uuid is not None else source.uuid,
        fields=fields,
        attributes=joined(target.attributes, source.attributes),
        agreements=target.agreements
        | {name: on for name, on in source.agreements.items() if name not in target.agreements},
        tags=target.tags + [tag for tag in source.tags if tag not in target.tags],
        trusted=target.trusted + proven,
        created_ms=min(target.created_ms, source.created_ms),
        updated_ms=max(target.updated_ms, source.updated_ms, at_ms),
        last_activity_ms=max(target.last_activity_ms, source.last_activity_ms),
    )


def rebased(current: ProfileRow, old: ProfileRow, new: ProfileRow) -> ProfileRow:
    """The current profile with what it has of `old` as `new` has it: value by value, name by name.

    What differs from `old` was changed since, and stays. Both may lack what they have in common.
    """
    names = ("email", "custom_id", "uuid", "given_phone", "created_ms", "updated_ms", "last_activity_ms")
    scalars = {
        name: getattr(new if getattr(current, name) == getattr(old, name) else current, name)
        for name in names
    }
    trusted = _names(current.trusted, old.trusted, new.trusted)
    changed = _changed(current.fields, old.fields) | _changed(current.attributes, old.attributes)
    trusted += [name for name in current.trusted if name in changed and name not in trusted]
    return msgspec.structs.replace(
        current,
        **scalars,
        fields=_values(current.fields, old.fields, new.fields),
        attributes=_values(current.attributes, old.attributes, new.attributes),
        agreements=_values(current.agreements, old.agreements, new.agreements),
        tags=_names(current.tags, old.tags, new.tags),
        trusted=trusted,
    )


def _changed(current: dict[str, Any], old: dict[str, Any]) -> set[str]:
    # By the bytes: to Python 1, 1.0 and True are one.
    return {
        name
        for name in current | old
        if name not in current or name not in old or _bytes(current[name]) != _bytes(old[name])
    }


def _values(current: dict[str, Any], old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    # In the current order, which a merge only adds to.
    changed = _changed(current, old)
    kept = {
        name: value if name in changed else new[name]
        for name, value in current.items()
        if name in changed or name in new
    }
    return kept | {name: value for name, value in new.items() if name not in current and name not in changed}


def _names(current: list[str], old: list[str], new: list[str]) -> list[str]:
    kept = [name for name in current if name in new or name not in old]
    return kept + [name for name in new if name not in current and name not in old]
