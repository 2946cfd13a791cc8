"""Erasing a person: nothing of them remains, nothing brings them back, nobody else loses anything."""

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from sqlalchemy import insert, select
from sqlalchemy.engine import make_url

from collector.model.outcome import Outcome, Reason, Rejection
from collector.model.person import ErasedKind, Erasure
from collector.model.profile import Profile, ProfileUpdate
from collector.model.quarantine import Quarantine
from collector.model.source import Source
from collector.store import Store, tables
from collector.store.privacy_tables import consents
from collector.store.sql import SqlStore
from collector.store.tables import metadata
from tests.store.events import NOON, EventMaker

ANN = "Ann.Planted@shop.example"
BOB = "bob@shop.example"
EVE = "eve@shop.example"
SECRETS = ("planted", "laptop-7f3a", "phone-91bc", "customer-5511")


def says(email: str | None = None, *, custom_id: str | None = None, **fields: str) -> ProfileUpdate:
    return ProfileUpdate(email=email, custom_id=custom_id, fields=fields)


def form(email: str) -> dict[str, object]:
    return {"formType": "contact", "formData": {"email": email}}


def dump(store: Store) -> str:
    """All rows of all tables, as text."""
    assert isinstance(store, SqlStore)
    with store._reading() as connection:
        rows = {name: connection.execute(select(table)).all() for name, table in metadata.tables.items()}
    return repr({name: [tuple(row) for row in found] for name, found in rows.items()})


def held(store: Store, email: str) -> Profile:
    found = store.find_profile("email", email)
    assert found is not None
    return found


def erase(store: Store, client_id: int) -> Erasure:
    found = store.erase_person(client_id, actor="ada")
    assert found is not None
    return found


def rejected(store: Store, source: Source) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in store.outcomes(source.source_id):
        if row.outcome is Outcome.REJECTED:
            found[row.reason] = found.get(row.reason, 0) + row.count
    return found


def quarantined(source: Source, uuid: str | None, payload: str) -> Rejection:
    return Rejection(
        source=source.number,
        received_ms=NOON,
        reason=Reason.MALFORMED_EVENT,
        detail="an event must be an object",
        quarantine=Quarantine(length=len(payload), sha256="0" * 64, uuid=uuid, payload=payload),
    )


def give_consent(store: Store, source: Source, uuid: str, event_id: str) -> None:
    assert isinstance(store, SqlStore)
    with store._writing() as connection:
        connection.execute(
            insert(consents).values(
                source=source.number,
                event_id=event_id,
                uuid=uuid,
                decision='{"granted":true}',
                method="call",
                text_version="v3",
                policy_version=1,
                time_ms=NOON,
                received_ms=NOON,
            )
        )


@pytest.fixture
async def ann(store: Store, make: EventMaker, source: Source) -> Profile:
    """Ann, known by everything, with traces everywhere; Bob and Eve beside her."""
    other = EventMaker(store.add_source("Blog"), make._ids)
    await store.append([make(uuid="laptop-7f3a"), other("read", uuid="laptop-7f3a", id="laptop-7f3a/1")])
    profile = says(ANN, custom_id="customer-5511", phone="+48 600 500 400", firstName="Ann")
    known = make("client.createOrUpdate", uuid="laptop-7f3a", profile=profile, trusted=True)
    await store.append([known])
    await store.append([make(uuid="phone-91bc", context={"note": "planted"})])
    await store.append([make("client.createOrUpdate", uuid="phone-91bc", profile=says(ANN), trusted=True)])
    # Bob's browser, known as his, has named Ann's email, and so has one that nobody knows.
    await store.append([make("form.submit", uuid="bob-1", profile=says(BOB), params=form(BOB))])
    for uuid in ("bob-1", "eve-1"):
        claim = make(
            "form.submit", uuid=uuid, profile=says(ANN.lower(), city="Nowhere"), params=form(ANN.upper())
        )
        await store.append([claim, make(uuid=uuid)])
    store.save_workspace(newsletter_mode="single")
    wish = ProfileUpdate(email=ANN, newsletter="enabled")
    await store.append([make("form.submit", uuid="eve-1", profile=wish, params=form(ANN))])
    # A browser without uuid, and a back end.
    await store.append([make("form.submit", uuid=None, profile=says(ANN), params=form(ANN))])
    await store.append([make("order", uuid=None, profile=says(custom_id="customer-5511"), trusted=True)])
    # Somebody else on her laptop, who gets a uuid and profile of their own.
    await store.append([make("form.submit", uuid="laptop-7f3a", profile=says(EVE), params=form(EVE))])
    await store.append(
        [],
        [
            quarantined(source, "laptop-7f3a", '[{"action": 1}]'),
            quarantined(source, None, json.dumps([{"params": {"mail": f"to {ANN}"}}])),
            quarantined(source, None, '[{"uuid":"phone-91bc"}]'),
            quarantined(source, "bob-1", json.dumps([{"params": {ANN.upper(): 1}}])),
            quarantined(source, "bob-1", '[{"params":{"mail":"someone"}}]'),
        ],
    )
    give_consent(store, source, "phone-91bc", "phone-91bc:1")
    give_consent(store, source, "bob-1", "bob-1:1")
    return held(store, ANN)


