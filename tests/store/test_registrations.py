"""Registrations: the first link decides, and nothing changes before the address is proved."""

import pytest

from collector.model.account import PENDING_MS, Account, proof_of
from collector.model.profile import ProfileUpdate
from collector.model.source import Source
from collector.store import LoginTaken, Store, registrations
from collector.store.registrations import HOUR_MS, MAX_OF_LOGIN
from tests.store.events import NOON, EventMaker
from tests.store.test_accounts import ANN, LOGIN, change, visitor


def of(store: Store, hash_: str) -> Account:
    [found] = [one for one in store.accounts("email", LOGIN) if one.password_hash == hash_]
    return found


def states(store: Store) -> list[tuple[str, str]]:
    """The hash and state of all of the login, newest first."""
    return [(one.password_hash, one.state) for one in store.accounts("email", LOGIN)]


def test_the_first_link_that_is_used_decides_and_the_others_die(store: Store, source: Source) -> None:
    for number, hash_ in enumerate(("first", "second", "third")):
        visitor(store, source, hash_, ms=NOON + number)
    first, second = of(store, "first"), of(store, "second")
    said = change(source, email=ANN, uuid="b-1", fields={"firstName": "Ann"})
    assert store.activate_account(second.id, proof_of("first"), said) is None
    client_id = store.activate_account(second.id, proof_of("second"), said)
    assert client_id is not None
    assert store.activate_account(first.id, proof_of("first"), said) is None
    assert store.activate_account(second.id, proof_of("second"), said) is None
    # A newer one goes on to be answered to its password, and an older one goes on not to be.
    assert states(store) == [("third", "pending"), ("second", "active")]
    assert not of(store, "third").waits
    left = of(store, "second")
    assert (left.id, left.state, left.profile_id, left.registration, left.uuid) == (
        *(second.id, "active", client_id),
        *(None, None),
    )
    profile = store.profile(client_id)
    assert profile is not None
    assert (profile.email, profile.uuids, profile.fields) == (ANN, ["b-1"], {"firstName": "Ann"})
    told = [event for event in store.events(source.source_id) if event.action == "client.register"]
    assert [(one.profile_id, one.uuid, one.derived) for one in told] == [(client_id, "b-1", True)]
    assert store.accounts_of(client_id) == [left]


def test_an_active_login_is_taken_and_its_owner_is_told_by_mail(store: Store, source: Source) -> None:
    visitor(store, source, "waiting")
    waiting = of(store, "waiting")
    made = store.register_account("email", LOGIN, "hash", change(source, email=ANN))
    with pytest.raises(LoginTaken):
        store.register_account("email", LOGIN, "other", change(source, "d", email=ANN, fields={"city": "X"}))
    visitor(store, source, "stranger")
    assert made.client_id is not None
    # What waited, and what came later, is kept for its password alone: no link activates it.
    assert states(store) == [("stranger", "pending"), ("hash", "active"), ("waiting", "pending")]
    for one in (waiting, of(store, "stranger")):
        said = change(source, "link", email=ANN, fields={"firstName": "Mallory"})
        assert store.activate_account(one.id, proof_of(one.password_hash), said) is None
        assert not of(store, one.password_hash).waits
    assert store.accounts_of(made.client_id) == [of(store, "hash")]
    profile = store.profile(made.client_id)
    assert profile is not None
    assert profile.fields == {}
    assert [(mail.kind, mail.recipient) for mail in store.mails()] == [
        *(("account.exists", ANN), ("account.activate", ANN)),
    ]
    # They go with time, and with the person.
    assert store.forget_registrations(NOON + 1) == 2
    assert states(store) == [("hash", "active")]
    visitor(store, source, "stranger")
    assert store.erase_person(made.client_id, actor="ada") is not None
    assert_nameless(store, "stranger")


def test_who_was_erased_is_not_written_to_and_a_stranger_does_not_learn_of_it(
    store: Store, source: Source
) -> None:
    [ann] = store.change_profiles([change(source, email=ANN)])
    assert store.erase_person(ann.client_id or 0, actor="ada") is not None
    for number in range(MAX_OF_LOGIN + 2):
        visitor(store, source, f"stranger {number}", email=ANN.upper(), uuid="b-9", ms=NOON + number)
    assert store.mails() == []
    assert_nameless(store, *(f"stranger {number}" for number in range(MAX_OF_LOGIN + 1, 1, -1)))
    assert store.forget_registrations(NOON + 60_000) == MAX_OF_LOGIN
    assert states(store) == []


def assert_nameless(store: Store, *hashes: str) -> None:
    """Of the login nothing but these passwords is kept, which no link activates."""
    assert states(store) == [(hash_, "pending") for hash_ in hashes]
    for one in store.accounts("email", LOGIN):
        assert (one.registration, one.uuid, one.profile_id, one.waits) == (None, None, None, False)
        assert "@" not in one.login
        assert "ann" not in one.login


