"""`tagwell events` and `tagwell profile`: what is stored, as a program and as a person reads it."""

import asyncio
from typing import Any

import pytest
from click.testing import CliRunner

from collector.cli.commands import tagwell
from collector.errors import OperatorError
from collector.model.profile import ProfileUpdate
from collector.privacy import apply_privacy
from collector.store import Store
from tests.cli.conftest import Command
from tests.pipeline.make import NOON, make_beacon, make_event

ESCAPE = "\x1b]0;owned\x07\x9b31m"


@pytest.fixture
def put(store: Store, source_id: str) -> Any:
    """Store one event of the source."""
    numbers = iter(range(1, 10_000))

    def put(action: str = "page.visit", **fields: Any) -> None:
        source = store.source(source_id)
        assert source is not None
        event = make_event(action, **({"id": f"event-{next(numbers)}", "uuid": None} | fields))
        stored = apply_privacy(event, make_beacon(), source)

        async def append() -> None:
            await store.append([stored])

        asyncio.run(append())

    store.open()
    yield put
    store.close()


def test_event_has_the_fields_of_the_design(command: Command, source_id: str, put: Any) -> None:
    put("dog.bark", label="bark", time_ms=NOON - 1_500, uuid="u-1", params={"loudness": 3})
    event = command.one("events", source_id)
    assert {
        "id",
        "action",
        "label",
        "time",
        "received_at",
        "source_id",
        "profile_id",
        "session_id",
        "uuid",
        "params",
        "context",
    } <= set(event)
    assert (event["id"], event["action"], event["label"]) == ("event-1", "dog.bark", "bark")
    assert (event["time"], event["received_at"]) == ("2026-01-01T11:59:58.500Z", "2026-01-01T12:00:00.000Z")
    assert (event["source_id"], event["uuid"], event["params"]) == (source_id, "u-1", {"loudness": 3})
    assert event["context"] == {"address": "203.0.113.0"}
    assert isinstance(event["profile_id"], int)


def test_events_are_in_the_order_of_their_commits_not_of_their_times(
    command: Command, source_id: str, put: Any
) -> None:
    for action, time_ms in (("first", NOON), ("second", NOON - 5_000), ("third", NOON - 1_000)):
        put(action, time_ms=time_ms)
    assert [event["action"] for event in command.lines("events", source_id)] == ["first", "second", "third"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(["--limit", "2"], ["a3", "a4"], id="the last two, oldest first"),
        pytest.param(["--limit", "5"], ["a0", "a1", "a2", "a3", "a4"], id="as many as there are"),
        pytest.param(["--limit", "9"], ["a0", "a1", "a2", "a3", "a4"], id="more than there are"),
        pytest.param(["--action", "a2"], ["a2"], id="of one action"),
        pytest.param(["--action", "a9"], [], id="of an action nobody sent"),
    ],
)
def test_which_events_are_printed(
    command: Command, source_id: str, put: Any, options: list[str], expected: list[str]
) -> None:
    for n in range(5):
        put(f"a{n}")
    assert [event["action"] for event in command.lines("events", source_id, *options)] == expected


def test_more_events_than_a_page_are_all_printed(
    command: Command, source_id: str, put: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.cli.events.PAGE", 2)
    for n in range(5):
        put(f"a{n}")
    assert [event["action"] for event in command.lines("events", source_id)] == ["a0", "a1", "a2", "a3", "a4"]


def test_events_of_another_source_are_not_printed(command: Command, source_id: str, put: Any) -> None:
    put()
    other = command.one("source", "add", "Another")["source_id"]
    assert command.lines("events", other) == []


def test_text_of_a_visitor_cannot_drive_the_terminal(command: Command, source_id: str, put: Any) -> None:
    put(label=f"Visited {ESCAPE}")
    printed = command.text("events", source_id)
    assert "\x1b" not in printed
    assert "\x9b" not in printed
    assert "Visited \\x1b]0;owned" in printed


def test_profile_is_shown_by_each_of_its_names(command: Command, put: Any) -> None:
    update = ProfileUpdate(
        email="Jo@b.co",
        custom_id="C-17",
        fields={"firstName": "Jo"},
        attributes={"plan": "pro"},
        tags=("vip",),
    )
    put("client.createOrUpdate", uuid="u-1", profile=update)
    by_email = command.one("profile", "show", "jo@b.co")
    assert (by_email["email"], by_email["custom_id"], by_email["firstName"]) == ("Jo@b.co", "C-17", "Jo")
    assert (by_email["attributes"]["plan"], by_email["tags"], by_email["anonymous"]) == (
        "pro",
        ["vip"],
        False,
    )
    for name in ("C-17", "u-1", str(by_email["client_id"])):
        assert command.one("profile", "show", name) == by_email


def test_profile_of_a_visitor_cannot_drive_the_terminal(command: Command, put: Any) -> None:
    update = ProfileUpdate(
        email="jo@b.co", fields={"firstName": f"Jo{ESCAPE}"}, attributes={"x": ESCAPE}, tags=(ESCAPE,)
    )
    put("client.createOrUpdate", uuid="u-1", profile=update)
    printed = command.text("profile", "show", "jo@b.co")
    assert "\x1b" not in printed
    assert "\x9b" not in printed


def test_nobody_is_told(command: Command, source_id: str) -> None:
    with pytest.raises(OperatorError, match=r"'nobody@b\.co'"):
        command.text("profile", "show", "nobody@b.co")


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_limit_is_a_number_of_events(command: Command, source_id: str, limit: str) -> None:
    result = CliRunner().invoke(tagwell, ["events", source_id, "--limit", limit, "--store", command.url])
    assert result.exit_code == 2