async def test_nothing_of_the_person_remains_in_any_table(store: Store, ann: Profile) -> None:
    assert held(store, ANN).pending
    before = dump(store).lower()
    assert all(secret in before for secret in SECRETS)
    erase(store, ann.client_id)
    after = dump(store).lower()
    assert [secret for secret in SECRETS if secret in after] == []
    assert store.profile(ann.client_id) is None
    assert store.person(ann.client_id) is None
    assert isinstance(store, SqlStore)
    with store._reading() as connection:
        for table in (tables.aliases, tables.merges, tables.confirmations, tables.claims):
            assert connection.execute(select(table)).all() == [], "only hers were there"
    assert [store.profile(one) for one in ann.previous_ids] == [None] * len(ann.previous_ids)


async def test_others_keep_what_is_theirs(store: Store, ann: Profile, make: EventMaker) -> None:
    bob = held(store, BOB)
    before = store.person(bob.client_id)
    erase(store, ann.client_id)
    assert held(store, BOB) == bob
    after = store.person(bob.client_id)
    assert before is not None
    assert after is not None
    assert len(before.quarantined) == len(after.quarantined) + 1, "the one that named her"
    assert msgspec.structs.replace(before, quarantined=[]) == msgspec.structs.replace(after, quarantined=[])
    eve = store.find_profile("uuid", "eve-1")
    assert eve is not None
    [visit, *_] = [e for e in store.events(make.source.source_id) if e.uuid == "eve-1" and not e.derived]
    assert visit.action == "page.visit", "only what named her is deleted of a browser that claimed to be her"
    assert len(store.consents(make.source.source_id, uuid="bob-1")) == 1
    assert len(store.quarantined(make.source.source_id)) == 1


async def test_the_counts_are_what_went(store: Store, ann: Profile, source: Source) -> None:
    before = {s.source_id: len(store.events(s.source_id)) for s in store.sources()}
    person = store.person(ann.client_id)
    assert person is not None
    done = erase(store, ann.client_id)
    after = {s.source_id: len(store.events(s.source_id)) for s in store.sources()}
    assert done.events == sum(map(len, person.events.values()))
    assert done.events + done.events_of_others == sum(before.values()) - sum(after.values())
    assert (done.client_id, done.client_ids) == (ann.client_id, [ann.client_id, *ann.previous_ids])
    assert (done.sessions, done.quarantined, done.consents_kept) == (len(person.sessions), 4, 1)
    assert len(person.quarantined) == 3, "what Bob's browser sent is not hers to see"
    assert done.events_of_others == 4
    assert sorted(done.tombstones.values()) == ["clientId", "clientId", "customId", "email", "uuid", "uuid"]
    assert done.identifiers == 4


async def test_evidence_of_consent_stays_without_the_uuid(store: Store, ann: Profile, source: Source) -> None:
    done = erase(store, ann.client_id)
    assert isinstance(store, SqlStore)
    with store._reading() as connection:
        rows = connection.execute(select(consents).order_by(consents.c.number)).all()
    assert [(row.method, row.text_version, row.time_ms) for row in rows] == [("call", "v3", NOON)] * 2
    assert done.tombstones[rows[0].uuid] == "uuid"
    assert rows[1].uuid == "bob-1"


