"""Deleting what a source keeps for so many days only, in small commits, and saying in the audit what went."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from collector.model.policy import Policy
from collector.model.source import Source
from collector.store import Store

log = logging.getLogger(__name__)

EVENTS_AT_ONCE = 200
"""Events deleted in one commit: few, since beacons wait meanwhile."""

BREATH_S = 0.05
"""Pause between such commits, in seconds."""

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

ACTOR = "tagwell"
ALL = "*"


class Term(NamedTuple):
    """How many days the actions of a rule are kept, but for those of longer rules."""

    rule: str
    days: int
    except_rules: tuple[str, ...]


def terms(policy: Policy) -> Iterator[Term]:
    """What a policy says of how long events are kept: each action falls under one term at most.

    The longest rule that fits decides, and a whole name is longer than any beginning of it.
    `retention_days` is the rule `*` where `retention` has none; 0 days are for ever.
    """
    days = dict(policy.retention)
    if policy.retention_days:
        days.setdefault(ALL, policy.retention_days)
    for rule, number in days.items():
        if not rule.endswith(ALL):
            yield Term(rule, number, ())
            continue
        longer = tuple(other for other in days if other != rule and other.startswith(rule[:-1]))
        yield Term(rule, number, longer)


class Retention:
    """The sweeper of one worker. What could not be scrubbed is tried again with the next run."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._dirty = True  # a run before this one may have ended early

    def run(self, now_ms: int, go_on: Callable[[], bool]) -> None:
        """Delete what is older than its source allows, by the hour, as long as `go_on` says so.

        Ages count from when an event was received. A source whose rules cannot be read loses nothing,
        and one whose rules change meanwhile loses nothing more in this run: the next goes by the new ones.
        """
        hour_ms = now_ms - now_ms % HOUR_MS
        revision = self._store.revision()  # first, so that no change after it is missed
        for source in self._store.sources():
            deleted: Counter[str] = Counter()
            go_on_here = self._while_in_force(source, revision, go_on)
            try:
                for term in terms(source.policy):
                    for number in self._delete(source.source_id, term, hour_ms, go_on_here):
                        deleted[term.rule] += number
                        self._dirty = True
            finally:
                if deleted:
                    detail = ", ".join(f"{rule}: {number}" for rule, number in deleted.items())
                    self._store.add_audit(ACTOR, "retention.delete", source.source_id, detail)
        self.scrub()

    def forget(self, before_ms: int, *, mails_before_ms: int = 0, registrations_before_ms: int = 0) -> None:
        """Forget recent rejections and what is in quarantine where older than this, old mails, and accounts
        that nobody has activated."""
        forgotten = (
            self._store.trim_rejections(before_ms),
            self._store.forget_mails(mails_before_ms),
            self._store.forget_registrations(registrations_before_ms),
        )
        if any(forgotten):
            self._dirty = True
        self.scrub()

    def scrub(self) -> None:
        """Leave nothing of what was deleted, if anything was."""
        if self._dirty:
            self._dirty = False  # first, as the other job may delete meanwhile
            done = False
            try:
                done = self._store.scrub()
            finally:
                self._dirty = self._dirty or not done

    def _while_in_force(self, source: Source, revision: int, go_on: Callable[[], bool]) -> Callable[[], bool]:
        """Make a `go_on` that also asks whether the rules of a source are still those it was read with."""
        seen = revision

        def go_on_here() -> bool:
            nonlocal seen
            if not go_on():
                return False
            newest = self._store.revision()
            if newest != seen:
                now = self._store.source(source.source_id)
                if now is None or now.policy_version != source.policy_version or now.problem:
                    return False
                seen = newest
            return True

        return go_on_here

    def _delete(self, source_id: str, term: Term, hour_ms: int, go_on: Callable[[], bool]) -> Iterator[int]:
        while go_on():
            number = self._store.delete_events(
                source_id,
                hour_ms - term.days * DAY_MS,
                rule=term.rule,
                except_rules=term.except_rules,
                limit=EVENTS_AT_ONCE,
            )
            if number:
                yield number
            if number < EVENTS_AT_ONCE:
                return
            time.sleep(BREATH_S)
