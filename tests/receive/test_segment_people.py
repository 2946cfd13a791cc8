"""Who Segment's calls are about: anonymous history joins who becomes known, and nobody rewrites another."""

import base64
import time
import uuid as uuids
from typing import Any

import msgspec
import pytest
from sqlalchemy import create_engine, text

from collector.auth.keys import hash_key, new_api_key
from collector.model.policy import Policy
from collector.model.profile import Profile
from collector.model.source import Source
from tests.auth.signing import public_pem, rsa_key, sign
from tests.receive.running import Running

PEM = public_pem(rsa_key())


class Shop:
    """A source that is spoken to by its public id, or with `trusted` by its secret key."""

    def __init__(self, collector: Running, source_id: str, api_key: str) -> None:
        self.collector = collector
        self.source_id = source_id
        self.api_key = api_key

    def call(self, kind: str, *, trusted: bool = False, **message: Any) -> None:
        key = base64.b64encode(f"{self.api_key if trusted else self.source_id}:".encode()).decode()
        headers = {"authorization": f"Basic {key}"}
        assert self.collector.request("POST", f"/v1/{kind}", json=message, headers=headers).status_code == 200

    def owners(self, event: str) -> list[int | None]:
        """Whose the events of a name are by now, in order."""
        found = [
            self.person(e.profile_id) for e in self.collector.events(self.source_id) if e.action == event
        ]
        return [None if one is None else one.client_id for one in found]

    def person(self, profile_id: int | None) -> Profile | None:
        return None if profile_id is None else self.collector.store.profile(profile_id)

    def known(self, custom_id: str) -> Profile:
        """Who goes by a userId."""
        events = self.collector.events(self.source_id)
        people = [self.person(event.profile_id) for event in events]
        return next(one for one in people if one is not None and one.custom_id == custom_id)


@pytest.fixture
def shop(collector: Running, api_key: str, source: Source) -> Shop:
    """A source with its key."""
    return Shop(collector, source.source_id, api_key)


def name(word: str, source_id: str) -> str:
    """An id that no other test has: all sources here share one workspace."""
    return f"{word}-{source_id[:8]}"


@pytest.mark.parametrize("order", [("track", "identify"), ("identify", "track")])
@pytest.mark.parametrize("trusted", [False, True])
def test_anonymous_history_joins_the_person_in_any_order(
    shop: Shop, order: tuple[str, str], trusted: bool
) -> None:
    ann, browser = name("ann", shop.source_id), name("browser", shop.source_id)
    said: dict[str, dict[str, Any]] = {
        "track": {"event": "x"},
        "identify": {"userId": ann, "traits": {"first_name": "Ann"}},
    }
    for kind in order:
        shop.call(kind, trusted=trusted, anonymousId=browser, **said[kind])
    person = shop.known(ann)
    assert person.fields == {"firstName": "Ann"}
    assert shop.owners("x") == [person.client_id]


@pytest.mark.parametrize("trusted", [False, True])
def test_a_server_that_names_only_the_person_finds_them_again(shop: Shop, trusted: bool) -> None:
    ann = name("ann", shop.source_id)
    shop.call("identify", trusted=trusted, userId=ann, traits={"plan": "free"})
    shop.call("track", trusted=trusted, userId=ann, anonymousId=None, event="x")
    shop.call("identify", trusted=trusted, userId=ann, traits={"plan": "pro"})
    person = shop.known(ann)
    assert person.attributes == {"plan": "pro"}
    assert shop.owners("x") == [person.client_id]


def test_a_public_key_rewrites_nobody_and_claims(shop: Shop) -> None:
    ann, browser = name("ann", shop.source_id), name("browser", shop.source_id)
    shop.call(
        "identify", trusted=True, userId=ann, traits={"email": f"{ann}@example.com", "firstName": "Ann"}
    )
    shop.call("identify", anonymousId=browser, userId=ann, traits={"firstName": "Eve", "city": "Gdynia"})
    shop.call("identify", userId=ann, traits={"firstName": "Eve"})
    person = shop.known(ann)
    assert person.fields == {"firstName": "Ann", "city": "Gdynia"}
    assert browser in [claim.uuid for claim in person.claims]
    assert len(person.claims) == 2
    shop.call("identify", trusted=True, userId=ann, traits={"firstName": "Anna"})
    assert shop.known(ann).fields["firstName"] == "Anna"


def test_a_back_end_tells_another_email_of_a_person_and_a_public_key_does_not(shop: Shop) -> None:
    ann = name("ann", shop.source_id)
    for trusted, word in ((True, "first"), (True, "second"), (False, "third")):
        shop.call("identify", trusted=trusted, userId=ann, traits={"email": f"{word}.{ann}@example.com"})
    assert shop.known(ann).email == f"second.{ann}@example.com"


def test_a_group_becomes_what_is_known_of_its_members(shop: Shop) -> None:
    ann = name("ann", shop.source_id)
    shop.call("group", trusted=True, userId=ann, groupId=7, traits={"name": "Tide"})
    assert shop.known(ann).attributes == {"groupId": "7", "group": {"name": "Tide"}}


