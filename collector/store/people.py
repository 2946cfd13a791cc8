"""Finding people by whatever identifier they give."""

import re

import msgspec
from sqlalchemy import Connection, or_, select

from collector.store import mentions, queries
from collector.store.registry import DEFAULT_WORKSPACE
from collector.store.tables import identifiers, profiles

_PHONE = re.compile(r"\+?[0-9 ()./-]{6,32}")
"""What is no other identifier: a customId or an email may hold as many digits."""


def find_people(connection: Connection, identifier: str) -> list[int]:
    """Who has this identifier, by their living client ids. Emails and phones are looked for in fields too."""
    found: set[int] = set()
    if identifier.isascii() and identifier.isdigit() and len(identifier) < 16:
        found.add(queries.living_id(connection, int(identifier)))
    rows = connection.execute(
        select(identifiers.c.profile_id).where(
            identifiers.c.workspace == DEFAULT_WORKSPACE,
            identifiers.c.kind.in_(("uuid", "customId", "email")),
            or_(
                identifiers.c.value == identifier,
                (identifiers.c.kind == "email") & (identifiers.c.value == identifier.lower()),
            ),
        )
    )
    found.update(rows.scalars())
    if "@" in identifier:
        # Where emails are not unique they are fields, of as many as have given one.
        same = connection.execute(
            select(profiles.c.id, profiles.c.email).where(
                profiles.c.email.ilike(mentions.pattern(identifier))
            )
        )
        found.update(row.id for row in same if row.email.lower() == identifier.lower())
    digits = mentions.digits(identifier)
    if _PHONE.fullmatch(identifier) and len(digits) >= 6:
        pattern = f'%"phone":"%{"%".join(digits)}%'
        for row in connection.execute(
            select(profiles.c.id, profiles.c.fields).where(profiles.c.fields.like(pattern))
        ):
            if mentions.digits(msgspec.json.decode(row.fields).get("phone", "")) == digits:
                found.add(row.id)
    return [one for one in sorted(found) if queries.profile(connection, one) is not None]
