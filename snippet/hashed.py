"""Rules as the tag carries them: hashed, so that the script that everybody may read spells no list out.

That keeps them from being read off, no more: the hash is fast and small, so that whoever wants to can try
names against it, short ones all of them. Who must not have a list told switches the module `lists` off.
"""

import struct
from collections.abc import Mapping
from functools import lru_cache

from collector.model.consent import EVIDENCE
from collector.model.policy import Policy
from collector.privacy.lists import RuleList

_FACTOR = 8191
_MODULUS = 1_099_511_627_689
"""The greatest prime below 2^40: times the factor it is below 2^53, where JavaScript is exact."""


def lists_of(
    policy: Policy, *, asks: bool, aliases: Mapping[str, str] | None = None
) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The lists that the tag obeys, allow and block, by the module that does; no other leaves us.

    Where the policy asks for consent (`asks`), evidence of it passes an allow list, as in the collector.
    `aliases`: actions by what a page calls them, where it speaks another vendor's language.
    """
    evidence = tuple(EVIDENCE) if asks and policy.allow else ()
    allow, block = (rules + called(rules, aliases or {}) for rules in (policy.allow, policy.block))
    pairs = {
        "lists": (allow + evidence, block),
        "list_params": (policy.allow_params, policy.block_params),
        "list_paths": (policy.allow_paths, policy.block_paths),
    }
    return {name: pair for name, pair in pairs.items() if any(pair)}


def called(rules: tuple[str, ...], aliases: Mapping[str, str]) -> tuple[str, ...]:
    """What a page calls the actions that these rules name."""
    if not aliases or not rules:
        return ()
    named = RuleList(rules)
    return tuple(alias for alias, action in aliases.items() if named.match(action) is not None)


def hashed_lists(
    policy: Policy, key: str, *, asks: bool, aliases: Mapping[str, str] | None = None
) -> dict[str, dict[str, tuple[int, ...]]]:
    """The same as the tag is told of them."""
    return {
        name: {"allow": hashed(allow, key), "block": hashed(block, key)}
        for name, (allow, block) in lists_of(policy, asks=asks, aliases=aliases).items()
    }


@lru_cache(maxsize=64)
def hashed(rules: tuple[str, ...], key: str) -> tuple[int, ...]:
    """Return the rules as numbers below 2^40, sorted. Ten thousand take some 50 ms, once.

        hash = (hash * factor + unit) mod modulus, for each unit of key + rule, from 0

    A unit is one of UTF-16, as JavaScript has them (snippet/modules/lists.js does the same). `key` is
    the tag's, so that a rule has another number at another source. A name that is on no list of ten
    thousand fits one by chance once in a million: fewer bits would show on a large site.
    """
    return tuple(sorted({_hash(key + rule) for rule in rules}))


def _hash(text: str) -> int:
    number = 0
    for (unit,) in struct.iter_unpack("<H", text.encode("utf-16-le", "surrogatepass")):
        number = (number * _FACTOR + unit) % _MODULUS
    return number
