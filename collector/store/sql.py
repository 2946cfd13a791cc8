"""A store on an SQL engine: everything but what differs from engine to engine.

An engine's file gives `_reading()` and `_writing()` (a connection in a transaction that readers
share, or that one writer at a time holds), `migrate()` under a lock, `open()` and `close()`.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import InternalError, OperationalError, TimeoutError

from collector.errors import OperatorError
from collector.model.event import Derive, EventRecord, StoredEvent
from collector.model.frozen import FrozenTag
from collector.model.outcome import MINUTE_MS, Outcome, OutcomeCount, Rejection, RejectionRecord
from collector.model.policy import Policy, PolicyVersion
from collector.model.profile import IdentifierKind, Profile
from collector.model.source import Settings, Source
from collector.model.workspace import NewsletterMode, Workspace
from collector.store import frozen, queries, registry, schema, upkeep
from collector.store.access_sql import AccessSql
from collector.store.api_access_sql import AccessApiSql
from collector.store.api_profiles_sql import ProfileApiSql
from collector.store.interface import StoreUnavailable
from collector.store.privacy_sql import PrivacySql
from collector.store.record import record
from collector.store.writer import MAX_WAITING_EVENTS, Writer

NEARLY_FULL_EVENTS = MAX_WAITING_EVENTS * 3 // 4
"""So many uncommitted events that a large beacon may soon be refused."""


@contextmanager
def saying_unavailable() -> Iterator[None]:
    """Turn what the engine cannot do now (locked, full, gone, read-only, damaged) into StoreUnavailable."""
    try:
        yield
    except (OperationalError, InternalError) as error:
        raise StoreUnavailable(str(error.orig)) from error
    except TimeoutError as error:
        raise StoreUnavailable("every connection to the store is in use") from error


class SqlStore(AccessSql, PrivacySql, AccessApiSql, ProfileApiSql):
    """Implements `interface.Store` but for the engine's own part."""

    def __init__(self) -> None:
        self._writer = Writer(self._record)

    @abstractmethod
    def migrate(self) -> None: ...

    @abstractmethod
    def open(self) -> None: ...

    @abstractmethod
    def close(self) -> None: ...

    def trouble(self, min_free_bytes: int) -> str | None:
        """What keeps the store from taking events, or soon will; None where nothing does."""
        if self._writer.waiting > NEARLY_FULL_EVENTS:
            return f"the writer is behind: {self._writer.waiting} events wait for the disk"
        try:
            with self._reading_anew() as connection:
                schema.check(connection)
        except OperatorError as error:
            return str(error)
        return None

    def _reading_anew(self) -> AbstractContextManager[Connection]:
        """As `_reading`, by a connection that remembers nothing of the store."""
        return self._reading()

    def prepare(self) -> None:
        """Set an empty store up; check the schema of any other."""
        with self._reading() as connection:
            empty = schema.is_empty(connection)
        if empty:
            self.migrate()
        with self._reading() as connection:
            schema.check(connection)

    def _record(self, events: Sequence[StoredEvent], rejections: Sequence[Rejection]) -> list[Outcome]:
        with self._writing() as connection:
            return record(connection, events, rejections)

    async def append(
        self, events: Sequence[StoredEvent], rejections: Sequence[Rejection] = ()
    ) -> list[Outcome]:
        return await self._writer.append(events, rejections)

    def is_behind(self) -> bool:
        return self._writer.is_behind()

    def revision(self) -> int:
        with self._reading() as connection:
            return registry.revision(connection)

    def add_source(
        self,
        name: str,
        settings: Settings = Settings(),  # noqa: B008 frozen, so sharing it is safe
        policy: Policy = Policy(),  # noqa: B008 frozen, so sharing it is safe
        *,
        source_id: str | None = None,
        actor: str = "tagwell",
    ) -> Source:
        with self._writing() as connection:
            return registry.add_source(connection, name, settings, policy, source_id, actor)

    def sources(self) -> list[Source]:
        with self._reading() as connection:
            return registry.sources(connection)

    def source(self, source_id: str) -> Source | None:
        with self._reading() as connection:
            return registry.source(connection, source_id)

    def save_source(
        self,
        source_id: str,
        *,
        name: str | None = None,
        enabled: bool | None = None,
        settings: Settings | None = None,
        actor: str = "tagwell",
    ) -> Source:
        changes = _given(name=name, enabled=enabled, settings=settings)
        with self._writing() as connection:
            return registry.save_source(connection, source_id, changes, actor)

    def save_policy(
        self,
        source_id: str,
        policy: Policy,
        *,
        author: str,
        comment: str,
        expected_version: int | None = None,
    ) -> PolicyVersion:
        with self._writing() as connection:
            return registry.save_policy(connection, source_id, policy, author, comment, expected_version)

    def policy_history(self, source_id: str) -> list[PolicyVersion]:
        with self._reading() as connection:
            return registry.policy_history(connection, source_id)

    def freeze_tag(self, source_id: str, tag: FrozenTag) -> FrozenTag:
        with self._writing() as connection:
            return frozen.freeze_tag(connection, source_id, tag)

    def frozen_tags(self, source_id: str) -> list[FrozenTag]:
        with self._reading() as connection:
            return frozen.frozen_tags(connection, source_id)

    def frozen_tag(self, source_id: str, hash_: str) -> FrozenTag | None:
        with self._reading() as connection:
            return next(iter(frozen.frozen_tags(connection, source_id, hash_)), None)

    def workspace(self) -> Workspace:
        with self._reading() as connection:
            return registry.workspace(connection)

    def save_workspace(
        self,
        *,
        newsletter_mode: NewsletterMode | None = None,
        unique_emails: bool | None = None,
        time_zone: str | None = None,
        actor: str = "tagwell",
    ) -> Workspace:
        changes = _given(newsletter_mode=newsletter_mode, unique_emails=unique_emails, time_zone=time_zone)
        with self._writing() as connection:
            return registry.save_workspace(connection, changes, actor)

    def events(
        self,
        source_id: str,
        *,
        after_seq: int = 0,
        before_seq: int | None = None,
        action: str | None = None,
        limit: int | None = None,
        newest: bool = False,
    ) -> list[EventRecord]:
        with self._reading() as connection:
            return queries.events(
                connection,
                source_id,
                after_seq=after_seq,
                before_seq=before_seq,
                action=action,
                limit=limit,
                newest=newest,
            )

    def event(self, source_id: str, seq: int) -> EventRecord | None:
        with self._reading() as connection:
            return queries.event(connection, source_id, seq)

    def rejections(self, source_id: str, *, after: int = 0, limit: int = 100) -> list[RejectionRecord]:
        with self._reading() as connection:
            return queries.rejections(connection, source_id, after=after, limit=limit)

    def outcomes(
        self, source_id: str | None = None, *, since_ms: int = 0, step_ms: int = MINUTE_MS
    ) -> list[OutcomeCount]:
        with self._reading() as connection:
            return queries.outcomes(connection, source_id, since_ms, step_ms)

    def totals(self) -> list[OutcomeCount]:
        with self._reading() as connection:
            return queries.totals(connection)

    def profile(self, client_id: int) -> Profile | None:
        with self._reading() as connection:
            return queries.profile(connection, client_id)

    def find_profile(self, kind: IdentifierKind, value: str) -> Profile | None:
        with self._reading() as connection:
            return queries.find_profile(connection, kind, value)

    def take_lease(self, name: str, holder: str, now_ms: int, length_ms: int) -> bool:
        with self._writing() as connection:
            return upkeep.take_lease(connection, name, holder, now_ms, length_ms)

    def close_sessions(
        self, now_ms: int, derive_for: Callable[[EventRecord, Source], Derive], limit: int = 500
    ) -> int:
        with self._writing() as connection:
            return upkeep.close_sessions(connection, now_ms, derive_for, limit)

    def trim_rejections(self, before_ms: int) -> int:
        with self._writing() as connection:
            return upkeep.trim_rejections(connection, before_ms)


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
