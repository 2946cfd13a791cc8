"""Rules on lines of their own: in quotes, as JSON, where a line could not be read back as it was."""

import json

import msgspec

from collector.admin.forms import shown


def quote_rule(rule: str, *, blanks: bool = False) -> str:
    """Return a rule as a line shows it: in quotes, as JSON, where it could not be read back as it is.

    `blanks`: several rules share a line, so that blanks within one need quotes as well.
    """
    plain = rule and rule == rule.strip() and rule.isprintable() and not rule.startswith('"')
    return rule if plain and not (blanks and " " in rule) else json.dumps(rule)


def unquote_rule(text: str) -> str:
    """Return the rule that a line shows."""
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        try:
            rule = msgspec.json.decode(text, type=str)
        except msgspec.MsgspecError:
            raise ValueError(
                f"“{shown(text)}” stands in quotes that are not closed right. Leave the quotes out."
            ) from None
        return rule
    return text
