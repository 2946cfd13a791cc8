"""`tagwell audit`: what the command and the pages did, newest first, safe to print."""

import getpass

from collector.store import Store
from tests.cli.conftest import Command


def test_commands_are_written_down_under_the_login(command: Command, source_id: str) -> None:
    command.text("source", "set", source_id, "session.minutes=20", "enabled=off")
    command.text("workspace", "set", "unique_emails=off")
    command.text("user", "add", "ada")
    command.text("user", "password", "ada")
    lines = command.lines("audit")
    assert [(line["action"], line["subject"]) for line in lines] == [
        ("user.password", "ada"),
        ("user.add", "ada"),
        ("workspace.save", "workspace"),
        ("source.save", source_id),
        ("api_key.add", source_id),
        ("source.add", source_id),
    ]
    assert {line["actor"] for line in lines} == {f"command:{getpass.getuser()}"}
    assert lines[3]["detail"] == "enabled, session.minutes"
    assert set(lines[0]) == {"number", "time", "actor", "action", "subject", "detail"}
    assert len(command.lines("audit", "--limit", "2")) == 2


def test_a_line_cannot_drive_the_terminal(command: Command, store: Store) -> None:
    store.add_audit("\x1b[31mada", "test", "s\nforged line", "\u202e")
    text = command.text("audit", "--limit", "1")
    assert text.count("\n") == 1
    assert "\x1b" not in text
    assert "\u202e" not in text
