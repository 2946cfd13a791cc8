"""What a command loads: each megabyte and tenth of a second here is one of every start."""

import subprocess
import sys

import pytest

NEEDLESS = {
    "alembic": "the store is up to date",
    "cryptography": "nobody has shown a token",
    "jwt": "nobody has shown a token",
    "psycopg": "the store is SQLite's",
    "sqlalchemy.dialects.postgresql": "the store is SQLite's",
    "ua_parser_builtins.regexes": "the fast engine reads user agents",
    "ua_parser.user_agent_parser": "the fast engine reads user agents",
}


@pytest.mark.parametrize("command", ["serve", "source"])
def test_nothing_is_loaded_in_vain(command: str) -> None:
    code = f"import sys, collector.cli.{command}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert f"collector.cli.{command}" in loaded.split()
    assert {name: why for name, why in NEEDLESS.items() if name in loaded.split()} == {}


def test_help_loads_every_command() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", "import collector.cli as c; c.main()", "--help"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in ("serve", "token-key", "restore", "workspace"):
        assert f"  {name} " in shown
