"""What the commands share: the store they work on, and how they print."""

import getpass
import re
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec

from collector.config import load_config
from collector.errors import OperatorError
from collector.model.source import Source
from collector.profiles.shapes import event_json as event_json
from collector.profiles.shapes import iso as iso
from collector.store import Store, connect

_DRIVES_TERMINALS = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that JSON lets stand and that a terminal obeys."""

F = TypeVar("F", bound=Callable[..., Any])


def store_option(command: F) -> F:
    """Add --store to a command."""
    return click.option("--store", metavar="URL", help="Where the data lies (default: TAGWELL_STORE).")(
        command
    )


def json_option(command: F) -> F:
    """Add --json to a command."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def open_store(url: str | None) -> Store:
    """Return the store to work on. An empty one is set up; one that a release left behind is not migrated."""
    store = connect(load_config({"store": url}).store)
    store.prepare()
    return store


def find_source(store: Store, source_id: str) -> Source:
    """Return a source by its id, or by its name where only one has it. Raises OperatorError."""
    found = store.source(source_id)
    if found is not None:
        return found
    named = [source for source in store.sources() if source.name == source_id]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(source.source_id for source in named)
        raise OperatorError(f"{len(named)} sources are named {source_id!r}. Say which: {ids}")
    raise OperatorError(f"There is no source {source_id!r}. See: tagwell source list")


def actor() -> str:
    """Who is at work, for the audit: the login name, where the machine has one for this process."""
    try:
        return f"command:{getpass.getuser()}"
    except (KeyError, OSError):
        return "command"


def print_json(value: Any) -> None:
    """Print one JSON object on one line."""
    text = msgspec.json.encode(value).decode()
    click.echo(_DRIVES_TERMINALS.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def printable(text: str) -> str:
    """Text a visitor sent, without the control characters that could drive a terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
