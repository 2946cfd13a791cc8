"""Whatever is done to profiles, in whatever order: the store holds what a plain model of them holds.

One profile for each identifier, each event with exactly one living profile, and a merge that is undone
gives back what was there, byte for byte of what a reader sees.
"""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.engine import make_url

from collector.model.change import ProfileChange
from collector.model.client import Client, ServerEvent
from collector.model.event import StoredEvent
from collector.model.profile import Profile, ProfileUpdate
from collector.profiles.change import change
from collector.store import CannotUndo, Store, UnknownProfile, connect
from tests.store.conftest import MakeUrl
from tests.store.events import NOON, EventMaker
from tests.store.people_model import Merge, People, Person

IDS = st.integers(1, 9)
EMAILS = st.sampled_from(["Ann@shop.example", "ann@shop.example", "bob@shop.example", "eve@shop.example"])
CUSTOM_IDS = st.sampled_from(["c-1", "c-2", "c-3"])
UUIDS = st.sampled_from(["b-1", "b-2", "b-3", "b-4"])
NAMES = st.dictionaries(
    st.sampled_from(["fields.city", "fields.firstName", "attributes.n", "attributes.m", "agreements.sms"]),
    st.sampled_from([None, "x", "y"]),
    max_size=3,
)
TAGS = st.dictionaries(st.sampled_from(["tag.a", "tag.b"]), st.sampled_from([True, None]), max_size=2)


class Machine(RuleBasedStateMachine):
    """Does the same to a store and to the model."""

    def __init__(self, open_store: Callable[[], Any]) -> None:
        super().__init__()
        self._opened = open_store()
        self.store: Store = self._opened.__enter__()
        self.source = self.store.add_source("Shop")
        self.make = EventMaker(self.source)
        self.people = People()
        self.merges: list[tuple[str, Merge]] = []
        self.numbers = itertools.count(1)
        self.runner = asyncio.Runner()

    def teardown(self) -> None:
        try:
            self.holders_are_the_same()
            self.each_event_is_of_one_living_profile()
        finally:
            self.runner.close()
            self._opened.__exit__(None, None, None)

    @rule(
        client_id=st.none() | IDS,
        told=st.fixed_dictionaries(
            {},
            optional={
                "email": EMAILS | st.none(),
                "customId": CUSTOM_IDS | st.none(),
                "uuid": UUIDS,
            },
        ),
        names=NAMES,
        tags=TAGS,
    )
    def change(self, client_id: int | None, told: Any, names: Any, tags: Any) -> None:
        names = {name: self._value(name, value) for name, value in names.items()}
        wanted = ProfileChange(
            client_id=client_id,
            email=told.get("email"),
            custom_id=told.get("customId"),
            uuid=told.get("uuid"),
            cleared=tuple(kind for kind in ("email", "customId") if kind in told and told[kind] is None),
            fields=_part(names, "fields."),
            attributes=_part(names, "attributes."),
            agreements={name: on for name, on in _part(names, "agreements.").items() if on is not None},
            tags=tuple(name.removeprefix("tag.") for name, on in tags.items() if on),
            untags=tuple(name.removeprefix("tag.") for name, on in tags.items() if not on),
        )
        [result] = change(self.store, self.source, [wanted], self._now(), actor="key:shop")
        names = {n: v for n, v in names.items() if not (n.startswith("agreements.") and v is None)}
        assert result.client_id == self.people.change(client_id, told, names | tags)
        self._note_merges()

    @rule(sources=st.lists(IDS, min_size=1, max_size=3), into=IDS)
    def merge(self, sources: list[int], into: int) -> None:
        try:
            self.store.merge_profiles(sources, into, cause="key:shop")
            done = True
        except UnknownProfile:
            done = False
        assert self.people.merge(sources, into) is done
        self._note_merges()

    @precondition(lambda self: self.merges)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        merge_id, merge = data.draw(st.sampled_from(self.merges))
        before = self._seen()
        try:
            done = self.store.undo_merge(merge_id, actor="user:ada") == (merge.source.id, merge.target.id)
            assert done
        except CannotUndo:
            assert self._seen() == before
            done = False
        except KeyError:
            assert None in (self.people.living(merge.source.id), self.people.living(merge.target.id))
            done = False
        assert self.people.undo(merge) is done

    @rule(sources=st.lists(IDS, min_size=1, max_size=3), into=IDS)
    def merge_and_undo(self, sources: list[int], into: int) -> None:
        """Gives back what was there."""
        known = {merge_id for merge_id, _ in self.merges}
        before = self._seen()
        try:
            self.store.merge_profiles(sources, into, cause="key:shop")
        except UnknownProfile:
            return
        for merge in self.store.merges_of(into):
            if merge.id not in known and merge.undone_ms is None:
                assert merge.problem == ""
                self.store.undo_merge(merge.id, actor="user:ada")
        assert self._seen() == before

    @rule(client_id=IDS)
    def erase(self, client_id: int) -> None:
        assert (self.store.erase_person(client_id, actor="user:ada") is not None) is self.people.erase(
            client_id
        )

    @rule(
        client=st.fixed_dictionaries(
            {}, optional={"id": IDS, "customId": CUSTOM_IDS, "uuid": UUIDS, "email": EMAILS}
        ).filter(bool),
        salt=st.none() | st.sampled_from(["s", "t"]),
        minute=st.integers(0, 1),
    )
    def server_event(self, client: dict[str, Any], salt: str | None, minute: int) -> None:
        number = next(self.numbers)
        names = {"customId": "custom_id"}
        named = Client(**{names.get(name, name): value for name, value in client.items()})
        event = self.make(
            "dog.bark",
            id=f"sent-{number}",
            uuid=named.uuid,
            minute=minute,
            params={"n": number},
            server=ServerEvent(client=named, salt=salt),
            trusted=True,
        )
        wrote_over = None if salt is None else (minute, salt)
        assert self._append(event) == self.people.server_event(number, wrote_over, client, {"n": number})

    @rule(uuid=UUIDS)
    def visit(self, uuid: str) -> None:
        number = next(self.numbers)
        assert self._append(self.make(uuid=uuid, id=f"sent-{number}")) == self.people.visit(number, uuid)

    @rule(uuid=UUIDS, email=EMAILS)
    def sign_in(self, uuid: str, email: str) -> None:
        number = next(self.numbers)
        event = self.make(
            "client.login",
            uuid=uuid,
            id=f"sent-{number}",
            profile=ProfileUpdate(email=email),
            trusted=True,
        )
        assert self._append(event) == self.people.sign_in(number, uuid, email)
        self._note_merges()

    @invariant()
    def profiles_are_the_same(self) -> None:
        held, count = self.store.list_profiles(limit=1000)
        assert count == len(held)
        assert {one.client_id: _shown(one) for one in held} == {
            one.id: self._expected(one) for one in self.people.people.values()
        }

    @invariant()
    def events_are_the_same(self) -> None:
        stored = [event for event in self.store.events(self.source.source_id) if not event.derived]
        assert sorted(
            [(event.profile_id, event.uuid or "", event.params.get("n", 0)) for event in stored]
        ) == sorted(
            [
                (event.profile_id, event.uuid or "", event.params.get("n", 0))
                for event in self.people.events.values()
            ]
        )

    def holders_are_the_same(self) -> None:
        for (kind, value), person in self.people.holders.items():
            found = self.store.find_profile(kind, value)  # type: ignore[arg-type]
            assert found is not None
            assert found.client_id == person.id
        for number in range(1, 12):
            person_then, profile = self.people.living(number), self.store.profile(number)
            assert (person_then and person_then.id) == (profile and profile.client_id)

    def each_event_is_of_one_living_profile(self) -> None:
        stored = self.store.events(self.source.source_id)
        of_people = [
            event.seq for one in self.people.people for event in self.store.events_of(one, limit=10_000)
        ]
        assert sorted(of_people) == [event.seq for event in stored]

    def _append(self, event: StoredEvent) -> str:
        [outcome] = self.runner.run(self.store.append([event]))
        return outcome.value

    def _note_merges(self) -> None:
        """Pair the merges of the model that are new with those that the store wrote down."""
        noted = {id(merge) for _, merge in self.merges}
        known = {merge_id for merge_id, _ in self.merges}
        for person in self.people.people.values():
            new = [step for step in person.steps if isinstance(step, Merge) and id(step) not in noted]
            if new:
                written = [one for one in self.store.merges_of(person.id) if one.id not in known]
                by_source = {one.source_id: one.id for one in written if one.undone_ms is None}
                self.merges += [(by_source[merge.source.id], merge) for merge in new]

    def _seen(self) -> bytes:
        """All that a reader sees."""
        profiles, _ = self.store.list_profiles(limit=1000)
        events = [self.store.events_of(one.client_id, limit=10_000) for one in profiles]
        return msgspec.json.encode([profiles, events])

    def _expected(self, person: Person) -> dict[str, Any]:
        now, browsers = person.now, self.people.uuids(person)
        shown = now.get("uuid")
        return {
            "email": now.get("email"),
            "customId": now.get("customId"),
            "uuid": shown if shown in browsers else next(iter(browsers), None),
            "uuids": browsers,
            "fields": _part(now, "fields."),
            "attributes": _part(now, "attributes."),
            "agreements": _part(now, "agreements."),
            "tags": sorted(_part(now, "tag.")),
            "previous": self.people.previous(person),
        }

    def _value(self, name: str, value: str | None) -> Any:
        return value == "x" if name.startswith("agreements.") and value is not None else value

    def _now(self) -> int:
        return NOON + 1000 * next(self.numbers)


