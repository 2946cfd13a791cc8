"""What a beacon is judged by is the policy last saved, whatever else happened at that moment."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.model.policy import Policy
from collector.model.source import Source
from collector.store import Store, StoreUnavailable, connect
from collector.store.catalog import Catalog


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A migrated store."""
    store = connect(f"sqlite:///{tmp_path / 'tagwell.db'}")
    store.migrate()
    try:
        yield store
    finally:
        store.close()


@pytest.fixture
def source(store: Store) -> Source:
    """A new source."""
    return store.add_source("Low Tide Pottery")


def test_settings_that_could_not_be_read_once_are_read_the_next_time(
    store: Store, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a policy would stay out of force until the next change of anything."""
    catalog = Catalog(store)
    catalog.load()
    store.save_policy(source.source_id, Policy(block=("debug.*",)), author="ada", comment="")
    read, failures = store.sources, iter([StoreUnavailable("the disk was busy")])

    def sources() -> list[Source]:
        for failure in failures:
            raise failure
        return read()

    monkeypatch.setattr(store, "sources", sources)

    def in_force() -> bool:
        found = catalog.known(source.source_id)
        return found is not None and bool(found.policy.block)

    async def watch_until_in_force() -> None:
        watching = asyncio.create_task(catalog.watch())
        try:
            async with asyncio.timeout(5):
                while not await asyncio.to_thread(in_force):
                    pass
        finally:
            watching.cancel()

    asyncio.run(watch_until_in_force())


def test_source_that_is_looked_up_while_its_policy_changes_is_not_kept_as_it_was(
    store: Store, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the old policy would stay in force until the next change of anything."""
    catalog = Catalog(store)
    read = store.source

    def source_read_just_before_a_change(source_id: str) -> Source | None:
        found = read(source_id)
        store.save_policy(source_id, Policy(block=("debug.*",)), author="ada", comment="")
        catalog.load()
        return found

    monkeypatch.setattr(store, "source", source_read_just_before_a_change)
    asyncio.run(catalog.find(source.source_id))
    found = catalog.known(source.source_id)
    assert found is not None
    assert found.policy.block == ("debug.*",)


def test_another_sources_change_leaves_a_policys_compiled_lists(store: Store, source: Source) -> None:
    """Ten thousand rules take some 50 ms to compile, in which no beacon is answered."""
    catalog = Catalog(store)
    store.save_policy(source.source_id, Policy(block=("debug.*",)), author="ada", comment="")
    catalog.load()
    before = catalog.known(source.source_id)
    store.add_source("Another")
    catalog.load()
    after = catalog.known(source.source_id)
    assert before is not None
    assert after is not None
    assert after.policy is before.policy
    store.save_policy(source.source_id, Policy(block=("other",)), author="ada", comment="")
    catalog.load()
    after = catalog.known(source.source_id)
    assert after is not None
    assert after.policy.block == ("other",)


def test_a_policy_and_one_on_trial_are_prepared_before_an_event_meets_them(
    store: Store, source: Source
) -> None:
    prepared: list[Policy] = []
    catalog = Catalog(store, prepare=prepared.append)
    saved, tried = Policy(block=("debug.*",)), Policy(block=("other",))
    store.save_policy(source.source_id, saved, author="ada", comment="")
    store.save_shadow(source.source_id, tried, author="ada")
    catalog.load()
    assert prepared == [saved, tried]
    store.add_source("Another")
    catalog.load()
    known = catalog.known(source.source_id)
    assert known is not None
    assert (known.policy is prepared[0], known.shadow is prepared[1]) == (True, True)
