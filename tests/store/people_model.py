"""Profiles in memory, written from the contracts in the plainest way, to hold the store against.

A person is what was done to them: a list of steps. Each sets one name to a value (None: takes it away), or
takes another person in. What they are is found by doing the steps one after the other; an undone merge is a
step that is not there any more.

    names    email, customId, uuid (the one that is shown), and as in fields.city, attributes.n, tag.vip

Source: contracts/synerise-profiles-api.md sections 4 to 6; contracts/synerise-events-api.md sections 2 and 4;
DESIGN.md, Identity.
"""

import uuid as uuids
from dataclasses import dataclass, field
from typing import Any

State = dict[str, Any]
Key = tuple[str, str]
"""Kind of an identifier, and its value; emails in lower case."""


@dataclass(eq=False)
class Merge:
    """A merge that holds. `source` is the person as they were; `keys` what went over with them."""

    source: "Person"
    target: "Person"
    keys: list[Key]


@dataclass(eq=False)
class Person:
    id: int
    steps: list[tuple[str, Any] | Merge] = field(default_factory=list)

    @property
    def now(self) -> State:
        return self.after(len(self.steps))

    def after(self, count: int) -> State:
        """What the person is after so many steps."""
        state: State = {}
        for step in self.steps[:count]:
            if isinstance(step, Merge):
                state = step.source.now | state
            elif step[1] is None:
                state.pop(step[0], None)
            else:
                state[step[0]] = step[1]
        return state

    def set(self, name: str, value: Any) -> None:
        if self.now.get(name) != value:
            self.steps.append((name, value))

    def forget(self, merge: Merge) -> None:
        """Take a merge out, as if it had never been. Only what is different in the end was changed."""
        kept: list[tuple[str, Any] | Merge] = []
        for number, step in enumerate(self.steps):
            if isinstance(step, Merge) or self._lasts(number, step[0]):
                kept.append(step)
        kept.remove(merge)
        self.steps = kept

    def _lasts(self, number: int, name: str) -> bool:
        """Whether a step is the last word on its name up to the next merge, and changes something."""
        merges = [place for place, step in enumerate(self.steps) if isinstance(step, Merge)]
        start = max((place + 1 for place in merges if place < number), default=0)
        end = min((place for place in merges if place > number), default=len(self.steps))
        later = [step[0] for step in self.steps[number + 1 : end] if not isinstance(step, Merge)]
        return name not in later and self.after(start).get(name) != self.after(end).get(name)


@dataclass
class Event:
    profile_id: int
    uuid: str | None
    params: State


