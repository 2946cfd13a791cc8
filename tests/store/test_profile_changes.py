"""Changes of profiles by a back end: whom they mean, what becomes of it, and the events that follow."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from collector.model.change import ChangeResult, ProfileChange
from collector.model.event import EventRecord
from collector.model.policy import Policy
from collector.model.profile import Profile, ProfileUpdate
from collector.model.source import Source
from collector.model.workspace import NewsletterMode
from collector.profiles.change import change as change_all
from collector.store import Store, connect
from collector.store.profile_phones import MOST
from tests.store.events import NOON, EventMaker

ANN, BOB = "ann@shop.example", "bob@shop.example"


class Shop:
    """A back end of one source."""

    def __init__(self, store: Store, source: Source) -> None:
        self.store, self.source, self.now = store, source, NOON

    def tell(self, *changes: dict[str, Any], create: bool = True) -> list[ChangeResult]:
        self.now += 1000
        asked = [ProfileChange(**{"by_back_end": True, **one}) for one in changes]
        return change_all(self.store, self.source, asked, self.now, create=create, actor="key:shop")

    def one(self, **said: Any) -> Profile:
        [result] = self.tell(said)
        assert result.client_id is not None
        return self.read(result.client_id)

    def read(self, client_id: int) -> Profile:
        profile = self.store.profile(client_id)
        assert profile is not None
        return profile

    def events(self) -> list[EventRecord]:
        return self.store.events(self.source.source_id)

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        return [(event.action, event.params) for event in self.events()]


@pytest.fixture
def shop(store: Store, source: Source) -> Shop:
    return Shop(store, source)


class TestWhoIsMeant:
    def test_each_identifier_finds_its_profile(self, shop: Shop) -> None:
        phone = {"phone": "+48 111 222 333"}
        first = shop.one(custom_id="c", email=ANN, uuid="b", fields=phone)
        written = {"phone": "+48-111-222-333"}
        for said in (
            *({"client_id": first.client_id}, {"custom_id": "c"}, {"email": ANN.upper()}, {"uuid": "b"}),
            {"fields": written},
        ):
            assert shop.one(**said).client_id == first.client_id

    def test_of_several_the_highest_decides(self, shop: Shop) -> None:
        for made in ({"custom_id": "c"}, {"email": ANN}, {"uuid": "b"}):
            shop.one(**made)
        shop.one(email=BOB, fields={"phone": "1234567"})
        cases: dict[str, tuple[dict[str, Any], int]] = {
            "a phone alone": ({"fields": {"phone": "123 45 67"}}, 4),
            "uuid": ({"uuid": "b", "fields": {"phone": "1234567"}}, 3),
            "an unknown clientId does not": ({"client_id": 77, "email": ANN}, 2),
            "customId": ({"custom_id": "c", "email": ANN}, 1),
            "clientId": ({"client_id": 4, "custom_id": "c", "email": ANN}, 4),
            "email": ({"email": ANN, "uuid": "b"}, 2),
            "the first that is known": ({"custom_id": "new", "email": ANN}, 2),
        }
        found = {case: shop.one(**said).client_id for case, (said, _) in cases.items()}
        assert found == {case: decides for case, (_, decides) in cases.items()}

    def test_where_nobody_has_them_a_profile_is_made(self, shop: Shop) -> None:
        cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
            ({"email": ANN}, {"email": ANN, "anonymous": False}),
            ({"custom_id": "c"}, {"custom_id": "c", "anonymous": False}),
            ({"uuid": "b"}, {"uuid": "b", "anonymous": True}),
            ({"fields": {"phone": "1234567"}}, {"email": None, "uuids": [], "anonymous": True}),
            ({"client_id": 77, "email": BOB}, {"client_id": 5, "email": BOB}),
        ]
        for number, (said, made) in enumerate(cases, start=1):
            assert shop.tell(said) == [ChangeResult(client_id=number, created=True)]
            profile = shop.read(number)
            assert {name: getattr(profile, name) for name in made} == made

    def test_nothing_is_made_of_nobody(self, shop: Shop) -> None:
        cases: dict[str, dict[str, Any]] = {
            "an unknown clientId alone": {"client_id": 5, "fields": {"city": "Gdynia"}},
            "or with a phone": {"client_id": 5, "fields": {"phone": "1234567"}},
            "a large one": {"client_id": 2**62},
            "a phone without a digit": {"fields": {"phone": "      "}},
            "nothing": {"attributes": {"a": 1}},
        }
        nobody = ChangeResult(client_id=None)
        assert shop.tell(*cases.values()) == [nobody] * len(cases)
        assert shop.tell({"email": ANN, "uuid": "b"}, create=False) == [nobody]
        assert (shop.store.list_profiles()[1], shop.events()) == (0, [])

    def test_without_unique_emails_an_email_is_a_field(self, shop: Shop) -> None:
        shop.store.save_workspace(unique_emails=False)
        first, second = shop.one(custom_id="1", email=ANN), shop.one(custom_id="2", email=ANN)
        assert (first.client_id, first.email, second.client_id, second.email) == (1, ANN, 2, ANN)
        assert (
            shop.tell({"email": ANN}, {"fields": {"phone": "1234567"}}) == [ChangeResult(client_id=None)] * 2
        )
        # Beside an email that is no identifier a phone is the only one.
        shop.one(custom_id="2", fields={"phone": "1234567"})
        assert shop.one(email=BOB, fields={"phone": "1234567"}).client_id == 2

    def test_two_creates_at_once_leave_one_profile(self, shop: Shop, store_url: str) -> None:
        other = Shop(connect(store_url), shop.source)
        with ThreadPoolExecutor() as pool:
            told = [pool.submit(each.tell, {"email": ANN}) for each in [shop, other] * 8]
        results = [result for one in told for result in one.result()]
        other.store.close()
        assert {result.client_id for result in results} == {1}
        assert sum(result.created for result in results) == 1
        assert [action for action, _ in shop.told()].count("client.add") == 1


class TestBrowsers:
    async def test_the_unnamed_visitor_of_a_uuid_merges_into_the_named_profile(
        self, shop: Shop, make: EventMaker
    ) -> None:
        ann = shop.one(email=ANN, fields={"city": "Gdynia"})
        await shop.store.append([make(uuid="b-2")])
        [old] = [one for one in [shop.store.find_profile("uuid", "b-2")] if one]
        assert shop.one(email=ANN, uuid="b-2").client_id == ann.client_id
        merged = shop.read(old.client_id)
        assert (merged.client_id, merged.uuids) == (ann.client_id, ["b-2"])
        assert merged.previous_ids == [old.client_id]

    def test_two_of_one_email_in_one_call_are_one(self, shop: Shop) -> None:
        shop.tell({"uuid": "old"}, {"email": ANN, "uuid": "new"}, {"email": ANN.title(), "uuid": "old"})
        ann = shop.store.find_profile("email", ANN)
        assert ann is not None
        assert (ann.uuids, ann.uuid, ann.email) == (["new", "old"], "old", ANN.title())
        assert shop.store.list_profiles()[1] == 1

    def test_chains_of_merges_are_all_told(self, shop: Shop) -> None:
        shop.tell({"uuid": "1"}, {"uuid": "2"}, {"email": ANN})
        # A phone that two share joins nobody; a client id does.
        shop.tell({"client_id": 2, "uuid": "1"}, {"client_id": 3, "uuid": "2"})
        assert shop.read(3).previous_ids == [1, 2]
        assert [shop.read(n).client_id for n in (1, 2, 3)] == [3, 3, 3]
        assert shop.read(3).uuids == ["1", "2"]

    def test_another_person_at_the_same_browser_is_another_profile(self, shop: Shop) -> None:
        ann = shop.one(email=ANN, uuid="b")
        bob = shop.one(email=BOB, uuid="b")
        assert (ann.client_id, bob.client_id) == (1, 2)
        assert (shop.read(1).email, shop.read(1).uuids, bob.uuids) == (ANN, ["b"], [])
        assert shop.one(custom_id="c", uuid="b").client_id == 1

    async def test_the_browser_of_an_erased_person_is_nobodys(self, shop: Shop) -> None:
        shop.one(email=ANN, uuid="b")
        shop.store.erase_person(1, actor="test")
        assert shop.tell({"uuid": "b"}) == [ChangeResult(client_id=None)]
        assert shop.one(email=BOB, uuid="b").uuids == []


class TestIdentifiers:
    def test_a_free_one_takes_the_place_of_the_old(self, shop: Shop) -> None:
        shop.one(custom_id="c", email=ANN)
        changed = shop.one(custom_id="c", email=BOB)
        assert (changed.client_id, changed.email) == (1, BOB)
        assert shop.store.find_profile("email", ANN) is None
        assert shop.one(email=ANN).client_id == 2

    def test_within_one_call_too(self, shop: Shop) -> None:
        shop.tell({"custom_id": "c", "email": ANN}, {"custom_id": "c", "email": BOB}, {"email": ANN})
        assert [shop.read(1).email, shop.read(2).email] == [BOB, ANN]

    def test_one_that_another_holds_stays_theirs(self, shop: Shop) -> None:
        shop.tell(
            {"custom_id": "1", "email": ANN, "uuid": "a"}, {"custom_id": "2", "email": BOB, "uuid": "b"}
        )
        shop.tell({"client_id": 1, "custom_id": "2", "email": BOB, "uuid": "b", "fields": {"city": "Gdynia"}})
        one, two = shop.read(1), shop.read(2)
        assert (one.custom_id, one.email, one.uuids, one.fields) == ("1", ANN, ["a"], {"city": "Gdynia"})
        assert (two.custom_id, two.email, two.uuids) == ("2", BOB, ["b"])

    def test_one_can_be_taken_away(self, shop: Shop) -> None:
        shop.one(custom_id="c", email=ANN)
        assert shop.one(custom_id="c", cleared=("email",)).email is None
        assert shop.store.find_profile("email", ANN) is None
        assert shop.one(client_id=1, cleared=("customId", "email")).anonymous
        assert shop.store.find_profile("customId", "c") is None

    def test_an_email_of_somebody_with_another_custom_id_stays_where_it_is(self, shop: Shop) -> None:
        shop.tell({"custom_id": "a", "email": ANN}, {"custom_id": "b", "email": ANN})
        told = [(one.client_id, one.custom_id, one.email) for one in shop.store.list_profiles()[0]]
        assert told == [(1, "a", ANN), (2, "b", None)]
        assert shop.tell({"custom_id": "c", "email": ANN}, create=False) == [ChangeResult(client_id=None)]

    def test_emails_are_held_again_once_they_are_unique_again(self, shop: Shop) -> None:
        shop.tell({"custom_id": "a", "email": ANN}, {"custom_id": "z"})
        shop.store.save_workspace(unique_emails=False)
        for said in (("a", BOB), ("b", ANN.upper()), ("c", "new@shop.example"), ("d", ANN)):
            shop.tell({"custom_id": said[0], "email": said[1]})
        assert shop.store.find_profile("email", ANN) is None
        shop.store.save_workspace(unique_emails=True)
        found = [shop.store.find_profile("email", email) for email in (ANN, BOB, "new@shop.example")]
        assert [one and one.custom_id for one in found] == ["b", "a", "c"]
        assert shop.one(email=BOB).custom_id == "a"
        # What frees an email that another shows: it is theirs as soon as they are told of once more.
        shop.tell({"custom_id": "b", "cleared": ("email",)}, {"custom_id": "d", "email": ANN})
        assert shop.one(email=ANN).custom_id == "d"


class TestPhones:
    def test_of_many_who_share_one_the_newest_are_looked_at(self, shop: Shop) -> None:
        phone = {"phone": "1234567"}
        shop.tell(*({"custom_id": f"c{n}", "fields": phone} for n in range(MOST + 2)))
        assert shop.one(fields=phone).custom_id == "c2"
        shop.tell({"custom_id": "c5", "fields": {"phone": None}})
        assert shop.one(fields=phone).custom_id == "c1"

    async def test_whoever_types_anothers_number_receives_nothing_of_theirs(
        self, shop: Shop, make: EventMaker
    ) -> None:
        phone = {"phone": "+48 700 100 200"}
        form = ProfileUpdate(email="form@shop.example", fields=phone)
        await shop.store.append([make("form.submit", uuid="f", profile=form)])
        await shop.store.append([make("form.submit", uuid="s", profile=form, trusted=True)])
        shop.one(email=BOB, fields=phone, by_back_end=False)
        typed = shop.store.find_profile("email", BOB)
        assert typed is not None
        theirs = shop.one(fields=phone | {"city": "Gdynia"})
        assert theirs.anonymous
        # Found by it from then on, and not by the one they had before or that somebody types next.
        assert shop.one(fields={"phone": "+48-700-100-200"}).client_id == theirs.client_id
        assert shop.store.profile_by_phone("+48700100200") == shop.read(theirs.client_id)
        shop.one(client_id=theirs.client_id, fields={"phone": "1234567"}, by_back_end=False)
        assert shop.one(fields={"phone": "1234567"}).client_id not in (theirs.client_id, typed.client_id)
        assert shop.one(fields=phone).client_id not in (theirs.client_id, typed.client_id)

    def test_a_batch_finds_who_has_it_by_then(self, shop: Shop) -> None:
        x, y = {"phone": "1234567"}, {"phone": "7654321"}
        a, b = (shop.one(custom_id=name, fields=x).client_id for name in "ab")
        told = shop.tell({"custom_id": "b", "fields": y}, {"fields": x}, {"fields": y})
        assert [one.client_id for one in told] == [b, a, b]
        told = shop.tell(
            {"custom_id": "b", "fields": x},
            {"custom_id": "a", "fields": {"phone": None}},
            {"custom_id": "c", "fields": y},
            {"fields": x},
            {"fields": y},
        )
        assert [one.client_id for one in told] == [b, a, 3, b, 3]

    @pytest.mark.parametrize("target_types_it", [True, False])
    def test_a_merge_takes_the_given_phone_along_and_its_undoing_takes_it_back(
        self, shop: Shop, target_types_it: bool
    ) -> None:
        phone = {"phone": "1234567"}
        source = shop.one(custom_id="source", fields=phone).client_id
        target = shop.one(custom_id="target").client_id
        if target_types_it:
            shop.one(client_id=target, fields=phone, by_back_end=False)
        shop.store.merge_profiles([source], target, cause="key:shop")
        assert shop.one(fields=phone).client_id == target
        [merge] = shop.store.merges_of(target)
        shop.store.undo_merge(merge.id, actor="ann")
        assert shop.one(fields=phone).client_id == source


class TestWhatIsWritten:
    def test_absent_stays_null_deletes_and_the_rest_is_merged(self, shop: Shop) -> None:
        shop.one(
            email=ANN,
            fields={"city": "Gdynia", "sex": "MALE"},
            attributes={"size": 1, "old": [1]},
            agreements={"sms": True},
            tags=("a", "b"),
        )
        after = shop.one(
            email=ANN,
            fields={"city": None, "company": "Low Tide"},
            attributes={"old": None, "new": {"x": 1}},
            agreements={"push": True},
            tags=("b", "c"),
            untags=("a", "z"),
        )
        assert after.fields == {"sex": "MALE", "company": "Low Tide"}
        assert after.attributes == {"size": 1, "new": {"x": 1}}
        assert after.agreements == {"sms": True, "push": True}
        assert after.tags == ["b", "c"]

    async def test_what_it_wrote_no_stranger_changes(self, shop: Shop, make: EventMaker) -> None:
        shop.one(email=ANN, fields={"city": "Gdynia", "company": "A"}, attributes={"size": 1})
        shop.one(email=ANN, fields={"company": None})
        form = ProfileUpdate(email=ANN, fields={"city": "X", "company": "B"}, attributes={"size": 2})
        await shop.store.append([make("form.submit", uuid="stranger", profile=form)])
        ann = shop.read(1)
        assert (ann.fields, ann.attributes) == ({"city": "Gdynia", "company": "B"}, {"size": 1})

    async def test_what_it_says_again_is_protected_too(self, shop: Shop, make: EventMaker) -> None:
        def form(value: str) -> ProfileUpdate:
            return ProfileUpdate(email=ANN, fields={"city": value}, attributes={"size": value})

        await shop.store.append([make("form.submit", uuid="b", profile=form("A"))])
        shop.one(email=ANN, fields={"city": "A"})
        shop.one(email=ANN, attributes={"size": "A"})
        await shop.store.append([make("form.submit", uuid="stranger", profile=form("B"))])
        assert (shop.read(1).fields, shop.read(1).attributes) == ({"city": "A"}, {"size": "A"})

    def test_the_policy_is_obeyed_first(self, shop: Shop) -> None:
        policy = Policy(block_params=("phone", "email", "secret"), mask_params=("city",))
        shop.store.save_policy(shop.source.source_id, policy, author="t", comment="t")
        shop.source = shop.store.source(shop.source.source_id) or shop.source
        assert shop.tell({"email": ANN}) == [ChangeResult(client_id=None)]
        fields = {"phone": "1234567", "city": "Gdynia", "company": "A"}
        kept = shop.one(email=ANN, custom_id="c", fields=fields, attributes={"secret": 1, "size": 2})
        assert (kept.email, kept.fields, kept.attributes) == (None, {"company": "A"}, {"size": 2})
        before = shop.told()
        assert shop.one(custom_id="c", fields={"phone": "7654321"}) == kept
        assert shop.told() == before

    def test_a_full_profile_takes_nothing_and_says_so(self, shop: Shop) -> None:
        for start in range(0, 1000, 200):
            names = [f"a{number}" for number in range(start, start + 200)]
            shop.one(email=ANN, attributes=dict.fromkeys(names, 1), tags=tuple(names))
        [by_attribute, by_tag, fits] = shop.tell(
            {"email": ANN, "custom_id": "c", "attributes": {"more": 1}},
            {"email": ANN, "tags": ("more",)},
            {"email": ANN, "attributes": {"a0": 2}, "tags": ("a0",)},
        )
        assert "1000 attributes" in by_attribute.problem
        assert "1000 tags" in by_tag.problem
        assert fits == ChangeResult(client_id=1)
        assert (shop.read(1).custom_id, shop.read(1).attributes["a0"]) == (None, 2)

    def test_tags_are_defined_once(self, shop: Shop) -> None:
        shop.tell({"email": ANN, "tags": ("vip", "new")}, {"email": BOB, "tags": ("vip",)})
        shop.one(email=BOB, tags=("new", "third"))
        assert sorted(tag.name for tag in shop.store.tags()) == ["new", "third", "vip"]


class TestTheNewsletter:
    """contracts/synerise-sdk.md section 7.3, by trusted input."""

    def test_a_wish(self, shop: Shop) -> None:
        outright = {"newsletter": "enabled", "agreements": {"email": True}}
        cases: list[tuple[NewsletterMode, dict[str, Any], bool | None, dict[str, str]]] = [
            ("single", {"newsletter": "enabled"}, True, {}),
            ("single", {"newsletter": "confirmation"}, None, {}),
            ("double", {"newsletter": "enabled"}, None, {"email": "enabled"}),
            ("double", {"newsletter": "confirmation"}, None, {"email": "enabled"}),
            ("off", {"newsletter": "enabled"}, None, {}),
            ("single", {"newsletter": "disabled"}, False, {}),
            ("double", outright, True, {}),
        ]
        for number, (mode, said, agreed, pending) in enumerate(cases):
            shop.store.save_workspace(newsletter_mode=mode)
            ann = shop.one(email=f"{number}@shop.example", **said)
            assert (mode, said, ann.agreements.get("email"), ann.pending) == (mode, said, agreed, pending)

    def test_an_outright_word_ends_the_waiting(self, shop: Shop) -> None:
        shop.store.save_workspace(newsletter_mode="double")
        for agreed in (True, False):
            for together in (True, False):
                email = f"{agreed}-{together}@shop.example"
                wish = {"email": email, "newsletter": "enabled"}
                outright = {"email": email, "agreements": {"email": agreed}}
                for changes in [(wish, outright)] if together else [(wish,), (outright,)]:
                    results = shop.tell(*changes)
                profile = shop.read(results[0].client_id or 0)
                assert (profile.agreements, profile.pending) == ({"email": agreed}, {})

    def test_a_wish_after_a_word_waits(self, shop: Shop) -> None:
        shop.store.save_workspace(newsletter_mode="double")
        shop.tell({"email": ANN, "agreements": {"email": False}}, {"email": ANN, "newsletter": "enabled"})
        assert shop.read(1).pending == {"email": "enabled"}


class TestEventsThatFollow:
    def test_each_change_tells_what_it_was(self, shop: Shop) -> None:
        shop.one(uuid="b", fields={"city": "Gdynia"})
        shop.one(
            uuid="b",
            email=ANN,
            fields={"city": None, "company": "A"},
            attributes={"size": 1},
            agreements={"sms": True, "push": True, "rfid": False},
            tags=("x", "y"),
        )
        shop.one(email=ANN, agreements={"sms": False}, untags=("x",))
        assert shop.told() == [
            ("client.add", {}),
            ("client.identify", {"email": ANN}),
            ("profile.updated", {"changed": ["email", "city", "company", "attributes.size"]}),
            ("marketingAgreement.turnOn", {"agreement": "sms"}),
            ("marketingAgreement.turnOn", {"agreement": "push"}),
            ("client.addTag", {"tag": "x"}),
            ("client.addTag", {"tag": "y"}),
            ("marketingAgreement.turnOff", {"agreement": "sms"}),
            ("client.removeTag", {"tag": "x"}),
        ]
        assert all(event.derived and event.profile_id == 1 for event in shop.events())
        assert [event.uuid for event in shop.events()] == ["b"] * 7 + [None] * 2
        assert {count.outcome: count.count for count in shop.store.outcomes()} == {"derived": 9}

    def test_nothing_changed_tells_nothing(self, shop: Shop) -> None:
        said = {"email": ANN, "fields": {"city": "Gdynia"}, "attributes": {"a": [1]}, "tags": ("x",)}
        before = shop.one(**said, agreements={"sms": True, "push": False}, uuid="b")
        told = shop.told()
        assert shop.one(**said, agreements={"sms": True, "push": False}, uuid="b") == before
        shop.one(email=ANN, fields={"company": None}, attributes={"none": None}, untags=("none",))
        assert shop.told() == told
        made = ["client.add", "client.identify", "marketingAgreement.turnOn", "client.addTag"]
        assert [action for action, _ in told] == made

    def test_the_sources_lists_judge_them(self, shop: Shop) -> None:
        policy = Policy(block=("client.*", "profile.updated"), block_params=("agreement",))
        shop.store.save_policy(shop.source.source_id, policy, author="t", comment="t")
        shop.source = shop.store.source(shop.source.source_id) or shop.source
        shop.one(email=ANN, agreements={"sms": True}, tags=("x",))
        assert shop.told() == [("marketingAgreement.turnOn", {})]


def test_a_thousand_are_written_in_one_go(shop: Shop) -> None:
    changes = [
        {"email": f"p{n}@shop.example", "custom_id": f"c{n}", "uuid": f"b{n}", "tags": ("x",)}
        for n in range(1000)
    ]
    assert [result.client_id for result in shop.tell(*changes)] == list(range(1, 1001))
    assert not any(result.created for result in shop.tell(*changes))
    assert shop.store.list_profiles()[1] == 1000
