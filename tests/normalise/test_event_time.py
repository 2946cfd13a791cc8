"""Event time: the wait counts, the device's clock does not; and which texts are times at all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.model.outcome import Reason, Rejected
from collector.normalise.event_time import event_time, parse_time
from tests.pipeline.make import NOON, rejection

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param("2022-10-14T15:00:00.000+01:00", "2022-10-14T14:00:00.000Z", id="east of UTC"),
        pytest.param("2022-10-14T22:00:00.000-08:00", "2022-10-15T06:00:00.000Z", id="past midnight"),
        pytest.param("2022-05-23T09:00:00-04:00", "2022-05-23T13:00:00Z", id="no fraction, -04:00"),
        pytest.param("2022-05-23T07:00:00-06:00", "2022-05-23T13:00:00Z", id="no fraction, -06:00"),
        pytest.param("2022-05-23T13:00:00", "2022-05-23T13:00:00Z", id="without an offset it is UTC"),
        pytest.param("2022-05-23T15:30:00+0230", "2022-05-23T13:00:00Z", id="offset without a colon"),
        pytest.param("2022-05-23t13:00:00z", "2022-05-23T13:00:00Z", id="lower case"),
        pytest.param("2022-05-23 13:00:00", "2022-05-23T13:00:00Z", id="a blank for T"),
        pytest.param("2022-05-23T13:00", "2022-05-23T13:00:00Z", id="without seconds"),
        pytest.param("  2022-05-23T13:00:00Z\n", "2022-05-23T13:00:00Z", id="blanks around"),
        pytest.param("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z", id="leap day"),
    ],
)
def test_texts_of_one_moment_are_equal(sent: str, expected: str) -> None:
    assert parse_time(sent) == parse_time(expected)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param("2026-01-01T12:00:00Z", NOON, id="ISO 8601"),
        pytest.param("2026-01-01T12:00:00.125Z", NOON + 125, id="with ms"),
        pytest.param("2026-01-01T12:00:00.1Z", NOON + 100, id="one digit of fraction"),
        pytest.param("2026-01-01T12:00:00.123456789Z", NOON + 123, id="nanoseconds"),
        pytest.param("1970-01-01T00:00:00Z", 0, id="the epoch"),
        pytest.param(NOON, NOON, id="ms since the epoch"),
        pytest.param(NOON + 0.75, NOON, id="with a fraction, as performance clocks give it"),
        pytest.param(0, 0, id="zero"),
        pytest.param(None, None, id="absent"),
    ],
)
def test_time_is_ms_since_the_epoch(sent: Any, expected: int | None) -> None:
    assert parse_time(sent) == expected


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param("2022-10-14T15:00:000+01:00", id="the misprint of the seed"),
        pytest.param("", id="empty"),
        pytest.param("yesterday", id="a word"),
        pytest.param("1767268800000", id="ms as text"),
        pytest.param("2022-10-14", id="a day alone"),
        pytest.param("2022-13-14T15:00:00Z", id="month 13"),
        pytest.param("2023-02-29T00:00:00Z", id="no leap year"),
        pytest.param("2022-10-14T25:00:00Z", id="hour 25"),
        pytest.param("2022-10-14T15:00:00+25:00", id="offset of 25 hours"),
        pytest.param("2022-10-14T15:00:00Z junk", id="something behind"),
        pytest.param("2022-10-14T15:00:00Z".ljust(65), id="65 characters, most of them blanks"),
        pytest.param("٢٠٢٢-10-14T15:00:00Z", id="digits of another script"),
        pytest.param("1969-12-31T23:59:59Z", id="before the epoch"),
        pytest.param(-1, id="a negative number"),
        pytest.param(10**18, id="nanoseconds since the epoch"),
        pytest.param(True, id="true"),
        pytest.param([NOON], id="a list"),
        pytest.param({"ms": NOON}, id="an object"),
    ],
)
def test_what_is_no_time_is_rejected(sent: Any) -> None:
    with pytest.raises(Rejected) as rejected:
        parse_time(sent)
    assert rejected.value.reason is Reason.INVALID_TIME


@pytest.mark.parametrize(
    ("created", "sent", "expected"),
    [
        pytest.param(None, None, NOON, id="no time at all"),
        pytest.param(NOON, NOON, NOON, id="sent at once"),
        pytest.param(NOON - 3_000, NOON, NOON - 3_000, id="waited three seconds"),
        pytest.param(NOON + 5 * HOUR, NOON + 5 * HOUR, NOON, id="device five hours fast"),
        pytest.param(NOON - 5 * HOUR - 3_000, NOON - 5 * HOUR, NOON - 3_000, id="device five hours slow"),
        pytest.param(NOON, NOON - HOUR, NOON, id="clock set back while waiting"),
        pytest.param(NOON - HOUR, None, NOON - HOUR, id="no sent time, an hour old"),
        pytest.param(NOON + 1, None, NOON, id="no sent time, in the future"),
        pytest.param(0, 2 * NOON, 0, id="a wait longer than the world"),
    ],
)
def test_event_time_follows_the_wait(created: int | None, sent: int | None, expected: int) -> None:
    assert event_time(created, sent, received_ms=NOON) == expected


_CLOCK = st.none() | st.integers(0, 253_402_300_799_999)


@given(_CLOCK, _CLOCK)
def test_no_clock_puts_an_event_into_the_future(created: int | None, sent: int | None) -> None:
    assert 0 <= event_time(created, sent, NOON) <= NOON


@given(st.text(max_size=40) | st.integers() | st.floats() | st.booleans())
def test_no_value_raises_anything_but_rejected(value: Any) -> None:
    rejected = rejection(parse_time, value)
    assert rejected is None or rejected.reason is Reason.INVALID_TIME
