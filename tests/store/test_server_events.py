"""Events of back ends: whom they mean, which earlier event they write over, what was bought."""

from typing import Any

import msgspec
import pytest

from collector.model.client import Client, ServerEvent
from collector.model.event import EventRecord, StoredEvent
from collector.model.outcome import Outcome
from collector.model.profile import Profile, ProfileUpdate
from collector.store import Store
from tests.store.events import EventMaker

ANN, BOB = "ann@shop.example", "bob@shop.example"
A, B, C, D = ({"sku": sku, "quantity": 1} for sku in "ABCD")


def said(make: EventMaker, action: str = "dog.bark", *, salt: str | None = None, **told: Any) -> StoredEvent:
    """An event of a back end about a client of these identifiers."""
    names = ("id", "custom_id", "uuid", "email")
    client = Client(**{name: told.pop(name) for name in names if name in told})
    server = ServerEvent(client=client, salt=salt, transaction=told.pop("transaction", False))
    return make(action, uuid=client.uuid, server=server, trusted=True, **told)


def all_events(store: Store, make: EventMaker) -> list[EventRecord]:
    return store.events(make.source.source_id)


def found(store: Store, kind: Any, value: str) -> Profile:
    profile = store.find_profile(kind, value)
    assert profile is not None
    return profile


class TestTheClient:
    async def test_each_identifier_finds_its_profile(self, store: Store, make: EventMaker) -> None:
        await store.append([said(make, custom_id="c-1", email=ANN, uuid="b-1")])
        for identifier in ({"id": 1}, {"custom_id": "c-1"}, {"uuid": "b-1"}, {"email": ANN.upper()}):
            await store.append([said(make, **identifier)])
        assert {event.profile_id for event in all_events(store, make)} == {1}
        assert (found(store, "email", ANN).email, store.profile(2)) == (ANN, None)

    async def test_an_unknown_one_is_made_and_only_a_uuid_is_anonymous(
        self, store: Store, make: EventMaker
    ) -> None:
        await store.append([said(make, uuid="b-1"), said(make, email=BOB), said(make, custom_id="c")])
        assert [event.profile_id for event in all_events(store, make)] == [1, 2, 3]
        assert found(store, "uuid", "b-1").anonymous
        assert not found(store, "email", BOB).anonymous
        assert found(store, "uuid", "b-1").uuid == "b-1"

    async def test_an_unknown_id_alone_stores_nothing_and_is_counted(
        self, store: Store, make: EventMaker
    ) -> None:
        assert await store.append([said(make, id=77), said(make, id=2**62)]) == [Outcome.REJECTED] * 2
        assert all_events(store, make) == []
        assert [(c.reason, c.count) for c in store.outcomes()] == [("unknown_profile", 2)]
        await store.append([said(make, id=77, email=ANN)])
        assert found(store, "email", ANN).client_id == 1

    @pytest.mark.parametrize(
        ("told", "decides"),
        [
            pytest.param({"id": 4, "custom_id": "c", "uuid": "b", "email": ANN}, 4, id="id"),
            pytest.param({"custom_id": "c", "uuid": "b", "email": ANN}, 1, id="customId"),
            pytest.param({"uuid": "b", "email": ANN}, 2, id="uuid"),
            pytest.param({"custom_id": "new", "email": ANN}, 3, id="the first that is known"),
        ],
    )
    async def test_of_several_the_first_decides_and_nobody_is_merged(
        self, store: Store, make: EventMaker, told: dict[str, Any], decides: int
    ) -> None:
        await store.append(
            [said(make, custom_id="c"), said(make, uuid="b"), said(make, email=ANN), said(make, email=BOB)]
        )
        await store.append([said(make, "told", **told)])
        last = all_events(store, make)[-1]
        assert last.profile_id == decides
        assert last.uuid == ("b" if decides == 2 else None)
        assert [profile.client_id for n in range(1, 5) if (profile := store.profile(n))] == [1, 2, 3, 4]
        assert store.profile(5) is None
        assert found(store, "email", ANN).client_id == 3

    async def test_a_free_identifier_is_taken_by_whoever_lacks_one(
        self, store: Store, make: EventMaker
    ) -> None:
        await store.append([said(make, custom_id="c")])
        await store.append([said(make, custom_id="c", email=ANN, uuid="b-1")])
        await store.append([said(make, custom_id="c", email=BOB, uuid="b-2")])
        one = found(store, "customId", "c")
        assert (one.email, one.uuids, one.uuid) == (ANN, ["b-1", "b-2"], "b-1")
        assert store.find_profile("email", BOB) is None

    async def test_a_merged_id_is_the_living_profile(self, store: Store, make: EventMaker) -> None:
        await store.append([said(make, email=ANN), make(uuid="b-9")])
        form = make("form.submit", uuid="b-9", profile=ProfileUpdate(email=ANN), trusted=True)
        await store.append([form])
        assert store.profile(2) == store.profile(1)
        await store.append([said(make, "after", id=2)])
        assert all_events(store, make)[-1].profile_id == 1

    async def test_what_a_form_of_a_back_end_says_is_written(self, store: Store, make: EventMaker) -> None:
        update = ProfileUpdate(email=ANN, fields={"firstName": "Ann"})
        await store.append([said(make, "form.submit", custom_id="c", profile=update)])
        one = found(store, "customId", "c")
        assert (one.email, one.fields) == (ANN, {"firstName": "Ann"})

    async def test_without_unique_emails_one_is_nobody(self, store: Store, make: EventMaker) -> None:
        store.save_workspace(unique_emails=False)
        await store.append([said(make, email=ANN)])
        assert [event.profile_id for event in all_events(store, make)] == [None]