ERASED: list[tuple[ErasedKind, str]] = [
    ("email", ANN),
    ("email", ANN.upper()),
    ("customId", "customer-5511"),
    ("uuid", "laptop-7f3a"),
    ("uuid", "phone-91bc"),
]


async def test_tombstones_tell_when(store: Store, ann: Profile) -> None:
    assert [store.tombstone(kind, value) for kind, value in ERASED] == [None] * 5
    done = erase(store, ann.client_id)
    assert [store.tombstone(kind, value) for kind, value in ERASED] == [done.erased_ms] * 5
    assert store.tombstone("clientId", str(ann.previous_ids[0])) == done.erased_ms
    assert store.tombstone("email", BOB) is None
    assert store.tombstone("customId", "laptop-7f3a") is None


async def test_a_second_erasure_finds_nobody(store: Store, ann: Profile) -> None:
    done = erase(store, ann.client_id)
    assert store.erase_person(ann.client_id, actor="ada") is None
    assert store.erase_person(999, actor="ada") is None
    assert store.tombstone("clientId", str(ann.client_id)) == done.erased_ms


class TestWhatComesLater:
    """An erased uuid does not come back; the person may."""

    async def test_events_of_an_erased_browser_are_rejected_and_counted(
        self, store: Store, make: EventMaker, ann: Profile
    ) -> None:
        erase(store, ann.client_id)
        assert "phone-91bc" not in dump(store)
        late = [
            make(action, uuid="phone-91bc", params=form(ANN), profile=profile, trusted=trusted)
            for action in ("page.visit", "session.start", "session.end", "form.submit")
            for profile in (None, says(BOB), says(ANN))
            for trusted in (False, True)
        ]
        outcomes = await store.append([*late, make(uuid="new"), late[0]])
        assert outcomes == [Outcome.REJECTED] * 24 + [Outcome.STORED, Outcome.REJECTED]
        assert rejected(store, make.source)["erased"] == 25
        assert "phone-91bc" not in dump(store)
        assert "planted" not in dump(store).lower()
        assert store.find_profile("uuid", "phone-91bc") is None

    async def test_what_is_malformed_is_counted_and_not_kept(
        self, store: Store, ann: Profile, source: Source
    ) -> None:
        erase(store, ann.client_id)
        kept = store.quarantined(source.source_id)
        await store.append([], [quarantined(source, "laptop-7f3a", "[1]"), quarantined(source, "z", "[2]")])
        new = [one for one in store.quarantined(source.source_id) if one not in kept]
        assert [one.quarantine.uuid for one in new] == ["z"]
        assert rejected(store, source)["malformed_event"] == 7

    async def test_the_person_may_return_with_a_new_browser(
        self, store: Store, make: EventMaker, ann: Profile
    ) -> None:
        first = erase(store, ann.client_id)
        await store.append([make("form.submit", uuid="new", profile=says(ANN, custom_id="customer-5511"))])
        back = held(store, ANN)
        assert back.client_id > ann.client_id
        again = erase(store, back.client_id)
        assert store.tombstone("email", ANN) == again.erased_ms >= first.erased_ms
        assert await store.append([make(uuid="new")]) == [Outcome.REJECTED]

    async def test_a_uuid_that_was_made_for_a_second_person_does_not_come_back_either(
        self, store: Store, make: EventMaker
    ) -> None:
        await store.append([make("form.submit", uuid="shared", profile=says(BOB))])
        await store.append([make("form.submit", uuid="shared", profile=says(EVE))])
        eve = held(store, EVE)
        erase(store, eve.client_id)
        late = make("form.submit", uuid="shared", profile=says(EVE))
        assert await store.append([late, make(uuid="shared")]) == [Outcome.REJECTED, Outcome.STORED]
        assert store.find_profile("email", EVE) is None
        assert eve.uuids[0] not in dump(store)

    async def test_the_other_way_round_the_browser_s_first_person_is_erased(
        self, store: Store, make: EventMaker
    ) -> None:
        await store.append([make("form.submit", uuid="shared", profile=says(BOB))])
        await store.append([make("form.submit", uuid="shared", profile=says(EVE))])
        erase(store, held(store, BOB).client_id)
        late = make("form.submit", uuid="shared", profile=says(EVE))
        assert await store.append([late]) == [Outcome.REJECTED]
        assert held(store, EVE).email == EVE


