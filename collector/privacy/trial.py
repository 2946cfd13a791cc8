"""What another policy would have done to events that are stored: the same judges and keepers, asked again.

A stored event is what an earlier policy left of it. What was not kept cannot be judged: a rule that
needs it is left out for that event and counted in `Trial.untold`, so that nobody takes its silence
for an all-clear.
"""

import ipaddress
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from collector.model.event import EventRecord
from collector.model.outcome import Rejected
from collector.model.policy import Policy
from collector.model.source import Source
from collector.privacy.address import V6_BITS
from collector.privacy.lists import RuleList
from collector.privacy.rebuilt import differing, kept_of

NEUTRAL = Policy(address="full", redact=(), global_privacy_control=False)
"""Keeps everything: a field's part in a change is what it does alone."""

V4_BITS = 24
MAX_PLACES = 200
"""Places remembered with what changes them."""

_BY_VALUE = {"query", "redact", "block_paths"}
"""Fields that change a value for what it holds. All others go by its name: always, once they did."""

EXAMPLES = 3

_PARAM_RULES = ("block_params", "allow_params", "mask_params", "hash_params")
_ALONE = (
    *((name,) for name in _PARAM_RULES),
    ("address",),
    ("geo",),
    ("query", "keep_query"),
    ("keep_user_agent",),
    ("keep_screen",),
    ("keep_referrer",),
    ("keep_language",),
    ("block_paths", "allow_paths", "block_hosts", "allow_hosts"),
)
"""Fields that decide together what is taken out of an event; the first names them all."""


class Change(NamedTuple):
    """One value that would not be kept as it is. `after` is None where it would be gone.

    `field` is the policy's (`block_params`, `address` ...) and "" for none of them; `rule` the one of
    its rules that fits, or its value.
    """

    field: str
    rule: str
    place: str
    before: Any
    after: Any


class Fate(msgspec.Struct, frozen=True):
    """What becomes of one event: refused with a reason and rule, or stored with these changes."""

    reason: str = ""
    rule: str = ""
    changes: tuple[Change, ...] = ()
    untold: tuple[str, ...] = ()
    """Lists of the policy that this event tells nothing about any more, by the ends of their names."""


class _Cause(NamedTuple):
    field: str
    rule: str
    place: str


