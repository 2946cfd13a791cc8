"""What is different between two versions of a policy, field by field."""

from typing import Any, NamedTuple

import msgspec

from collector.model.policy import Category, Policy

SHOWN = 8
"""Lines of a list shown before the rest is counted."""


class Difference(NamedTuple):
    """One field of a policy that differs.

    `removed` and `added` are what stood there and what stands there now, a text a line, SHOWN at most;
    `more_removed` and `more_added` count the rest.
    """

    field: str
    removed: tuple[str, ...]
    added: tuple[str, ...]
    more_removed: int = 0
    more_added: int = 0


def differences(before: Policy, after: Policy) -> list[Difference]:
    """Return the fields that differ, in the order of the policy."""
    found = []
    for field in msgspec.structs.fields(Policy):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old == new:
            continue
        old_lines, new_lines = _lines(old), _lines(new)
        old_set, new_set = frozenset(old_lines), frozenset(new_lines)
        removed = [line for line in old_lines if line not in new_set]
        added = [line for line in new_lines if line not in old_set]
        if not removed and not added:
            # The same lines in another order, which decides among categories.
            removed, added = old_lines, new_lines
        found.append(
            Difference(
                field.name,
                tuple(removed[:SHOWN]),
                tuple(added[:SHOWN]),
                max(0, len(removed) - SHOWN),
                max(0, len(added) - SHOWN),
            )
        )
    return found


def _lines(value: Any) -> list[str]:
    if isinstance(value, bool):
        return ["on" if value else "off"]
    if isinstance(value, dict):
        return [f"{rule} {days}" for rule, days in value.items()]
    if isinstance(value, tuple):
        return [_category(item) if isinstance(item, Category) else str(item) for item in value]
    return [str(value)] if value != "" else []


def _category(category: Category) -> str:
    return f"{category.name}: {' '.join(category.actions)}"
