"""`tagwell policy`: a policy lives in a file, is checked there, and goes back to any version."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings

from collector.cli.commands import tagwell
from collector.cli.policy_file import policy_toml, read_file
from collector.errors import OperatorError
from collector.model.policy import Policy
from collector.store import Store
from tests.cli.conftest import Command
from tests.pipeline.policies import policies

FILE = """
block = ["debug.*"]
block_params = ["formData.phone"]
mask_params = ["formData.name"]
block_countries = ["FR"]
token_actions = ["order.*"]
bots = "reject"

[[tests]]
name = "a visit is stored"
url = "https://shop.example/"
keeps = {url = "https://shop.example/"}

[[tests]]
name = "debugging is not"
action = "debug.x"
expect = "action_blocked"
rule = "debug.*"

[[tests]]
name = "a form keeps what it needs"
action = "form.submit"
params = {formType = "contact", formData = {phone = "+49 30 901820", name = "Ada"}}
keeps = {"formType" = "contact", "formData.name" = "***", "context.address" = "203.0.113.0"}
drops = ["formData.phone"]

[[tests]]
name = "nobody from France"
country = "FR"
expect = "country_blocked"

[[tests]]
name = "but our own back end there"
country = "FR"
api_key = true

[[tests]]
name = "nobody who asks not to be measured"
gpc = true
expect = "opted_out"

[[tests]]
name = "no bot"
user_agent = "curl/8.5.0"
expect = "bot_blocked"

[[tests]]
name = "an order needs a token"
action = "order.done"
expect = "not_authorised"

