"""Changing profiles at a trusted word: by the API, by an account of its own, by a page."""

from collections.abc import Sequence

from collector.model.change import ChangeResult, ProfileChange
from collector.model.source import Source
from collector.normalise.identifiers import new_event_id
from collector.privacy import kept_change
from collector.store import Store


def change(
    store: Store,
    source: Source,
    changes: Sequence[ProfileChange],
    now_ms: int,
    *,
    create: bool = True,
    actor: str = "",
) -> list[ChangeResult]:
    """Do what the source's policy admits of these changes, in order, in one transaction; one result each.

    `now_ms` is ms since the epoch, UTC. `create`: make a profile where nobody has the identifiers.
    `actor` is who asked. Blocks until all is on disk.
    """
    stored = [kept_change(one, source, now_ms, new_event_id(now_ms)) for one in changes]
    return store.change_profiles(stored, create=create, actor=actor)