@pytest.mark.parametrize("known", [True, False], ids=["has an account", "has none"])
def test_an_address_gets_three_mails_an_hour_and_six_a_day(store: Store, source: Source, known: bool) -> None:
    if known:
        store.register_account("email", LOGIN, "hash", change(source, email=ANN))
    told = []
    for time_ms in (
        *(NOON + n for n in range(5)),
        *(NOON + 2 * HOUR_MS + n for n in range(4)),
        *(NOON + 23 * HOUR_MS, NOON + 25 * HOUR_MS),
    ):
        before = len(store.mails())
        visitor(store, source, f"at {time_ms}", email=ANN if time_ms % 2 else LOGIN, ms=time_ms)
        told.append(len(store.mails()) - before)
        assert states(store)[0] == (f"at {time_ms}", "pending")  # it waits, mailed or not
    assert told == [1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1]
    visitor(store, source, "bob", email="bob@shop.example")
    assert store.mails()[0].recipient == "bob@shop.example"


def test_what_waits_for_a_login_is_bounded_and_the_newest_and_the_mailed_stay(
    store: Store, source: Source
) -> None:
    """Nobody fills the store by one address, kills its links of today, nor pushes its owner out soon."""
    for number in range(2 * MAX_OF_LOGIN):
        visitor(store, source, f"h{number}", ms=NOON + number)
    mailed = [f"h{number}" for number in (2, 1, 0)]
    newest = [f"h{number}" for number in range(2 * MAX_OF_LOGIN - 1, MAX_OF_LOGIN - 1, -1)]
    assert [name for name, _ in states(store)] == newest + mailed
    visitor(store, source, "bob", email="bob@shop.example")
    assert len(states(store)) == MAX_OF_LOGIN + 3


def test_a_source_has_so_many_that_wait(
    store: Store, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registrations, "MAX_WAITING", 2)
    for name in ("a", "b", "c"):
        visitor(store, source, name, email=f"{name}@shop.example")
    # Nobody who comes is kept out.
    assert [len(store.accounts("email", f"{name}@shop.example")) for name in "abc"] == [0, 1, 1]
    assert sorted(mail.recipient[0] for mail in store.mails()) == ["a", "b", "c"]
    visitor(store, store.add_source("Other"), "c", email="c@shop.example")
    # Those that have expired make room.
    visitor(store, source, "d", email="d@shop.example", ms=NOON + PENDING_MS + 1)
    assert [len(store.accounts("email", f"{name}@shop.example")) for name in "abcd"] == [0, 0, 0, 1]


def test_registrations_that_nobody_activates_are_forgotten(store: Store, source: Source) -> None:
    visitor(store, source, "old")
    old = of(store, "old")
    visitor(store, source, "new", ms=NOON + PENDING_MS + 1)
    assert [one.password_hash for one in store.accounts("email", LOGIN)] == ["new"]
    assert store.activate_account(old.id, proof_of("old"), change(source, email=ANN)) is None
    assert store.forget_registrations(NOON + 2 * PENDING_MS + 2) == 1
    assert store.accounts("email", LOGIN) == []


async def test_reading_the_mail_proves_the_address_and_not_somebody_elses_browser(
    store: Store, source: Source, make: EventMaker
) -> None:
    """A stranger may name any uuid: that of a known profile stays there, that of an unnamed one joins."""
    await store.append([make(uuid="theirs"), make(uuid="own")], [])
    [victim] = store.change_profiles([change(source, custom_id="c-1", uuid="theirs")])
    visitor(store, source, "h1", uuid="theirs")
    said = change(source, "e", email=ANN, uuid="theirs")
    made = store.activate_account(of(store, "h1").id, proof_of("h1"), said)
    assert made not in (None, victim.client_id)
    kept = store.find_profile("uuid", "theirs")
    assert kept is not None
    assert (kept.client_id, kept.email) == (victim.client_id, None)
    bob = "bob@shop.example"
    visitor(store, source, "h2", email=bob, uuid="own")
    [waiting] = store.accounts("email", bob)
    before = store.find_profile("uuid", "own")
    said = change(source, "f", email=bob, uuid="own")
    client_id = store.activate_account(waiting.id, proof_of("h2"), said)
    assert before is not None
    assert client_id == before.client_id  # the unnamed visitor has become Bob


async def test_the_claim_of_the_browser_that_registered_is_settled(
    store: Store, source: Source, make: EventMaker
) -> None:
    [ann] = store.change_profiles([change(source, email=ANN)])
    await store.append([make("form.submit", uuid="b-1", profile=ProfileUpdate(email=ANN))], [])
    assert ann.client_id is not None
    claimed = store.profile(ann.client_id)
    assert claimed is not None
    assert [one.uuid for one in claimed.claims] == ["b-1"]
    visitor(store, source, "h")
    said = change(source, "d", email=ANN, uuid="b-1")
    assert store.activate_account(of(store, "h").id, proof_of("h"), said) == ann.client_id
    proved = store.profile(ann.client_id)
    assert proved is not None
    assert (proved.claims, proved.uuids, len(proved.previous_ids)) == ([], ["b-1"], 1)


def test_a_profile_that_takes_no_more_is_activated_without_the_data(store: Store, source: Source) -> None:
    many = [
        change(source, f"m{n}", email=ANN, attributes={f"{n}-{i}": i for i in range(200)}) for n in range(5)
    ]
    store.change_profiles(many)
    visitor(store, source, "h")
    said = change(source, "d", email=ANN, fields={"city": "Gdynia"}, attributes={"more": 1})
    client_id = store.activate_account(of(store, "h").id, proof_of("h"), said)
    assert client_id is not None
    profile = store.profile(client_id)
    assert profile is not None
    assert (profile.fields, "more" in profile.attributes) == ({}, False)
