"""Identity: who an event is about, and what a stranger may say about somebody who is known."""

import pytest

from collector.model.event import EventRecord
from collector.model.outcome import Outcome
from collector.model.profile import Profile, ProfileUpdate
from collector.store import Store, claim_rows
from collector.store.profile_writing import MAX_NAMES
from tests.store.events import EventMaker

ANN = "ann@shop.example"
BOB = "bob@shop.example"


def says(email: str | None = None, *, custom_id: str | None = None, **fields: str) -> ProfileUpdate:
    return ProfileUpdate(email=email, custom_id=custom_id, fields=fields)


def person(store: Store, email: str) -> Profile:
    found = store.find_profile("email", email)
    assert found is not None
    return found


def last(store: Store, make: EventMaker) -> EventRecord:
    return store.events(make.source.source_id, newest=True, limit=1)[0]


async def test_a_browser_is_one_anonymous_profile(store: Store, make: EventMaker) -> None:
    await store.append([make(), make()])
    await store.append([make(), make(uuid="browser-2")])
    visits = store.events(make.source.source_id, action="page.visit")
    assert [visit.profile_id for visit in visits] == [1, 1, 1, 2]
    one = store.find_profile("uuid", "browser-1")
    assert one is not None
    assert one.anonymous


async def test_an_unknown_email_makes_the_visitor_known_and_keeps_the_history(
    store: Store, make: EventMaker
) -> None:
    await store.append([make()])
    await store.append([make("form.submit", profile=says(ANN, firstName="Ann"))])
    ann = person(store, ANN)
    assert (ann.client_id, ann.email, ann.uuids, ann.anonymous) == (1, ANN, ["browser-1"], False)
    assert ann.fields == {"firstName": "Ann"}


async def test_emails_are_compared_without_case_and_kept_as_sent(store: Store, make: EventMaker) -> None:
    await store.append([make("form.submit", profile=says("Ann@Shop.example"))])
    await store.append([make("form.submit", profile=says("ANN@shop.EXAMPLE"))])
    assert person(store, ANN).email == "Ann@Shop.example"
    assert store.profile(2) is None


