"""So many a minute, at once or evenly; who is over it learns when to come again; memory is bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.admit.rate import WINDOW_S, Rate


@pytest.mark.parametrize(
    ("times_s", "let_in", "wait_s"),
    [
        pytest.param([0, 0, 0], [True, True, True], 0, id="a minute's worth comes at once"),
        pytest.param([0, 0, 0, 0], [True, True, True, False], 20, id="one more waits for a third of it"),
        pytest.param([0, 0, 0, 19, 20], [True, True, True, False, True], 0, id="evenly from then on"),
        pytest.param([0, 0, 0, 20, 20], [True, True, True, True, False], 20, id="one at a time"),
        pytest.param([0, 0, 0, 60, 60, 60], [True] * 6, 0, id="all of it after a minute"),
        pytest.param([0, 500, 500, 500, 500], [True] * 4 + [False], 20, id="a pause saves up no more"),
    ],
)
def test_three_a_minute(times_s: list[float], let_in: list[bool], wait_s: float) -> None:
    rate = Rate()
    waits_s = [rate.take("a", 3, 1000 + time_s) for time_s in times_s]
    assert [wait == 0 for wait in waits_s] == let_in
    assert waits_s[-1] == pytest.approx(wait_s)


def test_less_than_one_a_minute_lets_one_in() -> None:
    rate = Rate()
    assert rate.take("a", 0.5, 0) == 0
    assert rate.take("a", 0.5, 0) == pytest.approx(120)
    assert rate.take("a", 0.5, 120) == 0


def test_what_is_spent_later_is_waited_for() -> None:
    rate = Rate()
    assert rate.take("a", 60, 0) == 0
    rate.spend("a", 60, 99, 0)
    assert rate.take("a", 60, 0) == pytest.approx(41)
    assert rate.take("a", 60, 41) == 0


@given(
    st.lists(st.floats(0, 30, allow_subnormal=False), min_size=1, max_size=200),
    st.integers(1, 50),
)
def test_no_minute_gets_more_than_a_burst_and_a_minute_s_growth(
    pauses_s: list[float], per_minute: int
) -> None:
    rate, now_s, let_in = Rate(), 0.0, []
    for pause_s in pauses_s:
        now_s += pause_s
        wait_s = rate.take("a", per_minute, now_s)
        if wait_s == 0:
            let_in.append(now_s)
        else:
            assert 0 < wait_s <= WINDOW_S / per_minute + 1e-6
    for start_s in let_in:
        for end_s in (start_s, start_s + WINDOW_S):
            within = sum(start_s <= each <= end_s for each in let_in)
            assert within <= per_minute * (1 + (end_s - start_s) / WINDOW_S) + 1e-3


def test_each_has_its_own() -> None:
    rate = Rate()
    assert rate.take("a", 1, 0) == 0
    assert rate.take("b", 1, 0) == 0
    assert rate.take("a", 1, 0) > 0


def test_a_flood_of_keys_fills_no_memory_and_frees_no_one_who_goes_on() -> None:
    rate = Rate(max_keys=100)
    rate.take("a", 1, 0)
    for number in range(1000):
        rate.take(f"other {number}", 1, 0)
        if number % 90 == 0:
            assert rate.take("a", 1, 0) > 0
    assert len(rate._recent) + len(rate._older) <= 200
