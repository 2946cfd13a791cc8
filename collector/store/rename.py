"""Another email or customId in place of a profile's own."""

from collector.model.account import LoginKind
from collector.store.account_logins import follow_identifier
from collector.store.profile_row import Key, ProfileRow
from collector.store.profile_rows import ProfileRows


def rename(rows: ProfileRows, row: ProfileRow, kind: LoginKind, value: str | None, now_ms: int) -> bool:
    """Give the profile this email or customId in place of its own, unless somebody else holds it; return
    whether that changed it. For trusted input only."""
    attribute = "email" if kind == "email" else "custom_id"
    was = getattr(row, attribute)
    unique = kind != "email" or rows.workspace(row.workspace).unique_emails
    new = identifier_key(row.workspace, kind, value) if value is not None and unique else None
    holder = rows.holder_id(new) if new is not None else None
    if holder not in (None, row.id):
        return False
    if new is not None and holder is None:
        # Also one that it shows already: it got that while emails were not unique.
        rows.hold(new, row)
    if value == was:
        return False
    old = identifier_key(row.workspace, kind, was) if was is not None else None
    if old is not None and old != new and rows.holder_id(old) == row.id:
        rows.release(old)
        follow_identifier(rows, row, kind, old[2], new[2] if new else None, now_ms)
    setattr(row, attribute, value)
    rows.changed(row)
    return True


def identifier_key(workspace: int, kind: str, value: str) -> Key:
    return (workspace, kind, value.lower() if kind == "email" else value)
