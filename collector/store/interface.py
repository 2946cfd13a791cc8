"""What the rest of the collector may ask of a store, whatever engine keeps it.

`append` is the only way in for events; it returns when they are on disk. Everything else is
synchronous: call it from a worker thread where a loop is running.
"""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from collector.model.audit import AuditRecord
from collector.model.consent import ConsentRecord
from collector.model.event import Derive, EventRecord, StoredEvent
from collector.model.frozen import FrozenTag
from collector.model.outcome import Outcome, OutcomeCount, Rejection, RejectionRecord, RuleCount
from collector.model.person import Erasure, Person
from collector.model.policy import Policy, PolicyVersion
from collector.model.profile import IdentifierKind, Profile
from collector.model.quarantine import QuarantineRecord
from collector.model.shadow import ShadowCount
from collector.model.source import Settings, Source, TokenKey
from collector.model.workspace import ApiKey, NewsletterMode, User, Workspace


class StoreUnavailable(Exception):
    """The store could not take a write now (busy, full, closing). The sender may try again."""


class EventStore(Protocol):
    """The hot half: what a beacon needs."""

    async def append(
        self, events: Sequence[StoredEvent], rejections: Sequence[Rejection] = ()
    ) -> list[Outcome]:
        """Store events and count rejections in one commit; return one outcome an event, in order.

        Returns after the commit is on disk. Raises StoreUnavailable when nothing was stored.
        """
        ...


class Store(EventStore, Protocol):
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

    def revision(self) -> int:
        """A number that rises with every change of a source, policy, key or workspace, in any process."""
        ...

    # sources and their policies
    def add_source(
        self, name: str, settings: Settings = ..., policy: Policy = ..., *, source_id: str | None = None
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
    ) -> Source:
        """Change what is given. Raises KeyError for an unknown source."""
        ...

    def save_policy(self, source_id: str, policy: Policy, *, author: str, comment: str) -> PolicyVersion:
        """Save a new version of the policy, which is in force at once. Raises KeyError."""
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
    ) -> Workspace: ...

    def add_api_key(
        self, name: str, key_hash: str, *, source_id: str | None = None, permissions: tuple[str, ...] = ("*",)
    ) -> ApiKey: ...

    def api_key(self, key_hash: str) -> ApiKey | None:
        """The key with this hash, None when unknown or revoked."""
        ...

    def add_user(self, name: str, password_hash: str) -> User:
        """Raises ValueError when the name is taken."""
        ...

    def user(self, name: str) -> User | None: ...

    def users(self) -> list[User]: ...

    def set_password(self, name: str, password_hash: str) -> User:
        """Change the password and end all sign-ins of this user. Raises KeyError."""
        ...

    def count_attempt(self, key: str, now_ms: int, window_ms: int) -> int:
        """Count a sign-in attempt under `key`; return how many fell into the window, this one included."""
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

    def outcomes(self, source_id: str | None = None, *, since_ms: int = 0) -> list[OutcomeCount]: ...

    def rule_counts(self, source_id: str, *, since_ms: int = 0) -> list[RuleCount]:
        """The rejections of `outcomes` that a rule of the policy caused, by rule and minute."""
        ...

    def rule_totals(self) -> list[RuleCount]:
        """The same of all sources ever, summed over the minutes: `minute_ms` is 0."""
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

    # what privacy keeps
    def quarantined(
        self, source_id: str, *, before: int | None = None, limit: int = 100
    ) -> list[QuarantineRecord]:
        """Newest first; `before` is the number of the last one seen."""
        ...

    def quarantine_record(self, source_id: str, number: int) -> QuarantineRecord | None: ...

    def release_quarantined(self, source_id: str, numbers: Sequence[int]) -> int:
        """Remove what was sent again or thrown away; return how many there were."""
        ...

    def consents(self, source_id: str, *, uuid: str | None = None, limit: int = 100) -> list[ConsentRecord]:
        """Evidence of consent, newest first."""
        ...

    def add_token_key(
        self, source_id: str, name: str, algorithm: Literal["RS256", "HS256"], key: str
    ) -> TokenKey:
        """In force at once, beside others. Raises KeyError for an unknown source."""
        ...

    def revoke_token_key(self, source_id: str, key_id: str) -> None:
        """Raises KeyError."""
        ...

    def save_shadow(self, source_id: str, policy: Policy | None, *, author: str) -> None:
        """Try a policy on live traffic from now on, with fresh counts; None ends it. Raises KeyError."""
        ...

    def count_shadow(self, counts: Sequence[ShadowCount]) -> None:
        """Add to the counts of policies on trial; those whose trial has ended are dropped."""
        ...

    def shadow_counts(self, source_id: str) -> list[ShadowCount]: ...

    def day_salt(self, day: int) -> bytes:
        """The salt of a day (days since the epoch, UTC), made where there is none; all earlier ones are
        overwritten on the disk. Raises ValueError for a day that is over."""
        ...

    def add_audit(self, actor: str, action: str, subject: str, detail: str) -> None:
        """Note who did what, for ever."""
        ...

    def audit(self, *, before: int | None = None, limit: int = 100) -> list[AuditRecord]:
        """Newest first; `before` is the number of the last one seen."""
        ...

    def delete_events(
        self, source_id: str, before_ms: int, *, rule: str, except_rules: Sequence[str] = (), limit: int = 500
    ) -> int:
        """Delete events received before this whose action fits `rule` and no longer one of `except_rules`;
        return how many, `limit` at most. Their sessions go with their last event."""
        ...

    def scrub(self) -> None:
        """Leave nothing of what was deleted in the write-ahead log or in free pages."""
        ...

    def person(self, client_id: int) -> Person | None:
        """Everything that is held of a profile. Merged ids resolve."""
        ...

    def erase_person(self, client_id: int, *, actor: str) -> Erasure | None:
        """Delete it all, with tombstones for its identifiers; None for an unknown one. One transaction."""
        ...

    def tombstone(self, kind: IdentifierKind, value: str) -> int | None:
        """When a person of this identifier was erased (ms since the epoch, UTC); None for never."""
        ...
