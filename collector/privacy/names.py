"""What a dialect says beside the params, under the rules for params.

Who an event is about is under those for `customId`.
"""

from collector.model.event import Event, Params
from collector.model.source import Source
from collector.privacy.params import kept_params, unveiled
from collector.privacy.rules import rules_of

_NAMES = frozenset({"userId", "previousId"})
"""As `context.original` has them."""

_MAPPED = frozenset({"properties", "traits"})
"""The same."""


def admits_names(event: Event, source: Source) -> bool:
    """Whether the policy keeps the customId that an event is told by. True where it is told by none."""
    told = event.custom_id or event.previous_id
    if told is None:
        return True
    kept = kept_params({"customId": told}, source.policy)
    return unveiled(kept, rules_of(source.policy)) == {"customId": told}


def without_names(context: Params) -> Params:
    """The context without these names in what the sender said."""
    return _without(_NAMES, context)


def without_mapped(context: Params) -> Params:
    """The context without the params as they were before a dialect's mapping, and without other traits.

    They go by the sender's names, which no rule knows: `birthday` is stored as `birthDate`.
    """
    return _without(_MAPPED, context)


def _without(names: frozenset[str], context: Params) -> Params:
    original = context.get("original")
    if not isinstance(original, dict) or names.isdisjoint(original):
        return context
    kept = {name: value for name, value in original.items() if name not in names}
    return {**context, "original": kept}