def _part(names: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in names.items() if name.startswith(prefix)}


def _shown(profile: Profile) -> dict[str, Any]:
    return {
        "email": profile.email,
        "customId": profile.custom_id,
        "uuid": profile.uuid,
        "uuids": profile.uuids,
        "fields": profile.fields,
        "attributes": profile.attributes,
        "agreements": profile.agreements,
        "tags": sorted(profile.tags),
        "previous": profile.previous_ids,
    }


@contextmanager
def opened(url: str) -> Iterator[Store]:
    store = connect(url)
    store.open()
    try:
        yield store
    finally:
        store.close()


@contextmanager
def in_memory(original: Path) -> Iterator[Store]:
    """A copy of an SQLite store where a commit waits for no disk, if there is such a place."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        copy = Path(folder) / "tagwell.db"
        shutil.copy(original, copy)
        with opened(f"sqlite:///{copy}") as store:
            yield store


def run(engine: str, migrated_url: MakeUrl, examples: int, steps: int, **more: Any) -> None:
    def open_store() -> Any:
        if engine == "sqlite":
            return in_memory(original)
        return opened(migrated_url())

    original = Path(make_url(migrated_url()).database or "") if engine == "sqlite" else Path()
    run_state_machine_as_test(
        lambda: Machine(open_store),  # type: ignore[arg-type]
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            **more,
        ),
    )


def test_any_sequence_of_steps_leaves_what_the_model_has(engine: str, migrated_url: MakeUrl) -> None:
    examples = 30 if engine == "sqlite" else 4
    run(engine, migrated_url, examples, 25, derandomize=True, database=None, phases=[Phase.generate])


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_thousands_of_steps_leave_what_the_model_has(engine: str, migrated_url: MakeUrl) -> None:
    run(engine, migrated_url, 1000 if engine == "sqlite" else 40, 40)
