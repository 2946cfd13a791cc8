"""Allow- and blocklists of actions, params and pages: names, exact or with a star for any rest.

Block wins; a non-empty allow list admits only its own. Rules are looked up, never walked: ten
thousand cost what ten do.
"""

from collections.abc import Iterable


class RuleList:
    """A set of rules that answers which of them fits a name. A star stands alone or after the separator.

    With `any_case` neither a name's capitals count nor a rule's.
    """

    def __init__(self, rules: Iterable[str], separator: str = ".", *, any_case: bool = False) -> None:
        self._separator = separator
        self._any_case = any_case
        # What is looked up, with the rule as the policy writes it.
        self._exact: dict[str, str] = {}
        self._prefixes: dict[str, str] = {}
        for rule in rules:
            looked_up = self._prefixes if rule.endswith("*") else self._exact
            looked_up.setdefault((rule.casefold() if any_case else rule).removesuffix("*"), rule)
        # What a visitor sends may be much longer, and all separators.
        self._longest = max(map(len, self._prefixes), default=0)
        self._read = max(self._longest, *map(len, self._exact), 0) + 1

    def __bool__(self) -> bool:
        return bool(self._exact or self._prefixes)

    def match(self, name: str) -> str | None:
        """Return the rule that fits, None when none does."""
        if self._any_case:
            # No text is shorter in lower case, so that what is cut off cannot be in a rule.
            name = name[: self._read].casefold()
        rule = self._exact.get(name)
        if rule is None and self._prefixes:
            rule = self._prefixes.get("")
            end = name.find(self._separator, 0, self._longest)
            while rule is None and end != -1:
                rule = self._prefixes.get(name[: end + 1])
                end = name.find(self._separator, end + 1, self._longest)
        return rule
