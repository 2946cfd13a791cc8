"""Allow- and blocklists of actions, params and pages: names, exact or with a star for any rest.

Block wins; a non-empty allow list admits only its own. Rules are looked up, never walked: ten
thousand cost what ten do.
"""

from collections.abc import Iterable


class RuleList:
    """A set of rules that answers which of them fits a name. A star stands alone or after the separator."""

    def __init__(self, rules: Iterable[str], separator: str = ".") -> None:
        rules = tuple(rules)
        self._separator = separator
        self._exact = frozenset(rule for rule in rules if not rule.endswith("*"))
        self._prefixes = frozenset(rule[:-1] for rule in rules if rule.endswith("*"))
        # What a visitor sends may be much longer, and all separators.
        self._longest = max(map(len, self._prefixes), default=0)

    def __bool__(self) -> bool:
        return bool(self._exact or self._prefixes)

    def match(self, name: str) -> str | None:
        """Return the rule that fits, None when none does."""
        if name in self._exact:
            return name
        if self._prefixes:
            if "" in self._prefixes:
                return "*"
            end = name.find(self._separator, 0, self._longest)
            while end != -1:
                if name[: end + 1] in self._prefixes:
                    return name[: end + 1] + "*"
                end = name.find(self._separator, end + 1, self._longest)
        return None
