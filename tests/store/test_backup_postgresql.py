"""PostgreSQL has its own backups: the command names the lines that do it, and they do."""

import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.engine import make_url

from collector.cli.commands import tagwell
from collector.errors import OperatorError
from collector.store import connect
from tests.store.released.keep import tool


def test_postgresql_is_told_the_commands_that_do_it(
    postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_url(postgresql)
    monkeypatch.setenv("PGPASSWORD", url.password or "none")
    given = url.set(password="never-shown").render_as_string(hide_password=False)
    store = connect(postgresql)
    store.migrate()
    store.add_source("Low Tide Pottery")
    salt = store.day_salt(20_000)
    told = told_command(given, "backup", str(tmp_path / "copy.dump"))
    run_of_postgresql(told)
    assert salt.hex() not in run_of_postgresql(["pg_restore", "--file=-", str(tmp_path / "copy.dump")])
    store.add_source("Made later")
    store.close()
    run_of_postgresql(told_command(given, "restore", str(tmp_path / "copy.dump")))
    store = connect(postgresql)
    store.prepare()
    assert [source.name for source in store.sources()] == ["Low Tide Pottery"]
    assert store.day_salt(20_000) != salt
    store.close()


def told_command(url: str, *arguments: str) -> list[str]:
    """The command that an error names."""
    error = CliRunner().invoke(tagwell, [*arguments, "--store", url]).exception
    assert isinstance(error, OperatorError)
    assert "never-shown" not in str(error)
    return shlex.split(str(error).partition(": ")[2])


def run_of_postgresql(command: list[str]) -> str:
    """Run a command that comes with the server; return what it printed."""
    done = subprocess.run([tool(command[0]), *command[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