class People:
    """All profiles of a workspace, and their events."""

    def __init__(self) -> None:
        self.people: dict[int, Person] = {}
        self.aliases: dict[int, int] = {}
        self.holders: dict[Key, Person] = {}
        self.erased: set[Key] = set()
        self.events: dict[Any, Event] = {}
        self._made = 0

    def living(self, client_id: int) -> Person | None:
        while client_id in self.aliases:
            client_id = self.aliases[client_id]
        return self.people.get(client_id)

    def previous(self, person: Person) -> list[int]:
        return [old for old in sorted(self.aliases) if self.living(old) is person]

    def uuids(self, person: Person) -> list[str]:
        return sorted(
            value for (kind, value), one in self.holders.items() if kind == "uuid" and one is person
        )

    def make(self, uuid: str | None = None) -> Person:
        self._made += 1
        person = self.people[self._made] = Person(self._made)
        if uuid is not None:
            self._give(person, "uuid", uuid)
        return person

    # what back ends do

    def change(self, client_id: int | None, told: State, names: State) -> int | None:
        """`told`: customId, email, uuid, as they are absent, None or a value."""
        keys = {kind: key_of(kind, told[kind]) for kind in ("customId", "email", "uuid") if told.get(kind)}
        if "uuid" in keys and keys["uuid"] in self.erased:
            del keys["uuid"]
        person = self.living(client_id) if client_id is not None else None
        for kind, key in keys.items():
            holder = self.holders.get(key)
            if person is None and not (holder and self._is_another(kind, holder, keys)):
                person = holder
        if person is None:
            if not keys:
                return None
            person = self.make()
        for kind in ("customId", "email"):
            if kind in told:
                self._rename(person, kind, told[kind])
        if "uuid" in keys:
            holder = self.holders.get(keys["uuid"])
            if holder is not None and holder is not person and is_anonymous(holder):
                self._merge(holder, person)
            if self.holders.setdefault(keys["uuid"], person) is person:
                person.set("uuid", told["uuid"])
        for name, value in names.items():
            person.set(name, value)
        return person.id

    def merge(self, sources: list[int], target: int) -> bool:
        into = self.living(target)
        if into is None or any(self.living(one) is None for one in sources):
            return False
        for one in sources:
            person = self.living(one)
            if person is not None and person is not into:
                self._merge(person, into)
        return True

    def undo(self, merge: Merge) -> bool:
        """Whether it could be."""
        if merge not in merge.target.steps or self.people.get(merge.target.id) is not merge.target:
            return False
        for key in merge.keys:
            if self.holders.get(key, merge.target) is not merge.target:
                return False
            if key not in self.holders and key in self.erased:
                return False
        before = list(merge.target.steps)
        merge.target.forget(merge)
        now = merge.target.now
        if any(now.get(kind) and key_of(kind, now[kind]) in merge.keys for kind in ("email", "customId")):
            merge.target.steps = before
            return False
        self.people[merge.source.id] = merge.source
        self.holders |= dict.fromkeys(merge.keys, merge.source)
        del self.aliases[merge.source.id]
        return True

    def erase(self, client_id: int) -> bool:
        person = self.living(client_id)
        if person is None:
            return False
        ids, browsers = {person.id, *self.previous(person)}, set(self.uuids(person))
        self.erased |= {key for key, holder in self.holders.items() if holder is person}
        self.holders = {key: holder for key, holder in self.holders.items() if holder is not person}
        self.events = {
            name: event
            for name, event in self.events.items()
            if event.profile_id not in ids and event.uuid not in browsers
        }
        self.aliases = {old: new for old, new in self.aliases.items() if old not in ids}
        del self.people[person.id]
        return True

    # events

    def server_event(self, name: Any, salt: Any, client: State, params: State) -> str:
        """What becomes of an event of a back end. `salt`: what tells which event it writes over."""
        uuid = client.get("uuid")
        if uuid is not None and ("uuid", uuid) in self.erased:
            return "rejected"
        keys = [key_of(kind, client[kind]) for kind in ("customId", "uuid", "email") if kind in client]
        person = self.living(client["id"]) if "id" in client else None
        for key in keys:
            person = person or self.holders.get(key)
        if person is None:
            if not keys:
                return "rejected"
            person = self.make()
        self._complete(person, client)
        if uuid is not None and self.holders[("uuid", uuid)] is not person:
            uuid = None  # a browser of somebody else's
        salted = name if salt is None else (person.id, *salt)
        if salted in self.events:
            self.events[salted].params = params
        else:
            self.events[salted] = Event(person.id, uuid, params)
        return "stored"

    def visit(self, name: Any, uuid: str) -> str:
        if ("uuid", uuid) in self.erased:
            return "rejected"
        person = self.holders.get(("uuid", uuid)) or self.make(uuid)
        self.events[name] = Event(person.id, uuid, {})
        return "stored"

    def sign_in(self, name: Any, uuid: str, email: str) -> str:
        """The browser of somebody who signed in: trusted input with an email."""
        if ("uuid", uuid) in self.erased:
            return "rejected"
        key = key_of("email", email)
        holder = self.holders.get(key)
        own = self.holders.get(("uuid", uuid)) or self.make(uuid)
        had = own.now.get("email")
        if own is not holder and had is not None and key_of("email", had) != key:
            uuid = str(uuids.uuid5(uuids.NAMESPACE_OID, f"{uuid}:{key[1]}"))
            if ("uuid", uuid) in self.erased:
                return "rejected"
            own = self.holders.get(("uuid", uuid)) or self.make(uuid)
        person = holder or own
        if own is not person and is_anonymous(own):
            self._merge(own, person)
        self._complete(person, {"email": email})
        self.events[name] = Event(person.id, uuid, {})
        return "stored"

    def _is_another(self, found_by: str, person: Person, keys: dict[str, Key]) -> bool:
        telling = {"customId": [], "email": ["customId"], "uuid": ["customId", "email"]}[found_by]
        had = {kind: key_of(kind, value) for kind, value in person.now.items() if kind in telling}
        return any(kind in had and had[kind] != key for kind, key in keys.items())

    def _rename(self, person: Person, kind: str, value: str | None) -> None:
        was = person.now.get(kind)
        if value is not None and self.holders.get(key_of(kind, value), person) is not person:
            return
        gone = value is None or was is None or key_of(kind, value) != key_of(kind, was)
        if was is not None and gone and self.holders.get(key_of(kind, was)) is person:
            del self.holders[key_of(kind, was)]
        if value is not None:
            self.holders[key_of(kind, value)] = person
        person.set(kind, value)

    def _complete(self, person: Person, named: State) -> None:
        """Give a person the identifiers that they lack and nobody has."""
        for kind in ("customId", "uuid", "email"):
            lacks = kind == "uuid" or kind not in person.now
            if kind in named and lacks and key_of(kind, named[kind]) not in self.holders:
                self._give(person, kind, named[kind])

    def _give(self, person: Person, kind: str, value: str) -> None:
        self.holders[key_of(kind, value)] = person
        if kind not in person.now:
            person.set(kind, value)

    def _merge(self, source: Person, target: Person) -> None:
        keys = [key for key, holder in self.holders.items() if holder is source]
        self.holders |= dict.fromkeys(keys, target)
        target.steps.append(Merge(source, target, keys))
        del self.people[source.id]
        self.aliases[source.id] = target.id


def key_of(kind: str, value: str) -> Key:
    return kind, value.lower() if kind == "email" else value


def is_anonymous(person: Person) -> bool:
    return not person.now.keys() & {"email", "customId"}
