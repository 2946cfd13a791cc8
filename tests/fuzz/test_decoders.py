"""Whatever a body holds, each event in it has one outcome; no decoder raises, hangs or grows.

Bodies go from the decoder through all stages into a real store, for a source with the usual rules, one
with rules of every kind and one that believes its senders. `make test` tries some hundreds, always the
same; `make test-long` many more, other ones each time.
"""

import contextlib
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.model.outcome import Rejected
from tests.fuzz.conftest import Intake
from tests.fuzz.dialects import DIALECTS, Dialect
from tests.fuzz.hostile import mutated
from tests.pipeline.make import make_beacon

BY_NAME = {dialect.name: dialect for dialect in DIALECTS}
LONG = (pytest.mark.long, pytest.mark.timeout(1800))

LARGEST = 490_000
"""Bytes of the values below: with what stands around them, just within the least limit of a body."""

AROUND = {
    "native": b'[{"action":"form.submit","uuid":"u","params":{"formData":%s}}]',
    "segment": b'track\n{"event":"a","anonymousId":"b","properties":%s}',
    "tracardi": b'{"source":{"id":"s"},"session":{"id":"x"},"events":[{"type":"a","properties":{"a":%s}}]}',
    "webhook": b"application/json\n%s",
    "synerise": b'custom\n{"action":"a.b","label":"c","client":{"id":1},"params":{"a":%s}}',
    "operations": b'createClient\n{"email":"a@b.co","attributes":{"a":%s}}',
}
"""A body of each dialect that reads JSON, around one value."""

MAX_PEAK_BYTES = 100_000_000
"""Of memory that one body may take, all at once, on its way to the store."""


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
def test_honest_bodies_are_mostly_read(dialect: Dialect) -> None:
    """Else the hostile ones would all be refused for the same fault, ahead of what they try."""
    read = 0
    for seed in dialect.seeds:
        with contextlib.suppress(Rejected):
            dialect.decode(make_beacon(seed))
            read += 1
    assert read >= len(dialect.seeds) / 3


@pytest.mark.parametrize(
    ("examples", "derandomize"),
    [
        pytest.param(60, True, id="a few, always the same"),
        pytest.param(2_000, False, id="thousands", marks=LONG),
    ],
)
@pytest.mark.parametrize("dialect", [pytest.param(one, id=one.name) for one in DIALECTS])
@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")
def test_each_event_of_any_body_has_one_outcome(
    dialect: Dialect, intake: Intake, examples: int, derandomize: bool
) -> None:
    """Starlette leaves the file of a form that is cut short to the garbage collector, hence the filter."""
    fuzz(dialect, intake, examples=examples, derandomize=derandomize)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"[" * (LARGEST // 2) + b"]" * (LARGEST // 2), id="arrays in each other"),
        pytest.param(b"[" * LARGEST, id="arrays that do not end"),
        pytest.param(b'{"a":' * (LARGEST // 6) + b"1" + b"}" * (LARGEST // 6), id="objects in each other"),
        pytest.param(b"[" + b"[]," * (LARGEST // 3) + b"0]", id="an array of arrays"),
        pytest.param(b"[" + b"{}," * (LARGEST // 3) + b"0]", id="an array of objects"),
        pytest.param(b"[" + b"0," * (LARGEST // 2) + b"0]", id="an array of numbers"),
        pytest.param(b"9" * LARGEST, id="a number of half a million digits"),
        pytest.param(b"1e" + b"9" * LARGEST, id="an exponent of half a million digits"),
        pytest.param(b"{" + b'"a":1,' * (LARGEST // 6) + b'"a":1}', id="one key again and again"),
        pytest.param(b"{" + b",".join(b'"%d":1' % n for n in range(40_000)) + b"}", id="forty thousand keys"),
        pytest.param(b'{"' + b"a" * LARGEST + b'":1}', id="a key of half a megabyte"),
        pytest.param(b'"' + b"\\ud800" * (LARGEST // 6) + b'"', id="half surrogate pairs"),
        pytest.param(b'"' + b"\\u0000" * (LARGEST // 6) + b'"', id="NUL"),
        pytest.param(b'"' + b"\\\\" * (LARGEST // 2) + b'"', id="backslashes"),
        pytest.param(b'"' + b"\xff" * LARGEST + b'"', id="bytes of no UTF-8"),
        pytest.param(b'"' + b"a@" * (LARGEST // 2) + b'"', id="half addresses"),
    ],
)
@pytest.mark.parametrize("name", AROUND)
@pytest.mark.timeout(60)
def test_largest_body_costs_no_more_than_its_share(name: str, value: bytes, intake: Intake) -> None:
    tracemalloc.start()
    try:
        intake.take(BY_NAME[name], AROUND[name] % value, intake.senders[0])
        assert tracemalloc.get_traced_memory()[1] < MAX_PEAK_BYTES
    finally:
        tracemalloc.stop()
    assert intake.counted() == intake.read
