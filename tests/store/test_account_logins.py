"""The login of an account goes with the identifier that it stands for."""

from typing import Any

import pytest

from collector.model.account import LoginKind
from collector.model.source import Source
from collector.store import LoginOfAnother, Store
from tests.store.events import NOON
from tests.store.shop import BackEnd
from tests.store.test_accounts import change

ANN, BOB = "ann@shop.example", "bob@shop.example"


def signs_in(store: Store, kind: LoginKind, login: str) -> int | None:
    """The profile that a login opens."""
    return next((one.profile_id for one in store.accounts(kind, login) if one.state == "active"), None)


def register(store: Store, source: Source, kind: LoginKind, login: str, **said: Any) -> int | None:
    return store.register_account(kind, login, "hash", change(source, f"register {login}", **said)).client_id


@pytest.mark.parametrize(
    ("kind", "field", "was", "new"), [("email", "email", ANN, BOB), ("customId", "custom_id", "a", "b")]
)
def test_it_follows_the_new_value_and_ends_with_the_last(
    store: Store, source: Source, kind: LoginKind, field: str, was: str, new: str
) -> None:
    shop = BackEnd(store, source)
    client_id = register(store, source, kind, was, **{field: was})
    said: dict[str, Any] = {field: new.title() if kind == "email" else new}
    shop.tell(client_id=client_id, **said)
    assert (signs_in(store, kind, was), signs_in(store, kind, new)) == (None, client_id)
    assert not store.is_revoked("t", [f"client:{client_id}"], NOON)
    # Who has the old one now gets an account of their own.
    other = register(store, source, kind, was, **{field: was})
    assert signs_in(store, kind, was) == other != client_id
    shop.tell(client_id=client_id, cleared=(kind,))
    assert signs_in(store, kind, new) is None
    assert store.is_revoked("t", [f"client:{client_id}"], NOON)
    assert signs_in(store, kind, was) == other


def test_of_a_merged_profile_it_follows_too(store: Store, source: Source) -> None:
    shop = BackEnd(store, source)
    old = register(store, source, "email", ANN, email=ANN)
    assert old is not None
    into = shop.make(custom_id="c")
    merge = shop.merge(old, into)
    shop.tell(client_id=into, email=BOB)
    assert (signs_in(store, "email", ANN), signs_in(store, "email", BOB)) == (None, old)
    # Apart again, the email is the other one's: its login opens neither.
    shop.undo(merge)
    assert (signs_in(store, "email", ANN), signs_in(store, "email", BOB)) == (None, None)


def test_a_login_has_one_active_account_however_the_identifiers_move(store: Store, source: Source) -> None:
    shop = BackEnd(store, source)
    one = register(store, source, "email", ANN, custom_id="c", email=ANN)
    assert one is not None
    # The profile's new email is its new login: the account that followed gives way.
    assert register(store, source, "email", BOB, custom_id="c", email=BOB) == one
    assert [account.state for account in store.accounts("email", BOB)].count("active") == 1
    # An email that is another's is nobody else's login, and nothing was changed.
    shop.make(custom_id="other", email=ANN)
    with pytest.raises(LoginOfAnother):
        register(store, source, "email", ANN, custom_id="third", email=ANN)
    assert store.find_profile("customId", "third") is None
    # Both emails are the profile's after a merge, each with its account: one is left.
    two = register(store, source, "email", ANN, custom_id="other", email=ANN)
    assert two is not None
    shop.merge(two, one)
    shop.tell(client_id=one, email=ANN)
    assert signs_in(store, "email", BOB) is None
    assert [account.state for account in store.accounts("email", ANN)].count("active") == 1


def test_an_email_and_a_customid_of_two_profiles_make_no_login(store: Store, source: Source) -> None:
    """Nor does the change that came along stay."""
    shop = BackEnd(store, source)
    ann, bob = shop.make(email=ANN), shop.make(custom_id="bob", email=BOB)
    before = shop.seen(ann, bob)
    with pytest.raises(LoginOfAnother):
        register(store, source, "email", ANN, custom_id="bob", email=ANN, fields={"city": "X"})
    assert (store.accounts("email", ANN), shop.seen(ann, bob)) == ([], before)
    assert store.accounts_of(ann) == store.accounts_of(bob) == []
