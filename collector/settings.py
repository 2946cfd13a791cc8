"""Changes to settings by their dotted names, as the command line writes them: `session.minutes=20`.

The settings' own types say what is allowed, so that a mistake is named by the same rule whoever
makes it: the command, a page or a damaged row.
"""

from collections.abc import Iterable
from typing import Any, get_args

import msgspec

from collector.errors import OperatorError
from collector.model.policy import AgentRule, CategoryName, Country, HostRule, NetworkRule, PathRule, Rule
from collector.model.source import Action, BeaconPath, Domain, Name, Origin, Settings

_WANTED = (
    (Action, "an action: 1 to 32 of a-z A-Z 0-9 . _ -"),
    (Rule, "a rule: a name, a prefix.* or *"),
    (PathRule, "a rule for pages: a /path as a browser writes it, a /folder/* or *"),
    (HostRule, "a rule for hosts: a host in lower case without scheme and port, a *.shop.example or *"),
    (Country, "a country's two letters, in capitals, such as DE"),
    (NetworkRule, "an address or a network, such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32"),
    (AgentRule, "a program's name in the User-Agent, or the whole User-Agent of up to 512 characters"),
    (CategoryName, "a category's name: up to 32 of a-z 0-9 _ -"),
    (Name, "a name: up to 32 of a-z A-Z 0-9 _, no digit first"),
    (BeaconPath, "a path of letters, digits and . _ ~ / -"),
    (Domain, "a host in lower case, such as shop.example"),
    (Origin, "an origin: scheme://host in lower case, a port where it is not the usual one, and no path"),
)

_SWITCH = {"on": True, "off": False, "true": True, "false": False}


def change_settings(settings: Settings, changes: Iterable[str]) -> Settings:
    """Return the settings with `KEY=VALUE`, `KEY+=ITEM` and `KEY-=ITEM` applied in order.

    A switch takes on or off, a list takes JSON or items by commas. Raises OperatorError that
    names the setting, its value and what is allowed.
    """
    tree: dict[str, Any] = msgspec.to_builtins(settings)
    for change in changes:
        _apply(tree, change)
    try:
        # Not strict: numbers of a list that was written with commas are texts.
        return msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise OperatorError(f"{' '.join(changes)} cannot be set: {explain(error)}") from None


def explain(error: msgspec.ValidationError) -> str:
    """A validation error in words: what is wanted instead of the pattern that was not met."""
    text = str(error)
    for kind, wanted in _WANTED:
        pattern = get_args(kind)[1].pattern
        text = text.replace(f"Expected `str` matching regex {pattern!r}", f"Expected {wanted}")
    return text


def _apply(tree: dict[str, Any], change: str) -> None:
    key, mark, text = change.partition("=")
    if not mark:
        raise OperatorError(f"{change!r} is not KEY=VALUE. For example: session.minutes=20")
    sign = key[-1:] if key[-1:] in ("+", "-") else ""
    *path, name = key.removesuffix(sign).split(".")
    branch: Any = tree
    for part in path:
        branch = branch.get(part) if isinstance(branch, dict) else None
    if not isinstance(branch, dict) or name not in branch:
        raise OperatorError(f"There is no setting {key!r}. See: tagwell source show SOURCE")
    branch[name] = _value(branch[name], sign, text, change)


def _value(old: Any, sign: str, text: str, change: str) -> Any:
    if isinstance(old, list | tuple):
        items = _items(text, change)
        if sign == "+":
            return [*old, *(item for item in items if item not in old)]
        if sign == "-":
            absent = [item for item in items if item not in old]
            if absent:
                raise OperatorError(f"{change!r}: {absent[0]!r} is not in the list.")
            return [item for item in old if item not in items]
        return items
    if sign:
        raise OperatorError(f"{change!r}: only a list takes += and -=.")
    if isinstance(old, bool):
        if text.lower() not in _SWITCH:
            raise OperatorError(f"{change!r}: use on or off.")
        return _SWITCH[text.lower()]
    if isinstance(old, int):
        try:
            return int(text)
        except ValueError:
            raise OperatorError(f"{change!r}: use a whole number.") from None
    if isinstance(old, dict):
        raise OperatorError(f"{change!r} is a group of settings. Set one of: {', '.join(old)}")
    return text


def _items(text: str, change: str) -> list[Any]:
    if not text.startswith(("[", "{")):
        return [item.strip() for item in text.split(",") if item.strip()]
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise OperatorError(f"{change!r} is not JSON: {error}") from None
    return value if isinstance(value, list) else [value]
