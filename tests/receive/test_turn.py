"""Of a crowd that one turn of the loop has read the last are not kept waiting, but told to come again."""

import asyncio
import time

from collector.receive.turn import CROWDED_S, MAX_HEADS, MAX_REQUESTS, MAX_TURN_S, Turn


def work() -> None:
    """Take as long as the stages of many requests do."""
    until = time.monotonic() + MAX_TURN_S * 1.5
    while time.monotonic() < until:
        pass


async def test_a_crowd_that_waits_is_refused_and_the_next_turn_begins_anew() -> None:
    turn = Turn()
    assert not any(turn.is_long() for _ in range(MAX_REQUESTS))
    work()
    assert turn.is_long()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not turn.is_long()


async def test_a_few_may_take_their_time() -> None:
    turn = Turn()
    assert not turn.is_long()
    work()
    assert not turn.is_long()


async def flood(turn: Turn) -> None:
    """One turn that refuses somebody in the end."""
    for _ in range(MAX_REQUESTS):
        turn.is_long()
    work()
    assert turn.is_long()
    await asyncio.sleep(0)


async def test_in_a_flood_the_next_are_refused_before_any_work() -> None:
    turn = Turn()
    assert not any(turn.is_crowded() for _ in range(MAX_REQUESTS * 2)), "nobody was refused yet"
    await flood(turn)
    for _ in range(3):
        refused = [turn.is_crowded() for _ in range(MAX_HEADS * 2)]
        assert refused == [False] * MAX_HEADS + [True] * MAX_HEADS
        await asyncio.sleep(0)


async def test_a_flood_is_over_when_nobody_was_refused_for_a_while() -> None:
    turn = Turn()
    await flood(turn)
    until = time.monotonic() + CROWDED_S * 1.2
    while time.monotonic() < until:
        assert not any(turn.is_crowded() for _ in range(MAX_HEADS)), "as many as are let in"
        await asyncio.sleep(0)
    assert not any(turn.is_crowded() for _ in range(MAX_REQUESTS))
