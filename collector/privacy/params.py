"""What of an event's params may be kept, by their names.

A param within another is named by both: `formData.phone`. Blocked, it goes with all it holds. An
allow list judges the values: an object is not refused for want of a rule, only what it holds, and
goes where nothing is left of it, as its name may be the visitor's own word; a list counts as one
value. The tag does much the same before it sends (snippet/modules/list_params.js), but it knows names
in one case only and leaves empty objects: the collector is the judge.

Block wins over mask, mask over hash. Both take a value whole, an object or a list too.
"""

from typing import Any

from collector.model.event import Params
from collector.model.policy import Policy
from collector.privacy.hashing import hashed
from collector.privacy.lists import RuleList
from collector.privacy.rules import Rules, rules_of

MASK = "***"


def kept_params(params: Params, policy: Policy) -> Params:
    """Return the params that the policy admits; the very same where it has no rule for them."""
    rules = rules_of(policy)
    allow, block = rules.allow_params, rules.block_params
    return _kept(params, allow, block, "") if allow or block else params


def veiled(params: Params, rules: Rules, salt: bytes) -> Params:
    """Return params with masks and hashes in place of values; the very same where no rule asks for any."""
    return _veiled(params, rules, salt, "") if rules.mask_params or rules.hash_params else params


def unveiled(params: Params, rules: Rules) -> Params:
    """Return the params without those that are masked or hashed: a mask is nobody's name."""
    return _unveiled(params, rules, "") if rules.mask_params or rules.hash_params else params


def unveiled_group(params: Params, rules: Rules) -> Params:
    """Return the params of a group without what is masked or hashed by its bare name in `params.group`."""
    group = params.get("group")
    return params | {"group": unveiled(group, rules)} if isinstance(group, dict) else params


def _kept(params: Params, allow: RuleList, block: RuleList, prefix: str) -> Params:
    kept: Params = {}
    for name, value in params.items():
        path = prefix + name
        if block.match(path) is not None:
            continue
        if isinstance(value, dict):
            value = _kept(value, allow, block, path + ".")
        if (isinstance(value, dict) and value) or not allow or allow.match(path) is not None:
            kept[name] = value
    return kept


def _veiled(params: Params, rules: Rules, salt: bytes, prefix: str) -> Params:
    kept: Params = {}
    for name, value in params.items():
        path = prefix + name
        if rules.mask_params.match(path) is not None:
            kept[name] = MASK
            continue
        own: Any = _veiled(value, rules, salt, path + ".") if isinstance(value, dict) else value
        kept[name] = own if rules.hash_params.match(path) is None else hashed(own, salt)
    return kept


def _unveiled(params: Params, rules: Rules, prefix: str) -> Params:
    return {
        name: _unveiled(value, rules, f"{prefix}{name}.") if isinstance(value, dict) else value
        for name, value in params.items()
        if rules.mask_params.match(prefix + name) is None and rules.hash_params.match(prefix + name) is None
    }
