"""The checklist is whole: every requirement has its tests, or says why not, and every test is there."""

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.security.checklist import (
    v02_authentication,
    v03_sessions_and_access,
    v05_input_and_output,
    v06_secrets_errors_and_data,
    v10_code_files_api_and_setup,
)
from tests.security.checklist.item import STANDARD, Item

ROOT = Path(__file__).parents[2]

ITEMS: tuple[Item, ...] = (
    *v02_authentication.ITEMS,
    *v03_sessions_and_access.ITEMS,
    *v05_input_and_output.ITEMS,
    *v06_secrets_errors_and_data.ITEMS,
    *v10_code_files_api_and_setup.ITEMS,
)

LEVEL_2 = (
    "2.1.1-12 2.2.1-3 2.3.1-3 2.4.1-5 2.5.1-7 2.6.1-3 2.7.1-6 2.8.1-7 2.9.1-3 2.10.1-4 3.1.1 3.2.1-4 3.3.1-4 "
    "3.4.1-5 3.5.1-3 3.7.1 4.1.1-3 4.1.5 4.2.1-2 4.3.1-3 5.1.1-5 5.2.1-8 5.3.1-10 5.4.1-3 5.5.1-4 6.1.1-3 "
    "6.2.1-6 6.3.1-2 6.4.1-2 7.1.1-4 7.2.1-2 7.3.1 7.3.3-4 7.4.1-3 8.1.1-4 8.2.1-3 8.3.1-8 9.1.1-3 9.2.1-4 "
    "10.2.1-2 10.3.1-3 11.1.1-8 12.1.1-3 12.2.1 12.3.1-6 12.4.1-2 12.5.1-2 12.6.1 13.1.1 13.1.3-5 13.2.1-3 "
    "13.2.5-6 13.3.1-2 13.4.1-2 14.1.1-4 14.2.1-6 14.3.2-3 14.4.1-7 14.5.1-4"
).split()
"""All that it asks for at levels 1 and 2; what is missing it has deleted, or asks for at level 3."""

BEYOND = {"6.2.8"}
"""Of level 3."""


def test_every_requirement_of_the_standard_is_answered_once() -> None:
    asked = {number for ids in LEVEL_2 for number in Item(ids, "").numbers}
    answered = Counter(number for item in ITEMS for number in item.numbers)
    assert set(answered) == asked | BEYOND, STANDARD
    assert [number for number, times in answered.items() if times > 1] == []


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.ids)
def test_an_answer_is_tests_or_a_reason(item: Item) -> None:
    assert item.asks
    assert item.tests or item.not_here or item.gap
    assert not (item.not_here and (item.tests or item.gap))
    assert len(set(item.tests)) == len(item.tests)


@pytest.mark.parametrize("item", [item for item in ITEMS if item.tests], ids=lambda item: item.ids)
def test_every_test_that_is_named_is_there(item: Item) -> None:
    for node in item.tests:
        path, _, name = node.partition("::")
        assert name in collected_in(path), f"{item.ids}: there is no {node}"


@cache
def collected_in(path: str) -> frozenset[str]:
    """The tests in a file that pytest collects."""
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )
