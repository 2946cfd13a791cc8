"""Of a crowd that one turn of the loop has read the last are not kept waiting, but told to come again."""

import asyncio
import time

from collector.receive.turn import MAX_REQUESTS, MAX_TURN_S, Turn


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
