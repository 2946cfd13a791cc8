"""Accounts: one active a login, the first link decides, and nothing changes before the address is proved."""

import pytest

from collector.model.account import PENDING_MS, Account, proof_of
from collector.model.change import ProfileChange, StoredChange
from collector.model.profile import ProfileUpdate
from collector.model.source import Source
from collector.privacy import kept_change
from collector.store import LoginTaken, Store
from collector.store.accounts import HOUR_MS
from tests.store.events import MINUTE, NOON, EventMaker

ANN = "Ann@Shop.example"
LOGIN = ANN.lower()


def change(source: Source, cause: str = "c", received_ms: int = NOON, **said: object) -> StoredChange:
    return kept_change(ProfileChange(**said), source, received_ms, cause)  # type: ignore[arg-type]


def visitor(
    store: Store, source: Source, hash_: str, *, email: str = ANN, uuid: str | None = "b-1", ms: int = NOON
) -> bool:
    return store.add_registration(
        "email",
        email.lower(),
        hash_,
        source=source.number,
        uuid=uuid,
        registration="{}",
        recipient=email,
        now_ms=ms,
    )


def of(store: Store, hash_: str) -> Account:
    [found] = [one for one in store.accounts("email", LOGIN) if one.password_hash == hash_]
    return found


def test_the_first_link_that_is_used_decides_and_the_others_die(store: Store, source: Source) -> None:
    for hash_ in ("first", "second", "third"):
        assert visitor(store, source, hash_)
    first, second = of(store, "first"), of(store, "second")
    said = change(source, email=ANN, uuid="b-1", fields={"firstName": "Ann"})
    assert store.activate_account(second.id, proof_of("first"), said) is None
    client_id = store.activate_account(second.id, proof_of("second"), said)
    assert client_id is not None
    assert store.activate_account(first.id, proof_of("first"), said) is None
    assert store.activate_account(second.id, proof_of("second"), said) is None
    [left] = store.accounts("email", LOGIN)
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
    assert visitor(store, source, "waiting")
    made = store.register_account("email", LOGIN, "hash", change(source, email=ANN))
    assert [one.state for one in store.accounts("email", LOGIN)] == ["active"]
    with pytest.raises(LoginTaken):
        store.register_account("email", LOGIN, "other", change(source, "d", email=ANN, fields={"city": "X"}))
    assert visitor(store, source, "stranger")
    [account] = store.accounts("email", LOGIN)
    assert account.password_hash == "hash"
    assert made.client_id is not None
    profile = store.profile(made.client_id)
    assert profile is not None
    assert profile.fields == {}
    assert [(mail.kind, mail.recipient) for mail in store.mails()] == [
        *(("account.exists", ANN), ("account.activate", ANN)),
    ]


@pytest.mark.parametrize("known", [True, False], ids=["has an account", "has none"])
def test_an_address_gets_three_mails_an_hour_and_six_a_day(store: Store, source: Source, known: bool) -> None:
    if known:
        store.register_account("email", LOGIN, "hash", change(source, email=ANN))
    taken = [visitor(store, source, f"h{n}", email=ANN if n % 2 else LOGIN, ms=NOON + n) for n in range(5)]
    assert taken == [True, True, True, False, False]
    later = [visitor(store, source, f"i{n}", ms=NOON + 2 * HOUR_MS + n) for n in range(4)]
    assert later == [True, True, True, False]
    assert not visitor(store, source, "j", ms=NOON + 23 * HOUR_MS)
    assert visitor(store, source, "k", ms=NOON + 25 * HOUR_MS)
    assert visitor(store, source, "l", email="bob@shop.example", ms=NOON)
    assert len(store.mails()) == 8


def test_registrations_that_nobody_activates_are_forgotten(store: Store, source: Source) -> None:
    assert visitor(store, source, "old")
    old = of(store, "old")
    assert visitor(store, source, "new", ms=NOON + PENDING_MS + 1)
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
    assert visitor(store, source, "h1", uuid="theirs")
    said = change(source, "e", email=ANN, uuid="theirs")
    made = store.activate_account(of(store, "h1").id, proof_of("h1"), said)
    assert made not in (None, victim.client_id)
    kept = store.find_profile("uuid", "theirs")
    assert kept is not None
    assert (kept.client_id, kept.email) == (victim.client_id, None)
    bob = "bob@shop.example"
    assert visitor(store, source, "h2", email=bob, uuid="own")
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
    assert visitor(store, source, "h")
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
    assert visitor(store, source, "h")
    said = change(source, "d", email=ANN, fields={"city": "Gdynia"}, attributes={"more": 1})
    client_id = store.activate_account(of(store, "h").id, proof_of("h"), said)
    assert client_id is not None
    profile = store.profile(client_id)
    assert profile is not None
    assert (profile.fields, "more" in profile.attributes) == ({}, False)