class TestTheSalt:
    """`eventSalt` (contracts/synerise-events-api.md section 4)."""

    async def test_all_the_same_is_written_over_under_the_same_id(
        self, store: Store, make: EventMaker
    ) -> None:
        await store.append([said(make, email=ANN, salt="s", params={"n": 1, "old": True})])
        [before] = all_events(store, make)
        await store.append([said(make, email=ANN, salt="s", params={"n": 2})])
        [after] = all_events(store, make)
        assert (after.id, after.seq, after.params) == (before.id, before.seq, {"n": 2})
        assert [(c.outcome, c.count) for c in store.outcomes()] == [(Outcome.STORED, 2)]

    async def test_within_one_batch_too(self, store: Store, make: EventMaker) -> None:
        await store.append([said(make, email=ANN, salt="s", params={"n": n}) for n in range(3)])
        assert [event.params for event in all_events(store, make)] == [{"n": 2}]

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param({"salt": "t"}, id="salt"),
            pytest.param({"minute": 1}, id="time"),
            pytest.param({"minute": 1 / 60_000}, id="time by a millisecond"),
            pytest.param({"email": BOB}, id="profile"),
            pytest.param({"action": "cat.purr"}, id="action"),
            pytest.param({"salt": None}, id="no salt"),
        ],
    )
    async def test_anything_else_is_stored_beside_it(
        self, store: Store, make: EventMaker, other: dict[str, Any]
    ) -> None:
        told: dict[str, Any] = {"email": ANN, "salt": "s"}
        await store.append([said(make, **told)])
        await store.append([said(make, **(told | other))])
        assert len(all_events(store, make)) == 2

    async def test_what_a_form_turns_is_told_though_it_is_written_over(
        self, store: Store, make: EventMaker
    ) -> None:
        store.save_workspace(newsletter_mode="single")
        for word in ("enabled", "disabled"):
            update = ProfileUpdate(email=ANN, newsletter=word)
            await store.append([said(make, "form.submit", email=ANN, salt="s", profile=update)])
        assert [event.action for event in all_events(store, make)] == [
            "form.submit",
            "marketingAgreement.turnOn",
            "marketingAgreement.turnOff",
        ]

    async def test_the_salt_is_kept_nowhere(self, store: Store, make: EventMaker) -> None:
        await store.append([said(make, email=ANN, salt="planted-salt-77")])
        [event] = all_events(store, make)
        assert "planted-salt-77" not in repr(event)


class TestTransactions:
    """product.buy by the place of a product (section 7)."""

    async def bought(self, store: Store, make: EventMaker) -> list[tuple[str, str]]:
        buys = store.events(make.source.source_id, action="product.buy")
        return [(buy.id, buy.params["sku"]) for buy in buys]

    def charge(self, make: EventMaker, *products: Any, salt: str | None = "s") -> StoredEvent:
        params = {"orderId": "o-1", "source": "POS", "products": list(products)}
        return said(make, "transaction.charge", email=ANN, salt=salt, params=params, transaction=True)

    async def test_a_written_over_transaction_writes_over_its_products_by_place(
        self, store: Store, make: EventMaker
    ) -> None:
        await store.append([self.charge(make, A, B, C)])
        before = await self.bought(store, make)
        assert [sku for _, sku in before] == ["A", "B", "C"]
        await store.append([self.charge(make, A, B, D, C)])
        after = await self.bought(store, make)
        assert [sku for _, sku in after] == ["A", "B", "D", "C"]
        assert [id for id, _ in after[:3]] == [id for id, _ in before]
        await store.append([self.charge(make, A)])
        assert await self.bought(store, make) == after
        assert len(store.events(make.source.source_id, action="transaction.charge")) == 1
        counts = {(count.outcome.value, count.count) for count in store.outcomes()}
        assert counts == {("stored", 3), ("derived", 4)}

    async def test_the_rules_for_params_are_applied_once(self, store: Store, make: EventMaker) -> None:
        await store.append([self.charge(make.under(hash_params=("orderId",)), A)])
        [charge] = store.events(make.source.source_id, action="transaction.charge")
        [buy] = store.events(make.source.source_id, action="product.buy")
        assert buy.params["orderId"] == charge.params["orderId"] != "o-1"

    async def test_a_product_sets_no_reserved_param(self, store: Store, make: EventMaker) -> None:
        odd = {"time": "x", "apiKey": "x", "modifiedBy": "x", "transactionUUID": "x", "orderId": "x"}
        await store.append([self.charge(make, A | odd)])
        [buy] = store.events(make.source.source_id, action="product.buy")
        [charge] = store.events(make.source.source_id, action="transaction.charge")
        assert buy.params == {**A, "orderId": "o-1", "source": "POS", "transactionUUID": charge.id}

    async def test_each_without_a_salt_is_its_own(self, store: Store, make: EventMaker) -> None:
        ids = [f"0000000{n}-0000-4000-8000-000000000000" for n in range(2)]
        for id in ids:
            event = self.charge(make, A, "no product", B, salt=None)
            await store.append([msgspec.structs.replace(event, id=id)])
        buys = store.events(make.source.source_id, action="product.buy")
        assert [buy.params["transactionUUID"] for buy in buys] == [ids[0], ids[0], ids[1], ids[1]]
        assert buys[0].params == {**A, "orderId": "o-1", "source": "POS", "transactionUUID": ids[0]}
        assert all(buy.derived and buy.profile_id == 1 for buy in buys)

    async def test_only_what_the_policy_leaves_is_derived(self, store: Store, make: EventMaker) -> None:
        blocked = make.under(block_params=("products",))
        await store.append([self.charge(blocked, A)])
        await store.append([self.charge(make.under(block=("product.buy",)), B, salt="t")])
        assert await self.bought(store, make) == []
        assert len(store.events(make.source.source_id, action="transaction.charge")) == 2
