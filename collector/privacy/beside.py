"""What of a page's context may be kept, by the rules for params.

What stands in an object of the context is named as a param is: `title`, not `page.title`. What is no
object is named as it stands in the context: `session`. Of a list, what is no object shares the list's
name; an object within it is judged by its own names, as a page may write its page's title so. A list
that an allow rule names is kept, but for what is blocked in it.

What `original.context` holds, which is where all unknown context goes, is known by the name that the
page gave it, and by `context.` before it too. What a group is told to be, `params.group`, is known by its
bare names as well.
"""

from typing import Any

from collector.model.event import Params
from collector.privacy.hashing import hashed
from collector.privacy.lists import RuleList
from collector.privacy.params import MASK
from collector.privacy.rules import Rules

_Names = tuple[str, ...]
"""The names that one value goes by, or what stands before the names of those within it."""

_GONE: Any = object()
_NONE = RuleList(())


def kept_beside(context: Params, rules: Rules, salt: bytes) -> Params:
    """Return what may be kept of what a page tells beside its params."""
    walk = _Walk(rules, rules.allow_params, salt)
    kept: Params = {}
    for name, value in context.items():
        if isinstance(value, dict):
            value = walk.object(value, ("",), is_original=name == "original")
            if not value and rules.allow_params:
                continue
        else:
            value = walk.value(value, (name,), ("",))
        if value is not _GONE:
            kept[name] = value
    return kept


def kept_group(group: Params, rules: Rules, salt: bytes) -> Params:
    """Return the param `group` as far as it may be kept: its `email` is under rules for `email` too."""
    value = _Walk(rules, rules.allow_params, salt).value(group, ("group",), ("group.", ""))
    return {} if value is _GONE else {"group": value}


class _Walk:
    def __init__(self, rules: Rules, allow: RuleList, salt: bytes) -> None:
        self._rules = rules
        self._allow = allow
        self._salt = salt

    def object(self, params: Params, before: _Names, *, is_original: bool = False) -> Params:
        """Return what may be kept of an object."""
        kept: Params = {}
        for name, value in params.items():
            names = tuple([each + name for each in before])
            within = tuple([name + "." for name in names]) if isinstance(value, dict | list) else ()
            if is_original and name == "context":
                within = (*within, "")
            value = self.value(value, names, within)
            if value is not _GONE:
                kept[name] = value
        return kept

    def value(self, value: Any, names: _Names, within: _Names) -> Any:
        """Return what may be kept of a value that goes by these names, _GONE for nothing."""
        rules = self._rules
        if _fits(rules.block_params, names):
            return _GONE
        allowed = not self._allow or _fits(self._allow, names)
        if isinstance(value, dict):
            value = self.object(value, within)
        elif isinstance(value, list):
            value = self._list(value, within, allowed)
        if not allowed and not (isinstance(value, dict | list) and value):
            return _GONE
        if _fits(rules.mask_params, names):
            return MASK
        return hashed(value, self._salt) if _fits(rules.hash_params, names) else value

    def _list(self, items: list[Any], within: _Names, allowed: bool) -> list[Any]:
        walk = _Walk(self._rules, _NONE, self._salt) if allowed else self
        kept: list[Any] = []
        for item in items:
            if isinstance(item, dict | list):
                inner = (
                    walk.object(item, within) if isinstance(item, dict) else walk._list(item, within, allowed)
                )
                if inner or allowed:
                    kept.append(inner)
            elif allowed:
                kept.append(item)
        return kept


def _fits(rules: RuleList, names: _Names) -> bool:
    if rules:
        for name in names:
            if rules.match(name) is not None:
                return True
    return False
