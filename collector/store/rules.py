"""Settings and policies as they lie in the store.

They are kept without the values that are the defaults. So the last release, which refuses a setting
that it does not know, reads what this one wrote, as long as nothing new is used. It also means that
a default stays what it is once it was released.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from collector.model.policy import Policy
from collector.model.source import Settings

NOTHING = Policy(
    block=("*",), address="dropped", geo="none", query="none", keep_user_agent=False, keep_referrer=False
)
"""Stands in force where the saved policy cannot be read: nothing is kept until its owner has mended it."""


def encode(rules: Settings | Policy) -> str:
    """Return settings or a policy as text for the store."""
    return msgspec.json.encode(_differing(rules)).decode()


def _differing(value: Any) -> Any:
    """A struct as the fields that differ from their defaults, at every depth.

    Not by omit_defaults on the structs: what is shown to the owner would leave them out as well.
    """
    if isinstance(value, tuple):
        return [_differing(item) for item in value]
    if not isinstance(value, msgspec.Struct):
        return value
    fields = ((field, getattr(value, field.name)) for field in msgspec.structs.fields(value))
    return {field.encode_name: _differing(own) for field, own in fields if own != _default(field)}


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def changed_names(before: Settings | Policy, after: Settings | Policy) -> list[str]:
    """The dotted names of what differs, without their values."""
    return list(_changed("", before, after))


def _changed(prefix: str, before: Any, after: Any) -> Iterator[str]:
    for name in before.__struct_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if isinstance(old, msgspec.Struct):
            yield from _changed(f"{prefix}{name}.", old, new)
        elif old != new:
            yield prefix + name


def read_policy(text: str) -> tuple[Policy | None, str]:
    """A policy as it lies in the store, and why it cannot be read, "" where it can."""
    try:
        return msgspec.json.decode(text, type=Policy), ""
    except msgspec.MsgspecError as error:
        return None, f"the policy cannot be read: {error}"
