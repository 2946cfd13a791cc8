"""`tagwell policy` and the lists of params and of pages."""

from pathlib import Path

import pytest

from collector.errors import OperatorError
from tests.cli.conftest import Command

POLICY = """
block_params = ["formData.phone", "user.*"]
allow_paths = ["/shop/*", "/"]
"""


def test_what_apply_takes_show_prints_and_apply_takes_again(
    command: Command, source_id: str, tmp_path: Path
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY, "utf-8")
    command.text("policy", "apply", source_id, str(file))
    shown = command.one("policy", "show", source_id)
    assert (shown["block_params"], shown["allow_params"]) == (["formData.phone", "user.*"], [])
    assert (shown["allow_paths"], shown["block_paths"]) == (["/shop/*", "/"], [])
    file.write_text(command.text("policy", "show", source_id), "utf-8")
    command.text("policy", "apply", source_id, str(file))
    assert command.one("policy", "show", source_id) == shown | {"version": 3}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param('block_params = ["pass*"]', r"a name, a prefix\.\* or \*.*block_params", id="param"),
        pytest.param('block_paths = ["/a*"]', r"a /folder/\* or \*.*block_paths", id="page"),
    ],
)
def test_a_mistake_is_told_in_words(
    command: Command, source_id: str, tmp_path: Path, content: str, told: str
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(content, "utf-8")
    with pytest.raises(OperatorError, match=told):
        command.text("policy", "apply", source_id, str(file))
