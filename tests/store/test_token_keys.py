"""Token keys: a few a source, seen by every process through the revision, forgotten once revoked."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from collector.model.source import Source, TokenKey
from collector.store import Store, connect
from tests.auth.signing import SECRET, private_pem, public_pem, rsa_key

PEM = public_pem(rsa_key())


def _keys(store: Store, source: Source) -> tuple[TokenKey, ...]:
    found = store.source(source.source_id)
    assert found is not None
    return found.token_keys


def test_a_key_is_kept_with_its_source_until_it_is_revoked(store: Store, source: Source) -> None:
    other = store.add_source("Blog")
    seen = [store.revision()]
    first = store.add_token_key(source.source_id, " back end ", "RS256", f"\n{PEM}", actor="ada")
    seen.append(store.revision())
    second = store.add_token_key(source.source_id, "app", "HS256", SECRET)
    seen.append(store.revision())
    assert (first.name, first.algorithm, first.key) == ("back end", "RS256", PEM)
    assert _keys(store, source) == (first, second)
    assert _keys(store, other) == ()
    store.revoke_token_key(source.source_id, first.id, actor="ada")
    seen.append(store.revision())
    assert seen == sorted(set(seen))
    assert _keys(store, source) == (second,)
    told = [(line.actor, line.action, line.subject) for line in store.audit()]
    assert ("ada", "token_key.add", source.source_id) in told
    assert ("ada", "token_key.revoke", source.source_id) in told
    assert all(SECRET not in line.detail and "app" not in line.detail for line in store.audit())


def test_what_cannot_be_is_said_and_changes_nothing(store: Store, source: Source) -> None:
    for name, algorithm, key, told in (
        ("", "HS256", SECRET, "Give the key a name"),
        ("x" * 101, "HS256", SECRET, "101 characters"),
        ("a\nb", "HS256", SECRET, "control character"),
        ("a", "HS256", "short", "has 5 bytes"),
        ("a", "HS256", PEM, "Choose RS256"),
        ("a", "RS256", private_pem(rsa_key()), "This is a private key"),
    ):
        with pytest.raises(ValueError, match=told):
            store.add_token_key(source.source_id, name, algorithm, key)  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        store.add_token_key("unknown", "a", "HS256", SECRET)
    made = store.add_token_key(source.source_id, "a", "HS256", SECRET)
    with pytest.raises(ValueError, match="There is a key “a” already"):
        store.add_token_key(source.source_id, "a", "HS256", SECRET + "x")
    with pytest.raises(ValueError, match="there already, as “a”"):
        store.add_token_key(source.source_id, "b", "HS256", SECRET)
    other = store.add_source("Blog")
    for source_id, key_id in ((other.source_id, made.id), (source.source_id, "x"), ("unknown", made.id)):
        with pytest.raises(KeyError):
            store.revoke_token_key(source_id, key_id)
    assert _keys(store, source) == (made,)
    store.revoke_token_key(source.source_id, made.id)
    with pytest.raises(KeyError):
        store.revoke_token_key(source.source_id, made.id)
    # A name and a key are free again.
    assert store.add_token_key(source.source_id, "a", "HS256", SECRET).id != made.id


def test_there_are_five_at_most_however_many_are_added_at_once(
    store: Store, source: Source, store_url: str
) -> None:
    stores = [connect(store_url) for _ in range(2)]
    for each in stores:
        each.open()

    def add(number: int) -> bool:
        try:
            stores[number % 2].add_token_key(source.source_id, f"key {number}", "HS256", f"{SECRET}{number}")
        except ValueError as problem:
            assert "5 keys at most" in str(problem)  # noqa: PT017 - most of them succeed
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        added = list(threads.map(add, range(8)))
    for each in stores:
        each.close()
    assert sum(added) == len(_keys(store, source)) == 5
