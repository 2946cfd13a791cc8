"""The half of an SQL store that privacy's work stands on: each call in a transaction of its own."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Literal

from sqlalchemy import Connection

from collector.model.audit import AuditRecord
from collector.model.consent import ConsentRecord
from collector.model.event import EventRecord
from collector.model.outcome import MINUTE_MS, RuleCount
from collector.model.person import ErasedKind, Erasure, Person, SessionRecord
from collector.model.policy import Policy
from collector.model.quarantine import QuarantineEntry, QuarantineRecord
from collector.model.shadow import ShadowCount
from collector.model.source import TokenKey
from collector.store import (
    audit,
    consents,
    erase,
    held,
    people,
    person,
    quarantine,
    retention,
    rule_counts,
    salts,
    shadows,
    token_keys,
    tombstones,
)


class PrivacySql(ABC):
    """Implements `privacy_interface.PrivacyStore` but for the engine's own part."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def scrub(self) -> bool: ...

    def rule_counts(self, source_id: str, *, since_ms: int = 0, step_ms: int = MINUTE_MS) -> list[RuleCount]:
        with self._reading() as connection:
            return rule_counts.rule_counts(connection, source_id, since_ms, step_ms)

    def rule_totals(self) -> list[RuleCount]:
        with self._reading() as connection:
            return rule_counts.rule_totals(connection)

    def quarantined(
        self, source_id: str, *, before: int | None = None, limit: int = 100
    ) -> list[QuarantineRecord]:
        with self._reading() as connection:
            return quarantine.quarantined(connection, source_id, before, limit)

    def quarantine_entries(self, source_id: str) -> list[QuarantineEntry]:
        with self._reading() as connection:
            return quarantine.entries(connection, source_id)

    def quarantine_record(self, source_id: str, number: int) -> QuarantineRecord | None:
        with self._reading() as connection:
            return quarantine.quarantine_record(connection, source_id, number)

    def release_quarantined(self, source_id: str, numbers: Sequence[int]) -> int:
        with self._writing() as connection:
            return quarantine.release(connection, source_id, numbers)

    def consents(self, source_id: str, *, uuid: str | None = None, limit: int = 100) -> list[ConsentRecord]:
        with self._reading() as connection:
            return consents.consents(connection, source_id, uuid, limit)

    def add_token_key(
        self,
        source_id: str,
        name: str,
        algorithm: Literal["RS256", "HS256"],
        key: str,
        *,
        actor: str = "tagwell",
    ) -> TokenKey:
        with self._writing() as connection:
            return token_keys.add_token_key(connection, source_id, name, algorithm, key, actor)

    def revoke_token_key(self, source_id: str, key_id: str, *, actor: str = "tagwell") -> None:
        with self._writing() as connection:
            token_keys.revoke_token_key(connection, source_id, key_id, actor)

    def save_shadow(self, source_id: str, policy: Policy | None, *, author: str) -> None:
        with self._writing() as connection:
            shadows.save_shadow(connection, source_id, policy, author)

    def count_shadow(self, counts: Sequence[ShadowCount]) -> None:
        with self._writing() as connection:
            shadows.count_shadow(connection, counts)

    def shadow_counts(self, source_id: str) -> list[ShadowCount]:
        with self._reading() as connection:
            return shadows.shadow_counts(connection, source_id)

    def day_salt(self, day: int) -> bytes:
        with self._writing() as connection:
            return salts.day_salt(connection, day)

    def add_audit(self, actor: str, action: str, subject: str, detail: str) -> None:
        with self._writing() as connection:
            audit.add_audit(connection, actor, action, subject, detail)

    def audit(self, *, before: int | None = None, limit: int = 100) -> list[AuditRecord]:
        with self._reading() as connection:
            return audit.audit(connection, before, limit)

    def delete_events(
        self, source_id: str, before_ms: int, *, rule: str, except_rules: Sequence[str] = (), limit: int = 500
    ) -> int:
        # Writers wait while rows go, not while they are looked for.
        with self._reading() as connection:
            seqs = retention.due(connection, source_id, before_ms, rule, except_rules, limit)
        if not seqs:
            return 0
        with self._writing() as connection:
            return retention.delete_events(connection, seqs)

    def find_people(self, identifier: str) -> list[int]:
        with self._reading() as connection:
            return people.find_people(connection, identifier)

    def person(self, client_id: int, *, everywhere: bool = True) -> Person | None:
        with self._reading() as connection:
            return person.person(connection, client_id, everywhere)

    def held_events(self, seqs: Sequence[int]) -> list[EventRecord]:
        with self._reading() as connection:
            return held.held_events(connection, seqs)

    def held_sessions(self, ids: Sequence[str]) -> list[SessionRecord]:
        with self._reading() as connection:
            return held.held_sessions(connection, ids)

    def held_quarantined(self, numbers: Sequence[int]) -> list[QuarantineRecord]:
        with self._reading() as connection:
            return held.held_quarantined(connection, numbers)

    def held_consents(self, numbers: Sequence[int]) -> list[ConsentRecord]:
        with self._reading() as connection:
            return held.held_consents(connection, numbers)

    def erase_person(self, client_id: int, *, actor: str) -> Erasure | None:
        # The look through all events comes first, beside the writers: what was stored since is looked
        # at again under the lock.
        with self._reading() as connection:
            searched = person.search(connection, client_id)
        with self._writing() as connection:
            return erase.erase_person(connection, client_id, actor, searched)

    def tombstone(self, kind: ErasedKind, value: str) -> int | None:
        with self._reading() as connection:
            return tombstones.tombstone(connection, kind, value)
