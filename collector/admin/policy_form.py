"""The privacy page's form: every value is text until all of them have been checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from collector.admin.forms import Errors, Form, Invalid, shown
from collector.admin.policy_field import Field, Group
from collector.admin.policy_fields import FIELDS
from collector.admin.policy_values import check_category, check_days, check_retention
from collector.admin.quoting import quote_rule, unquote_rule
from collector.model.policy import Category, Policy

MAX_COMMENT = 200
MAX_TEXT = 64
"""Characters of the consent text's version."""

DEFAULTS = Policy()

T = TypeVar("T")


@dataclass
class PolicyForm:
    """What stands in the fields: texts by the field's name, for ticks those that are ticked."""

    values: dict[str, list[str]]
    comment: str = ""
    version: str = ""
    """Of the policy that was being edited, so that nobody saves over another's work."""

    errors: Errors = field(default_factory=dict)

    @classmethod
    def of(cls, policy: Policy, version: int) -> "PolicyForm":
        """Return the form filled with a policy."""
        values = {name: _texts(each, getattr(policy, name)) for name, each in FIELDS.items()}
        return cls(values, version=str(version))

    @classmethod
    def read(cls, form: Form) -> "PolicyForm":
        """Return the form as sent."""
        values = {name: form.texts(name) for name in FIELDS}
        return cls(values, comment=form.text("comment").strip(), version=form.text("version"))

    def text(self, name: str) -> str:
        """What stands in a field of text."""
        return self.values[name][0] if self.values[name] else ""

    def ticked(self, name: str, value: str = "on") -> bool:
        """Whether a box is ticked."""
        return value in self.values[name]

    def pairs(self) -> list[tuple[str, str]]:
        """All of it as fields, to be carried through another page."""
        pairs = [(name, text) for name, texts in self.values.items() for text in texts]
        return [*pairs, ("comment", self.comment), ("version", self.version)]

    def is_open(self, group: Group) -> bool:
        """Whether a folded group is shown open: it holds something, or a complaint."""
        usual = PolicyForm.of(DEFAULTS, 0).values
        return any(
            each.name in self.errors or self.values[each.name] != usual[each.name] for each in group.fields
        )

    def policy(self) -> Policy:
        """Return the policy. Raises Invalid with every complaint."""
        errors: Errors = {}
        rules: dict[str, Any] = {}
        for name, each in FIELDS.items():
            try:
                rules[name] = self._read(each)
            except ValueError as problem:
                errors[name] = str(problem)
        if len(self.comment) > MAX_COMMENT:
            errors["comment"] = f"The comment has {len(self.comment)} characters. Use at most {MAX_COMMENT}."
        elif not self.comment.isprintable():
            errors["comment"] = f"“{shown(self.comment)}” holds a control character. Type the comment anew."
        if errors:
            raise Invalid(errors)
        return msgspec.convert(rules, Policy)

    def _read(self, each: Field) -> Any:
        text = self.text(each.name)
        match each.kind:
            case "switch":
                return self.ticked(each.name)
            case "ticks":
                unknown = [value for value in self.values[each.name] if value not in each.choices]
                if unknown:
                    raise ValueError(f"“{shown(unknown[0])}” is no choice here.")
                return tuple(value for value in each.choices if self.ticked(each.name, value))
            case "choice":
                if text not in each.choices:
                    raise ValueError(
                        f"“{shown(text)}” is no choice here. Choose one of: {', '.join(each.choices)}."
                    )
                return text
            case "days":
                return check_days(text)
            case "text":
                return _check_text(unquote_rule(text.strip()))
            case "categories":
                categories = _checked(text, check_category)
                return tuple(msgspec.to_builtins(category) for category in categories)
            case "retention":
                return dict(_checked(text, check_retention))
        return tuple(dict.fromkeys(_checked(text, each.check)))


def _checked(text: str, check: Callable[[str], T]) -> list[T]:
    """What the filled lines say. Raises ValueError that names the first wrong line and counts the others."""
    found: list[T] = []
    complaints: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found.append(check(line.strip()))
        except ValueError as problem:
            complaints.append(f"Line {number}: {problem}")
    if complaints:
        more = len(complaints) - 1
        others = f" {more} more {'line needs' if more == 1 else 'lines need'} mending." if more else ""
        raise ValueError(complaints[0] + others)
    return found


def _check_text(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ValueError(f"The version has {len(text)} characters. Use at most {MAX_TEXT}.")
    return text


def _texts(each: Field, value: Any) -> list[str]:
    """A rule of the policy as the fields of a form."""
    match each.kind:
        case "switch":
            return ["on"] if value else []
        case "ticks":
            return [choice for choice in each.choices if choice in value]
        case "categories":
            return ["\n".join(map(_category, value))]
        case "retention":
            return ["\n".join(f"{quote_rule(rule)} {days}" for rule, days in value.items())]
        case "lines":
            return ["\n".join(map(each.quote, value))]
        case "text":
            return [quote_rule(value) if value else ""]
    return [str(value)]


def _category(category: Category) -> str:
    actions: Sequence[str] = category.actions
    return " ".join([f"{category.name}:", *(quote_rule(rule, blanks=True) for rule in actions)])
