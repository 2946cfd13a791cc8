"""`tagwell user`, `workspace` and `migrate`, and how every mistake ends: status 2 and a sentence."""

from pathlib import Path

import pytest

from collector.auth.passwords import verify_password
from collector.cli import main
from collector.errors import OperatorError
from collector.store import connect
from tests.cli.conftest import Command

PASSWORD = "correct horse battery"


def _opens(command: Command, name: str, password: str) -> bool:
    user = connect(command.url).user(name)
    return user is not None and verify_password(user.password_hash, password)


def test_user_is_added_with_a_password_that_is_shown_this_once(command: Command) -> None:
    made = command.one("user", "add", "ada")
    assert made["name"] == "ada"
    assert len(made["password"]) >= 12
    assert _opens(command, "ada", made["password"])


def test_password_can_be_given_and_is_not_shown_again(command: Command) -> None:
    assert command.one("user", "add", "ada", "--password-stdin", given=f"{PASSWORD}\n") == {"name": "ada"}
    assert _opens(command, "ada", PASSWORD)


def test_new_password_replaces_the_old_and_ends_all_sign_ins(command: Command) -> None:
    old = command.one("user", "add", "ada")["password"]
    before = connect(command.url).user("ada")
    new = command.one("user", "password", "ada")["password"]
    after = connect(command.url).user("ada")
    assert _opens(command, "ada", new)
    assert not _opens(command, "ada", old)
    assert before is not None
    assert after is not None
    assert after.epoch > before.epoch


def test_users_are_listed_without_their_hashes(command: Command) -> None:
    for name in ("bob", "ada"):
        command.text("user", "add", name)
    listed = command.lines("user", "list")
    assert [user["name"] for user in listed] == ["ada", "bob"]
    assert set(listed[0]) == {"name", "created_at"}


@pytest.mark.parametrize(
    ("arguments", "given", "told"),
    [
        pytest.param(
            ["user", "add", "ada"], None, "already a user 'ada'.*user password ada", id="name taken"
        ),
        pytest.param(["user", "password", "eve"], None, "no user 'eve'.*user list", id="no such user"),
        pytest.param(
            ["user", "add", "eve", "--password-stdin"], "short\n", "5 characters.*12", id="too short"
        ),
        pytest.param(["user", "add", "eve", "--password-stdin"], "", "0 characters", id="none given"),
        pytest.param(
            ["user", "password", "ada", "--password-stdin"], "qwerty123456\n", "most common", id="a known one"
        ),
    ],
)
def test_mistake_with_users(command: Command, arguments: list[str], given: str | None, told: str) -> None:
    command.text("user", "add", "ada")
    with pytest.raises(OperatorError, match=told) as error:
        command.text(*arguments, given=given)
    assert "short" not in str(error.value)
    assert [user["name"] for user in command.lines("user", "list")] == ["ada"]


def test_workspace_is_set_and_shown(command: Command) -> None:
    shown = command.one("workspace", "show")
    assert set(shown) == {"name", "newsletter_mode", "unique_emails", "time_zone"}
    assert (shown["newsletter_mode"], shown["unique_emails"], shown["time_zone"]) == ("off", True, "UTC")
    for mode in ("single", "double"):
        command.text("workspace", "set", f"newsletter_mode={mode}", "unique_emails=off")
        shown = command.one("workspace", "show")
        assert (shown["newsletter_mode"], shown["unique_emails"]) == (mode, False)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("newsletter_mode=triple", "newsletter_mode"),
        ("unique_emails=perhaps", "unique_emails"),
        ("colour=red", "colour"),
        ("newsletter_mode", "newsletter_mode"),
    ],
)
def test_mistake_with_the_workspace_changes_nothing(command: Command, change: str, told: str) -> None:
    before = command.one("workspace", "show")
    with pytest.raises(OperatorError, match=told):
        command.text("workspace", "set", "unique_emails=off", change)
    assert command.one("workspace", "show") == before


def test_migrate_may_be_run_again(command: Command) -> None:
    for _ in range(2):
        assert "schema" in command.text("migrate")


def test_command_beside_a_running_server_waits_for_its_lock_and_is_seen_by_it(
    command: Command, source_id: str
) -> None:
    server = connect(command.url)
    server.open()
    try:
        before = server.revision()
        command.text("source", "set", source_id, "session.minutes=20")
        assert server.revision() > before
        source = server.source(source_id)
        assert source is not None
        assert source.settings.session.minutes == 20
    finally:
        server.close()


def _end(arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """Run the command as the shell does; return what it wrote to standard error."""
    monkeypatch.setattr("sys.argv", ["tagwell", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["source", "show", "Nobody"], id="no such source"),
        pytest.param(["profile", "show", "nobody@b.co"], id="no such profile"),
        pytest.param(["workspace", "set", "colour=red"], id="no such setting"),
    ],
)
def test_mistake_ends_with_status_2_and_a_sentence(
    arguments: list[str],
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = _end([*arguments, "--store", command.url], monkeypatch, capsys)
    assert told.startswith("tagwell: ")
    assert "Traceback" not in told


def test_store_url_that_is_none_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "TAGWELL_STORE" in _end(["source", "list", "--store", "tagwell.db"], monkeypatch, capsys)


@pytest.mark.parametrize("what", ["a folder", "a text"])
def test_store_that_is_something_else_ends_with_a_sentence(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "thing"
    if what == "a folder":
        path.mkdir()
    else:
        path.write_text("hello " * 1000, "utf-8")
    assert str(path) in _end(["source", "list", "--store", f"sqlite:///{path}"], monkeypatch, capsys)
