"""What trusted input writes into a profile besides identifiers: fields, attributes, agreements, tags."""

from typing import Any

import msgspec

from collector.model.change import ProfileChange, StoredChange
from collector.model.phone import plain_phone
from collector.model.profile import ProfileUpdate
from collector.store import agreements
from collector.store.profile_followers import Told
from collector.store.profile_row import ProfileRow
from collector.store.profile_rows import ProfileRows
from collector.store.profile_writing import MAX_NAMES

_bytes = msgspec.json.encode

MOST = 2 * MAX_NAMES
"""Attributes and tags of one profile, by trusted input: strangers can fill the half of it only."""


def problem(row: ProfileRow, change: ProfileChange) -> str:
    """Why the change cannot be taken whole, in words for its sender; "" where it can."""
    new = sum(name not in row.attributes for name, value in change.attributes.items() if value is not None)
    if new and len(row.attributes) + new > MOST:
        return f"this profile would have more than {MOST} attributes: set some to null first"
    tags = sum(tag not in row.tags for tag in change.tags)
    if tags and len(row.tags) + tags > MOST:
        return f"this profile would have more than {MOST} tags: remove some first"
    return ""


def write_data(rows: ProfileRows, row: ProfileRow, stored: StoredChange, told: Told) -> bool:
    """Write it, and tell what is different; return whether the row has to be written at all."""
    change = stored.change
    noted = _write(row, row.fields, change.fields, "", told)
    noted |= _write(row, row.attributes, change.attributes, "attributes.", told)
    if change.by_back_end and (given := plain_phone(change.fields.get("phone"))) != row.given_phone and given:
        row.given_phone = given
        noted = True
    for name, agreed in change.agreements.items():
        noted |= row.agreements.get(name) is not agreed
        _turn(row, name, agreed, told)
    _hear_wish(rows, row, stored, told)
    told.tags += [tag for tag in change.tags if tag not in row.tags]
    told.untags += [tag for tag in dict.fromkeys(change.untags) if tag in row.tags]
    if told.untags:
        row.tags = [tag for tag in row.tags if tag not in told.untags]
    row.tags.extend(told.tags)
    return noted or told.anything


def _write(row: ProfileRow, kept: dict[str, Any], new: dict[str, Any], prefix: str, told: Told) -> bool:
    """Write values; None deletes. Return whether a name is trusted now that was not before."""
    noted = False
    for name, value in new.items():
        if value is None:
            if name in kept:
                del kept[name]
                told.changed.append(prefix + name)
            # What is empty may be filled by anybody again.
            if name in row.trusted:
                row.trusted.remove(name)
                noted = True
            continue
        # By the bytes: to Python 1, 1.0 and True are one.
        if name not in kept or _bytes(kept[name]) != _bytes(value):
            kept[name] = value
            told.changed.append(prefix + name)
        if name not in row.trusted:
            row.trusted.append(name)
            noted = True
    return noted


def _turn(row: ProfileRow, name: str, agreed: bool, told: Told) -> None:
    if row.agreements.get(name, False) != agreed:
        told.turned[name] = agreed
    row.agreements[name] = agreed


def _hear_wish(rows: ProfileRows, row: ProfileRow, stored: StoredChange, told: Told) -> None:
    """What a wish about the newsletter does. A word about the agreement itself counts for more."""
    change = stored.change
    if "email" in change.agreements or not (change.newsletter or change.newsletter_form):
        return
    wish = ProfileUpdate(newsletter=change.newsletter, newsletter_form=change.newsletter_form)
    mode = rows.workspace(row.workspace).newsletter_mode
    effect = agreements.effect(mode, wish, row.agreements.get("email"), row.email is not None)
    if effect.pending is not None:
        told.waits = True
        rows.await_confirmation(
            row, effect.pending, source=stored.source, cause=stored.id, now_ms=stored.received_ms
        )
    if effect.agreed is not None:
        _turn(row, "email", effect.agreed, told)