def test_a_trusted_alias_makes_one_of_two_people_and_can_be_undone(shop: Shop) -> None:
    old, new = name("old", shop.source_id), name("new", shop.source_id)
    shop.call("track", trusted=True, userId=old, event="before")
    shop.call("track", trusted=True, userId=new, event="after")
    assert shop.owners("before") != shop.owners("after")
    shop.call("alias", trusted=True, userId=new, previousId=old, messageId=name("alias", shop.source_id))
    assert shop.owners("before") == shop.owners("after") == [shop.known(new).client_id]
    engine = create_engine(shop.collector.url)
    with engine.connect() as connection:
        cause = {"cause": name("alias", shop.source_id)}
        [merge_id] = connection.execute(text("SELECT id FROM merges WHERE cause = :cause"), cause).scalars()
    engine.dispose()
    shop.call("track", trusted=True, userId=old, event="later")
    assert shop.owners("later") == shop.owners("after")
    shop.collector.store.undo_merge(merge_id, actor="ada")
    assert shop.owners("before") != shop.owners("after")
    assert [shop.known(one).custom_id for one in (old, new)] == [old, new]


def test_an_alias_of_a_browser_gives_its_history_to_the_person(shop: Shop) -> None:
    for trusted in (False, True):
        ann, browser = name(f"ann{trusted}", shop.source_id), name(f"browser{trusted}", shop.source_id)
        shop.call("track", trusted=trusted, anonymousId=browser, event=f"x{trusted}")
        shop.call("alias", trusted=trusted, userId=ann, previousId=browser)
        assert shop.owners(f"x{trusted}") == [shop.known(ann).client_id]


def test_an_alias_by_a_public_key_only_claims(shop: Shop) -> None:
    old, new = name("old", shop.source_id), name("new", shop.source_id)
    for one in (old, new):
        shop.call("track", trusted=True, userId=one, event=one)
    shop.call("alias", userId=new, previousId=old)
    assert shop.owners(old) != shop.owners(new)
    assert [len(shop.known(one).claims) for one in (old, new)] == [1, 1]


@pytest.mark.parametrize("trusted", [False, True])
def test_an_alias_of_oneself_is_only_an_event(shop: Shop, trusted: bool) -> None:
    ann = name("ann", shop.source_id)
    shop.call("identify", trusted=trusted, userId=ann, anonymousId=name("b", shop.source_id))
    before = shop.known(ann)
    shop.call("alias", trusted=trusted, userId=ann, previousId=ann, anonymousId=name("b", shop.source_id))
    after = shop.known(ann)
    assert (after.client_id, after.previous_ids, after.claims) == (before.client_id, [], [])
    assert shop.owners("client.alias") == [before.client_id]


def test_an_order_makes_an_event_of_each_product(shop: Shop) -> None:
    order = {"order_id": "o-1", "total": 5, "currency": "EUR", "products": [{"sku": "a"}, {"sku": "b"}]}
    message: dict[str, Any] = {
        "userId": name("ann", shop.source_id),
        "messageId": "not-a-uuid",
        "properties": order,
    }
    for _ in range(2):
        shop.call("track", event="Order Completed", **message)
    events = shop.collector.events(shop.source_id)
    assert [event.action for event in events] == ["transaction.charge", "product.buy", "product.buy"]
    assert [event.params["sku"] for event in events[1:]] == ["a", "b"]
    assert events[0].params["revenue"] == {"amount": 5, "currency": "EUR"}
    assert events[0].context["original"]["properties"]["total"] == 5


@pytest.mark.parametrize("proof", ["own token", "trusting source"])
def test_nobody_but_a_back_end_merges_or_renames_known_people(collector: Running, proof: str) -> None:
    policy = Policy(trust="trusting") if proof == "trusting source" else Policy()
    source = collector.store.add_source("Shop", policy=policy)
    collector.store.add_token_key(source.source_id, "back end", "RS256", PEM)
    key = new_api_key()
    collector.store.add_api_key("of the tests", hash_key(key), source_id=source.source_id)
    shop = Shop(collector, source.source_id, key)
    ann, eve = name("ann", shop.source_id), name("eve", shop.source_id)
    for who in (ann, eve):
        shop.call(
            "identify", trusted=True, userId=who, anonymousId=f"b-{who}", traits={"email": f"{who}@a.co"}
        )
        shop.call("track", trusted=True, userId=who, event=f"of {who}")
    now_ms = time.time_ns() // 1_000_000
    token = sign({"uuid": f"b-{eve}", "customId": eve, "email": f"{eve}@a.co"}, now_ms=now_ms)
    alias = {"type": "alias", "userId": eve, "previousId": ann}
    event = {"id": "alias", "action": "alias", "uuid": f"b-{eve}", "segment": alias}
    taken = collector.post(shop.source_id, [event | ({"token": token} if proof == "own token" else {})])
    assert taken.status_code == 204
    shop.call("identify", userId=ann, anonymousId=f"b-{eve}", traits={"email": "eve@evil.example"})
    assert shop.owners(f"of {ann}") != shop.owners(f"of {eve}")
    assert (shop.known(ann).email, shop.known(eve).email) == (f"{ann}@a.co", f"{eve}@a.co")
    assert f"b-{eve}" in [claim.uuid for claim in shop.known(ann).claims]


