"""What of `context.original` no rule for params or texts is about: ids of a device, its make, a click.

The names are those of the dialects, and hold for whatever a page of ours calls by them.
Source: contracts/segment-customerio.md section 3, contracts/tracardi.md section 5.
"""

from collector.model.event import Params
from collector.model.policy import Policy
from collector.privacy.forget import without_ids

_NO_MAKE = frozenset({"model", "manufacturer", "brand", "name", "gpu"})
"""What a device's make is told by; its type stays, as that of an enriched event does."""


def kept_original(original: Params, policy: Policy, *, forgets: bool) -> Params:
    """Return what may be kept of it. `forgets`: the visitor may not be known again."""
    if forgets:
        original = without_ids(original)
    original = _level(original, policy)
    context = original.get("context")
    if not isinstance(context, dict):
        return original
    others = {name: value for name, value in original.items() if name != "context"}
    inner = _level(context, policy)
    return others | {"context": inner} if inner else others


def _level(told: Params, policy: Policy) -> Params:
    """One object that may tell of a referrer, a system and a device. Segment's `referrer` is a click's id."""
    kept: Params = {}
    for name, value in told.items():
        if isinstance(value, dict):
            if name == "referrer" and policy.query != "all":
                continue
            if not policy.keep_user_agent and name == "os":
                value = {part: value[part] for part in ("name",) if part in value}
            elif not policy.keep_user_agent and name == "device":
                value = {part: each for part, each in value.items() if part not in _NO_MAKE}
            if not value and told[name]:
                continue
        kept[name] = value
    return kept
