"""Keys, people and tokens in the store: what is ended stays ended, and processes at once agree."""

import threading

import pytest

from collector.auth.signing import MAX_LIFE_MS
from collector.model.signing import SigningKey
from collector.store import Store, connect
from collector.store.registry import now_ms


def test_a_revoked_key_is_found_by_nobody(store: Store) -> None:
    old, new = store.add_api_key("old", "a" * 64), store.add_api_key("new", "b" * 64, permissions=("X",))
    before = store.revision()
    revoked = store.revoke_api_key(old.id, actor="ada")
    assert revoked.revoked
    assert revoked.revoked_ms is not None
    assert store.revision() > before
    assert store.api_key("a" * 64) is None
    assert store.api_key_by_id(old.id) is None
    assert store.api_key_by_id(new.id) == store.api_key("b" * 64) == new
    assert {key.id: key.revoked for key in store.api_keys()} == {old.id: True, new.id: False}
    with pytest.raises(KeyError):
        store.revoke_api_key(old.id, actor="ada")


def test_a_name_of_rubbish_is_nobodys(store: Store) -> None:
    assert store.user("ada\0") is None


def signing_key(name: str, created_ms: int = 1) -> SigningKey:
    return SigningKey(id=name, private_pem="private", public_pem="public", created_ms=created_ms)


def test_signing_keys_are_added_behind_the_newest_only(store: Store) -> None:
    assert store.signing_keys() == []
    [first] = store.add_signing_key(signing_key("first", 5_000), newest=None)
    assert first == signing_key("first", 5_000)
    assert store.add_signing_key(signing_key("late"), newest=None) == [first]
    newer = store.add_signing_key(signing_key("second", 10), newest="first")
    assert [key.id for key in newer] == ["second", "first"]  # although the clock was set back
    assert store.signing_keys() == newer


def test_processes_that_start_at_once_agree_on_a_key(store: Store, store_url: str) -> None:
    stores = [store, *(connect(store_url) for _ in range(3))]
    found: list[list[str]] = []

    def start(number: int) -> None:
        keys = stores[number].add_signing_key(signing_key(f"key-{number}"), newest=None)
        found.append([key.id for key in keys])

    threads = [threading.Thread(target=start, args=(number,)) for number in range(len(stores))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in stores[1:]:
        other.close()
    assert len(found) == 4
    assert len({tuple(ids) for ids in found}) == len(found[0]) == 1


def test_one_token_is_refused_and_no_other(store: Store) -> None:
    now = now_ms()
    store.revoke_token("t-1", now + 60_000)
    store.revoke_token("t-1", now + 90_000)  # twice is no mistake
    assert store.is_revoked("t-1", ["client:1"], now)
    assert not store.is_revoked("t-2", ["client:1"], now)
    store.revoke_token("t-old", now - 1)
    store.revoke_token("t-3", now + 60_000)
    assert not store.is_revoked("t-old", [], now)  # it has expired, and is forgotten
    assert store.is_revoked("t-1", [], now)


def test_all_tokens_of_a_subject_are_refused_by_their_age(store: Store) -> None:
    now = now_ms()
    store.revoke_tokens_of("client:1", now)
    assert store.is_revoked("t", ["uuid:x", "client:1"], now - 1)
    assert not store.is_revoked("t", ["client:1"], now)
    assert not store.is_revoked("t", ["client:11", "uuid:x"], now - 1)
    store.revoke_tokens_of("client:1", now - 5_000)
    assert store.is_revoked("t", ["client:1"], now - 1), "an earlier word took a later one back"
    store.revoke_tokens_of("client:2", now - MAX_LIFE_MS - 10_000)
    store.revoke_tokens_of("client:3", now)
    assert not store.is_revoked("t", ["client:2"], 0), "what no token can be older than is forgotten"
    assert store.is_revoked("t", ["client:1"], now - 1)
