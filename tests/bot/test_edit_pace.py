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
        await pace.turn("channel", is_final=is_final)
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
    await pace.turn("one", is_final=False)

    await pace.turn("other", is_final=False)


async def test_a_canceled_edit_delays_no_other() -> None:
    pace = EditPace(interval_seconds=INTERVAL_SECONDS)
    await pace.turn("channel", is_final=False)
    gone = asyncio.create_task(pace.turn("channel", is_final=True))
    await asyncio.sleep(0)
    gone.cancel()

    await pace.turn("channel", is_final=False)
