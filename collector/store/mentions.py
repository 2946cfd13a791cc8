"""Rows that name a person somewhere in what was sent.

An email names its owner wherever it stands, in any case, as long as it is not a part of a longer one. A
customId and a uuid may be ordinary words or numbers: they count only as a whole value of a member whose
name says that it is one. Where the database picks rows before they are read, its pattern lets too many
through.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, or_, select

from collector.store.privacy_tables import quarantine as quarantine_table
from collector.store.tables import events

MAX_PATTERNS = 50
"""Most patterns in one statement."""

READ_AT_ONCE = 500
"""How many quarantined rows are in memory at once: each may hold 32 kB."""

_VAGUE = re.compile("[^a-z0-9.@+-]+")
_OF_PEOPLE = frozenset(
    {"customid", "custom_id", "userid", "user_id", "clientid", "previousid", "previous_id"}
)
"""Names of members that hold a customId, in lower case."""

_WITH_ID = frozenset({"traits", "externalids"})
"""Members within which an `id` is one too (contracts/segment-customerio.md section 3)."""

_SENT_CONTEXT = ("original", "page")
"""What of an event's context a sender said. The rest is ours, and full of ordinary words."""


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
    finder = _Finder(names)
    for some in _some([*names.emails, *names.custom_ids]):
        columns = (events.c.label, events.c.params, events.c.context)
        may = or_(*(column.ilike(pattern(word)) for word in some for column in columns))
        for row in connection.execute(select(events.c.seq, *columns).where(condition, may)):
            context = msgspec.json.decode(row.context)
            told = [context.get(name) for name in _SENT_CONTEXT]
            if finder.finds([row.label, msgspec.json.decode(row.params), *told]):
                yield row.seq


def quarantined(
    connection: Connection, names: Names, uuids: Sequence[str], condition: ColumnElement[bool], after: int
) -> Iterator[int]:
    """Yield the numbers above `after` of quarantined rows that name the person or a browser of theirs.

    All are read: the uuids of one person may be hundreds, and a pattern for each costs more.
    """
    table = quarantine_table
    finder = _Finder(names, uuids)
    rows = select(table.c.number, table.c.payload).where(condition, table.c.payload.is_not(None))
    rows = rows.order_by(table.c.number).limit(READ_AT_ONCE)
    while read := connection.execute(rows.where(table.c.number > after)).all():
        for row in read:
            if finder.finds(msgspec.json.decode(row.payload)):
                yield row.number
        after = read[-1].number


def _some(words: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(words), MAX_PATTERNS):
        yield words[start : start + MAX_PATTERNS]


class _Finder:
    """Tells whether what was sent names a person, or one of these browsers."""

    def __init__(self, names: Names, uuids: Sequence[str] = ()) -> None:
        # joann@shop.example holds ann@shop.example, and so does ann@shop.example.org.
        emails = "|".join(re.escape(email) for email in names.emails)
        self._emails = re.compile(rf"(?<![\w.+-])(?:{emails})(?![\w-]|\.\w)") if emails else None
        self._custom_ids = frozenset(names.custom_ids)
        self._uuids = frozenset(uuids)

    def finds(self, sent: Any) -> bool:
        left: list[tuple[str, Any, frozenset[str]]] = [("", sent, _OF_PEOPLE)]
        while left:
            name, value, of_people = left.pop()
            if isinstance(value, dict):
                if any(map(self._has_email, value)):
                    return True
                inner = of_people | _mapped(value.get("mapping"))
                inner = inner | {"id"} if name in _WITH_ID else inner
                left += ((each.lower(), held, inner) for each, held in value.items())
            elif isinstance(value, list):
                left += ((name, held, of_people) for held in value)
            elif isinstance(value, str):
                if self._has_email(value) or self._is_theirs(name, value.strip(), of_people):
                    return True
            elif isinstance(value, int | float) and self._is_theirs(name, str(value), of_people):
                return True
        return False

    def _has_email(self, text: str) -> bool:
        return self._emails is not None and "@" in text and self._emails.search(text.lower()) is not None

    def _is_theirs(self, name: str, text: str, of_people: frozenset[str]) -> bool:
        return (name in of_people and text in self._custom_ids) or (name == "uuid" and text in self._uuids)


def _mapped(mapping: Any) -> frozenset[str]:
    """The inputs of a form of which its mapping says that they hold a customId."""
    if not isinstance(mapping, dict):
        return frozenset()
    return frozenset(
        name.lower()
        for field, name in mapping.items()
        if field.lower() in _OF_PEOPLE and isinstance(name, str)
    )
