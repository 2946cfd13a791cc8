"""A link is used once, and forgotten when it has expired."""

from concurrent.futures import ThreadPoolExecutor

from collector.store import Store
from tests.store.events import MINUTE, NOON


def test_a_link_is_used_once(store: Store) -> None:
    assert store.spend_link("a", NOON, NOON + MINUTE)
    assert not store.spend_link("a", NOON + MINUTE, NOON + 2 * MINUTE)
    assert store.spend_link("b", NOON, NOON + MINUTE)


def test_a_link_that_has_expired_is_forgotten(store: Store) -> None:
    assert store.spend_link("a", NOON, NOON + MINUTE)
    assert store.spend_link("b", NOON + MINUTE + 1, NOON + 2 * MINUTE)
    assert store.spend_link("a", NOON, NOON + MINUTE)


def test_of_many_at_once_one_uses_it(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        used = list(pool.map(lambda _: store.spend_link("a", NOON, NOON + MINUTE), range(16)))
    assert used.count(True) == 1
