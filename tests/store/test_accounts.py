"""Accounts: one active a login, which follows what a trusted back end says, and ends with the person."""

from collector.model.change import ProfileChange, StoredChange
from collector.model.source import Source
from collector.privacy import kept_change
from collector.store import Store
from tests.store.events import MINUTE, NOON

ANN = "Ann@Shop.example"
LOGIN = ANN.lower()


def change(source: Source, cause: str = "c", received_ms: int = NOON, **said: object) -> StoredChange:
    return kept_change(ProfileChange(**said), source, received_ms, cause)  # type: ignore[arg-type]


def visitor(
    store: Store, source: Source, hash_: str, *, email: str = ANN, uuid: str | None = "b-1", ms: int = NOON
) -> None:
    """Register as a visitor does."""
    store.add_registration(
        "email",
        email.lower(),
        hash_,
        source=source.number,
        uuid=uuid,
        registration="{}",
        recipient=email,
        now_ms=ms,
    )


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
    visitor(store, source, "waiting", uuid="b-2")
    visitor(store, source, "second address", email="ann@home.example", uuid="b-1")
    visitor(store, source, "bob", email="bob@shop.example", uuid="b-3")
    assert made.client_id is not None
    assert [one.kind for one in store.accounts_of(made.client_id)] == ["customId", "email"]
    assert store.erase_person(made.client_id, actor="ada") is not None
    assert store.accounts("customId", "c-1") == store.accounts("email", "ann@home.example") == []
    # A password that anybody may have registered, under a name that tells nobody's address.
    [left] = store.accounts("email", LOGIN)
    assert (left.password_hash, left.registration, left.uuid, left.login == LOGIN) == (
        *("waiting", None, None, False),
    )
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
