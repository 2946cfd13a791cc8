"""Looking for profiles: both engines find the same ones in the same order."""

from typing import Any

from collector.model.client import Client
from collector.model.profile import ProfileUpdate
from collector.store import Store
from tests.store.events import EventMaker
from tests.store.test_profile_changes import Shop

PEOPLE: dict[str, dict[str, Any]] = {
    "ann": {"fields": {"firstName": "Ann", "city": "Gdynia", "phone": "+48 111 222 333"}},
    "BOB": {"fields": {"firstName": "bob", "lastName": "Żak", "city": "gdynia", "phone": "1234567"}},
    "eva": {"fields": {"firstName": "Éva", "lastName": "zak", "company": "100% Wool"}},
    "cid": {"fields": {"firstName": "Cid", "lastName": "Adams"}},
}


def filled(store: Store, make: EventMaker) -> Shop:
    """Clients 1 to 4 of PEOPLE, and 5 of whom nothing is known but a browser."""
    shop = Shop(store, make.source)
    shop.tell(*({"email": f"{name}@shop.example", **said} for name, said in PEOPLE.items()), {"uuid": "b"})
    return shop


async def test_lists_are_filtered_sorted_and_paged(store: Store, make: EventMaker) -> None:
    filled(store, make)
    await store.append([make(uuid="b", minute=600)])

    def ids(**asked: Any) -> list[int]:
        return [profile.client_id for profile in store.list_profiles(**asked)[0]]

    assert ids() == [1, 2, 3, 4, 5]
    assert ids(sort_by="firstName") == [1, 2, 4, 3, 5]
    assert ids(sort_by="firstName", descending=True) == [3, 4, 2, 1, 5]
    assert ids(sort_by="lastName") == [4, 3, 2, 1, 5]
    assert ids(sort_by="lastName", descending=True) == [2, 3, 4, 1, 5]
    assert ids(sort_by="city") == ids(sort_by="city", descending=True) == [1, 2, 3, 4, 5]
    assert ids(sort_by="phone") == [1, 2, 3, 4, 5]
    assert ids(sort_by="phone", descending=True) == [2, 1, 3, 4, 5]
    assert ids(sort_by="email") == [1, 2, 4, 3, 5]
    assert ids(sort_by="lastActivityDate", descending=True) == [5, 1, 2, 3, 4]
    assert ids(filters={"firstName": "ANN"}) == [1]
    assert ids(filters={"firstName": "an"}) == []
    assert ids(filters={"lastName": "żak"}) == []
    assert ids(filters={"lastName": "Żak", "email": "bob@SHOP.example"}) == [2]
    assert ids(filters={"phone": "+48-111-222-333"}) == [1]
    assert ids(filters={"anonymous": True}) == [5]
    assert ids(filters={"anonymous": False, "firstName": "cid"}) == [4]
    assert store.list_profiles(offset=1, limit=2, sort_by="email")[1] == 5
    assert ids(offset=1, limit=2, sort_by="email") == [2, 4]
    assert (ids(offset=5), ids(limit=0)) == ([], [])


async def test_a_search_finds_text_anywhere_or_in_one_field(store: Store, make: EventMaker) -> None:
    filled(store, make)

    def ids(search: str) -> list[int]:
        profiles, matching = store.list_profiles(search=search)
        assert matching == len(profiles)
        return [profile.client_id for profile in profiles]

    assert ids("SHOP.example") == [1, 2, 3, 4]
    assert ids("AN") == [1]
    assert ids("city:GDY") == [1, 2]
    assert ids("company:100%") == [3]
    assert ids("company:_") == ids("%") == ids("nobody") == []
    assert ids("city:") == [1, 2]
    assert ids("phone:11 12-22") == [1]
    assert ids("none:such") == []


async def test_whom_a_client_means(store: Store, make: EventMaker) -> None:
    shop = filled(store, make)
    shop.tell({"custom_id": "c", "email": "ann@shop.example"}, {"email": "eva@shop.example", "uuid": "b"})
    found = store.find_clients(
        [
            Client(id=5),
            Client(id=99, custom_id="c"),
            Client(id=2, custom_id="c"),
            Client(custom_id="none", uuid="b", email="bob@shop.example"),
            Client(email="BOB@shop.EXAMPLE"),
            Client(id=99),
            Client(uuid="none"),
        ]
    )
    assert [one and one.client_id for one in found] == [3, 1, 2, 3, 2, None, None]
    assert found[0] == store.profile(3)
    assert store.find_clients([]) == []
    store.save_workspace(unique_emails=False)
    assert store.find_clients([Client(email="bob@shop.example")]) == [None]


async def test_by_phone_the_one_a_back_end_gave_it_to_comes_first(store: Store, make: EventMaker) -> None:
    shop = filled(store, make)
    form = ProfileUpdate(fields={"phone": "48-111.222(333)", "city": "x" * 1000})
    await store.append([make("form.submit", uuid="s", profile=form, minute=600)])
    stranger = store.find_profile("uuid", "s")
    assert store.profile_by_phone("48111222333") == stranger
    assert stranger is not None
    shop.tell({"email": "ann@shop.example", "fields": {"phone": "48111222333"}})
    found = store.profile_by_phone("(48) 111/222-333")
    assert found is not None
    assert found.client_id == 1
    long = ProfileUpdate(fields={"phone": "\u4e00" * 1000})
    await store.append([make("form.submit", uuid="s", profile=long)])
    for nobody in ("", "+48111222333", "\u4e00" * 1000, "\u0661\u0662\u0663\u0664\u0665\u0666\u0667"):
        assert store.profile_by_phone(nobody) is None
