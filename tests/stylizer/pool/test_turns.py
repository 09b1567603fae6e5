"""The order in which jobs get workers."""

from __future__ import annotations

import asyncio

import pytest

from stylizer.errors import EngineClosed
from stylizer.pool.turns import Turns


async def test_a_waiting_job_keeps_its_place_while_a_worker_may_return() -> None:
    turns: Turns[str] = Turns()
    asked = asyncio.Event()

    def may_give_up() -> bool:
        asked.set()
        return False

    first = asyncio.create_task(turns.take(timeout_seconds=0.001, may_give_up=may_give_up))
    await asyncio.sleep(0)
    second = asyncio.create_task(turns.take())
    await asked.wait()
    turns.hand_in("worker")
    assert await first == "worker"
    assert not second.done()
    turns.hand_in("worker")
    assert await second == "worker"


async def test_a_waiting_job_fails_when_no_worker_can_return() -> None:
    turns: Turns[str] = Turns()
    with pytest.raises(TimeoutError):
        await turns.take(timeout_seconds=0.001)
    turns.hand_in("worker")
    assert await turns.take() == "worker"


async def test_a_worker_assigned_to_a_canceled_job_goes_to_the_next() -> None:
    turns: Turns[str] = Turns()
    first, second = asyncio.create_task(turns.take()), asyncio.create_task(turns.take())
    await asyncio.sleep(0)
    turns.hand_in("worker")
    first.cancel()
    assert await second == "worker"
    assert first.cancelled()


async def test_closing_refuses_waiting_jobs_and_later_ones() -> None:
    turns: Turns[str] = Turns()
    waiting = asyncio.create_task(turns.take())
    await asyncio.sleep(0)
    turns.close()
    for late in (waiting, turns.take()):
        with pytest.raises(EngineClosed):
            await late
