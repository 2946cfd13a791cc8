"""Rows that name a person somewhere in what was sent.

The database picks those that may, by a pattern that lets too many through; whether they do is told by
reading them: an email wherever it stands in a text, in any case, a customId and a uuid only as a whole
value, since "7" stands in many.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, or_, select

from collector.store.privacy_tables import quarantine as quarantine_table
from collector.store.tables import events

MAX_PATTERNS = 50
"""Most patterns in one statement."""

_VAGUE = re.compile("[^a-z0-9.@+-]+")


class Names(NamedTuple):
    """The identifiers of a person that others may know. Emails in lower case."""

    emails: Sequence[str]
    custom_ids: Sequence[str]


def pattern(word: str) -> str:
    """What ILIKE finds the word by, however JSON wrote it: what is not plain may be anything."""
    return f"%{_VAGUE.sub('%', word.lower())}%"


def digits(text: str) -> str:
    """The digits of a phone number."""
    return re.sub("[^0-9]", "", text)


def naming(connection: Connection, names: Names, condition: ColumnElement[bool]) -> Iterator[int]:
    """Yield the `seq` of events that name the person, among those of the condition."""
    for some in _some([*names.emails, *names.custom_ids]):
        columns = (events.c.label, events.c.params, events.c.context)
        may = or_(*(column.ilike(pattern(word)) for word in some for column in columns))
        for row in connection.execute(select(events.c.seq, *columns).where(condition, may)):
            sent = [row.label, msgspec.json.decode(row.params), msgspec.json.decode(row.context)]
            if _names(sent, names.emails, names.custom_ids):
                yield row.seq


def quarantined(
    connection: Connection, names: Names, uuids: Sequence[str]
) -> Iterator[tuple[int, str | None]]:
    """Yield the numbers of quarantined rows that name the person or a browser of theirs, and by whom."""
    table = quarantine_table
    whole = [*names.custom_ids, *uuids]
    for some in _some([*names.emails, *whole]):
        may = or_(*(table.c.payload.ilike(pattern(word)) for word in some))
        for row in connection.execute(select(table.c.number, table.c.uuid, table.c.payload).where(may)):
            if _names(msgspec.json.decode(row.payload), names.emails, whole):
                yield row.number, row.uuid


def _some(words: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(words), MAX_PATTERNS):
        yield words[start : start + MAX_PATTERNS]


def _names(sent: Any, emails: Sequence[str], whole: Sequence[str]) -> bool:
    return any(
        text.strip() in whole or any(email in text.lower() for email in emails) for text in _texts(sent)
    )


def _texts(sent: Any) -> Iterable[str]:
    """All texts and numbers in a value, the names of its members included."""
    if isinstance(sent, dict):
        for name, value in sent.items():
            yield name
            yield from _texts(value)
    elif isinstance(sent, list):
        for value in sent:
            yield from _texts(value)
    elif isinstance(sent, str | int | float):
        yield str(sent)
