"""A body's encoding: gzip and deflate are undone, a bomb costs no more than an honest body."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.model.outcome import Reason, Rejected
from collector.wire.body import MAX_BODY_BYTES, decompress
from tests.pipeline.make import rejection

PLAIN = b'[{"action": "page.visit"}]'


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        pytest.param("", PLAIN, id="none"),
        pytest.param("identity", PLAIN, id="identity"),
        pytest.param("gzip", gzip.compress(PLAIN), id="gzip"),
        pytest.param(" GZIP ", gzip.compress(PLAIN), id="upper case and blanks"),
        pytest.param("x-gzip", gzip.compress(PLAIN), id="x-gzip"),
        pytest.param("deflate", zlib.compress(PLAIN), id="deflate"),
        pytest.param("gzip", gzip.compress(PLAIN, compresslevel=0), id="gzip, stored"),
    ],
)
def test_body_is_undone(encoding: str, sent: bytes) -> None:
    assert decompress(sent, encoding) == PLAIN


def test_body_of_the_longest_length_is_undone() -> None:
    assert len(decompress(gzip.compress(b"x" * MAX_BODY_BYTES), "gzip")) == MAX_BODY_BYTES


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        pytest.param("br", PLAIN, id="brotli"),
        pytest.param("gzip, gzip", gzip.compress(gzip.compress(PLAIN)), id="twice"),
        pytest.param("gzip", PLAIN, id="not gzip at all"),
        pytest.param("gzip", b"", id="empty"),
        pytest.param("gzip", gzip.compress(PLAIN)[:-9], id="truncated"),
        pytest.param("gzip", gzip.compress(PLAIN)[:-8] + bytes(8), id="wrong checksum"),
        pytest.param("deflate", gzip.compress(PLAIN), id="gzip said to be deflate"),
        pytest.param("gzip", gzip.compress(PLAIN) + b"x", id="garbage after it"),
        pytest.param("gzip", gzip.compress(PLAIN) * 2, id="two members"),
        pytest.param("deflate", zlib.compress(PLAIN) + b"x", id="deflate, garbage after it"),
    ],
)
def test_body_that_cannot_be_undone_is_malformed(encoding: str, sent: bytes) -> None:
    with pytest.raises(Rejected) as rejected:
        decompress(sent, encoding)
    assert rejected.value.reason is Reason.MALFORMED_BODY


def test_body_one_byte_past_the_limit_is_too_large() -> None:
    with pytest.raises(Rejected) as rejected:
        decompress(gzip.compress(b"x" * (MAX_BODY_BYTES + 1)), "gzip")
    assert rejected.value.reason is Reason.BODY_TOO_LARGE


def test_a_bomb_is_refused_at_the_price_of_an_honest_body() -> None:
    bomb = gzip.compress(bytes(200 * MAX_BODY_BYTES))
    tracemalloc.start()
    try:
        with pytest.raises(Rejected) as rejected:
            decompress(bomb, "gzip")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rejected.value.reason is Reason.BODY_TOO_LARGE
    assert peak < 4 * MAX_BODY_BYTES


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "", "br", "\0", "identity"]))
def test_no_bytes_raise_anything_but_rejected(body: bytes, encoding: str) -> None:
    rejected = rejection(decompress, body, encoding)
    assert rejected is None or rejected.reason is Reason.MALFORMED_BODY
