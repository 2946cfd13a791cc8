"""A back end of one source, as the store's tests of profiles need it."""

import itertools
from typing import Any

from collector.model.change import ProfileChange
from collector.model.event import EventRecord
from collector.model.merge import Merge
from collector.model.profile import Profile
from collector.model.source import Source
from collector.profiles.change import change
from collector.store import Store
from tests.store.events import NOON


class BackEnd:
    """Makes and merges profiles, a second apart."""

    def __init__(self, store: Store, source: Source) -> None:
        self.store, self.source = store, source
        self._times = itertools.count(NOON, 1000)

    def tell(self, *, create: bool = True, **said: Any) -> int | None:
        """Change a profile; return its id."""
        wanted = [ProfileChange(**{"by_back_end": True, **said})]
        [result] = change(self.store, self.source, wanted, next(self._times), create=create, actor="key:shop")
        return result.client_id

    def make(self, **said: Any) -> int:
        """Make a profile, or change it."""
        client_id = self.tell(**said)
        assert client_id is not None
        return client_id

    def merge(self, *ids: int) -> Merge:
        """Merge profiles into the last; return the newest merge."""
        self.store.merge_profiles(ids[:-1], ids[-1], cause="key:shop")
        return self.store.merges_of(ids[-1])[0]

    def undo(self, merge: Merge) -> tuple[int, int]:
        return self.store.undo_merge(merge.id, actor="user:ada")

    def read(self, client_id: int) -> Profile:
        profile = self.store.profile(client_id)
        assert profile is not None
        return profile

    def seen(self, *ids: int) -> list[tuple[Profile | None, list[EventRecord]]]:
        """All that a reader sees of profiles."""
        return [(self.store.profile(one), self.store.events_of(one)) for one in ids]