def test_ending_an_account_ends_its_sign_ins_and_agreements(store: Store, source: Source) -> None:
    made = store.register_account(
        "email",
        LOGIN,
        "hash",
        change(source, email=ANN, agreements={"email": True, "sms": True, "push": False}),
    )
    assert made.client_id is not None
    off = dict.fromkeys(("email", "sms", "push", "wifi"), False)
    later = NOON + MINUTE
    store.close_accounts(
        made.client_id, change(source, "end", later, client_id=made.client_id, agreements=off)
    )
    [closed] = store.accounts("email", LOGIN)
    assert (closed.state, closed.password_hash, closed.login) == ("closed", "", LOGIN)
    assert store.is_revoked("any", [f"client:{made.client_id}"], later)
    assert not store.is_revoked("any", [f"client:{made.client_id}"], later + 1)
    profile = store.profile(made.client_id)
    assert profile is not None
    assert not any(profile.agreements.values())
    told = [(one.action, one.params) for one in store.events(source.source_id) if one.time_ms == later]
    assert ("client.deleteAccount", {}) in told
    off_told = sorted(str(params["agreement"]) for action, params in told if action.endswith("turnOff"))
    assert off_told == ["email", "sms"]
    again = store.register_account("email", LOGIN, "new", change(source, "again", later, email=ANN))
    assert again.client_id == made.client_id
    assert [one.state for one in store.accounts_of(made.client_id)] == ["closed", "active"]


def test_erasure_takes_accounts_and_what_waits_for_the_address(store: Store, source: Source) -> None:
    said = change(source, email=ANN, custom_id="c-1", uuid="b-1")
    made = store.register_account("customId", "c-1", "hash", said)
    assert visitor(store, source, "waiting", uuid="b-2")
    assert visitor(store, source, "second address", email="ann@home.example", uuid="b-1")
    assert visitor(store, source, "bob", email="bob@shop.example", uuid="b-3")
    assert made.client_id is not None
    assert [one.kind for one in store.accounts_of(made.client_id)] == ["customId", "email"]
    assert store.erase_person(made.client_id, actor="ada") is not None
    assert store.accounts("customId", "c-1") == store.accounts("email", LOGIN) == []
    assert store.accounts("email", "ann@home.example") == []
    assert len(store.accounts("email", "bob@shop.example")) == 1


def test_erasure_takes_the_account_of_another_whose_login_is_their_email_by_now(
    store: Store, source: Source
) -> None:
    first = store.register_account("email", LOGIN, "hash", change(source, email=ANN))
    for email in ("new@shop.example", ANN):
        said = change(source, email, client_id=None if email == ANN else first.client_id, email=email)
        [owner] = store.change_profiles([said])
    assert owner.client_id not in (None, first.client_id)
    assert store.accounts_of(owner.client_id or 0) == [], "it opens the other one, until then"
    assert store.erase_person(owner.client_id or 0, actor="ada") is not None
    assert store.accounts("email", LOGIN) == []


def test_accounts_made_while_merged_go_back_with_their_login(store: Store, source: Source) -> None:
    """And no others: what was the target's stays there."""
    [ann] = store.change_profiles([change(source, email=ANN)])
    theirs = store.register_account("customId", "c-1", "old", change(source, "t", custom_id="c-1"))
    assert ann.client_id is not None
    assert theirs.client_id is not None
    store.merge_profiles([ann.client_id], theirs.client_id, cause="key:test")
    made = store.register_account("email", LOGIN, "new", change(source, "e", email=ANN))
    assert made.client_id == theirs.client_id
    [merge] = store.merges_of(theirs.client_id)
    store.undo_merge(merge.id, actor="ada")
    held = [[one.login for one in store.accounts_of(who)] for who in (ann.client_id, theirs.client_id)]
    assert held == [[LOGIN], ["c-1"]]


def test_a_merged_profile_keeps_its_account(store: Store, source: Source) -> None:
    made = store.register_account("customId", "c-1", "hash", change(source, custom_id="c-1"))
    other = store.register_account("email", LOGIN, "hash", change(source, "d", email=ANN))
    assert made.client_id is not None
    assert other.client_id is not None
    store.merge_profiles([made.client_id], other.client_id, cause="key:test")
    assert [one.login for one in store.accounts_of(other.client_id)] == ["c-1", LOGIN]
    assert store.accounts_of(made.client_id) == store.accounts_of(other.client_id)