class TestUntrustedInputAboutAKnownProfile:
    """What a browser with a public id may say (DESIGN.md, Trust)."""

    @pytest.fixture(autouse=True)
    async def known(self, store: Store, make: EventMaker) -> None:
        trusted = says(ANN, custom_id="c-1", firstName="Ann")
        await store.append([make("client.createOrUpdate", profile=trusted, trusted=True)])
        await store.append([make("form.submit", profile=says(ANN, city="Łódź"))])

    async def test_fills_what_is_empty(self, store: Store, make: EventMaker) -> None:
        await store.append([make("form.submit", uuid="x", profile=says(ANN, lastName="Nowak"))])
        assert person(store, ANN).fields["lastName"] == "Nowak"

    async def test_changes_what_only_untrusted_input_wrote(self, store: Store, make: EventMaker) -> None:
        await store.append([make("form.submit", uuid="x", profile=says(ANN, city="Gdynia"))])
        assert person(store, ANN).fields["city"] == "Gdynia"

    async def test_changes_nothing_that_trusted_input_wrote(self, store: Store, make: EventMaker) -> None:
        await store.append([make("form.submit", uuid="x", profile=says(ANN, firstName="Eve"))])
        await store.append([make("form.submit", profile=says(ANN, firstName="Eve"))])
        assert person(store, ANN).fields["firstName"] == "Ann"

    async def test_merges_nothing(self, store: Store, make: EventMaker) -> None:
        await store.append([make(uuid="x"), make("form.submit", uuid="x", profile=says(ANN))])
        stranger = store.find_profile("uuid", "x")
        assert stranger is not None
        assert stranger.anonymous
        assert last(store, make).profile_id == stranger.client_id != person(store, ANN).client_id

    async def test_takes_no_other_identifier_for_itself(self, store: Store, make: EventMaker) -> None:
        await store.append([make("form.submit", uuid="x", profile=says(ANN, custom_id="c-9"))])
        assert person(store, ANN).custom_id == "c-1"

    async def test_claims_by_the_identifier_that_it_knew(self, store: Store, make: EventMaker) -> None:
        await store.append([make("form.submit", uuid="x", profile=says(ANN, custom_id="c-9"))])
        assert [(claim.uuid, claim.kind, claim.state) for claim in person(store, ANN).claims] == [
            ("x", "email", "open")
        ]

    async def test_claims_it_only_so_often(
        self, store: Store, make: EventMaker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(claim_rows, "MAX_CLAIMS", 3)
        claiming = [make("form.submit", uuid=f"x{number}", profile=says(ANN)) for number in range(5)]
        assert await store.append(claiming[:2]) == await store.append(claiming[2:4]) == [Outcome.STORED] * 2
        assert await store.append([*claiming[4:], claiming[0]]) == [Outcome.STORED, Outcome.DUPLICATE]
        assert [claim.uuid for claim in person(store, ANN).claims] == ["x0", "x1", "x2"]

    async def test_grows_it_only_so_far_and_locks_nobody_out(self, store: Store, make: EventMaker) -> None:
        for number in range(0, MAX_NAMES + 200, 100):
            many = ProfileUpdate(email=ANN, attributes={f"a{number + n}": 1 for n in range(100)})
            await store.append([make("form.submit", uuid=f"x{number}", profile=many)])
        assert len(person(store, ANN).attributes) == MAX_NAMES
        ours = ProfileUpdate(email=ANN, attributes={"risk": "high"})
        await store.append([make("client.createOrUpdate", uuid=None, profile=ours, trusted=True)])
        assert person(store, ANN).attributes["risk"] == "high"

    async def test_flips_no_agreement(self, store: Store, make: EventMaker) -> None:
        store.save_workspace(newsletter_mode="single")
        wish = ProfileUpdate(email=ANN, newsletter="enabled")
        await store.append([make("form.submit", uuid="x", profile=wish)])
        assert person(store, ANN).agreements == {}
        assert person(store, ANN).pending == {"email": "enabled"}
        assert store.events(make.source.source_id, action="marketingAgreement.turnOn") == []


async def test_what_trusted_input_wrote_of_somebody_unknown_is_not_changed_either(
    store: Store, make: EventMaker
) -> None:
    await store.append([make("client.createOrUpdate", profile=says(city="Oslo"), trusted=True)])
    await store.append([make("form.submit", profile=says(ANN, city="Hack", lastName="Nowak"))])
    assert person(store, ANN).fields == {"city": "Oslo", "lastName": "Nowak"}


async def test_a_merge_carries_what_trusted_input_wrote_and_its_protection(
    store: Store, make: EventMaker
) -> None:
    await store.append([make("form.submit", uuid="a", profile=says(ANN, city="Gdynia"))])
    await store.append([make("client.createOrUpdate", uuid="b", profile=says(city="Oslo"), trusted=True)])
    await store.append([make("client.createOrUpdate", uuid="b", profile=says(ANN), trusted=True)])
    await store.append([make("form.submit", uuid="c", profile=says(ANN, city="Hack"))])
    assert person(store, ANN).fields == {"city": "Oslo"}


async def test_trusted_input_merges_the_anonymous_browser_into_the_known_person(
    store: Store, make: EventMaker
) -> None:
    await store.append([make("form.submit", profile=says(ANN, firstName="Ann"))])
    await store.append([make(uuid="phone")])
    await store.append([make("client.createOrUpdate", uuid="phone", profile=says(ANN), trusted=True)])
    ann = person(store, ANN)
    assert (ann.uuids, ann.previous_ids) == (["browser-1", "phone"], [2])
    assert store.profile(2) == ann
    assert last(store, make).profile_id == ann.client_id
    await store.append([make("click", uuid="phone")])
    assert last(store, make).profile_id == ann.client_id
    before_the_merge = store.events(make.source.source_id, action="page.visit")[-1]
    assert before_the_merge.profile_id == 2, "events are never rewritten"


@pytest.mark.parametrize("trusted", [True, False])
async def test_two_known_profiles_are_never_merged_by_an_event(
    store: Store, make: EventMaker, trusted: bool
) -> None:
    await store.append([make("form.submit", uuid="a", profile=says(ANN))])
    await store.append([make("form.submit", uuid="b", profile=says(BOB))])
    await store.append([make("form.submit", uuid="b", profile=says(ANN), trusted=trusted)])
    assert person(store, ANN).client_id != person(store, BOB).client_id
    assert person(store, BOB).uuids == ["b"]


async def test_another_person_on_the_same_browser_gets_a_uuid_and_profile_of_their_own(
    store: Store, make: EventMaker
) -> None:
    await store.append([make("form.submit", profile=says(ANN))])
    await store.append([make("form.submit", profile=says(BOB))])
    first = last(store, make)
    await store.append([make("form.submit", profile=says(BOB, firstName="Bob"))])
    assert person(store, ANN).client_id != person(store, BOB).client_id == first.profile_id
    assert first.uuid == last(store, make).uuid != "browser-1"
    assert person(store, BOB).fields == {"firstName": "Bob"}


async def test_without_unique_emails_only_the_custom_id_tells_people_apart(
    store: Store, make: EventMaker
) -> None:
    store.save_workspace(unique_emails=False)
    for number, browser in enumerate(("a", "b")):
        update = says("family@shop.example", custom_id=f"c-{number}")
        await store.append([make("form.submit", uuid=browser, profile=update)])
    both = [store.find_profile("customId", f"c-{number}") for number in (0, 1)]
    assert [profile and profile.email for profile in both] == ["family@shop.example"] * 2
    assert store.find_profile("email", "family@shop.example") is None


async def test_a_back_end_without_a_uuid_writes_the_profile_it_names(store: Store, make: EventMaker) -> None:
    update = says(ANN, firstName="Ann")
    await store.append([make("client.createOrUpdate", uuid=None, profile=update, trusted=True)])
    assert last(store, make).profile_id == person(store, ANN).client_id


async def test_a_stranger_without_a_uuid_changes_nobody(store: Store, make: EventMaker) -> None:
    await store.append([make("form.submit", profile=says(ANN, firstName="Ann"))])
    await store.append([make("form.submit", uuid=None, profile=says(ANN, lastName="Eve"))])
    assert person(store, ANN).fields == {"firstName": "Ann"}
    assert last(store, make).profile_id is None


async def test_tags_of_forms_gather_on_the_profile(store: Store, make: EventMaker) -> None:
    await store.append([make("form.submit", profile=ProfileUpdate(email=ANN, tags=("contact", "demo")))])
    await store.append([make("form.submit", profile=ProfileUpdate(email=ANN, tags=("demo", "vip")))])
    assert person(store, ANN).tags == ["contact", "demo", "vip"]
