"""The contract of `Engine`, tested on every engine."""

from __future__ import annotations

import asyncio
import io
from contextlib import aclosing
from dataclasses import replace

import pytest
from PIL import Image

from stylizer.errors import STYLE as STYLE_NAME
from stylizer.errors import EngineClosed, IncompletePicture, NotAPicture, PictureName, WorkerDied
from stylizer.events import Event, Finished, Progress, Started
from stylizer.pool import Engine, PaintingJob
from tests.stylizer.pool.conftest import OpenStudio
from tests.stylizer.pool.studio import CONTENT, STEPS, paint


async def test_a_painting_starts_progresses_and_finishes(open_studio: OpenStudio) -> None:
    studio = open_studio()
    async with studio.engine as engine:
        job = studio.job("job")
        started, *grows, finished = await paint(engine, job)
    assert isinstance(started, Started)
    assert isinstance(finished, Finished)
    steps = [event.step for event in grows if isinstance(event, Progress)]
    assert len(steps) == len(grows)
    assert steps == sorted(set(steps))
    assert any(isinstance(event, Progress) and event.preview for event in grows)
    assert (started.width_px, started.height_px) == (finished.width_px, finished.height_px) == (96, 64)
    assert started.steps == finished.steps == STEPS
    assert finished.picture_format == job.picture_format


async def test_progress_arrives_while_the_painting_is_made(open_studio: OpenStudio) -> None:
    studio = open_studio()
    async with studio.engine as engine, aclosing(engine.run(studio.job("job", held=True))) as events:
        assert isinstance(await anext(events), Started)
        for step in range(1, STEPS + 1):
            studio.let_through("job", steps=1)
            event = await anext(events)
            assert isinstance(event, Progress)
            assert event.step == step
        assert isinstance(await anext(events), Finished)


async def test_an_abandoned_job_frees_its_worker(open_studio: OpenStudio) -> None:
    studio = open_studio()
    async with studio.engine as engine:
        async with aclosing(engine.run(studio.job("left"))) as events:
            await anext(events)
        assert isinstance((await paint(engine, studio.job("next")))[-1], Finished)


async def test_a_canceled_job_frees_its_worker(open_studio: OpenStudio) -> None:
    studio = open_studio()
    async with studio.engine as engine:
        canceled = await _begin(engine, studio.job("canceled", held=True))
        canceled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await canceled
        assert isinstance((await paint(engine, studio.job("next")))[-1], Finished)


async def test_a_job_that_is_canceled_twice_frees_its_worker(open_studio: OpenStudio) -> None:
    studio = open_studio()
    async with studio.engine as engine:
        canceled = await _begin(engine, studio.job("canceled", held=True))
        canceled.cancel()
        await asyncio.sleep(0)
        canceled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await canceled
        assert isinstance((await paint(engine, studio.job("next")))[-1], Finished)


async def test_jobs_run_in_the_order_they_arrive(open_studio: OpenStudio) -> None:
    studio = open_studio()
    order: list[str] = []

    async def queue(engine: Engine, job: PaintingJob) -> None:
        await paint(engine, job)
        order.append(job.job_id)

    async with studio.engine as engine, aclosing(engine.run(studio.job("first", held=True))) as first:
        await anext(first)
        later = [asyncio.create_task(queue(engine, studio.job(job_id))) for job_id in "bcd"]
        studio.let_through("first", steps=1)
        await anext(first)
        assert order == []
        await first.aclose()
        await asyncio.gather(*later)
    assert order == ["b", "c", "d"]


async def test_the_engine_runs_jobs_up_to_its_capacity(open_studio: OpenStudio) -> None:
    studio = open_studio(workers=2)
    async with studio.engine as engine:
        assert engine.workers == 2
        async with (
            aclosing(engine.run(studio.job("a", held=True))) as a,
            aclosing(engine.run(studio.job("b", held=True))) as b,
        ):
            assert isinstance(await anext(a), Started)
            assert isinstance(await anext(b), Started)
            for job_id, events in (("a", a), ("b", b), ("a", a)):
                studio.let_through(job_id, steps=1)
                assert isinstance(await anext(events), Progress)


async def test_every_event_names_its_job_and_attempt(open_studio: OpenStudio) -> None:
    studio = open_studio()
    async with studio.engine as engine:
        keys = []
        for attempt in (1, 2):
            events = await paint(engine, replace(studio.job("job"), attempt=attempt))
            assert {event.attempt for event in events} == {attempt}
            keys += [(event.attempt, event.step) for event in events if isinstance(event, Progress)]
        assert len(keys) == len(set(keys)) > 1


async def test_canceling_a_waiting_job_only_gives_up_its_place(open_studio: OpenStudio) -> None:
    studio = open_studio()
    async with studio.engine as engine, aclosing(engine.run(studio.job("first", held=True))) as first:
        await anext(first)
        second = asyncio.create_task(paint(engine, studio.job("second")))
        third = asyncio.create_task(paint(engine, studio.job("third")))
        await asyncio.sleep(0)
        second.cancel()
        studio.let_through("first")
        assert isinstance([event async for event in first][-1], Finished)
        assert isinstance((await third)[-1], Finished)
        assert second.cancelled()


