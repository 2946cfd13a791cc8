"""The export: all that is held, in a form that can be read, and nothing in it that acts."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.model.outcome import Reason, Rejection
from collector.model.person import Person
from collector.model.profile import ProfileUpdate
from collector.model.quarantine import Quarantine
from collector.model.source import Source
from collector.profiles.export import Format, export
from collector.profiles.find import find
from collector.store import Store, connect
from tests.store.events import NOON, EventMaker

ANN = "ann@shop.example"
HOSTILE = "</script><img src=x onerror=alert(1)>\"' {{ 7*7 }} \u202e\u2028\x9b"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = connect(f"sqlite:///{tmp_path / 'tagwell.db'}")
    store.migrate()
    store.open()
    yield store
    store.close()


@pytest.fixture
def source(store: Store) -> Source:
    return store.add_source(f"Shop {HOSTILE}")


@pytest.fixture
def make(source: Source) -> EventMaker:
    return EventMaker(source)


def held(store: Store, make: EventMaker, visits: int = 3) -> Person:
    """A hostile person, with something in every part."""
    update = ProfileUpdate(
        email=ANN,
        custom_id="c-1",
        fields={"firstName": HOSTILE, "phone": "+48 (600) 500-400"},
        attributes={HOSTILE: {"deep": [HOSTILE]}},
        tags=(HOSTILE,),
    )
    known = make("form.submit", uuid=HOSTILE[:39], profile=update, params={HOSTILE: HOSTILE})
    visited = [make(params={"number": number}, uuid=HOSTILE[:39]) for number in range(visits)]
    payload = json.dumps([{"action": HOSTILE}])
    malformed = Rejection(
        source=make.source.number,
        received_ms=NOON,
        reason=Reason.MALFORMED_EVENT,
        detail=HOSTILE,
        quarantine=Quarantine(
            length=9, sha256="0" * 64, uuid=HOSTILE[:39], user_agent=HOSTILE, payload=payload
        ),
    )
    asyncio.run(_append(store, [known, *visited], [malformed]))
    [profile] = find(store, ANN).profiles
    person = store.person(profile.client_id)
    assert person is not None
    return person


async def _append(store: Store, events: Any, rejections: Any) -> None:
    await store.append(events, rejections)


def written(store: Store, person: Person, form: Format) -> str:
    return b"".join(export(store, person, form, NOON)).decode()


def test_the_json_holds_everything_in_the_documented_shape(store: Store, make: EventMaker) -> None:
    person = held(store, make, visits=450)
    text = written(store, person, "json")
    content = json.loads(text)
    assert list(content) == [
        *("format", "version", "exported_at", "profile", "sources"),
        *("events", "sessions", "consents", "quarantined", "mails", "accounts", "merged"),
    ]
    assert (content["format"], content["version"]) == ("tagwell-person", 1)
    assert content["exported_at"] == "2026-01-01T12:00:00.000Z"
    assert content["profile"]["email"] == ANN
    assert content["profile"]["firstName"] == HOSTILE
    assert content["sources"] == {make.source.source_id: make.source.name}
    stored = [event.id for event in store.events(make.source.source_id)]
    assert [event["id"] for event in content["events"]] == stored
    assert len(stored) == 452, "the form, the visits and the start of the session"
    [form] = [event for event in content["events"] if event["action"] == "form.submit"]
    assert form["params"] == {HOSTILE: HOSTILE}
    assert [session["events"] for session in content["sessions"]] == [451]
    assert content["quarantined"][0]["content"] == [{"action": HOSTILE}]
    assert not re.search("[\x80-\x9f\u202e\u2028]", text), "nothing that drives a terminal or turns text"


def test_the_browser_of_whoever_claimed_to_be_the_person_is_not_given_away(
    store: Store, make: EventMaker
) -> None:
    held(store, make)
    claim = make("form.submit", uuid="somebody-else", profile=ProfileUpdate(email=ANN))
    asyncio.run(_append(store, [claim], []))
    [profile] = find(store, ANN).profiles
    person = store.person(profile.client_id)
    assert person is not None
    assert [each.uuid for each in person.profile.claims] == ["somebody-else"]
    for form in ("json", "html"):
        assert "somebody-else" not in written(store, person, form)
    assert json.loads(written(store, person, "json"))["profile"]["claims"][0]["kind"] == "email"


def test_the_page_is_one_file_that_runs_nothing(store: Store, make: EventMaker) -> None:
    page = written(store, held(store, make), "html")
    assert "<script" not in page
    assert "<img" not in page
    assert "{{" in page, "a visitor's braces are text"
    assert not re.search(r"""(src|href|action)\s*=""", re.sub(r"src=x onerror", "", page))
    assert "default-src 'none'" in page
    assert not re.search("[\x80-\x9f\u202e\u2028]", page)
    assert page.count("<details>") == 6, "five events and what is in quarantine"
    assert ANN in page
    assert "01 January 2026, 12:00:00 UTC" in page


def test_nothing_held_is_said(store: Store, make: EventMaker) -> None:
    update = ProfileUpdate(email=ANN)
    asyncio.run(_append(store, [make("client.createOrUpdate", uuid=None, profile=update, trusted=True)], []))
    [profile] = find(store, ANN).profiles
    person = store.person(profile.client_id)
    assert person is not None
    assert written(store, person, "html").count("None.") == 5
    assert json.loads(written(store, person, "json"))["sessions"] == []


def test_a_visitor_of_many_events_is_read_in_pieces(
    store: Store, make: EventMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = held(store, make, visits=450)
    asked: list[int] = []
    read = store.held_events

    def counted(seqs: Any) -> Any:
        asked.append(len(seqs))
        return read(seqs)

    monkeypatch.setattr(store, "held_events", counted)
    pieces = export(store, person, "json", NOON)
    next(pieces)
    assert asked == []
    list(pieces)
    assert asked == [200, 200, 52]


@pytest.mark.parametrize(
    "identifier",
    [
        *("ann@shop.example", " ANN@Shop.Example ", "c-1", HOSTILE[:39]),
        *("1", "+48600500400", "48 600 500 400", "+48 (600) 500-400"),
    ],
)
def test_a_person_is_found_by_any_identifier(store: Store, make: EventMaker, identifier: str) -> None:
    person = held(store, make)
    assert find(store, identifier).profiles == [person.profile]


@pytest.mark.parametrize(
    "identifier", ["", "%", "_", "c-", "shop.example", "500400", "2", "9" * 40, "\0", "\ud800", "a'--"]
)
def test_what_is_no_identifier_finds_nobody(store: Store, make: EventMaker, identifier: str) -> None:
    held(store, make)
    assert find(store, identifier).profiles == []


def test_several_are_found_by_what_they_share(store: Store, make: EventMaker) -> None:
    store.save_workspace(unique_emails=False)
    for number in range(3):
        update = ProfileUpdate(
            email="Family@x.example", custom_id=f"c{number}", fields={"phone": "600 500 400"}
        )
        asyncio.run(_append(store, [make("form.submit", uuid=f"b{number}", profile=update)], []))
    assert [one.custom_id for one in find(store, "family@X.example").profiles] == ["c0", "c1", "c2"]
    assert len(find(store, "600500400").profiles) == 3


def test_who_was_erased_is_told(store: Store, make: EventMaker) -> None:
    person = held(store, make)
    done = store.erase_person(person.profile.client_id, actor="ada")
    assert done is not None
    for identifier in (ANN.upper(), "c-1", HOSTILE[:39], str(person.profile.client_id)):
        assert find(store, identifier) == ([], done.erased_ms)


def test_profiles_that_were_merged_are_held_as_they_were(store: Store, make: EventMaker) -> None:
    held(store, make)
    said = ProfileUpdate(custom_id="c-9", fields={"firstName": HOSTILE, "city": "Erstwhile"}, tags=("old",))
    asyncio.run(_append(store, [make("client.createOrUpdate", uuid=None, profile=said, trusted=True)], []))
    [ann], [other] = find(store, ANN).profiles, find(store, "c-9").profiles
    store.merge_profiles([other.client_id], ann.client_id, cause="key:shop")
    person = store.person(ann.client_id)
    assert person is not None
    [merged] = json.loads(written(store, person, "json"))["merged"]
    assert (merged["client_id"], merged["merged_into"], merged["merged_by"]) == (
        other.client_id,
        ann.client_id,
        "key:shop",
    )
    assert merged["was"] == {"customId": "c-9", **said.fields, "tags": ["old"]}
    page = written(store, person, "html")
    assert "city: Erstwhile" in page
    assert "<script" not in page
    store.undo_merge(store.merges_of(ann.client_id)[0].id, actor="ada")
    assert json.loads(written(store, person, "json"))["merged"] == []
