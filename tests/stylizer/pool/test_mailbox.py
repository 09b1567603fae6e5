from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from stylizer.errors import WorkerDied
from stylizer.events import Finished, Losses, Progress, Started
from stylizer.pool.mailbox import Mailbox

STARTED = Started("draft", 64, 64, 3, ((64, 64),), 0, "float32", "nothing")
LOSSES = Losses(0, 0, 0, 0)
FINISHED = Finished(b"p", "png", b"g", 1, "draft", 64, 64, 3, 0, 1.0, LOSSES, "float32", "nothing", 1, b"c", (b"s",))


def progress(step: int, preview: bytes | None = None) -> Progress:
    return Progress(step, 9, 1, 1, LOSSES, 1.0, None, preview)


async def test_only_the_latest_unread_progress_is_kept() -> None:
    mailbox = Mailbox(asyncio.get_running_loop())
    for letter in (STARTED, progress(1), progress(2), progress(3), FINISHED):
        mailbox.put(letter)
    assert [await mailbox.get() for _ in range(3)] == [STARTED, progress(3), FINISHED]


async def test_the_latest_preview_survives_steps_without_a_preview() -> None:
    mailbox = Mailbox(asyncio.get_running_loop())
    for letter in (progress(1, b"old"), progress(2, b"new"), progress(3), progress(4)):
        mailbox.put(letter)
    assert await mailbox.get() == progress(4, b"new")


async def test_a_preview_is_delivered_once() -> None:
    mailbox = Mailbox(asyncio.get_running_loop())
    mailbox.put(progress(1, b"seen"))
    await mailbox.get()
    mailbox.put(progress(2))
    assert await mailbox.get() == progress(2)


async def test_a_reader_is_woken_from_another_thread() -> None:
    mailbox = Mailbox(asyncio.get_running_loop())
    reading = asyncio.create_task(mailbox.get())
    await asyncio.to_thread(mailbox.put, STARTED)
    assert await reading == STARTED


async def test_events_before_an_error_are_delivered_before_it() -> None:
    mailbox = Mailbox(asyncio.get_running_loop())
    mailbox.put(progress(1))
    mailbox.put(WorkerDied(-9))
    assert await mailbox.get() == progress(1)
    with pytest.raises(WorkerDied):
        await mailbox.get()


async def test_a_reader_that_leaves_loses_nothing() -> None:
    mailbox = Mailbox(asyncio.get_running_loop())
    leaving = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    mailbox.put(STARTED)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    assert await mailbox.get() == replace(STARTED)
