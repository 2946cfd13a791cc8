"""What one event says about a profile, written there: identifiers, fields, tags, the newsletter wish."""

from collector.model.event import StoredEvent
from collector.model.profile import ProfileUpdate
from collector.store import agreements
from collector.store.profile_row import ProfileRow
from collector.store.profile_rows import Key, ProfileRows
from collector.store.rename import rename

DAY_MS = 86_400_000

MAX_NAMES = 500
"""Most attributes and most tags of a profile: a stranger's beacons must not make one grow for ever."""


def attach(rows: ProfileRows, row: ProfileRow, update: ProfileUpdate, named: list[Key]) -> None:
    """Give the profile the named identifiers that it lacks and nobody else holds."""
    kinds = {kind for _, kind, _ in named}
    for key in named:
        if not differs(row, [key]) and rows.holder_id(key) is None:
            rows.hold(key, row)
            match key[1]:
                case "customId":
                    row.custom_id = update.custom_id
                case "email":
                    row.email = row.email or update.email
                case _:
                    row.uuid = row.uuid or key[2]
    if "email" not in kinds and row.email is None:
        row.email = update.email  # emails are not unique here: a field like any other
    rows.changed(row)


def write_fields(
    rows: ProfileRows,
    row: ProfileRow,
    update: ProfileUpdate,
    event: StoredEvent,
    fully: bool,
    *,
    tags: bool,
) -> bool | None:
    """Write fields, tags and the newsletter wish; return which way the agreement turned, if it did.

    A back end that names somebody by their customId may tell another email of theirs. Untrusted input
    fills what is empty and changes what only untrusted input wrote. `fully`: the input may turn the
    agreement too.
    """
    named = update.custom_id is not None and row.custom_id == update.custom_id
    # What is imported long after it was tells no address of today.
    recent = event.time_ms >= row.updated_ms - DAY_MS
    if event.by_back_end and named and recent and update.email is not None:
        rename(rows, row, "email", update.email, event.received_ms)
    attributes = dict(update.attributes)
    if update.newsletter in ("enabled", "confirmation"):
        attributes[agreements.ATTRIBUTE] = update.newsletter
    for kept, new in ((row.fields, update.fields), (row.attributes, attributes)):
        for name, value in new.items():
            # The limit is for strangers: they must not lock a back end out of a profile.
            limit = 2 * MAX_NAMES if event.trusted else MAX_NAMES
            full = name not in kept and len(kept) >= limit
            if not full and (event.trusted or name not in row.trusted):
                kept[name] = value
                if event.trusted and name not in row.trusted:
                    row.trusted.append(name)
    if tags:
        new_tags = [tag for tag in update.tags if tag not in row.tags]
        row.tags.extend(new_tags[: max(0, MAX_NAMES - len(row.tags))])
    row.updated_ms = max(row.updated_ms, event.received_ms)
    row.last_activity_ms = max(row.last_activity_ms, event.time_ms)
    rows.changed(row)
    mode = rows.workspace(event.workspace).newsletter_mode
    # Nobody agrees to mail without an address: such a wish waits.
    may_turn = fully and row.email is not None
    effect = agreements.effect(mode, update, row.agreements.get("email"), may_turn)
    if effect.pending is not None:
        rows.await_confirmation(
            row, effect.pending, source=event.source, cause=event.id, now_ms=event.received_ms
        )
    if effect.agreed is not None:
        row.agreements["email"] = effect.agreed
    return effect.agreed if effect.turned else None


def differs(own: ProfileRow, named: list[Key]) -> bool:
    """Whether the profile already carries another identifier of a kind that is named."""
    held = {"customId": own.custom_id, "email": own.email.lower() if own.email else None}
    return any(held.get(kind) not in (None, value) for _, kind, value in named)
