"""`tagwell source` and `tagwell policy`: what the owner sets, in the words the server obeys."""

import uuid
from pathlib import Path

import pytest

from collector.auth.keys import hash_key
from collector.errors import OperatorError
from collector.model.policy import Policy
from collector.store import Store, connect
from tests.cli.conftest import Command

SHOP = "https://shop.example"


def test_add_prints_the_ids_a_program_needs(command: Command) -> None:
    made = command.one("source", "add", "Low Tide Pottery", "--origin", SHOP, "--origin", "null")
    assert uuid.UUID(made["source_id"])
    assert made["name"] == "Low Tide Pottery"
    assert made["snippet"].startswith("<script async src=")
    assert made["source_id"] in made["snippet"]
    store = connect(command.url)
    source = store.source(made["source_id"])
    assert source is not None
    assert source.settings.origins == (SHOP, "null")
    key = store.api_key(hash_key(made["api_key"]))
    assert key is not None
    assert (key.source_id, key.permissions) == (made["source_id"], ("*",))


def test_key_is_shown_once_and_kept_as_a_hash_only(command: Command, tmp_path: Path) -> None:
    key = command.one("source", "add", "Low Tide Pottery")["api_key"]
    assert all(key.encode() not in file.read_bytes() for file in tmp_path.iterdir())
    assert key not in command.text("source", "list", "--json")


def test_add_with_an_origin_no_browser_sends_makes_nothing(command: Command) -> None:
    with pytest.raises(OperatorError):
        command.text("source", "add", "Shop", "--origin", "shop.example")
    assert command.lines("source", "list") == []


