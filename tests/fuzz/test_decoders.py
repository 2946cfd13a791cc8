"""Whatever a body holds, each event in it has one outcome; no decoder raises, hangs or grows.

Bodies go from the decoder through all stages into a real store, for a source with the usual rules, one
with rules of every kind and one that believes its senders. `make test` tries some hundreds, always the
same; `make test-long` many more, other ones each time.
"""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.conftest import Intake
from tests.fuzz.dialects import DIALECTS, FOUND, Dialect
from tests.fuzz.hostile import DEEP, mutated

BY_NAME = {dialect.name: dialect for dialect in DIALECTS}
KEPT = sorted(path for path in FOUND.rglob("*") if path.is_file())

MAX_PEAK_BYTES = 120_000_000
"""Of the memory that one body of a megabyte may take on its way to the store."""


def bodies(dialect: Dialect) -> st.SearchStrategy[bytes]:
    """Honest bodies made hostile, and bytes of any kind."""
    seeds = st.sampled_from(dialect.seeds)
    return st.builds(mutated, st.randoms(use_true_random=False), seeds) | st.binary(max_size=200)


def fuzz(dialect: Dialect, intake: Intake, *, examples: int, derandomize: bool) -> None:
    """Take so many bodies in, and compare what was read with what the store has counted."""

    @settings(
        max_examples=examples,
        derandomize=derandomize,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(bodies(dialect), st.sampled_from(range(len(intake.senders))))
    def take(body: bytes, sender: int) -> None:
        intake.take(dialect, body, intake.senders[sender])

    take()
    assert intake.counted() == intake.read


@pytest.mark.parametrize("dialect", [pytest.param(one, id=one.name) for one in DIALECTS])
def test_each_event_of_any_body_has_one_outcome(dialect: Dialect, intake: Intake) -> None:
    fuzz(dialect, intake, examples=60, derandomize=True)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("dialect", [pytest.param(one, id=one.name) for one in DIALECTS])
def test_each_event_of_thousands_of_bodies_has_one_outcome(dialect: Dialect, intake: Intake) -> None:
    fuzz(dialect, intake, examples=5_000, derandomize=False)
