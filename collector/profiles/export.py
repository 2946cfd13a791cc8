"""All that is held of a person, written out: JSON for machines, a page for the person.

Both are made piece by piece, so that a visitor of a hundred thousand events costs no memory. The JSON:

    format          "tagwell-person"
    version         1; raised when a name changes its meaning or goes
    exported_at     as all times ISO 8601, UTC
    profile         as `tagwell profile show --json` prints it, but for the uuids of claims
    sources         the names of the sources, by their id
    events          in commit order, as `tagwell events --json` prints them
    sessions        by their start
    consents        decisions about consent that are kept in evidence
    quarantined     what was malformed and is kept for some days
    mails           newsletter and account mails of the last weeks
    accounts        what the person may sign in with, or could
    merged          profiles that were merged into this one, as they were; the newest thousand

The page needs no other file, no network and no script, and runs none.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

import msgspec

from collector.assets import html_templates
from collector.model.merge import Merge
from collector.model.person import Person
from collector.profiles.shapes import (
    account_json,
    consent_json,
    event_json,
    iso,
    mail_json,
    merge_json,
    profile_json,
    quarantined_json,
    session_json,
)
from collector.store import Store

Format = Literal["json", "html"]
FORMATS: dict[Format, str] = {"json": "application/json", "html": "text/html; charset=utf-8"}
"""The media type of each format."""

VERSION = 1
PIECE = 200
"""How many rows are read at once."""

MOST_MERGES = 1000

_MISLEADS = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that turn the direction of text or drive a terminal: written as \\uXXXX."""

T = TypeVar("T")
N = TypeVar("N")


def export(store: Store, person: Person, form: Format, now_ms: int) -> Iterator[bytes]:
    """Yield the export's bytes. What is deleted while it is written is left out."""
    texts = _json(store, person, now_ms) if form == "json" else _html(store, person, now_ms)
    for text in texts:
        yield _MISLEADS.sub(lambda match: f"\\u{ord(match[0]):04x}", text).encode("utf-8", "replace")


def file_name(person: Person, form: Format) -> str:
    """What the export is called."""
    return f"visitor-{person.profile.client_id}.{form}"


def _seqs(person: Person) -> list[int]:
    return sorted(seq for seqs in person.events.values() for seq in seqs)


def _pieces(numbers: Sequence[N], read: Callable[[Sequence[N]], Iterable[T]]) -> Iterator[T]:
    for start in range(0, len(numbers), PIECE):
        yield from read(numbers[start : start + PIECE])


def _parts(store: Store, person: Person) -> dict[str, Iterator[dict[str, Any]]]:
    return {
        "events": map(event_json, _pieces(_seqs(person), store.held_events)),
        "sessions": map(session_json, _pieces(person.sessions, store.held_sessions)),
        "consents": map(consent_json, _pieces(person.consents, store.held_consents)),
        "quarantined": map(quarantined_json, _pieces(person.quarantined, store.held_quarantined)),
        "mails": map(mail_json, store.mails_of(person.profile.client_id)),
        "accounts": map(account_json, store.accounts_of(person.profile.client_id)),
        "merged": (merge_json(one) for one in _merges(store, person)),
    }


def _merges(store: Store, person: Person) -> Iterator[Merge]:
    held = store.merges_of(person.profile.client_id, limit=MOST_MERGES)
    return (one for one in held if one.undone_ms is None)


def _profile(person: Person) -> dict[str, Any]:
    """The profile without the uuids of browsers that claimed to be this person: they may be a stranger's."""
    profile = profile_json(person.profile)
    claims = [{name: value for name, value in each.items() if name != "uuid"} for each in profile["claims"]]
    return profile | {"claims": claims}


def _json(store: Store, person: Person, now_ms: int) -> Iterator[str]:
    head = {
        "format": "tagwell-person",
        "version": VERSION,
        "exported_at": iso(now_ms),
        "profile": _profile(person),
        "sources": {source.source_id: source.name for source in store.sources()},
    }
    yield msgspec.json.encode(head).decode()[:-1]
    for name, rows in _parts(store, person).items():
        yield f',\n"{name}": ['
        for number, row in enumerate(rows):
            yield (",\n" if number else "\n") + msgspec.json.encode(row).decode()
        yield "]"
    yield "}\n"


_ENVIRONMENT = html_templates()


def _html(store: Store, person: Person, now_ms: int) -> Iterator[str]:
    names = {source.source_id: source.name for source in store.sources()}
    stream = _ENVIRONMENT.get_template("export/person.html").stream(
        profile=_profile(person),
        counts={
            "Events": len(_seqs(person)),
            "Visits (sessions)": len(person.sessions),
            "Decisions about consent": len(person.consents),
            "In quarantine": len(person.quarantined),
        },
        exported=_readable(iso(now_ms)),
        source_name=lambda source_id: names.get(source_id, source_id),
        time=_readable,
        lines=_lines,
        indented=_indented,
        **_parts(store, person),
    )
    stream.enable_buffering(200)
    return iter(stream)


def _readable(time: str) -> str:
    return f"{datetime.fromisoformat(time).astimezone(UTC):%d %B %Y, %H:%M:%S} UTC"


def _lines(value: Any) -> list[str]:
    """What is known by one name, a line a thing."""
    if isinstance(value, dict):
        return [f"{name}: {_plain(each)}" for name, each in value.items()]
    return [_plain(each) for each in (value if isinstance(value, list) else [value])]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) and value:
        return ", ".join(f"{name} {_plain(each)}" for name, each in value.items())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _indented(value: Any) -> str:
    if isinstance(value, msgspec.Raw):
        value = msgspec.json.decode(value)
    return json.dumps(value, indent=2, ensure_ascii=False)