class Tally:
    """How many events met one rule, with the first few of them."""

    def __init__(self) -> None:
        self.count = 0
        self.examples: list[tuple[EventRecord, tuple[Change, ...]]] = []

    def add(self, record: EventRecord, changes: tuple[Change, ...] = ()) -> None:
        """Count one event."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append((record, changes))


class Trial:
    """Looks at stored events under the policy of `source`, which need not be the one in force.

    seen        events looked at; `same`: those that would be stored as they are
    dropped     by reason and rule; `changed`: by field and rule
    untold      events that a list could not be asked about, by the end of its name
    actions     how many of each
    oldest_ms   when the oldest of them was received, ms since the epoch, UTC; None for none
    """

    def __init__(self, source: Source) -> None:
        self.seen = self.same = self.refused = 0
        self.dropped: dict[tuple[str, str], Tally] = {}
        self.changed: dict[tuple[str, str], Tally] = {}
        self.untold: Counter[str] = Counter()
        self.actions: Counter[str] = Counter()
        self.oldest_ms: int | None = None
        self._source = source
        self._rules = {
            name: RuleList(getattr(source.policy, name), any_case=name != "allow_params")
            for name in _PARAM_RULES
        }
        self._alone = sorted(self._single_fields(), key=lambda each: each[0] not in _BY_VALUE)
        self._by_place: dict[str, _Cause] = {"context.consent": _Cause("categories", "", "context.consent")}
        self._told: dict[tuple[str, ...], tuple[Source, tuple[str, ...]]] = {}

    def add(self, record: EventRecord) -> None:
        """Look at one more event."""
        fate = self.fate(record)
        self.seen += 1
        self.actions[record.action] += 1
        self.untold.update(fate.untold)
        self.oldest_ms = min(record.received_ms, self.oldest_ms or record.received_ms)
        if fate.reason:
            self.refused += 1
            self.dropped.setdefault((fate.reason, fate.rule), Tally()).add(record)
        elif not fate.changes:
            self.same += 1
        by_rule: dict[tuple[str, str], list[Change]] = {}
        for change in fate.changes:
            by_rule.setdefault((change.field, change.rule), []).append(change)
        for key, changes in by_rule.items():
            self.changed.setdefault(key, Tally()).add(record, tuple(changes))

    def fate(self, record: EventRecord) -> Fate:
        """What would become of one stored event."""
        source, untold = self._judging(record)
        try:
            kept = kept_of(record, source)
        except Rejected as rejected:
            return Fate(rejected.reason.value, rejected.rule, (), untold)
        stored = {"label": record.label, "params": record.params, "context": record.context}
        changed = list(differing(stored, kept, ""))
        causes = list(self._by_place.values())
        missing = {place for place, *_ in changed if place not in self._by_place}
        if missing:
            causes += self._causes(record, stored, missing)
        changes = tuple(Change(*_cause(place, causes), place, *both) for place, *both in changed)
        return Fate("", "", changes, untold)

    def _judging(self, record: EventRecord) -> tuple[Source, tuple[str, ...]]:
        """The source without the lists that this event tells nothing about, and which these are."""
        policy, context = self._source.policy, record.context
        if record.derived:
            return self._source, ()
        untold: list[str] = []
        if (policy.allow_agents or policy.block_agents) and not context.get("user_agent"):
            untold.append("agents")
        if (policy.allow_countries or policy.block_countries) and "geo" not in context:
            untold.append("countries")
        if policy.allow_networks or policy.block_networks:
            if not context.get("address"):
                untold.append("networks")
            elif _is_shortened(context["address"]):
                untold.append("long_networks")
        key = tuple(untold)
        if key not in self._told:
            told = _without(policy, key)
            # A shortened address leaves something untold only where a rule is longer than what is left.
            names = () if told == policy else tuple(name.removeprefix("long_") for name in key)
            self._told[key] = msgspec.structs.replace(self._source, policy=told), names
        return self._told[key]

    def _single_fields(self) -> Iterator[tuple[str, str, Source]]:
        """The policy taken apart: field, its value as a rule, a source under this field alone."""
        policy = self._source.policy
        neutral = msgspec.structs.replace(NEUTRAL, categories=policy.categories)
        for names in _ALONE:
            values = {name: getattr(policy, name) for name in names}
            alone = msgspec.structs.replace(neutral, **values)
            if alone != neutral:
                value = values[names[0]]
                rule = value if isinstance(value, str) else ""
                yield names[0], rule, msgspec.structs.replace(self._source, policy=alone)
        for kind in policy.redact:
            alone = msgspec.structs.replace(neutral, redact=(kind,), redact_params=policy.redact_params)
            yield "redact", kind, msgspec.structs.replace(self._source, policy=alone)

    def _causes(self, record: EventRecord, stored: dict[str, Any], missing: set[str]) -> list[_Cause]:
        """What each field changes when it stands alone, until nothing is `missing` that needs a cause."""
        causes = []
        for field, value, source in self._alone:
            if not missing:
                break
            rules = self._rules.get(field)
            try:
                kept = kept_of(record, source)
            except Rejected:
                continue
            for place, _, _ in differing(stored, kept, ""):
                rule = value if rules is None else rules.match(_param_name(place)) or ""
                causes.append(_Cause(field, rule, place))
                missing.discard(place)
                if field not in _BY_VALUE and len(self._by_place) < MAX_PLACES:
                    self._by_place[place] = causes[-1]
        return causes


def _cause(changed: str, causes: list[_Cause]) -> tuple[str, str]:
    """The field and rule that change what stands at a place; "" and "" where no single one does."""
    for field, rule, place in causes:
        if f"{place}.".startswith(f"{changed}.") or f"{changed}.".startswith(f"{place}."):
            return field, rule
    return "", ""


def _without(policy: Policy, untold: tuple[str, ...]) -> Policy:
    lists: dict[str, tuple[str, ...]] = {}
    for name in untold:
        for side in ("allow", "block"):
            ending = "networks" if name == "long_networks" else name
            rules = getattr(policy, f"{side}_{ending}")
            lists[f"{side}_{ending}"] = tuple(filter(_fits_shortened, rules)) if name != ending else ()
    return msgspec.structs.replace(policy, **lists) if lists else policy


def _fits_shortened(rule: str) -> bool:
    network = ipaddress.ip_network(rule, strict=False)
    return network.prefixlen <= (V4_BITS if network.version == 4 else V6_BITS)


def _is_shortened(address: str) -> bool:
    """Whether nothing stands in the bits that are cut. A whole address that ends so is taken for cut."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return True
    return int(parsed) & ((1 << (8 if parsed.version == 4 else 128 - V6_BITS)) - 1) == 0


def _param_name(place: str) -> str:
    """A place of an event as the rules for params name it."""
    if place == "label":
        return "title"
    return place.split(".", 2)[-1] if place.startswith("context.") else place.partition(".")[2]
