"""Features of the fake engine."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stylizer.errors import (
    InvalidStyleWeight,
    NotAPicture,
    OutOfMemory,
    StartOfAnotherShape,
    StartTooLarge,
    WorkerDied,
    WrongNumberOfStyles,
)
from stylizer.events import Finished, PictureFormat, Progress, Started
from stylizer.pool import FakeEngine, PaintingJob, StepGate, StyleInput
from tests.stylizer.pool.studio import CONTENT, RECIPE, STYLE, draw, paint


def job(job_id: str = "job", **changes: Any) -> PaintingJob:
    return replace(PaintingJob(job_id, CONTENT, (StyleInput(STYLE),), RECIPE), **changes)


@pytest.mark.parametrize("picture_format", ["png", "jpeg", "webp"])
async def test_the_painting_is_a_real_picture(picture_format: PictureFormat) -> None:
    async with FakeEngine() as engine:
        finished = (await paint(engine, job(picture_format=picture_format)))[-1]
    assert isinstance(finished, Finished)
    with Image.open(BytesIO(finished.painting)) as painting:
        assert painting.format == picture_format.upper()
        assert painting.size == (finished.width_px, finished.height_px) == (96, 64)


@pytest.mark.parametrize(("side_px", "enlargement"), [(32, 3.0), (96, 1.0), (200, 1.0)])
async def test_finished_reports_how_much_the_content_was_enlarged(side_px: int, enlargement: float) -> None:
    async with FakeEngine() as engine:
        finished = (await paint(engine, job(content=draw(side_px, side_px, ("black", "white")))))[-1]
    assert isinstance(finished, Finished)
    assert finished.enlargement == enlargement


async def test_the_gif_is_real_and_within_its_limit() -> None:
    async with FakeEngine(frames=5) as engine:
        finished = (await paint(engine, job(gif_limit_bytes=20_000)))[-1]
    assert isinstance(finished, Finished)
    assert len(finished.gif) <= 20_000
    with Image.open(BytesIO(finished.gif)) as gif:
        assert gif.format == "GIF"
        assert getattr(gif, "n_frames", 1) == finished.gif_frames > 1


async def test_no_gif_is_made_if_none_is_wanted_but_always_a_thumbnail() -> None:
    async with FakeEngine() as engine:
        finished = (await paint(engine, job(gif_limit_bytes=0)))[-1]
    assert isinstance(finished, Finished)
    assert (finished.gif, finished.gif_frames) == (b"", 0)
    with Image.open(BytesIO(finished.thumbnail)) as thumbnail:
        assert (thumbnail.format, max(thumbnail.size)) == ("JPEG", 160)


async def test_every_frame_has_a_preview_closer_to_the_style() -> None:
    async with FakeEngine(frames=4) as engine:
        events = await paint(engine, job(content=draw(64, 64, ("black", "black")), styles=(StyleInput(STYLE),)))
    previews = [event.preview for event in events if isinstance(event, Progress)]
    assert len(previews) == 4
    brightness = []
    for preview in previews:
        assert preview is not None
        with Image.open(BytesIO(preview)) as picture:
            assert picture.format == "JPEG"
            brightness.append(np.asarray(picture).mean())
    assert brightness == sorted(set(brightness))


def mean_color(encoded: bytes) -> np.ndarray:
    with Image.open(BytesIO(encoded)) as picture:
        return np.asarray(np.asarray(picture.convert("RGB"), float).mean(axis=(0, 1)))


async def test_a_blend_has_colors_between_those_of_its_styles_and_a_thumbnail_of_each() -> None:
    red, blue = (draw(64, 64, (color, color)) for color in ("red", "blue"))
    colors, thumbnails = [], []
    async with FakeEngine() as engine:
        for weights in ((1, 0), (1, 1), (0, 1)):
            styles = tuple(map(StyleInput, (red, blue), weights))
            finished = (await paint(engine, job(styles=styles)))[-1]
            assert isinstance(finished, Finished)
            colors.append(mean_color(finished.painting))
            thumbnails.append([mean_color(thumbnail).argmax() for thumbnail in finished.style_thumbnails])
    assert colors[0][0] > colors[1][0] + 20 > colors[2][0] + 40
    assert thumbnails == [[0, 2]] * 3


async def test_a_painting_that_goes_on_begins_with_the_smaller_one() -> None:
    green = draw(48, 32, ("lime", "lime"))
    async with FakeEngine(frames=20) as engine:
        first = (await paint(engine, job(start=green)))[1]
        with pytest.raises(StartTooLarge):
            await paint(engine, job(start=draw(192, 128, ("lime", "lime"))))
        with pytest.raises(StartOfAnotherShape):
            await paint(engine, job(start=draw(48, 48, ("lime", "lime"))))
    assert isinstance(first, Progress)
    assert first.preview is not None
    assert mean_color(first.preview)[1] > 200 > mean_color(CONTENT)[1]


@pytest.mark.parametrize(
    ("styles", "error"),
    [
        ((), WrongNumberOfStyles),
        ((StyleInput(STYLE),) * 6, WrongNumberOfStyles),
        ((StyleInput(STYLE, -1),), InvalidStyleWeight),
        ((StyleInput(STYLE), StyleInput(b"%PDF-1.7")), NotAPicture),
    ],
)
async def test_styles_that_cannot_be_blended_are_refused(
    styles: tuple[StyleInput, ...], error: type[Exception]
) -> None:
    async with FakeEngine() as engine:
        with pytest.raises(error):
            await paint(engine, job(styles=styles))


async def test_a_job_fails_at_the_chosen_frame() -> None:
    async with FakeEngine(frames=5, fail_at=3) as engine, aclosing(engine.run(job())) as events:
        assert isinstance(await anext(events), Started)
        assert isinstance(await anext(events), Progress)
        assert isinstance(await anext(events), Progress)
        with pytest.raises(WorkerDied):
            await anext(events)


async def test_a_job_fails_with_the_chosen_error_before_it_starts() -> None:
    async with FakeEngine(fail_at=0, error=OutOfMemory(2048, 2048)) as engine:
        with pytest.raises(OutOfMemory, match="2048 × 2048"):
            await paint(engine, job())


async def test_the_gate_holds_each_job_before_a_step_until_released() -> None:
    gate = StepGate()
    async with FakeEngine(workers=2, gate=gate) as engine:
        a, b = (asyncio.create_task(paint(engine, job(job_id))) for job_id in "ab")
        await gate.held("a", "b")
        gate.let_through("a", steps=3)
        assert isinstance((await a)[-1], Finished)
        assert not b.done()
        gate.let_through(steps=3)
        assert isinstance((await b)[-1], Finished)


async def test_an_open_gate_holds_no_job() -> None:
    gate = StepGate()
    async with FakeEngine(gate=gate) as engine:
        held = asyncio.create_task(paint(engine, job("a")))
        await gate.held()
        gate.open()
        assert isinstance((await held)[-1], Finished)
        assert isinstance((await paint(engine, job("b")))[-1], Finished)


async def test_the_fake_engine_remembers_the_jobs_it_started() -> None:
    gate = StepGate()
    async with FakeEngine(gate=gate) as engine:
        a, b = (asyncio.create_task(paint(engine, job(job_id))) for job_id in "ab")
        await gate.held("a")
        assert [begun.job_id for begun in engine.jobs] == ["a"]
        gate.open()
        await asyncio.gather(a, b)
        assert [begun.job_id for begun in engine.jobs] == ["a", "b"]


def test_the_fake_engine_needs_a_frame_and_a_slot() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        FakeEngine(frames=0)
    with pytest.raises(ValueError, match="at least 1"):
        FakeEngine(workers=0)


async def test_a_cold_worker_paints_after_warming_up() -> None:
    gate = StepGate()
    async with FakeEngine(workers=2, cold_workers=1, gate=gate) as engine:
        assert (engine.workers, engine.capacity) == (2, 1)
        warm: list[int] = []
        engine.on_capacity_changed(lambda: warm.append(engine.capacity))
        first, second = (asyncio.create_task(paint(engine, job(job_id))) for job_id in "ab")
        await gate.held("a")
        assert [painted.job_id for painted in engine.jobs] == ["a"]
        engine.warm_up()
        await gate.held("a", "b")
        assert warm == [2]
        gate.open()
        assert isinstance((await first)[-1], Finished)
        assert isinstance((await second)[-1], Finished)


async def test_the_largest_size_follows_from_the_memory_and_the_shape() -> None:
    async with FakeEngine(largest_pixels=512 * 512) as engine:
        assert engine.largest_side_px(100, 100) == 512
        assert engine.largest_side_px(300, 200) == engine.largest_side_px(200, 300) == 608
        assert engine.largest_side_px(4000, 40) == 1024
        assert engine.largest_side_px(100, 100, is_masked=True) == 512
        engine.largest_masked_pixels = 256 * 256
        assert engine.largest_side_px(100, 100, is_masked=True) == 256
        assert engine.largest_side_px(100, 100) == 512
        engine.largest_pixels = 63 * 63
        assert engine.largest_side_px(100, 100) == 0
        engine.largest_pixels = 10**9
        assert engine.largest_side_px(100, 100) == 2048
    assert FakeEngine().largest_side_px(1, 1) is None
