"""Merges: what two profiles become, what resolves afterwards, and what undoing gives back."""

from typing import Any

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.engine import make_url

from collector.model.client import Client, ServerEvent
from collector.model.merge import Merge
from collector.model.profile import ProfileUpdate
from collector.model.source import Source
from collector.store import CannotUndo, Store, UnknownProfile, tables, unmerging
from collector.store.registry import now_ms
from tests.store.events import EventMaker
from tests.store.shop import BackEnd

ANN, BOB = "Ann@shop.example", "bob@shop.example"


@pytest.fixture
def shop(store: Store, source: Source) -> BackEnd:
    return BackEnd(store, source)


def written(url: str) -> list[str]:
    """What is written down of merges."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg") if "postgresql" in url else url)
    try:
        with engine.connect() as connection:
            return list(connection.scalars(select(tables.merges.c.before)))
    finally:
        engine.dispose()


class TestTheMerge:
    def test_the_targets_values_win_and_what_it_lacks_comes_from_the_sources_in_order(
        self, shop: BackEnd
    ) -> None:
        target = shop.make(
            email=ANN,
            fields={"firstName": "Ann"},
            attributes={"size": 4},
            agreements={"sms": False},
            tags=("vip",),
        )
        one = shop.make(
            custom_id="c-1",
            uuid="b-1",
            fields={"firstName": "Anna", "city": "Łódź"},
            attributes={"size": 5, "shoe": {"eu": 38}},
            agreements={"sms": True, "push": True},
            tags=("new", "vip"),
        )
        two = shop.make(email=BOB, uuid="b-2", fields={"city": "Gdynia", "lastName": "Nowak"}, tags=("late",))
        merged = shop.store.merge_profiles([one, two], target, cause="key:shop")
        assert merged == shop.read(target) == shop.read(one) == shop.read(two)
        assert (merged.email, merged.custom_id, merged.uuids) == (ANN, "c-1", ["b-1", "b-2"])
        assert merged.fields == {"firstName": "Ann", "city": "Łódź", "lastName": "Nowak"}
        assert merged.attributes == {"size": 4, "shoe": {"eu": 38}}
        assert merged.agreements == {"sms": False, "push": True}
        assert merged.tags == ["vip", "new", "late"]
        assert merged.previous_ids == [one, two]
        for kind, value in (("email", BOB), ("email", ANN.upper()), ("customId", "c-1"), ("uuid", "b-2")):
            assert shop.store.find_profile(kind, value) == merged  # type: ignore[arg-type]

    def test_ids_resolve_through_chains_and_all_are_told(self, shop: BackEnd) -> None:
        a, b, c, d = (shop.make(custom_id=name) for name in "abcd")
        shop.merge(a, b)
        shop.merge(b, d)
        shop.merge(c, d)
        assert shop.read(a).client_id == d
        assert shop.read(d).previous_ids == [a, b, c]
        assert [(one.source_id, one.target_id) for one in shop.store.merges_of(a)] == [(c, d), (b, d), (a, b)]

    async def test_events_go_on_to_the_target_and_none_is_rewritten(
        self, shop: BackEnd, store: Store, make: EventMaker
    ) -> None:
        source, target = shop.make(uuid="b-1"), shop.make(email=ANN)
        await store.append([make(uuid="b-1")])
        shop.merge(source, target)
        by_id = ServerEvent(client=Client(id=source))
        await store.append([make(uuid="b-1"), make(uuid=None, server=by_id, trusted=True)])
        visits = [one for one in store.events_of(target) if one.action == "page.visit"]
        assert [one.profile_id for one in visits] == [target, target, source]
        assert shop.tell(client_id=source, tags=("x",)) == target

    async def test_the_last_activity_is_the_later_of_both(
        self, shop: BackEnd, store: Store, make: EventMaker
    ) -> None:
        target = shop.make(email=ANN)
        by_id = ServerEvent(client=Client(id=target))
        later = make(uuid=None, minute=9, server=by_id, trusted=True)
        signed_in = make("client.login", uuid="b", profile=ProfileUpdate(email=ANN), trusted=True)
        await store.append([make(uuid="b"), later, signed_in])
        assert shop.read(target).last_activity_ms == later.time_ms
        other = shop.make(custom_id="c")
        await store.append([make(uuid=None, minute=11, server=ServerEvent(client=Client(id=other)))])
        shop.merge(other, target)
        assert shop.read(target).last_activity_ms == later.time_ms + 2 * 60_000

    def test_the_target_itself_and_who_is_it_already_are_skipped(self, shop: BackEnd) -> None:
        a, b = shop.make(email=ANN), shop.make(email=BOB)
        for sources in ([b], [a, b, a], [a]):
            shop.store.merge_profiles(sources, b, cause="key:shop")
        assert len(shop.store.merges_of(b)) == 1
        assert [one.action for one in shop.store.audit() if "merge" in one.action] == ["profile.merge"]

    def test_an_unknown_one_merges_nothing(self, shop: BackEnd) -> None:
        a, b = shop.make(email=ANN), shop.make(email=BOB)
        before = shop.seen(a, b)
        for sources, target, unknown in (([a, 99], b, 99), ([a], 98, 98), ([2**62], b, 2**62)):
            with pytest.raises(UnknownProfile) as raised:
                shop.store.merge_profiles(sources, target, cause="key:shop")
            assert raised.value.args == (unknown,)
        assert shop.seen(a, b) == before

    async def test_what_trusted_input_wrote_wins_over_what_a_page_said_and_stays_protected(
        self, shop: BackEnd, store: Store, make: EventMaker
    ) -> None:
        told = ProfileUpdate(email=ANN, fields={"city": "Mars"})
        await store.append([make("form.submit", uuid="t", profile=told)])
        source = shop.make(custom_id="c", fields={"city": "Łódź"})
        ann = store.find_profile("email", ANN)
        assert ann is not None
        merge = shop.merge(source, ann.client_id)
        assert shop.read(source).fields == {"city": "Łódź"}
        stranger = make("form.submit", uuid="t", profile=ProfileUpdate(email=ANN, fields={"city": "Venus"}))
        await store.append([stranger])
        assert shop.read(source).fields == {"city": "Łódź"}
        shop.undo(merge)
        assert shop.read(ann.client_id).fields == {"city": "Mars"}
        await store.append([make("form.submit", uuid="t", profile=ProfileUpdate(fields={"city": "Pluto"}))])
        assert shop.read(ann.client_id).fields == {"city": "Pluto"}, "nothing protects it any more"

    async def test_claims_are_found_by_the_target_but_for_those_of_its_own_browsers(
        self, shop: BackEnd, store: Store, make: EventMaker
    ) -> None:
        source, target = shop.make(email=ANN), shop.make(email=BOB)
        for uuid in ("x", "y"):
            claim = make("form.submit", uuid=uuid, profile=ProfileUpdate(email=ANN))
            await store.append([make(uuid=uuid), claim])
        before = shop.seen(source, target)
        merge = shop.merge(source, target)
        assert [claim.uuid for claim in shop.read(target).claims] == ["x", "y"]
        await store.append([make("form.submit", uuid="y", profile=ProfileUpdate(email=BOB))])
        assert [claim.uuid for claim in shop.read(target).claims] == ["x", "y"], "each browser once"
        x = store.find_profile("uuid", "x")
        assert x is not None
        proof = shop.merge(x.client_id, target)
        assert [claim.uuid for claim in shop.read(target).claims] == ["y"]
        shop.undo(proof)
        shop.undo(merge)
        assert [claim.uuid for claim in shop.read(source).claims] == ["x", "y"]
        assert [claim.uuid for claim in shop.read(target).claims] == ["y"]
        assert before[0] == shop.seen(source)[0]

    async def test_what_waits_for_the_persons_word_goes_over_and_back(
        self, shop: BackEnd, store: Store, make: EventMaker
    ) -> None:
        store.save_workspace(newsletter_mode="double")
        source, target = (shop.make(email=each, newsletter="enabled") for each in (ANN, BOB))
        other = shop.make(custom_id="c")
        first, second = shop.merge(source, other), shop.merge(other, target)
        assert shop.read(target).pending == {"email": "enabled"}
        shop.undo(second)
        assert [shop.read(one).pending for one in (other, target)] == [{"email": "enabled"}] * 2
        shop.undo(first)
        assert [shop.read(one).pending for one in (other, source)] == [{}, {"email": "enabled"}]
        again = shop.merge(source, other)
        shop.make(client_id=other, agreements={"email": False})
        shop.undo(again)
        assert shop.read(source).pending == {}, "the word was given meanwhile"


class TestUndoing:
    async def test_gives_back_all_that_was_there(
        self, shop: BackEnd, store: Store, make: EventMaker, store_url: str
    ) -> None:
        source = shop.make(email=ANN, uuid="b-1", fields={"city": "Łódź"}, attributes={"n": 1.0}, tags=("a",))
        target = shop.make(
            custom_id="c", uuid="b-2", attributes={"m": None, "n": 1}, agreements={"sms": True}
        )
        await store.append([make(uuid="b-1"), make(uuid="b-2", minute=9)])
        before = shop.seen(source, target)
        merge = shop.merge(source, target)
        assert merge.problem == ""
        assert "Łódź" in written(store_url)[0]
        assert shop.undo(merge) == (source, target)
        assert shop.seen(source, target) == before
        assert type(shop.read(source).attributes["n"]) is float
        assert shop.store.merges_of(target)[0].undone_ms is not None
        assert written(store_url) == ["{}"], "nothing is kept twice of a person"
        lines = [(one.actor, one.action, one.subject) for one in store.audit() if "merge" in one.action]
        assert lines == [
            ("user:ada", "profile.undo_merge", str(target)),
            ("key:shop", "profile.merge", str(target)),
        ]
        assert shop.undo(shop.merge(source, target)) == (source, target)
        assert shop.seen(source, target) == before

    async def test_a_merge_by_an_event_is_undone_as_well(
        self, shop: BackEnd, store: Store, make: EventMaker
    ) -> None:
        ann = shop.make(email=ANN)
        await store.append([make(uuid="b-1")])
        anonymous = store.find_profile("uuid", "b-1")
        assert anonymous is not None
        before = shop.seen(anonymous.client_id)
        login = make("client.login", uuid="b-1", profile=ProfileUpdate(email=ANN, fields={"city": "x"}))
        trusted = make("client.login", uuid="b-1", profile=login.profile, trusted=True)
        await store.append([trusted])
        [merge] = store.merges_of(ann)
        assert (merge.cause, merge.source_id) == (trusted.id, anonymous.client_id)
        shop.undo(merge)
        assert shop.seen(anonymous.client_id) == before
        assert shop.read(ann).fields == {"city": "x"}, "what the login said was said of Ann"
        await store.append([make(uuid="b-1")])
        assert shop.store.events_of(anonymous.client_id)[0].profile_id == anonymous.client_id

    def test_what_was_changed_since_stays_with_the_target(self, shop: BackEnd) -> None:
        source = shop.make(
            email=ANN, fields={"city": "Łódź", "lastName": "N", "sex": "OTHER"}, tags=("a", "b")
        )
        target = shop.make(custom_id="c", fields={"firstName": "Ann"})
        merge = shop.merge(source, target)
        shop.make(
            client_id=target, uuid="b", fields={"city": "Gdynia", "sex": None}, tags=("z",), untags=("a",)
        )
        shop.undo(merge)
        kept = shop.read(target)
        assert kept.fields == {"firstName": "Ann", "city": "Gdynia"}
        assert (kept.tags, kept.uuids, kept.email) == (["z"], ["b"], None)
        given_back = shop.read(source)
        assert given_back.fields == {"city": "Łódź", "lastName": "N", "sex": "OTHER"}
        assert (given_back.tags, given_back.email) == (["a", "b"], ANN)

    def test_the_tag_that_nobody_is_to_have_any_more_stays_away(self, shop: BackEnd) -> None:
        source, target = shop.make(email=ANN, tags=("kept", "gone")), shop.make(custom_id="c")
        merge = shop.merge(source, target)
        gone = next(tag for tag in shop.store.tags() if tag.name == "gone")
        assert shop.store.remove_tag(gone.id)
        shop.undo(merge)
        assert (shop.read(source).tags, shop.read(target).tags) == (["kept"], [])

    def test_of_several_merges_any_is_undone_and_the_others_hold(self, shop: BackEnd) -> None:
        """The later one counts as if the first had never been: it fills what the first had filled."""
        target = shop.make(custom_id="c")
        one = shop.make(email=ANN, fields={"city": "Łódź", "company": "One"})
        two = shop.make(email=BOB, fields={"city": "Gdynia"})
        before = shop.seen(one, two, target)
        first, second = shop.merge(one, target), shop.merge(two, target)
        assert shop.read(target).fields == {"city": "Łódź", "company": "One"}
        shop.undo(first)
        assert shop.read(target).fields == {"city": "Gdynia"}
        assert shop.read(target).email == BOB
        assert shop.seen(one) == before[:1]
        shop.undo(second)
        kept = shop.seen(one, two, target)
        assert kept == before

    def test_what_was_changed_between_two_merges_and_back_since_stays(self, shop: BackEnd) -> None:
        one, two = shop.make(fields={"city": "x"}, uuid="b"), shop.make(custom_id="d", fields={"sex": "F"})
        target = shop.make(custom_id="c")
        first = shop.merge(one, target)
        shop.make(client_id=target, fields={"city": "y"})
        second = shop.merge(two, target)
        shop.make(client_id=target, fields={"city": "x"})
        shop.undo(first)
        assert shop.read(target).fields == {"sex": "F", "city": "x"}
        shop.undo(second)
        assert shop.read(target).fields == {"city": "x"}

    def test_no_more_is_written_down_of_the_target_than_the_source_touches(
        self, shop: BackEnd, store_url: str
    ) -> None:
        long = {f"a{n}": "long" * 400 for n in range(50)}
        target = shop.make(custom_id="c", attributes=long | {"n": 1}, tags=("kept",))
        before = shop.seen(target)
        for number in range(3):
            shop.merge(shop.make(uuid=f"b-{number}", attributes={"n": number, "m": number}), target)
        assert "long" not in "".join(written(store_url))
        for merge in shop.store.merges_of(target):
            shop.undo(merge)
        assert shop.seen(target) == before

    def test_the_sign_ins_to_the_target_end(self, shop: BackEnd, store: Store) -> None:
        source, target = shop.make(email=ANN), shop.make(custom_id="c")
        merge = shop.merge(source, target)
        made_ms = now_ms()
        shop.undo(merge)
        assert store.is_revoked("any", [f"client:{target}"], made_ms)
        assert not store.is_revoked("any", [f"client:{target}"], now_ms() + 2)
        assert not store.is_revoked("any", [f"client:{source}"], made_ms)

    def test_only_so_many_later_ones_are_put_on_another_ground(
        self, shop: BackEnd, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(unmerging, "MAX_LATER", 1)
        target = shop.make(custom_id="c")
        merges = [shop.merge(shop.make(uuid=f"b-{number}"), target) for number in range(3)]
        says = f"More than 1 others were merged into visitor {target} since."
        assert [one.problem for one in shop.store.merges_of(target)] == ["", "", says]
        assert [one.problem for one in shop.store.merges_of(target, limit=2)] == ["", ""]
        with pytest.raises(CannotUndo, match=says):
            shop.undo(merges[0])
        shop.undo(merges[2])
        shop.undo(merges[0])

    async def test_merges_are_in_their_order_whatever_the_clock_says(
        self, shop: BackEnd, store: Store, make: EventMaker
    ) -> None:
        target = shop.make(email=ANN)
        one, two = (
            shop.make(custom_id="c", fields={"city": "Łódź"}),
            shop.make(uuid="b", fields={"city": "x"}),
        )
        first = shop.merge(one, target)
        signed_in = make("client.login", uuid="b", profile=ProfileUpdate(email=ANN), trusted=True)
        await store.append([signed_in])
        assert [merge.source_id for merge in store.merges_of(target)] == [two, one]
        shop.undo(first)
        assert shop.read(target).fields == {"city": "x"}

    async def test_what_a_back_end_changed_since_stays_protected(
        self, shop: BackEnd, store: Store, make: EventMaker
    ) -> None:
        source, target = shop.make(custom_id="c", fields={"city": "Łódź"}), shop.make(email=ANN, uuid="t")
        merge = shop.merge(source, target)
        shop.make(client_id=target, fields={"city": "Gdynia"})
        shop.undo(merge)
        stranger = make("form.submit", uuid="t", profile=ProfileUpdate(email=ANN, fields={"city": "Venus"}))
        await store.append([stranger])
        assert shop.read(target).fields == {"city": "Gdynia"}

    def test_an_email_that_was_freed_goes_back(self, shop: BackEnd) -> None:
        source, target = shop.make(email=ANN), shop.make(custom_id="c")
        merge = shop.merge(source, target)
        shop.make(client_id=target, email=BOB)
        assert shop.store.find_profile("email", ANN) is None
        shop.undo(merge)
        found = [shop.store.find_profile("email", each) for each in (ANN, BOB)]
        assert [each and each.client_id for each in found] == [source, target]


def merged_on(shop: BackEnd, merge: Merge) -> None:
    shop.merge(merge.target_id, shop.make(custom_id="other"))


def undone(shop: BackEnd, merge: Merge) -> None:
    shop.undo(merge)


def taken(shop: BackEnd, merge: Merge) -> None:
    shop.make(client_id=merge.target_id, email=BOB)
    shop.make(email=ANN)


def erased(shop: BackEnd, merge: Merge) -> None:
    taken(shop, merge)
    ann = shop.store.find_profile("email", ANN)
    assert ann is not None
    shop.store.erase_person(ann.client_id, actor="user:ada")


@pytest.mark.parametrize(
    ("happens", "says"),
    [
        (undone, "This merge is undone already."),
        (merged_on, "Visitor 2 was merged into 3 since. Undo that first."),
        (taken, "The email of visitor 1 belongs to visitor 3 by now."),
        (erased, "Whoever had the email of visitor 1 since was erased."),
    ],
)
def test_a_merge_that_cannot_be_undone_says_why_and_changes_nothing(
    shop: BackEnd, happens: Any, says: str
) -> None:
    source, target = shop.make(email=ANN), shop.make(custom_id="c")
    merge = shop.merge(source, target)
    happens(shop, merge)
    before = shop.seen(source, target)
    with pytest.raises(CannotUndo, match=says):
        shop.undo(merge)
    assert shop.seen(source, target) == before
    assert next(one for one in shop.store.merges_of(target) if one.id == merge.id).problem == says


def test_an_email_that_became_the_targets_own_stays_there(shop: BackEnd) -> None:
    source, target = shop.make(email=ANN), shop.make(email=BOB)
    merge = shop.merge(source, target)
    shop.make(client_id=target, email=ANN)
    before = shop.seen(source, target)
    with pytest.raises(CannotUndo, match="has this email as their own by now"):
        shop.undo(merge)
    assert shop.seen(source, target) == before


def test_an_erasure_takes_what_was_written_down_of_both(shop: BackEnd, store: Store, store_url: str) -> None:
    a, b, c = shop.make(email=ANN), shop.make(email=BOB), shop.make(custom_id="c")
    undone = shop.merge(a, b)
    shop.undo(undone)
    held = shop.merge(a, c)
    shop.merge(c, b)
    store.erase_person(a, actor="user:ada")
    assert written(store_url) == []
    for merge in (undone, held):
        with pytest.raises(KeyError):
            shop.undo(merge)