[[tests]]
name = "and is stored with one"
action = "order.done"
token = true
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A policy with tests that hold."""
    file = tmp_path / "policy.toml"
    file.write_text(FILE, "utf-8")
    return file


class TestFile:
    """What `show` prints, `apply` takes back."""

    @given(policies())
    @settings(max_examples=150, deadline=None)
    def test_any_policy_comes_back_from_its_file(
        self, tmp_path_factory: pytest.TempPathFactory, policy: Policy
    ) -> None:
        file = tmp_path_factory.getbasetemp() / "any.toml"
        for everything in (False, True):
            file.write_text(policy_toml(policy, everything=everything), "utf-8")
            assert read_file(file) == (policy, [])

    def test_only_what_differs_from_a_new_source_is_shown(self, command: Command, source_id: str) -> None:
        changed = command.text("policy", "show", source_id, "--changed")
        assert changed == "# Low Tide Pottery, version 1\n"
        everything = command.text("policy", "show", source_id)
        assert set(tomllib.loads(everything)) == set(Policy.__struct_fields__)

    def test_a_long_list_is_written_at_once_with_a_rule_a_line(self) -> None:
        networks = tuple(f"10.{number // 256}.{number % 256}.0/24" for number in range(10_000))
        lines = policy_toml(Policy(block_networks=networks)).splitlines()
        assert len(lines) == 10_002
        assert lines[9_000] == f'    "{networks[8_999]}",'

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            pytest.param(
                'block = [\n  "ok",\n  "pass*",\n]', r'line 3 \("pass\*"\).*a name, a prefix', id="rule"
            ),
            pytest.param("a = 1\nblocks = []", r"line 1 \(\"a\"\).*unknown field", id="no such rule"),
            pytest.param('\naddress = "none"', "line 2.*Choose from: full, shortened, dropped", id="choice"),
            pytest.param('[retention]\n"form.*" = 30\n"a*" = 3', r'line 3 \("a\*"\)', id="retention"),
            pytest.param('block_networks = ["10.0.0.0/33"]', "10.0.0.0/33 is no network", id="network"),
            pytest.param('block_hosts = ["Shop.example"]', "a host in lower case", id="host"),
            pytest.param("block = [", r"is not TOML.*line 1|is not TOML", id="no TOML"),
            pytest.param("tests = 3", r"\[\[tests\]\]", id="tests"),
        ],
    )
    def test_a_mistake_is_named_with_its_line(
        self, command: Command, source_id: str, tmp_path: Path, content: str, told: str
    ) -> None:
        file = tmp_path / "policy.toml"
        file.write_text(content, "utf-8")
        for arguments in (("apply", source_id, str(file)), ("test", str(file))):
            result = CliRunner().invoke(tagwell, ["policy", *arguments])
            assert isinstance(result.exception, OperatorError)
            assert re.search(told, str(result.exception), re.DOTALL)
        assert len(command.lines("policy", "history", source_id)) == 1


class TestVersions:
    """Each application is a version; any can come back."""

    def test_a_dry_run_shows_the_difference_and_changes_nothing(
        self, command: Command, source_id: str, file: Path
    ) -> None:
        shown = command.text("policy", "apply", source_id, str(file), "--dry-run")
        assert "block\n    + debug.*" in shown
        assert "bots\n    - mark\n    + reject" in shown
        assert command.one("policy", "show", source_id)["version"] == 1

    def test_an_earlier_version_comes_back_as_a_new_one(
        self, command: Command, source_id: str, file: Path, store: Store
    ) -> None:
        command.text("policy", "apply", source_id, str(file), "--comment", "stricter")
        assert command.one("policy", "return", source_id, "1")["version"] == 3
        first, second, third = reversed(store.policy_history(source_id))
        assert (third.policy, third.comment) == (first.policy, "return to version 1")
        assert second.policy is not None
        assert second.policy.bots == "reject"
        history = command.text("policy", "history", source_id, "--diff")
        assert history.index("bots\n    - reject\n    + mark") < history.index(
            "bots\n    - mark\n    + reject"
        )
        assert "stricter" in history
        with pytest.raises(OperatorError, match="There is no version 9"):
            command.text("policy", "return", source_id, "9")


class TestWords:
    """What people wrote drives no terminal, and what cannot be taken is said in words."""

    @pytest.mark.parametrize(
        ("comment", "told"),
        [
            pytest.param("x" * 201, "has 201 characters. Use at most 200", id="long"),
            pytest.param("a\x1b[31mb", r"a\\x1b\[31mb.*control character", id="control"),
            pytest.param("caf\udce9", r"caf\\xdce9.*not UTF-8", id="not UTF-8"),
        ],
    )
    def test_a_comment_is_one_that_the_page_would_take(
        self, command: Command, source_id: str, file: Path, comment: str, told: str
    ) -> None:
        with pytest.raises(OperatorError, match=told):
            command.text("policy", "apply", source_id, str(file), "--comment", comment)
        assert len(command.lines("policy", "history", source_id)) == 1

    def test_an_author_is_printed_without_what_drives_a_terminal(
        self, command: Command, source_id: str, store: Store
    ) -> None:
        store.save_policy(source_id, Policy(), author="ada\x1b[2J", comment="")
        assert "\x1b" not in command.text("policy", "history", source_id)
        assert "ada\\x1b[2J" in command.text("policy", "history", source_id)

    def test_a_file_that_cannot_be_read_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(OperatorError, match=r"cannot be read: Is a directory"):
            read_file(tmp_path)


class TestTests:
    """The tests of a file run without server and store, and fail the run where one fails."""

    def run(self, *arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(
            tagwell, ["policy", "test", *arguments], env={"TAGWELL_STORE": "nonsense://"}
        )
        return result.exit_code, result.output

    def test_what_holds_ends_well(self, file: Path) -> None:
        status, output = self.run(str(file))
        assert "FAIL" not in output
        assert "9 of 9 tests hold" in output
        assert status == 0

    @pytest.mark.parametrize(
        ("test", "told"),
        [
            ('action = "debug.x"', "it was rejected, action_blocked: blocklist: debug.*; expected: stored"),
            ('expect = "bot_blocked"', "it was stored, not rejected as bot_blocked"),
            ('action = "debug.x"\nexpect = "action_blocked"\nrule = "x"', "the rule 'debug.*' refused it"),
            ("params = {a = 1}\nkeeps = {a = 2}", "a is 1, not 2"),
            ("params = {a = 1}\ndrops = ['a']", "a is still there: 1"),
        ],
    )
    def test_what_does_not_hold_is_told_and_ends_badly(self, tmp_path: Path, test: str, told: str) -> None:
        file = tmp_path / "policy.toml"
        file.write_text(f'block = ["debug.*"]\n[[tests]]\nname = "one"\n{test}\n', "utf-8")
        status, output = self.run(str(file))
        assert f"FAIL  one: {told}" in output
        assert status == 1

    @pytest.mark.parametrize(
        ("test", "told"),
        [
            (
                'name = "x"\nexpect = "blocked"',
                "test 1 expects 'blocked'. Expect stored, or one of: unknown_source",
            ),
            ('action = "x"', "test 1 cannot be read: .*`name`"),
            ('name = "x"\nip = "1"', "test 1 cannot be read: .*unknown field `ip`"),
        ],
    )
    def test_a_test_that_cannot_be_read_is_named(self, tmp_path: Path, test: str, told: str) -> None:
        file = tmp_path / "policy.toml"
        file.write_text(f"[[tests]]\n{test}\n", "utf-8")
        result = CliRunner().invoke(tagwell, ["policy", "test", str(file)])
        assert isinstance(result.exception, OperatorError)
        assert re.search(told, str(result.exception))

    def test_with_a_source_the_stored_events_are_tried(
        self, command: Command, source_id: str, file: Path
    ) -> None:
        *tests, trial = [
            json.loads(line)
            for line in command.text("policy", "test", str(file), source_id, "--json").splitlines()
        ]
        assert [each["ok"] for each in tests] == [True] * 9
        assert trial == {
            "seen": 0,
            "oldest_received_at": None,
            "same": 0,
            "dropped": [],
            "changed": [],
            "untold": {},
        }
        assert "0 stored events" in command.text("policy", "test", str(file), source_id, "--days", "30")
