"""What follows from a change lies with the profile that it changed, whoever has the named browser."""

import pytest

from collector.model.source import Source
from collector.store import Store
from tests.store.shop import BackEnd

ANN, BOB = "ann@shop.example", "bob@shop.example"


@pytest.fixture
def shop(store: Store, source: Source) -> BackEnd:
    return BackEnd(store, source)


def test_a_browser_of_somebody_else_is_not_named(shop: BackEnd, store: Store) -> None:
    ann = shop.make(email=ANN, uuid="shared")
    bob = shop.make(email=BOB, custom_id="b", uuid="shared", tags=("vip",))
    assert {event.uuid for event in store.events_of(ann)} == {"shared"}
    told = store.events_of(bob)
    assert {event.uuid for event in told} == {None}
    store.erase_person(ann, actor="test")
    assert store.events_of(bob) == told


def test_an_erased_browser_does_not_come_back(shop: BackEnd, store: Store) -> None:
    store.erase_person(shop.make(email=ANN, uuid="erased"), actor="test")
    bob = shop.make(email=BOB, uuid="erased")
    assert {event.uuid for event in store.events_of(bob)} == {None}
    assert shop.read(bob).uuids == []
