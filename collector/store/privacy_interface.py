"""What privacy asks of a store: counts by rule, quarantine, evidence, keys, trials, salts, erasure, audit.

Synchronous, as all but `append`: call it from a worker thread where a loop is running.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

from collector.model.audit import AuditRecord
from collector.model.consent import ConsentRecord
from collector.model.event import EventRecord
from collector.model.outcome import MINUTE_MS, RuleCount
from collector.model.person import ErasedKind, Erasure, Person, SessionRecord
from collector.model.policy import Policy
from collector.model.quarantine import QuarantineEntry, QuarantineRecord
from collector.model.shadow import ShadowCount
from collector.model.source import TokenKey


class PrivacyStore(Protocol):
    """The half that the privacy team's work stands on."""

    def rule_counts(self, source_id: str, *, since_ms: int = 0, step_ms: int = MINUTE_MS) -> list[RuleCount]:
        """The rejections of `outcomes` that a rule of the policy caused, by rule and step of time."""
        ...

    def rule_totals(self) -> list[RuleCount]:
        """The same of all sources ever, summed over the minutes: `minute_ms` is 0."""
        ...

    def quarantined(
        self, source_id: str, *, before: int | None = None, limit: int = 100
    ) -> list[QuarantineRecord]:
        """Newest first; `before` is the number of the last one seen."""
        ...

    def quarantine_entries(self, source_id: str) -> list[QuarantineEntry]:
        """All of a source without their content, newest first."""
        ...

    def quarantine_record(self, source_id: str, number: int) -> QuarantineRecord | None: ...

    def release_quarantined(self, source_id: str, numbers: Sequence[int]) -> int:
        """Remove what was sent again or thrown away; return how many there were."""
        ...

    def consents(self, source_id: str, *, uuid: str | None = None, limit: int = 100) -> list[ConsentRecord]:
        """Evidence of consent, newest first."""
        ...

    def add_token_key(
        self,
        source_id: str,
        name: str,
        algorithm: Literal["RS256", "HS256"],
        key: str,
        *,
        actor: str = "tagwell",
    ) -> TokenKey:
        """In force at once, beside others. Raises KeyError for an unknown source, ValueError with what is
        wrong with name or key, or where a source has as many as it may."""
        ...

    def revoke_token_key(self, source_id: str, key_id: str, *, actor: str = "tagwell") -> None:
        """End a key and forget it. Raises KeyError."""
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
        return how many, `limit` at most. Their sessions go with their last event, and visitors of whom
        nothing is left but a browser's uuid."""
        ...

    def scrub(self) -> bool:
        """Leave nothing of what was deleted in the write-ahead log or in free pages, as far as the engine
        can (each says in its own file what remains). False where readers held it: ask again later."""
        ...

    def find_people(self, identifier: str) -> list[int]:
        """The client ids of all who have this client id (merged ones resolve), email, customId, uuid
        or phone."""
        ...

    def person(self, client_id: int, *, everywhere: bool = True) -> Person | None:
        """The numbers of all that is held of a profile. Merged ids resolve.

        `everywhere` looks through all events for those of the person's browsers that were stored
        under another profile; without it the indexes alone are asked.
        """
        ...

    def held_events(self, seqs: Sequence[int]) -> list[EventRecord]:
        """Events of any source by their `seq`, in its order; those that are gone are left out."""
        ...

    def held_sessions(self, ids: Sequence[str]) -> list[SessionRecord]: ...

    def held_quarantined(self, numbers: Sequence[int]) -> list[QuarantineRecord]: ...

    def held_consents(self, numbers: Sequence[int]) -> list[ConsentRecord]: ...

    def erase_person(self, client_id: int, *, actor: str) -> Erasure | None:
        """Delete it all, with tombstones for its identifiers; None for an unknown one. One transaction."""
        ...

    def tombstone(self, kind: ErasedKind, value: str) -> int | None:
        """When a person of this identifier was erased (ms since the epoch, UTC); None for never."""
        ...