async def test_a_broken_picture_fails_only_its_own_job(open_studio: OpenStudio) -> None:
    studio = open_studio()
    async with studio.engine as engine:
        with pytest.raises(NotAPicture, match=r"^The content picture is a PDF, not an image"):
            await paint(engine, studio.broken_job("broken"))
        assert isinstance((await paint(engine, studio.job("next")))[-1], Finished)


async def test_a_dead_worker_fails_only_its_own_job(open_studio: OpenStudio) -> None:
    studio = open_studio(workers=2)
    async with studio.engine as engine, aclosing(engine.run(studio.job("neighbor", held=True))) as neighbor:
        await anext(neighbor)
        with pytest.raises(WorkerDied):
            await paint(engine, studio.doomed_job("doomed"))
        studio.spare()
        studio.let_through("neighbor")
        assert isinstance([event async for event in neighbor][-1], Finished)
        later = await asyncio.gather(*(paint(engine, studio.job(job_id)) for job_id in "ab"))
        assert all(isinstance(events[-1], Finished) for events in later)


async def test_capacity_counts_idle_and_busy_workers_until_the_engine_is_closed(
    open_studio: OpenStudio,
) -> None:
    studio = open_studio(workers=2)
    async with studio.engine as engine:
        async with aclosing(engine.run(studio.job("job", held=True))) as events:
            await anext(events)
            assert engine.capacity == 2
            studio.let_through("job")
            assert isinstance([event async for event in events][-1], Finished)
        assert (engine.capacity, engine.workers, engine.replaced_workers) == (2, 2, 0)
    assert (engine.capacity, engine.workers) == (0, 2)


async def test_a_thumbnail_is_small_and_needs_no_free_worker(open_studio: OpenStudio) -> None:
    studio = open_studio()
    async with studio.engine as engine, aclosing(engine.run(studio.job("job", held=True))) as events:
        await anext(events)
        thumbnail = await engine.make_thumbnail(CONTENT, name=STYLE_NAME, longest_side_px=48)
        studio.let_through("job")
        assert isinstance([event async for event in events][-1], Finished)
        assert engine.capacity == 1
    with Image.open(io.BytesIO(thumbnail)) as image:
        assert (image.format, image.size) == ("JPEG", (48, 32))


async def test_a_picture_that_cannot_be_decoded_has_no_thumbnail(open_studio: OpenStudio) -> None:
    studio = open_studio()
    async with studio.engine as engine:
        with pytest.raises(NotAPicture, match=r"^The style picture is a PDF, not an image"):
            await engine.make_thumbnail(b"%PDF-1.7 of nothing", name=STYLE_NAME, longest_side_px=48)
        with pytest.raises(IncompletePicture, match=r"^waves\.png is incomplete"):
            await engine.make_thumbnail(CONTENT[:-200], name=PictureName(filename="waves.png"), longest_side_px=48)
        assert isinstance((await paint(engine, studio.job("next")))[-1], Finished)


async def test_a_closed_engine_makes_no_thumbnail(open_studio: OpenStudio) -> None:
    studio = open_studio()
    async with studio.engine as engine:
        pass
    with pytest.raises(EngineClosed):
        await engine.make_thumbnail(CONTENT, name=STYLE_NAME, longest_side_px=48)


async def test_a_closed_engine_paints_nothing(open_studio: OpenStudio) -> None:
    studio = open_studio()
    async with studio.engine as engine:
        pass
    with pytest.raises(EngineClosed):
        await paint(engine, studio.job("late"))


async def test_closing_ends_running_and_waiting_jobs(open_studio: OpenStudio) -> None:
    studio = open_studio()
    async with studio.engine as engine:
        running = await _begin(engine, studio.job("running", held=True))
        waiting = [asyncio.create_task(paint(engine, studio.job(job_id))) for job_id in "ab"]
        await asyncio.sleep(0)
        await engine.aclose()
        for job in (running, *waiting):
            with pytest.raises(EngineClosed):
                await job
        await engine.aclose()


async def test_the_reader_of_a_job_can_close_the_engine(open_studio: OpenStudio) -> None:
    studio = open_studio()
    async with studio.engine as engine:
        events = engine.run(studio.job("job", held=True))
        await anext(events)
        await engine.aclose()
        with pytest.raises(EngineClosed):
            await anext(events)


async def _begin(engine: Engine, job: PaintingJob) -> asyncio.Task[list[Event]]:
    """Paint in the background, and return once the job has started."""
    started = asyncio.Event()

    async def run() -> list[Event]:
        received: list[Event] = []
        async with aclosing(engine.run(job)) as events:
            async for event in events:
                received.append(event)
                started.set()
        return received

    painting = asyncio.create_task(run())
    await started.wait()
    return painting
