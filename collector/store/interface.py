"""What the rest of the collector may ask of a store, whatever engine keeps it.

`append` is the only way in for events; it returns when they are on disk. Everything else is
synchronous: call it from a worker thread where a loop is running.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from collector.model.event import Derive, EventRecord, StoredEvent
from collector.model.frozen import FrozenTag
from collector.model.outcome import MINUTE_MS, Outcome, OutcomeCount, Rejection, RejectionRecord
from collector.model.policy import Policy, PolicyVersion
from collector.model.profile import IdentifierKind, Profile
from collector.model.source import Settings, Source
from collector.model.workspace import ApiKey, NewsletterMode, User, Workspace
from collector.store.api_interface import ApiStore
from collector.store.privacy_interface import PrivacyStore


class StoreUnavailable(Exception):
    """The store could not take a write now (busy, full, closing). The sender may try again."""


class StoreDamaged(StoreUnavailable):
    """What is stored cannot be believed any more: nothing is read or written until a
    restart on a good file."""


class NewerPolicy(ValueError):
    """Another version of the policy was saved since the one that was to be changed."""


class EventStore(Protocol):
    """The hot half: what a beacon needs."""

    async def append(
        self, events: Sequence[StoredEvent], rejections: Sequence[Rejection] = ()
    ) -> list[Outcome]:
        """Store events and count rejections in one commit; return one outcome an event, in order.

        Returns after the commit is on disk. Raises StoreUnavailable when nothing was stored.
        """
        ...

    def is_behind(self) -> bool:
        """Whether more come than can be stored in time, so that `append` would refuse. Costs nothing."""
        ...


class Store(EventStore, PrivacyStore, ApiStore, Protocol):
    """The whole store."""

    def migrate(self) -> None:
        """Bring the schema to this release's, under a lock."""
        ...

    def prepare(self) -> None:
        """Set an empty store up; check the schema of any other. Raises OperatorError where it is behind."""
        ...

    def open(self) -> None:
        """Check the schema and start the writer thread."""
        ...

    def close(self) -> None:
        """Finish what is queued, stop the writer, close the files."""
        ...

    def trouble(self, min_free_bytes: int) -> str | None:
        """What keeps it from taking events, or soon will, as an operator reads it; None where nothing does.

        Nothing is written. Raises StoreUnavailable. A hanging disk or network holds it: bound the wait.
        """
        ...

    def revision(self) -> int:
        """A number that rises with every change of a source, policy, key or workspace, in any process."""
        ...

    # sources and their policies
    # `actor` is who did it, for the audit that is written in the same transaction.
    def add_source(
        self,
        name: str,
        settings: Settings = ...,
        policy: Policy = ...,
        *,
        source_id: str | None = None,
        actor: str = "tagwell",
    ) -> Source: ...

    def sources(self) -> list[Source]: ...

    def source(self, source_id: str) -> Source | None: ...

    def save_source(
        self,
        source_id: str,
        *,
        name: str | None = None,
        enabled: bool | None = None,
        settings: Settings | None = None,
        actor: str = "tagwell",
    ) -> Source:
        """Change what is given. Raises KeyError for an unknown source."""
        ...

    def save_policy(
        self,
        source_id: str,
        policy: Policy,
        *,
        author: str,
        comment: str,
        expected_version: int | None = None,
    ) -> PolicyVersion:
        """Save a new version of the policy, which is in force at once. Raises KeyError, and NewerPolicy
        where the version in force is not the one that the caller looked at."""
        ...

    def policy_history(self, source_id: str) -> list[PolicyVersion]:
        """All versions, newest first."""
        ...

    def freeze_tag(self, source_id: str, tag: FrozenTag) -> FrozenTag:
        """Keep a build of the tag for ever. Raises KeyError for an unknown source."""
        ...

    def frozen_tags(self, source_id: str) -> list[FrozenTag]:
        """All that were kept, newest first."""
        ...

    def frozen_tag(self, source_id: str, hash_: str) -> FrozenTag | None: ...

    # the workspace, its keys and its people
    def workspace(self) -> Workspace: ...

    def save_workspace(
        self,
        *,
        newsletter_mode: NewsletterMode | None = None,
        unique_emails: bool | None = None,
        time_zone: str | None = None,
        actor: str = "tagwell",
    ) -> Workspace: ...

    def add_api_key(
        self,
        name: str,
        key_hash: str,
        *,
        source_id: str | None = None,
        permissions: tuple[str, ...] = ("*",),
        actor: str = "tagwell",
    ) -> ApiKey: ...

    def api_key(self, key_hash: str) -> ApiKey | None:
        """The key with this hash, None when unknown or revoked."""
        ...

    def api_key_by_id(self, key_id: str) -> ApiKey | None:
        """The same by its id, which is no secret."""
        ...

    def api_keys(self) -> list[ApiKey]:
        """All keys, newest first, revoked ones too."""
        ...

    def revoke_api_key(self, key_id: str, *, actor: str) -> ApiKey:
        """End a key for good, and all tokens that it got. Raises KeyError for one that is not in force."""
        ...

    def add_user(self, name: str, password_hash: str, *, actor: str = "tagwell") -> User:
        """Raises ValueError when the name is taken."""
        ...

    def user(self, name: str) -> User | None: ...

    def users(self) -> list[User]: ...

    def set_password(self, name: str, password_hash: str, *, actor: str = "tagwell") -> User:
        """Change the password and end all sign-ins of this user. Raises KeyError."""
        ...

    def count_attempt(self, key: str, now_ms: int, window_ms: int) -> int:
        """Count a sign-in attempt under `key`; return how many fell into the window, this one included."""
        ...

    def take_back_attempt(self, key: str) -> None:
        """Count one attempt less, which was a good one."""
        ...

    def clear_attempts(self, key: str) -> None: ...

    def spend_link(self, nonce: str, now_ms: int, until_ms: int) -> bool:
        """True the first time that a link of this nonce is used; remembered until it expires."""
        ...

    # reading
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
        """Events of a source in commit order, oldest first; `newest` takes the last `limit`, newest first."""
        ...

    def event(self, source_id: str, seq: int) -> EventRecord | None: ...

    def rejections(self, source_id: str, *, after: int = 0, limit: int = 100) -> list[RejectionRecord]:
        """Recent rejections of a source, newest first; `after` is the number of the last one seen."""
        ...

    def outcomes(
        self, source_id: str | None = None, *, since_ms: int = 0, step_ms: int = MINUTE_MS
    ) -> list[OutcomeCount]:
        """What became of events since, summed by steps of time, oldest first. None: of all sources."""
        ...

    def totals(self) -> list[OutcomeCount]:
        """All outcomes ever, summed over the minutes: `minute_ms` is 0."""
        ...

    def profile(self, client_id: int) -> Profile | None:
        """A profile by our id; merged ids resolve for ever."""
        ...

    def find_profile(self, kind: IdentifierKind, value: str) -> Profile | None: ...

    # jobs
    def take_lease(self, name: str, holder: str, now_ms: int, length_ms: int) -> bool:
        """True if `holder` has the lease of this name until now + length."""
        ...

    def close_sessions(
        self, now_ms: int, derive_for: Callable[[EventRecord, Source], Derive], limit: int = 500
    ) -> int:
        """End sessions that have been silent for longer than their source allows; return how many.

        `derive_for(first_event, source)` makes the function that derives session.end from the
        session's first kept event under the policy now in force.
        """
        ...

    def trim_rejections(self, before_ms: int) -> int:
        """Forget recent rejections and quarantined ones older than this; their counts stay."""
        ...
