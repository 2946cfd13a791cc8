"""A policy on trial over live traffic: asked beside the one in force, counted, and never obeyed.

It gets a decoding of its own, so that nothing it does touches the live event, and it is asked after
the sender has the answer. Only counts leave this module.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence

import msgspec

from collector.enrich import Enricher
from collector.model.beacon import Beacon
from collector.model.event import StoredEvent
from collector.model.outcome import Rejected
from collector.model.shadow import ShadowCount
from collector.model.source import Source
from collector.pipeline import Decode, process_all
from collector.store.catalog import Catalog
from collector.store.interface import Store

log = logging.getLogger(__name__)

FLUSH_S = 2
"""How often the counts go to the store, in seconds."""

MAX_PAIRS = 2_000
"""Pairs of fates held between two flushes; what comes beyond them is not counted."""

MAX_FATE = 200
"""Characters of a fate: with its rule cut, it fits an index."""

_Counts = Counter[tuple[str, str]]


class Shadows:
    """The trials of one worker."""

    def __init__(self, catalog: Catalog, store: Store) -> None:
        self._catalog = catalog
        self._store = store
        self._counts: dict[str, tuple[Source, _Counts]] = {}
        self._told = False

    def compare(
        self,
        decode: Decode,
        beacon: Beacon,
        source: Source,
        enricher: Enricher,
        live: Sequence[StoredEvent | Rejected],
    ) -> None:
        """Ask the policy on trial of a source that has one about a beacon. Never raises."""
        if source.shadow is None:
            return
        try:
            on_trial = msgspec.structs.replace(source, policy=source.shadow, shadow=None)
            counts = self._counts_of(source)
            for ours, other in zip(live, process_all(decode, beacon, on_trial, enricher), strict=True):
                pair = (_fate(ours, ours), _fate(other, ours))
                if pair in counts or len(counts) < MAX_PAIRS:
                    counts[pair] += 1
        except Exception as error:
            # Neither the message nor the traceback: they may quote what the visitor sent.
            if not self._told:
                log.error("a policy on trial could not be asked: %s", type(error).__name__)
            self._told = True

    async def run(self) -> None:
        """Bring the counts to the store now and then. Runs until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_S)
            try:
                await asyncio.to_thread(self._save, self._take())
            except Exception:
                log.exception("the counts of policies on trial were not saved")

    def flush(self) -> None:
        """Bring what was counted to the store. Call it where nothing is compared any more."""
        self._save(self._take())

    def _take(self) -> list[tuple[Source, _Counts]]:
        """What was counted so far; called in the loop, so that no count is added meanwhile."""
        taken, self._counts = list(self._counts.values()), {}
        return taken

    def _save(self, taken: list[tuple[Source, _Counts]]) -> None:
        """The counts of a trial that has ended go nowhere."""
        counts = [
            ShadowCount(
                source=source.number, shadow_ms=source.shadow_ms, live=live, shadow=shadow, count=count
            )
            for source, pairs in taken
            if self._still_runs(source)
            for (live, shadow), count in pairs.items()
        ]
        if counts:
            self._store.count_shadow(counts)

    def _counts_of(self, source: Source) -> _Counts:
        """The counts of this trial; another begins afresh, of the same policy too."""
        known = self._counts.get(source.source_id)
        if known is None or known[0].shadow_ms != source.shadow_ms:
            known = self._counts[source.source_id] = (source, Counter())
        return known[1]

    def _still_runs(self, source: Source) -> bool:
        now = self._catalog.known(source.source_id)
        return now is not None and now.shadow is not None and now.shadow_ms == source.shadow_ms


def _fate(result: StoredEvent | Rejected, live: StoredEvent | Rejected) -> str:
    """What became of an event: `stored`, `changed` (stored as something else than live), or why not."""
    if isinstance(result, Rejected):
        fate = f"{result.reason}: {result.rule}" if result.rule else result.reason.value
        return fate if len(fate) <= MAX_FATE else f"{fate[:MAX_FATE]}…"
    if isinstance(live, StoredEvent) and _content(result) != _content(live):
        return "changed"
    return "stored"


def _content(event: StoredEvent) -> tuple[object, ...]:
    """What a policy decides of an event. Not its id, which may be made anew."""
    return event.label, event.uuid, event.params, event.context, event.profile, event.trusted