def test_public_url_is_in_the_snippet(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGWELL_PUBLIC_URL", "https://tags.shop.example")
    assert "https://tags.shop.example/t/" in command.one("source", "add", "Shop")["snippet"]


def test_freeze_keeps_the_tag_and_prints_its_line(command: Command, source_id: str) -> None:
    first = command.one("source", "freeze", source_id)
    assert f"/t/{source_id}.{first['hash']}.js" in first["snippet"]
    assert f'integrity="{first["integrity"]}" crossorigin="anonymous"' in first["snippet"]
    command.text("source", "set", source_id, "tag.modules.forms=off")
    second = command.one("source", "freeze", source_id)
    assert second["hash"] != first["hash"]
    kept = connect(command.url).frozen_tags(source_id)
    assert {tag.hash for tag in kept} == {first["hash"], second["hash"]}


def test_list_is_in_order_of_making(command: Command) -> None:
    for name in ("b", "a", "c"):
        command.text("source", "add", name)
    listed = command.lines("source", "list")
    assert [source["name"] for source in listed] == ["b", "a", "c"]
    assert set(listed[0]) == {"source_id", "name", "enabled", "created_at"}
    assert listed[0]["created_at"].endswith("Z")


def test_show_prints_all_settings_and_the_policy(command: Command, source_id: str) -> None:
    shown = command.one("source", "show", source_id)
    assert (shown["source_id"], shown["name"], shown["enabled"]) == (source_id, "Low Tide Pottery", True)
    assert shown["session"] == {"minutes": 30, "campaign": False}
    assert shown["origins"] == []
    assert shown["tag"]["modules"]["forms"] is True
    assert shown["policy"]["version"] == 1
    assert shown["policy"]["address"] == "shortened"


def test_what_show_prints_plainly_set_takes_again(command: Command, source_id: str) -> None:
    command.text("source", "set", source_id, f"origins+={SHOP}", "session.minutes=20")
    before = command.one("source", "show", source_id)
    plain = [line for line in command.text("source", "show", source_id).splitlines() if "=" in line]
    assert "session.minutes=20" in plain
    command.text("source", "set", source_id, *plain)
    assert command.one("source", "show", source_id) == before


def test_set_changes_settings_name_and_whether_it_is_on(command: Command, source_id: str) -> None:
    shown = command.one(
        "source",
        "set",
        source_id,
        "tag.modules.forms=off",
        f"origins+={SHOP}",
        "name=The shop",
        "enabled=off",
    )
    assert shown["tag"]["modules"]["forms"] is False
    assert (shown["origins"], shown["name"], shown["enabled"]) == ([SHOP], "The shop", False)
    assert command.one("source", "show", source_id) == shown


def test_a_tag_answers_to_another_vendor_s_calls_where_it_is_told_to(
    command: Command, source_id: str
) -> None:
    shown = command.one("source", "set", source_id, "tag.facades+=segment", "tag.facades+=synerise,segment")
    assert shown["tag"]["facades"] == ["segment", "synerise"]
    shown = command.one("source", "set", source_id, "tag.facades-=segment")
    assert shown["tag"]["facades"] == ["synerise"]


@pytest.mark.parametrize(
    "change",
    [
        "colour=red",
        "session.minutes=0",
        "enabled=perhaps",
        "enabled",
        "tag.modules=off",
        "tag.facades+=matomo",
    ],
)
def test_mistake_in_one_change_leaves_all_undone(command: Command, source_id: str, change: str) -> None:
    before = command.one("source", "show", source_id)
    with pytest.raises(OperatorError):
        command.text("source", "set", source_id, "session.minutes=20", change)
    assert command.one("source", "show", source_id) == before


def test_source_can_be_named_where_the_name_is_the_only_one(command: Command, source_id: str) -> None:
    assert command.one("source", "show", "Low Tide Pottery")["source_id"] == source_id
    command.text("source", "add", "Low Tide Pottery")
    with pytest.raises(OperatorError, match=source_id):
        command.text("source", "show", "Low Tide Pottery")


def test_source_that_is_not_there_is_told(command: Command) -> None:
    with pytest.raises(OperatorError, match=r"'Nobody'.*source list"):
        command.text("source", "show", "Nobody")


POLICY = """
block = ["debug.*", "page.scroll"]
address = "dropped"
do_not_track = true
trust = "strict"
"""


def test_policy_file_is_put_in_force(command: Command, source_id: str, store: Store, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY, "utf-8")
    applied = command.one("policy", "apply", source_id, str(file), "--comment", "no debugging")
    assert (applied["version"], applied["comment"]) == (2, "no debugging")
    source = store.source(source_id)
    assert source is not None
    assert source.policy == Policy(
        block=("debug.*", "page.scroll"), address="dropped", do_not_track=True, trust="strict"
    )


def test_what_policy_show_prints_apply_takes_again(command: Command, source_id: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY, "utf-8")
    command.text("policy", "apply", source_id, str(file))
    before = command.one("policy", "show", source_id)
    file.write_text(command.text("policy", "show", source_id), "utf-8")
    command.text("policy", "apply", source_id, str(file))
    after = command.one("policy", "show", source_id)
    assert (before.pop("version"), after.pop("version")) == (2, 3)
    assert before == after


def test_history_is_newest_first_and_loses_nothing(command: Command, source_id: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    for action in ("a", "b"):
        file.write_text(f'block = ["{action}"]', "utf-8")
        command.text("policy", "apply", source_id, str(file), "--comment", f"block {action}")
    history = command.lines("policy", "history", source_id)
    assert [(v["version"], v["policy"]["block"], v["comment"]) for v in history] == [
        (3, ["b"], "block b"),
        (2, ["a"], "block a"),
        (1, [], "the defaults"),
    ]
    assert all(v["author"] and v["created_at"].endswith("Z") for v in history)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("block = [", "not TOML", id="not TOML"),
        pytest.param("\xff\xfe", "not TOML", id="not UTF-8"),
        pytest.param('colour = "red"', "colour", id="unknown rule"),
        pytest.param('address = "halved"', "halved", id="unknown value"),
        pytest.param('block = "debug.*"', "block", id="text for a list"),
        pytest.param('block = ["*.debug"]', "block", id="a rule that fits nothing"),
    ],
)
def test_mistake_in_a_policy_file_changes_nothing(
    command: Command, source_id: str, tmp_path: Path, content: str, told: str
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(content, "latin-1")
    with pytest.raises(OperatorError, match=told):
        command.text("policy", "apply", source_id, str(file))
    assert command.one("policy", "show", source_id)["version"] == 1
