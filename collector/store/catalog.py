"""Sources and keys at hand, so that a beacon asks no database: read again within a second of any change."""

import asyncio
import logging
import re
import time
from collections.abc import Callable

import msgspec

from collector.model.policy import Policy
from collector.model.source import Source
from collector.model.workspace import ApiKey
from collector.store.day_salt import DaySalt
from collector.store.interface import Store, StoreUnavailable

log = logging.getLogger(__name__)

WATCH_S = 0.25
"""How often the revision is looked at, in seconds. A change is promised within one second."""

DAY_MS = 86_400_000

MISS_S = 0.2
"""How long an unknown id is remembered as unknown, in seconds."""

MAX_MISSES = 10_000
"""Unknown ids remembered at once, so that a flood of them costs no memory."""


_ID = re.compile(r"[0-9A-Za-z_.-]{1,36}")
"""What a source's id may look like: nothing else is worth asking the store for."""


class Catalog:
    """What the store says of sources and keys, as of its last revision; and the salt of the day."""

    def __init__(self, store: Store, prepare: Callable[[Policy], object] = id) -> None:
        """`prepare` is called with each new policy, beside the loop, before any event meets it."""
        self._store = store
        self._prepare = prepare
        self._revision = -1
        self._sources: dict[str, Source] = {}
        self._keys: dict[str, ApiKey] = {}
        self._keys_by_id: dict[str, ApiKey] = {}
        self._misses: dict[str, float] = {}
        self._salt = DaySalt(store)

    def load(self) -> None:
        """Read all sources; keys are looked up as they come."""
        revision = self._store.revision()
        sources = {source.source_id: self._as_before(source) for source in self._store.sources()}
        for each in sources.values():
            if each.problem and getattr(self._sources.get(each.source_id), "problem", "") != each.problem:
                log.error("source %s takes no events: %s", each.source_id, each.problem)
        self._sources = sources
        self._keys = {}
        self._keys_by_id = {}
        self._misses = {}
        self._revision = revision  # last, so that a failed reading is tried again

    def _as_before(self, source: Source) -> Source:
        """The source with the policies at hand, where they are the same: their lists are compiled."""
        known = self._sources.get(source.source_id)
        if known is not None and known.policy == source.policy:
            source = msgspec.structs.replace(source, policy=known.policy)
        if known is not None and known.shadow == source.shadow:
            source = msgspec.structs.replace(source, shadow=known.shadow)
        for policy in (source.policy, source.shadow):
            if policy is not None:
                self._prepare(policy)
        return source

    async def watch(self) -> None:
        """Read again whenever the revision has risen. Runs until cancelled."""
        told = False
        while True:
            await asyncio.sleep(WATCH_S)
            try:
                if await asyncio.to_thread(self._store.revision) != self._revision:
                    await asyncio.to_thread(self.load)
                told = False
            except StoreUnavailable as error:
                if not told:  # four times a second would fill a disk that is nearly full
                    log.warning("the settings could not be read; those at hand stay in force: %s", error)
                told = True
            except Exception:
                log.exception("the settings could not be read; those at hand stay in force")
            self._salt.end(_now_ms() // DAY_MS)

    async def day_salt(self, now_ms: int) -> bytes:
        """The salt of the cookieless day of this time; empty where it cannot be had any more."""
        return await self._salt.of(now_ms // DAY_MS)

    def known(self, source_id: str) -> Source | None:
        """A source at hand; None when it must be looked up."""
        return self._sources.get(source_id)

    def first_source(self) -> str | None:
        """The id of the oldest source that is enabled: what a key of the whole workspace writes through."""
        numbered = [source for source in self._sources.values() if source.enabled]
        return min(numbered, key=lambda source: source.number).source_id if numbered else None

    async def find(self, source_id: str) -> Source | None:
        """A source, looked up in the store before it is called unknown."""
        sources = (
            self._sources
        )  # a reload meanwhile makes a newer one, where the found one may be out of date
        source = sources.get(source_id)
        if source is not None or self._missed_lately(source_id) or not _ID.fullmatch(source_id):
            return source
        source = await asyncio.to_thread(self._store.source, source_id)
        if source is None:
            self._miss(source_id)
        else:
            sources[source_id] = source
        return source

    async def find_key(self, key_hash: str) -> ApiKey | None:
        """An api key by its hash; None when unknown or revoked."""
        keys = self._keys
        if key_hash in keys:
            return keys[key_hash]
        if self._missed_lately(key_hash):
            return None
        key = await asyncio.to_thread(self._store.api_key, key_hash)
        if key is None:
            self._miss(key_hash)
        else:
            keys[key_hash] = key
        return key

    def key_by_id(self, key_id: str) -> ApiKey | None:
        """An api key by its id; None when unknown or revoked. Call it from a worker thread."""
        keys = self._keys_by_id
        key = keys.get(key_id) or self._store.api_key_by_id(key_id)
        if key is not None:
            keys[key_id] = key
        return key

    def source_now(self, source_id: str) -> Source | None:
        """As `find`, from a worker thread."""
        return self.known(source_id) or (self._store.source(source_id) if _ID.fullmatch(source_id) else None)

    def _missed_lately(self, name: str) -> bool:
        return time.monotonic() - self._misses.get(name, -MISS_S) < MISS_S

    def _miss(self, name: str) -> None:
        if len(self._misses) >= MAX_MISSES:
            self._misses.clear()
        self._misses[name] = time.monotonic()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
