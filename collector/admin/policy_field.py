"""What a field of the privacy page is: how a rule of the policy is called, explained and typed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from collector.admin.quoting import quote_rule, unquote_rule

Kind = Literal["lines", "choice", "switch", "ticks", "text", "days", "categories", "retention"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One rule of the policy. `hint` says in a line what it does, `example` how a line looks.

    choices     value -> (title, meaning), of kind `choice` and `ticks`
    check       reads a line, of kind `lines`; `quote` shows one so that it is read back as it was
    """

    name: str
    kind: Kind
    title: str
    hint: str = ""
    example: str = ""
    choices: dict[str, tuple[str, str]] = field(default_factory=dict)
    check: Callable[[str], Any] = unquote_rule
    quote: Callable[[str], str] = quote_rule


@dataclass(frozen=True)
class Group:
    """Fields that belong together. `folded`: seldom used, shown closed while none of them holds anything."""

    title: str
    hint: str
    fields: tuple[Field, ...]
    folded: bool = False
