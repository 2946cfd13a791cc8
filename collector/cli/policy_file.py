"""A policy as a TOML file: what `tagwell policy show` prints, and `apply` and `test` take."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import tomlkit
from tomlkit.items import Array, Trivia

from collector.admin.policy_fields import FIELDS
from collector.errors import OperatorError
from collector.model.policy import Days, Policy, Rule
from collector.settings import explain
from collector.store.rules import encode

TESTS = "tests"
"""The table of tests beside the rules."""

_DRIVES_TERMINALS = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_PLACE = re.compile(r" - at (?:`key` in )?`\$(?P<path>[^`]*)`")
_CULPRIT = re.compile(r"unknown field `([^`]*)`|\A(\S+) is no network")
_STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")


def policy_toml(policy: Policy, *, everything: bool = False) -> str:
    """Return a policy as TOML: what differs from the defaults, or all of it."""
    kept = msgspec.to_builtins(policy) if everything else msgspec.json.decode(encode(policy))
    document = tomlkit.document()
    for name, value in kept.items():
        if isinstance(value, list) and (name != "categories" or not value):
            document[name] = _array(value)
        elif not isinstance(value, dict | list):
            document[name] = value
    for name, value in kept.items():  # tables follow, since what comes after a table belongs to it
        if isinstance(value, dict) and (value or everything):
            document[name] = value
        elif name == "categories" and value:
            categories = tomlkit.aot()
            for category in value:
                categories.append(tomlkit.item(category))
            document[name] = categories
    # Within quotes an escape means the same; as it is, the character would turn or hide what follows it.
    return _DRIVES_TERMINALS.sub(lambda match: f"\\u{ord(match[0]):04x}", tomlkit.dumps(document))


def _array(values: list[str]) -> Any:
    """An array with a rule a line, so that a change in git is a line."""
    # Made whole: adding to an array of ten thousand one by one takes seconds.
    return Array([tomlkit.string(value) for value in values], Trivia(), multiline=len(values) > 1)


def read_file(file: Path) -> tuple[Policy, list[Any]]:
    """Return the policy of a file, and its tests as they stand there. Raises OperatorError with the line."""
    try:
        text = file.read_text("utf-8-sig")
        rules = tomllib.loads(text)
    except OSError as error:
        raise OperatorError(f"{file} cannot be read: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OperatorError(f"{file} is not TOML: {error}") from None
    tests = rules.pop(TESTS, [])
    if not isinstance(tests, list):
        raise OperatorError(f"{file}: begin each test with [[tests]].")
    try:
        return msgspec.convert(rules, Policy), tests
    except msgspec.ValidationError as error:
        raise OperatorError(f"{file}{_fault(text, rules, error)}") from None


def _fault(text: str, rules: dict[str, Any], error: msgspec.ValidationError) -> str:
    """Where in the file the fault stands, and what is wanted there."""
    place = _PLACE.search(str(error))
    value: Any = rules
    words: list[str] = []
    choices = ""
    for name, index in _STEP.findall(place["path"]) if place else []:
        if name and isinstance(value, dict):
            value = value.get(name)
            words.append(name)
            choices = ", ".join(FIELDS[name].choices) if name in FIELDS else ""
        elif index.isdigit() and isinstance(value, list):
            value = value[int(index)]
        if name == "retention" and isinstance(value, dict):
            value = next((rule for rule, days in value.items() if not _is_retention(rule, days)), None)
    culprit = _CULPRIT.search(str(error))
    if culprit:
        value = culprit[1] or culprit[2]
    shown = ""
    if isinstance(value, str):
        words.append(value)
        shown = f" ({json.dumps(value)[:80]})"
    wanted = f" Choose from: {choices}." if choices else ""
    return f"{_line(text, words)}{shown} is not a policy: {explain(error)}.{wanted}"


def _line(text: str, words: list[str]) -> str:
    """The line on which these words stand one below the other, as `, line 7`; "" for no words."""
    lines = text.split("\n")
    at = 0
    for word in words:
        at = next((number for number in range(at, len(lines)) if word in lines[number]), at)
    return f", line {at + 1}" if words else ""


def _is_retention(rule: str, days: object) -> bool:
    try:
        msgspec.convert({rule: days}, dict[Rule, Days])
    except msgspec.ValidationError:
        return False
    return True
