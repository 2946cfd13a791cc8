"""What the command shows of settings and rules is all of them: those that were never set as well."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from collector.model.policy import Policy
from collector.model.source import Settings
from tests.cli.conftest import Command


def test_source_show_prints_all_settings(command: Command, source_id: str) -> None:
    trigger = {"tag": "a", "interaction": "onClick", "action": "b"}
    change = f"tag.triggers={msgspec.json.encode([trigger]).decode()}"
    command.text("source", "set", source_id, change, "session.minutes=20")
    expected: dict[str, Any] = msgspec.to_builtins(Settings())
    expected["session"]["minutes"] = 20
    expected["tag"]["triggers"] = [{**trigger, "params": {}, "percent": 10, "seconds": 0}]
    shown = command.one("source", "show", source_id)
    assert {name: shown[name] for name in expected} == msgspec.json.decode(msgspec.json.encode(expected))
    assert {"origins", "session", "tag", "quota"} == set(expected)
    assert {"modules", "name", "device_storage", "domains"} <= set(shown["tag"])
    assert shown["tag"]["modules"].keys() >= {"forms", "web_vitals"}
    assert set(shown["policy"]) == {"version", *Policy.__struct_fields__}


def test_policy_show_prints_all_rules(command: Command, source_id: str, tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text('block = ["debug.*"]', "utf-8")
    command.text("policy", "apply", source_id, str(tmp_path / "policy.toml"))
    shown = command.one("policy", "show", source_id)
    assert set(shown) == {"version", *Policy.__struct_fields__}
    assert (shown["block"], shown["address"], shown["trust"]) == (["debug.*"], "shortened", "standard")
    plain = command.text("policy", "show", source_id)
    assert set(tomllib.loads(plain)) == set(Policy.__struct_fields__)
    [applied, _] = command.lines("policy", "history", source_id)
    assert set(applied["policy"]) == set(Policy.__struct_fields__)