def test_an_import_of_the_past_brings_no_old_email_back(shop: Shop) -> None:
    ann = name("ann", shop.source_id)
    shop.call("identify", trusted=True, userId=ann, traits={"email": f"new.{ann}@a.co"})
    past = {"timestamp": "2019-01-01T00:00:00Z", "traits": {"email": f"old.{ann}@a.co"}}
    shop.call("identify", trusted=True, userId=ann, **past)
    assert shop.known(ann).email == f"new.{ann}@a.co"


def test_nobody_takes_the_ids_of_an_orders_products_first(shop: Shop) -> None:
    charge = str(uuids.uuid4())
    order = {"order_id": "o-1", "total": 5, "currency": "EUR", "products": [{"sku": "a"}]}
    for seed in ("0", f"{charge}:0"):
        shop.call("track", anonymousId="a", event="x", messageId=str(uuids.uuid5(uuids.UUID(charge), seed)))
    for spelt in (charge, charge.upper()):
        shop.call("track", anonymousId="a", event="Order Completed", messageId=spelt, properties=order)
    bought = [e for e in shop.collector.events(shop.source_id) if e.action == "product.buy"]
    assert len(bought) == len({e.id for e in bought}) == 2


def test_of_two_who_share_an_address_each_userid_is_one_person(shop: Shop) -> None:
    ann, bob, shared = (name(word, shop.source_id) for word in ("ann", "bob", "family"))
    email = f"{shared}@example.com"
    shop.call("identify", trusted=True, userId=ann, traits={"email": email, "firstName": "Ann"})
    shop.call("track", anonymousId=name("browser", shop.source_id), event="of bob")
    told = {"email": email, "firstName": "Bob"}
    shop.call("identify", trusted=True, userId=bob, anonymousId=name("browser", shop.source_id), traits=told)
    assert (shop.known(ann).email, shop.known(ann).fields["firstName"]) == (email, "Ann")
    assert (shop.known(bob).email, shop.known(bob).fields["firstName"]) == (None, "Bob")
    assert shop.owners("of bob") == [shop.known(bob).client_id]


def test_nobody_can_send_as_the_browser_of_whom_only_a_name_is_told(shop: Shop) -> None:
    ann = name("ann", shop.source_id)
    shop.call("track", userId=ann, event="x")
    told = shop.known(ann)
    guess = str(uuids.uuid5(uuids.NAMESPACE_OID, f"customId:{ann}"))
    assert guess not in told.uuids
    shop.call("identify", anonymousId=guess, userId=ann, traits={"email": f"{ann}@evil.example"})
    assert shop.known(ann).email is None


def test_of_two_orders_of_one_id_in_a_batch_the_first_has_its_own_products(shop: Shop) -> None:
    said = {"type": "track", "event": "Order Completed", "anonymousId": name("b", shop.source_id)}
    orders = [
        {**said, "messageId": name("order", shop.source_id), "properties": {"products": [{"sku": sku}]}}
        for sku in ("a", "b")
    ]
    assert shop.collector.request(
        "POST", "/v1/batch", content=msgspec.json.encode({"writeKey": shop.source_id, "batch": orders})
    ).json() == {"success": True}
    bought = [e.params["sku"] for e in shop.collector.events(shop.source_id) if e.action == "product.buy"]
    assert bought == ["a"]


def test_an_order_whose_charge_was_deleted_is_taken_again(shop: Shop) -> None:
    order = {"order_id": "o-1", "total": 5, "currency": "EUR", "products": [{"sku": "a"}, {"sku": "b"}]}
    message: dict[str, Any] = {
        "event": "Order Completed",
        "messageId": name("order", shop.source_id),
        "properties": order,
    }
    shop.call("track", anonymousId=name("b", shop.source_id), **message)
    engine = create_engine(shop.collector.url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM events WHERE action = 'transaction.charge'"))
    engine.dispose()
    shop.call("track", anonymousId=name("b", shop.source_id), **message)
    assert [event.action for event in shop.collector.events(shop.source_id)] == [
        "product.buy",
        "product.buy",
        "transaction.charge",
    ]


def test_erasing_somebody_takes_what_others_said_of_them_in_this_dialect(shop: Shop) -> None:
    ann, browser = name("ann", shop.source_id), name("browser", shop.source_id)
    shop.call("identify", trusted=True, userId=ann, traits={"firstName": "Ann"})
    order = {"order_id": "o-1", "total": 5, "currency": "EUR", "products": [{"sku": "a"}]}
    person = shop.known(ann).client_id
    shop.call("track", anonymousId=browser, userId=ann, event="Order Completed", properties=order)
    shop.call("alias", anonymousId=browser, userId=name("else", shop.source_id), previousId=ann)
    shop.call("identify", anonymousId=browser, userId=ann, traits={"id": ann})
    shop.call("track", anonymousId=browser, event="of nobody in particular")
    shop.collector.store.erase_person(person, actor="ada")
    assert [e.action for e in shop.collector.events(shop.source_id)] == ["of nobody in particular"]
