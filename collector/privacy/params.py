"""What of an event's params may be kept, by their names.

A param within another is named by both: `formData.phone`. Blocked, it goes with all it holds. An
allow list judges the values: an object is not refused for want of a rule, only what it holds; a
list counts as one value. The tag does the same before it sends (snippet/modules/list_params.js).
What a page tells in an object of its context is named as a param is: `title`, not `page.title`.
"""

from collector.model.event import Params
from collector.model.policy import Policy
from collector.privacy.lists import RuleList, rule_list


def kept_params(params: Params, policy: Policy) -> Params:
    """Return the params that the policy admits; the very same where it has no rule for them."""
    allow, block = rule_list(policy.allow_params), rule_list(policy.block_params)
    return _kept(params, allow, block, "") if allow or block else params


def _kept(params: Params, allow: RuleList, block: RuleList, prefix: str) -> Params:
    kept: Params = {}
    for name, value in params.items():
        path = prefix + name
        if block.match(path) is not None:
            continue
        if isinstance(value, dict):
            kept[name] = _kept(value, allow, block, path + ".")
        elif not allow or allow.match(path) is not None:
            kept[name] = value
    return kept