async def test_a_failure_rolls_all_back(store: Store, ann: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dump(store)
    with monkeypatch.context() as patch:
        patch.setattr("collector.store.erase.add_audit", _fail)
        with pytest.raises(RuntimeError, match="the last step"):
            store.erase_person(ann.client_id, actor="ada")
    assert dump(store) == before


def _fail(*_arguments: object) -> None:
    raise RuntimeError("the last step")


async def test_the_audit_tells_who_and_how_much_and_nothing_of_the_person(store: Store, ann: Profile) -> None:
    erase(store, ann.client_id)
    [line] = [one for one in store.audit() if one.action == "profile.erase"]
    assert (line.actor, line.subject) == ("ada", str(ann.client_id))
    assert json.loads(line.detail)["events_of_others"] == 4


@pytest.mark.parametrize("named_anew", [False, True])
async def test_what_is_stored_between_the_search_and_the_lock_goes_too(
    store: Store, make: EventMaker, ann: Profile, named_anew: bool
) -> None:
    """The look through all events holds no lock: whatever comes meanwhile is looked at again."""
    from collector.store import erase as erasing
    from collector.store import person

    assert isinstance(store, SqlStore)
    await store.append([make("note", uuid=None, params={"customId": "tablet-33"})])
    await store.append([make("a", uuid="cid", profile=says(custom_id="his"), trusted=True)])
    with store._reading() as connection:
        searched = person.search(connection, ann.client_id)
    stray = make("b", uuid="laptop-7f3a", profile=says(custom_id="his"), trusted=True)
    unowned = make("form.submit", uuid=None, profile=says(ANN), params=form(ANN))
    await store.append([stray, unowned])
    if named_anew:
        with store._writing() as connection:
            connection.execute(
                insert(tables.identifiers).values(
                    workspace=1, kind="customId", value="tablet-33", profile_id=ann.client_id
                )
            )
    with store._writing() as connection:
        erasing.erase_person(connection, ann.client_id, "ada", searched)
    left = dump(store).lower()
    assert [secret for secret in SECRETS if secret in left] == []
    assert ("tablet-33" in left) is not named_anew


async def test_a_browser_s_events_under_another_profile_are_found(store: Store, make: EventMaker) -> None:
    """Trusted input of a known person's browser about another known person is the other's event."""
    await store.append([make("a", uuid="hers-4411", profile=says(ANN), trusted=True)])
    await store.append([make("b", uuid="his", profile=says(custom_id="bob-id"), trusted=True)])
    await store.append([make("c", uuid="hers-4411", profile=says(custom_id="bob-id"), trusted=True)])
    bob = store.find_profile("customId", "bob-id")
    assert bob is not None
    stray = store.events(make.source.source_id, action="c")[0]
    assert (stray.profile_id, stray.uuid) == (bob.client_id, "hers-4411")
    ann = held(store, ANN).client_id
    person, known = store.person(ann), store.person(ann, everywhere=False)
    assert person is not None
    assert known is not None
    assert person.events[make.source.source_id] == [*known.events[make.source.source_id], stray.seq]
    assert erase(store, ann).events == 2
    assert "hers-4411" not in dump(store)
    assert store.profile(bob.client_id) == bob


async def test_what_the_person_claimed_of_others_goes_too(store: Store, make: EventMaker) -> None:
    await store.append([make("form.submit", uuid="bob-1", profile=says(BOB))])
    await store.append([make("form.submit", uuid="laptop-7f3a", profile=says(BOB))])
    await store.append([make("a", uuid="laptop-7f3a", profile=says(custom_id="hers"), trusted=True)])
    assert [claim.uuid for claim in held(store, BOB).claims] == ["laptop-7f3a"]
    ann = store.find_profile("customId", "hers")
    assert ann is not None
    erase(store, ann.client_id)
    assert held(store, BOB).claims == []
    assert "laptop-7f3a" not in dump(store)


async def test_an_email_that_is_no_identifier_deletes_nothing_of_who_shares_it(
    store: Store, make: EventMaker
) -> None:
    store.save_workspace(unique_emails=False)
    for name in ("one", "two"):
        family = says("family@shop.example", custom_id=name)
        await store.append(
            [make("form.submit", uuid=name, profile=family, params=form("family@shop.example"))]
        )
    one, two = store.find_profile("customId", "one"), store.find_profile("customId", "two")
    assert one is not None
    assert two is not None
    assert erase(store, one.client_id).events_of_others == 0
    assert store.find_profile("customId", "two") == two


async def test_beacons_that_arrive_meanwhile_do_not_survive(
    store: Store, make: EventMaker, ann: Profile
) -> None:
    stored, erased = asyncio.Event(), asyncio.Event()

    async def late() -> Outcome:
        planted = make("late", uuid="laptop-7f3a", params={"word": "planted"})
        return (await store.append([planted]))[0]

    async def send() -> None:
        while not erased.is_set():
            if await late() is Outcome.STORED:
                stored.set()

    sending = asyncio.gather(*(send() for _ in range(4)))
    await stored.wait()
    await asyncio.to_thread(erase, store, ann.client_id)
    erased.set()
    await sending
    assert await late() is Outcome.REJECTED
    assert "laptop-7f3a" not in dump(store)
    assert "planted" not in dump(store).lower()


async def test_no_byte_remains_in_the_files(store: Store, store_url: str, ann: Profile, engine: str) -> None:
    erase(store, ann.client_id)
    store.scrub()
    data = dump(store).encode()
    if engine == "sqlite":  # what remains in PostgreSQL's files is told where `scrub` is
        folder = Path(make_url(store_url).database or "").parent
        data += b"".join(path.read_bytes() for path in folder.iterdir())
    assert [secret for secret in SECRETS if secret.encode() in data.lower()] == []


def actions(store: Store, source: Source) -> set[str]:
    return {event.action for event in store.events(source.source_id) if not event.derived}


@pytest.mark.parametrize("word", ["browser", "action", "1", "PL", "customId"])
async def test_a_custom_id_that_is_an_ordinary_word_names_nobody_else(
    store: Store, make: EventMaker, source: Source, word: str
) -> None:
    await store.append([make("hers", uuid="hers", profile=says(custom_id=word), trusted=True)])
    plain = {"browser": 1, "action": "action", "n": 1, "list": ["browser", "PL", 1, "customId"]}
    ours = {"geo": {"country_code": "PL"}, "browser": {"name": "browser"}, "userId": 1}
    await store.append([make("word", uuid=None, params=plain | {"customId": f"{word}0"}, context=ours)])
    for name in ("customId", "CUSTOM_ID", "userId", "user_id", "clientID"):
        await store.append([make("key", uuid=None, params={"of": [{name: word}]})])
    original = {"context": {"userId": word}}
    mapped = {"formData": {"login": word}, "mapping": {"customId": "login"}}
    await store.append([make("key", uuid=None, context={"original": original})])
    await store.append([make("key", uuid=None, params=mapped)])
    sent = [{"action": "action", "params": plain | {"uuid": "browser"}}]
    theirs = [{"params": {"customId": word}}]
    await store.append([], [quarantined(source, None, json.dumps(each)) for each in (sent, theirs)])
    found = store.find_profile("customId", word)
    assert found is not None
    person = store.person(found.client_id)
    assert person is not None
    kept = store.quarantined(source.source_id)
    assert person.quarantined == [kept[0].number]
    done = erase(store, found.client_id)
    assert (done.events_of_others, done.quarantined) == (7, 1)
    assert actions(store, source) == {"word"}
    assert store.quarantined(source.source_id) == kept[1:]


async def test_an_email_within_a_longer_one_is_another_s(
    store: Store, make: EventMaker, source: Source
) -> None:
    await store.append([make("hers", uuid="hers", profile=says("ann@shop.de"), trusted=True)])
    others = ["joann@shop.de", "jo.ann@shop.de", "jo+ann@shop.de", "jo-ann@shop.de", "öann@shop.de"]
    others += ["ann@shop.de.example", "ann@shop.dev", "ann@shop.de-x"]
    hers = ["ann@shop.de", "to Ann@Shop.de.", "<ann@shop.de>", "/?mail=ann@shop.de&x", "x,ann@shop.de,y"]
    for action, texts in (("other", others), ("named", hers)):
        for text in texts:
            await store.append([make(action, uuid=None, params={"note": text})])
            payload = json.dumps([{"params": {"note": text}, "action": action}])
            await store.append([], [quarantined(source, None, payload)])
    done = erase(store, held(store, "ann@shop.de").client_id)
    assert (done.events_of_others, done.quarantined) == (len(hers), len(hers))
    assert actions(store, source) == {"other"}
    assert len(store.quarantined(source.source_id)) == len(others)


async def test_what_was_looked_through_before_the_lock_is_not_read_again_under_it(
    store: Store, make: EventMaker, source: Source, ann: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beacons wait for the lock: with a full quarantine and many who claimed it was held for 30 s."""
    from collector.store import erase as erasing
    from collector.store import mentions, person

    read: list[str] = []

    def decode(text: str) -> object:
        read.append(text)
        return msgspec.json.decode(text)

    assert isinstance(store, SqlStore)
    await store.append([make("before", uuid="late-1", params=form(ANN))])
    with store._reading() as connection:
        searched = person.search(connection, ann.client_id)
    # One that had claimed sends more, one comes to claim whose events are older, one is of nobody.
    new = quarantined(source, None, json.dumps([{"params": {"mail": ANN, "new": 1}}]))
    await store.append([make("after", uuid="eve-1", params=form(ANN))], [new])
    await store.append([make("form.submit", uuid="late-1", profile=says(ANN), params=form(ANN))])
    monkeypatch.setattr(mentions, "msgspec", SimpleNamespace(json=SimpleNamespace(decode=decode)))
    with store._writing() as connection:
        done = erasing.erase_person(connection, ann.client_id, "ada", searched)
    assert done is not None
    assert (done.quarantined, done.events_of_others) == (5, 7)
    assert "planted" not in dump(store).lower()
    assert len([text for text in read if text.startswith("[")]) == 1
    assert len([text for text in read if "formData" in text]) == 3


async def test_a_person_of_many_browsers_is_found_in_the_quarantine(
    store: Store, make: EventMaker, source: Source
) -> None:
    """One pass for all of them, in pieces."""
    uuids = [f"browser-{number}" for number in range(120)]
    await store.append([make(uuid=uuid, profile=says(ANN), trusted=True) for uuid in uuids])
    await store.append([], [quarantined(source, None, json.dumps([[{"uuid": uuid}]])) for uuid in uuids * 5])
    await store.append([], [quarantined(source, None, '[[{"uuid": "browser"}]]')])
    person = store.person(held(store, ANN).client_id)
    assert person is not None
    assert len(person.quarantined) == 600
    assert erase(store, person.profile.client_id).quarantined == 600


async def test_evidence_keeps_no_uuid_of_a_visitor_whom_retention_drops(
    store: Store, make: EventMaker, source: Source
) -> None:
    """With the profile goes what the evidence could be found and erased by."""
    await store.append([make(uuid="gone-1"), make(uuid="stays-1", profile=says(ANN), trusted=True)])
    give_consent(store, source, "gone-1", "event-of-one")
    give_consent(store, source, "stays-1", "stays-1:1")
    assert store.delete_events(source.source_id, NOON + 1, rule="*") > 0
    assert store.find_profile("uuid", "gone-1") is None
    assert "gone-1" not in dump(store)
    stays, gone = store.consents(source.source_id)
    assert stays.uuid == "stays-1"
    assert (len(gone.uuid or ""), gone.decision.text_version, gone.time_ms) == (64, "v3", NOON)


@pytest.mark.parametrize(
    ("identifier", "found"),
    [
        ("+49 170 1234567", True),
        ("491701234567", True),
        ("(49) 170/12-34.567", True),
        ("CUST-491701234567", False),
        ("anna491701234567@mail.de", False),
        ("491701234567 ext", False),
        ("12345", False),
    ],
)
async def test_only_what_looks_like_a_phone_is_looked_for_as_one(
    store: Store, make: EventMaker, identifier: str, found: bool
) -> None:
    await store.append([make(uuid="a", profile=says(custom_id="c", phone="+49 170 1234567"), trusted=True)])
    person = store.find_profile("customId", "c")
    assert person is not None
    assert store.find_people(identifier) == ([person.client_id] if found else [])
