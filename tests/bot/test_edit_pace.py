"""Edits of old messages: one at a time per channel, final ones first."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from bot.messages.pace import EditPace

INTERVAL_SECONDS = 0.02


async def test_edits_in_a_channel_are_spaced_and_final_ones_come_first() -> None:
    pace, turns = EditPace(interval_seconds=INTERVAL_SECONDS), list[tuple[str, float]]()
    loop = asyncio.get_running_loop()

    async def edit(name: str, *, is_final: bool) -> None:
        async with pace.turn("channel", is_final=is_final):
            turns.append((name, loop.time()))

    await edit("before", is_final=False)
    await asyncio.gather(
        edit("progress", is_final=False), edit("another progress", is_final=False), edit("end", is_final=True)
    )

    assert [name for name, _ in turns] == ["before", "end", "progress", "another progress"]
    times = [at for _, at in turns]
    assert all(later - earlier >= INTERVAL_SECONDS for earlier, later in pairwise(times))


async def test_channels_do_not_wait_for_each_other() -> None:
    pace = EditPace(interval_seconds=3600)
    async with pace.turn("one", is_final=False):
        pass

    async with pace.turn("other", is_final=False):
        pass


async def test_a_canceled_edit_delays_no_other() -> None:
    pace = EditPace(interval_seconds=INTERVAL_SECONDS)
    async with pace.turn("channel", is_final=False):
        pass
    gone = asyncio.create_task(edit_in(pace))
    await asyncio.sleep(0)
    gone.cancel()

    await edit_in(pace)
    assert gone.cancelled()


async def test_the_next_edit_waits_from_the_answer_to_the_one_before() -> None:
    pace, loop = EditPace(interval_seconds=INTERVAL_SECONDS), asyncio.get_running_loop()
    has_begun, is_answered = asyncio.Event(), asyncio.Event()

    async def upload() -> float:
        async with pace.turn("channel", is_final=False):
            has_begun.set()
            await is_answered.wait()  # longer than the interval
            return loop.time()

    async def edit() -> float:
        async with pace.turn("channel", is_final=True):
            return loop.time()

    uploading = asyncio.create_task(upload())
    await has_begun.wait()
    editing = asyncio.create_task(edit())
    loop.call_later(3 * INTERVAL_SECONDS, is_answered.set)

    assert await editing - await uploading >= INTERVAL_SECONDS


async def test_an_edit_that_is_tried_another_way_waits_for_the_interval_only() -> None:
    pace, loop = EditPace(interval_seconds=INTERVAL_SECONDS), asyncio.get_running_loop()
    async with pace.turn("channel", is_final=False):
        refused_at = loop.time()
        waiting = asyncio.create_task(edit_in(pace))
        await asyncio.sleep(0)
        async with pace.turn("channel", is_final=False):
            assert loop.time() - refused_at >= INTERVAL_SECONDS
            assert not waiting.done()

    await waiting


async def edit_in(pace: EditPace) -> None:
    """A final edit in a channel."""
    async with pace.turn("channel", is_final=True):
        pass
