"""Allow- and blocklists of actions: exact names or `prefix.*`.

Block wins; a non-empty allow list admits only its own. Rules are looked up, never walked: ten
thousand cost what ten do.
"""

from collections.abc import Iterable
from functools import lru_cache


class ActionList:
    """A set of rules that answers which of them fits an action."""

    def __init__(self, rules: Iterable[str]) -> None:
        rules = tuple(rules)
        self._exact = frozenset(rule for rule in rules if not rule.endswith("*"))
        self._prefixes = frozenset(rule[:-1] for rule in rules if rule.endswith("*"))

    def __bool__(self) -> bool:
        return bool(self._exact or self._prefixes)

    def match(self, action: str) -> str | None:
        """Return the rule that fits, None when none does."""
        if action in self._exact:
            return action
        if self._prefixes:
            if "" in self._prefixes:
                return "*"
            end = action.find(".")
            while end != -1:
                if action[: end + 1] in self._prefixes:
                    return action[: end + 1] + "*"
                end = action.find(".", end + 1)
        return None


@lru_cache(maxsize=1024)
def action_list(rules: tuple[str, ...]) -> ActionList:
    """The compiled list of these rules."""
    return ActionList(rules)
