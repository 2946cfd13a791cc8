"""What a person may ask for, at the command: found, exported, erased, with a receipt."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from collector.errors import OperatorError
from collector.model.profile import ProfileUpdate
from collector.store import Store, connect
from tests.cli.conftest import Command
from tests.store.events import EventMaker

ANN = "ann@shop.example"


async def _fill(store: Store, source_id: str) -> None:
    source = store.source(source_id)
    assert source is not None
    make = EventMaker(source)
    fields = {"firstName": "Ann\x9b31m", "phone": "600500400"}
    update = ProfileUpdate(email=ANN, custom_id="c-1", fields=fields)
    await store.append([make("form.submit", uuid="laptop", profile=update), make(uuid="laptop")])
    other = ProfileUpdate(custom_id="c-2", fields={"phone": "600 500 400"})
    await store.append([make("form.submit", uuid="other", profile=other)])


@pytest.fixture(autouse=True)
def ann(command: Command, source_id: str) -> None:
    """Ann, and somebody with the same phone."""
    store = connect(command.url)
    store.open()
    asyncio.run(_fill(store, source_id))
    store.close()


def refused(command: Command, *arguments: str, given: str | None = None) -> str:
    result = command.run(*arguments, given=given)
    assert isinstance(result.exception, OperatorError)
    return str(result.exception)


@pytest.mark.parametrize("identifier", ["1", "ANN@shop.example", "c-1", "laptop"])
def test_show_finds_by_any_identifier(command: Command, identifier: str) -> None:
    shown = command.one("profile", "show", identifier)
    assert (shown["client_id"], shown["email"], shown["uuids"]) == (1, ANN, ["laptop"])
    assert "\x9b" not in command.text("profile", "show", identifier)


def test_several_and_nobody_are_told(command: Command) -> None:
    assert refused(command, "profile", "show", "600500400").endswith("Say which by client id: 1, 2")
    assert refused(command, "profile", "export", "nobody@x.example").startswith("Nobody is known as")


def test_what_is_longer_than_any_identifier_is_nobody_s(command: Command) -> None:
    """SQLite refuses to look for a pattern that is very long."""
    for identifier in ("ann@" + "x" * 60_000, "1" * 321):
        assert refused(command, "profile", "show", identifier).startswith("Nobody is known as")


def test_export_writes_json_to_the_output_and_a_page_to_a_file(command: Command, tmp_path: Path) -> None:
    content = json.loads(command.text("profile", "export", ANN))
    assert (content["format"], content["profile"]["email"]) == ("tagwell-person", ANN)
    assert [event["action"] for event in content["events"] if not event["derived"]] == [
        "form.submit",
        "page.visit",
    ]
    page = tmp_path / "ann.html"
    said = command.run("profile", "export", ANN, "--format", "html", "--output", str(page))
    assert "visitor 1" in said.stderr
    assert ANN in page.read_text("utf-8")
    assert page.stat().st_mode & 0o777 == 0o600
    store = connect(command.url)
    lines = [line for line in store.audit() if line.action == "profile.export"]
    assert [(line.subject, line.detail) for line in lines] == [("1", "html"), ("1", "json")]
    assert all(line.actor.startswith("command") for line in lines)
    assert "cannot be written" in refused(
        command, "profile", "export", ANN, "--output", str(tmp_path / "none" / "x")
    )


def test_erase_asks_and_shows_what_goes(command: Command) -> None:
    result = command.run("profile", "erase", ANN, given="n\n")
    assert result.exit_code == 1
    assert f"email: {ANN}" in result.stderr
    assert "events: 3" in result.stderr
    assert command.one("profile", "show", ANN)["client_id"] == 1
    assert command.run("profile", "erase", ANN, given="y\n").exit_code == 0
    assert "has been erased at 20" in refused(command, "profile", "show", ANN)


def test_erase_gives_a_receipt_that_can_be_checked(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "receipt.json"
    assert "The receipt is in" in command.text("profile", "erase", ANN, "--yes", "--receipt", str(file))
    assert ANN not in file.read_text("utf-8")
    content = command.one("profile", "receipt", str(file))
    assert (content["client_id"], content["deleted"]["events"]) == (1, 3)
    assert content["erased_by"].startswith("command")
    assert "The receipt holds: visitor 1" in command.text("profile", "receipt", str(file))
    file.write_text(file.read_text("utf-8").replace('"events": 3', '"events": 4'), "utf-8")
    assert "does not hold" in refused(command, "profile", "receipt", str(file))
    assert "erased at" in refused(command, "profile", "erase", ANN, "--yes")


def test_erase_prints_the_receipt_as_json(command: Command) -> None:
    content = command.one("profile", "erase", "1", "--yes")
    assert content["format"] == "tagwell-erasure-receipt"
    assert "signature" in content


def test_a_receipt_that_cannot_be_written_erases_nobody(command: Command, tmp_path: Path) -> None:
    assert "cannot be written" in refused(
        command, "profile", "erase", ANN, "--yes", "--receipt", os.fspath(tmp_path / "none" / "x")
    )
    assert command.one("profile", "show", ANN)["client_id"] == 1
