"""A policy on trial: kept beside the one in force, counted, and gone with its counts when it ends."""

import pytest

from collector.model.policy import Policy
from collector.model.shadow import ShadowCount
from collector.model.source import Source
from collector.store import Store

STRICTER = Policy(block=("debug.*",))


def count(source: Source, live: str, shadow: str, number: int) -> ShadowCount:
    """So many events met these fates, in the trial that this source has."""
    return ShadowCount(
        source=source.number, shadow_ms=source.shadow_ms, live=live, shadow=shadow, count=number
    )


def now(store: Store, source: Source) -> Source:
    """The source as it is now."""
    found = store.source(source.source_id)
    assert found is not None
    return found


def test_a_trial_begins_is_seen_by_all_and_ends(store: Store, source: Source) -> None:
    before = store.revision()
    store.save_shadow(source.source_id, STRICTER, author="ada")
    assert store.revision() > before
    assert now(store, source).shadow == STRICTER
    assert now(store, source).shadow_ms > 0
    assert now(store, source).policy == source.policy
    begun = store.revision()
    store.save_shadow(source.source_id, None, author="ada")
    assert store.revision() > begun
    assert now(store, source) == source
    assert [row.action for row in store.audit()][:2] == ["shadow.end", "shadow.start"]


def test_counts_add_up_and_a_new_trial_begins_at_nothing(store: Store, source: Source) -> None:
    store.save_shadow(source.source_id, STRICTER, author="ada")
    source = now(store, source)
    rule = f"action_blocked: {'ż' * 200}…"
    store.count_shadow([count(source, "stored", rule, 2), count(source, rule, rule, 1)])
    store.count_shadow([count(source, "stored", rule, 3)])
    assert store.shadow_counts(source.source_id) == [
        count(source, "stored", rule, 5),
        count(source, rule, rule, 1),
    ]
    store.save_shadow(source.source_id, Policy(block=("*",)), author="ada")
    assert store.shadow_counts(source.source_id) == []


def test_counts_of_a_trial_that_has_ended_are_dropped(store: Store, source: Source) -> None:
    other = store.add_source("Other")
    store.save_shadow(other.source_id, STRICTER, author="ada")
    other = now(store, other)
    store.count_shadow([count(source, "stored", "changed", 2), count(other, "stored", "changed", 7)])
    assert store.shadow_counts(source.source_id) == []
    assert store.shadow_counts(other.source_id) == [count(other, "stored", "changed", 7)]


def test_counts_of_the_trial_before_do_not_land_in_the_next_one(store: Store, source: Source) -> None:
    store.save_shadow(source.source_id, STRICTER, author="ada")
    before = now(store, source)
    store.save_shadow(source.source_id, STRICTER, author="ada")
    after = now(store, source)
    assert after.shadow_ms > before.shadow_ms, "even where both began in one millisecond"
    store.count_shadow([count(before, "stored", "changed", 50), count(after, "stored", "changed", 1)])
    assert store.shadow_counts(source.source_id) == [count(after, "stored", "changed", 1)]


def test_no_trial_of_an_unknown_source(store: Store) -> None:
    with pytest.raises(KeyError):
        store.save_shadow("no-such-source", STRICTER, author="ada")
