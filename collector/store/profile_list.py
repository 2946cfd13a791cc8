"""Profiles looked for: by whom an event means, by phone, by filters and pages.

What is compared and ordered as text is so without the case of A to Z, and byte for byte beyond: SQLite
knows no other letters, and PostgreSQL is told to know none either, so that both give the same lists.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, Connection, Text, cast, collate, func, or_, select

from collector.model.client import Client
from collector.model.phone import plain_phone
from collector.model.profile import Profile
from collector.store.profile_phones import having_phone
from collector.store.profile_reading import living_ids, read_profiles
from collector.store.profile_row import Key
from collector.store.profile_rows import ProfileRows
from collector.store.registry import DEFAULT_WORKSPACE
from collector.store.tables import profiles

_COLUMNS: dict[str, Column[Any]] = {
    "email": profiles.c.email,
    "phone": profiles.c.phone,
    "customId": profiles.c.custom_id,
    "lastActivityDate": profiles.c.last_activity_ms,
}
"""What is looked for and ordered by in a column of its own; other fields lie in JSON."""

_SEARCHED = ("email", "phone", "customId", "firstName", "lastName")
SEARCH_FIELDS = (*_SEARCHED, "city", "company")
"""What a search may name: `city:Gdynia`."""


def find_clients(connection: Connection, clients: Sequence[Client]) -> list[Profile | None]:
    """Whom each means: by id, customId, uuid, email, the first that is known."""
    rows = ProfileRows(connection, [DEFAULT_WORKSPACE])
    unique_emails = rows.workspace(DEFAULT_WORKSPACE).unique_emails
    keys = [_keys(client, unique_emails) for client in clients]
    rows.load_holders(key for each in keys for key in each)
    ids = [one.id for one in clients if one.id is not None]
    living = living_ids(connection, ids)
    asked = {*living.values(), *(held for each in keys for key in each if (held := rows.holder_id(key)))}
    found = {profile.client_id: profile for profile in read_profiles(connection, sorted(asked))}
    results = []
    for client, named in zip(clients, keys, strict=True):
        by_id = found.get(living[client.id]) if client.id is not None else None
        by_key = (found.get(held) for key in named if (held := rows.holder_id(key)) is not None)
        results.append(by_id or next((profile for profile in by_key if profile), None))
    return results


def _keys(client: Client, unique_emails: bool) -> list[Key]:
    email = client.email.lower() if client.email is not None and unique_emails else None
    named = (("customId", client.custom_id), ("uuid", client.uuid), ("email", email))
    return [(DEFAULT_WORKSPACE, kind, value) for kind, value in named if value is not None]


def list_profiles(
    connection: Connection,
    *,
    filters: dict[str, str | bool] | None = None,
    search: str = "",
    sort_by: str = "",
    descending: bool = False,
    offset: int = 0,
    limit: int = 25,
) -> tuple[list[Profile], int]:
    """A page of profiles, and how many there are in all. `filters` by field name, `anonymous` a bool.

    A filter asks for the same text, a search for text that holds it: in one field, `field:text`, or in
    any of email, phone, customId and names. Profiles without what is sorted by come last either way;
    of equal ones the older comes first.
    """
    conditions = [profiles.c.workspace == DEFAULT_WORKSPACE]
    for name, value in (filters or {}).items():
        if isinstance(value, bool):
            known = profiles.c.email.is_not(None) | profiles.c.custom_id.is_not(None)
            conditions.append(~known if value else known)
        else:
            conditions.append(_text(connection, name) == _folded(name, value))
    if search:
        conditions.append(_found(connection, search))
    matching = connection.execute(select(func.count()).select_from(profiles).where(*conditions)).scalar_one()
    statement = select(profiles.c.id).where(*conditions).offset(offset).limit(limit)
    if sort_by:
        key = profiles.c.last_activity_ms if sort_by == "lastActivityDate" else _text(connection, sort_by)
        statement = statement.order_by(key.is_(None), key.desc() if descending else key)
    page = connection.execute(statement.order_by(profiles.c.id)).scalars().all() if limit else []
    return read_profiles(connection, page), matching


def profile_by_phone(connection: Connection, phone: str) -> Profile | None:
    """Who has this phone, however it is written: of several as `having_phone` has it."""
    plain = plain_phone(phone)
    if plain is None:
        return None
    found = having_phone(connection, DEFAULT_WORKSPACE, plain)
    return next(iter(read_profiles(connection, [found])), None) if found is not None else None


def _found(connection: Connection, search: str) -> ColumnElement[bool]:
    field, colon, text = search.partition(":")
    names = (field,) if colon and field in SEARCH_FIELDS else _SEARCHED
    words = text.strip() if colon and field in SEARCH_FIELDS else search
    return or_(*(_text(connection, name).contains(_folded(name, words), autoescape=True) for name in names))


def _text(connection: Connection, name: str) -> ColumnElement[str]:
    """A field as it is compared and ordered."""
    postgresql = connection.dialect.name == "postgresql"
    column: ColumnElement[Any]
    if name in _COLUMNS:
        column = _COLUMNS[name]
    elif postgresql:
        column = cast(profiles.c.fields, JSON)[name].as_string()
    else:
        column = func.json_extract(profiles.c.fields, f"$.{name}", type_=Text)
    return func.lower(collate(column, "C") if postgresql else column)


def _folded(name: str, text: str) -> str:
    if name == "phone":
        return plain_phone(text) or text
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)
