"""`tagwell backup` and `restore`: a sound copy or none, and the store that was there is kept."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from collector.errors import OperatorError
from collector.store import Store, connect, schema
from tests.cli.conftest import Command


def file_of(command: Command) -> Path:
    return Path(make_url(command.url).database or "")


def names(command: Command) -> list[str]:
    return [str(source["name"]) for source in command.lines("source", "list")]


@pytest.fixture
def copy(command: Command, source_id: str, tmp_path: Path) -> Path:
    """A backup of a store with one source."""
    copy = tmp_path / "copy.db"
    command.text("backup", str(copy))
    return copy


def test_backup_is_one_file_of_its_owner(command: Command, source_id: str, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    made = command.one("backup", str(folder / "monday.db"))
    assert [file.name for file in folder.iterdir()] == ["monday.db"]
    assert stat.S_IMODE((folder / "monday.db").stat().st_mode) == 0o600
    with closing(sqlite3.connect(folder / "monday.db")) as database:
        # Out of WAL mode: it needs no file beside it, so that a medium that nobody writes to will do.
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        (schema,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    assert made == {
        "backup": str(folder / "monday.db"),
        "bytes": (folder / "monday.db").stat().st_size,
        "schema": schema,
        "secret": str(tmp_path / "tagwell.secret"),
    }
    assert names(Command(f"sqlite:///{folder / 'monday.db'}")) == ["Low Tide Pottery"]


def test_restored_store_is_as_it_was_and_the_other_is_kept(
    command: Command, source_id: str, copy: Path
) -> None:
    command.text("source", "add", "Made later")
    done = command.one("restore", str(copy))
    assert names(command) == ["Low Tide Pottery"]
    assert sorted(names(Command(f"sqlite:///{done['kept']}"))) == ["Low Tide Pottery", "Made later"]
    assert done["secret_missing"] is True
    (file_of(command).parent / "tagwell.secret").write_text("kept apart")
    assert command.one("restore", str(copy))["secret_missing"] is False


def test_backup_may_be_put_where_no_store_is(copy: Path, tmp_path: Path) -> None:
    other = Command(f"sqlite:///{tmp_path / 'other' / 'tagwell.db'}")
    (tmp_path / "other").mkdir()
    assert other.one("restore", str(copy))["kept"] is None
    assert names(other) == ["Low Tide Pottery"]


def test_damaged_store_is_replaced_and_its_log_does_not_reach_the_restored_one(
    command: Command, copy: Path
) -> None:
    path = file_of(command)
    reader = sqlite3.connect(path)
    try:
        # A reader holds the log, as one that was killed leaves it.
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM sources").fetchall()
        command.text("source", "add", "Made later")
        assert Path(f"{path}-wal").stat().st_size
        with path.open("r+b") as file:
            file.write(bytes(100))
        kept = Path(command.one("restore", str(copy))["kept"])
        assert Path(f"{kept}-wal").stat().st_size
        assert not Path(f"{path}-wal").exists()
    finally:
        reader.close()
    assert names(command) == ["Low Tide Pottery"]


def test_no_backup_holds_the_salt_of_a_day(command: Command, store: Store, tmp_path: Path) -> None:
    salt = store.day_salt(20_000)
    command.text("backup", str(tmp_path / "copy.db"))
    assert salt in b"".join(file.read_bytes() for file in tmp_path.glob("tagwell.db*"))
    assert salt not in (tmp_path / "copy.db").read_bytes()


def break_a_page(path: Path) -> None:
    """Damage a page of a tree behind the first."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'sources'").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * 64)


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def write_text(path: Path) -> None:
    path.write_text("hello " * 1000)


def make_other_database(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE songs (name)")
        database.commit()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param(break_a_page, "malformed|damaged", id="a damaged page"),
        pytest.param(cut_short, "malformed|damaged", id="cut short"),
        pytest.param(write_text, "not a database", id="a text"),
        pytest.param(make_other_database, "not a store of ours", id="a database of something else"),
        pytest.param(Path.unlink, "no file", id="missing"),
    ],
)
def test_what_is_no_sound_store_is_neither_copied_nor_restored(
    spoil: Callable[[Path], None], told: str, command: Command, copy: Path, tmp_path: Path
) -> None:
    command.text("source", "add", "Made later")
    spoil(copy)
    before = set(tmp_path.glob("[!.]*.db"))
    with pytest.raises(OperatorError, match=told) as error:
        Command(f"sqlite:///{copy}").text("backup", str(tmp_path / "second.db"))
    assert str(copy) in str(error.value)
    with pytest.raises(OperatorError, match=told):
        command.text("restore", str(copy))
    assert len(names(command)) == 2
    assert set(tmp_path.glob("[!.]*.db")) == before
    assert not list(tmp_path.glob(".tagwell*"))
    assert not list(tmp_path.glob("*before*"))


def test_store_of_an_earlier_schema_is_copied_and_put_back_as_it_is(command: Command, tmp_path: Path) -> None:
    engine = create_engine(command.url)
    with engine.begin() as connection:
        schema.upgrade(connection, "0001")
    engine.dispose()
    assert command.one("backup", str(tmp_path / "copy.db"))["schema"] == "0001"
    assert command.one("restore", str(tmp_path / "copy.db"))["schema"] == "0001"
    command.text("migrate")
    assert names(command) == []


def test_nothing_is_overwritten(command: Command, copy: Path) -> None:
    before = copy.read_bytes()
    with pytest.raises(OperatorError, match=r"copy\.db is there already"):
        command.text("backup", str(copy))
    assert copy.read_bytes() == before


def test_backup_into_no_folder_names_it(command: Command, source_id: str, tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r"nowhere.*No such file"):
        command.text("backup", str(tmp_path / "nowhere" / "copy.db"))


def test_backup_of_no_store_makes_none(command: Command, tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="no file"):
        command.text("backup", str(tmp_path / "copy.db"))
    assert not list(tmp_path.iterdir())


def test_nothing_is_restored_under_a_running_server(command: Command, copy: Path) -> None:
    command.text("source", "add", "Made later")
    server = connect(command.url)
    server.open()
    try:
        with pytest.raises(OperatorError, match="server is running"):
            command.text("restore", str(copy))
        assert len(server.sources()) == 2
    finally:
        server.close()
    command.text("restore", str(copy))
    assert names(command) == ["Low Tide Pottery"]


def test_what_root_restores_belongs_to_who_serves_it(command: Command, copy: Path) -> None:
    # Who is not root owns what there is.
    owner = 12345 if os.geteuid() == 0 else os.geteuid()
    os.chown(file_of(command), owner, -1)
    command.text("restore", str(copy))
    for path in (file_of(command), Path(f"{file_of(command)}.lock")):
        assert (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) == (owner, 0o600)
