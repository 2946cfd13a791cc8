"""The command on a store of its own, as an operator types it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from collector.cli.commands import tagwell
from collector.store import Store, connect


class Command:
    """`tagwell ... --store` of one store."""

    def __init__(self, url: str) -> None:
        self.url = url

    def run(self, *arguments: str, given: str | None = None) -> Result:
        """Run and give back whatever came of it; an exception is in the result."""
        return CliRunner().invoke(tagwell, [*arguments, "--store", self.url], input=given)

    def text(self, *arguments: str, given: str | None = None) -> str:
        """What it prints."""
        result = self.run(*arguments, given=given)
        if result.exception is not None:
            raise result.exception
        return result.output

    def lines(self, *arguments: str, given: str | None = None) -> list[dict[str, Any]]:
        """What it prints with --json, an object a line."""
        return [json.loads(line) for line in self.text(*arguments, "--json", given=given).splitlines()]

    def one(self, *arguments: str, given: str | None = None) -> dict[str, Any]:
        """What it prints with --json, when that is one object."""
        [found] = self.lines(*arguments, given=given)
        return found


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command on an empty store."""
    monkeypatch.delenv("TAGWELL_STORE", raising=False)
    return Command(f"sqlite:///{tmp_path / 'tagwell.db'}")


@pytest.fixture
def source_id(command: Command) -> str:
    """A new source's id."""
    return str(command.one("source", "add", "Low Tide Pottery")["source_id"])


@pytest.fixture
def store(command: Command, source_id: str) -> Store:
    """The same store, opened beside the command as a server has it."""
    return connect(command.url)
