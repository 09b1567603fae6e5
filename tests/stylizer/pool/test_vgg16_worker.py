"""The real painter in a real worker. One engine serves all tests here: TensorFlow starts slowly."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from io import BytesIO

import pytest
import pytest_asyncio
from PIL import Image, ImageChops, ImageStat

from stylizer.errors import (
    EmptyMask,
    EmptyPicture,
    IncompletePicture,
    MaskOfAnotherShape,
    NoStyleWeight,
    NotAPicture,
    OutOfMemory,
    StartOfAnotherShape,
    StartTooLarge,
    WrongNumberOfMaskColors,
)
from stylizer.events import Finished, PictureFormat, Progress, Started
from stylizer.pool import LocalEngine, PaintingJob, StyleInput, may_change_user, worker_user
from stylizer.recipe import Scale, load_recipe, recipe_names
from tests.stylizer.pool.studio import CONTENT, STYLE, draw, paint

pytestmark = [pytest.mark.weights, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

JOB = PaintingJob(
    "job", CONTENT, (StyleInput(STYLE),), load_recipe("draft", longest_side_px=64, scales=(Scale(1.0, 3),))
)


SMALL_CONTENT = draw(64, 43, ("navy", "orange"))


def mask_of(left: str, right: str) -> bytes:
    """A mask of the content's shape."""
    image = Image.new("RGB", (96, 64), right)
    image.paste(left, (0, 0, 48, 64))
    encoded = BytesIO()
    image.save(encoded, "PNG")
    return encoded.getvalue()


def assert_right_half_is_untouched(finished: Finished) -> None:
    box = (33, 0, 64, 43)
    with Image.open(BytesIO(finished.painting)) as painting, Image.open(BytesIO(SMALL_CONTENT)) as content:
        difference = ImageChops.difference(painting, content)
    assert difference.crop(box).getbbox() is None
    assert difference.getbbox() is not None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[LocalEngine]:
    """A warm engine; its worker must write nothing to standard error, which native code uses instead of the log."""
    with tempfile.TemporaryFile() as said:
        ours = os.dup(2)
        os.dup2(said.fileno(), 2)
        try:
            # Steps are slow on a busy machine, and no test here is about the grace period.
            # As the bot starts it: where that is root, the worker is nobody by its first job, and may not even be able
            # to read the code any more.
            engine = LocalEngine(
                grace_seconds=60.0, memory_limit_bytes=2**30, user=worker_user(None, may_change=may_change_user())
            )
            await engine.__aenter__()
        finally:
            os.dup2(ours, 2)
            os.close(ours)
        yield engine
        await engine.aclose()
        said.seek(0)
        assert said.read() == b""


async def test_a_real_worker_paints(engine: LocalEngine) -> None:
    started, *grows, finished = await paint(engine, JOB)
    assert isinstance(started, Started)
    assert (started.width_px, started.height_px, started.steps) == (64, 43, 3)
    assert all(isinstance(event, Progress) for event in grows)
    assert isinstance(finished, Finished)
    with Image.open(BytesIO(finished.painting)) as painting:
        assert (painting.format, painting.size) == ("PNG", (64, 43))
    with Image.open(BytesIO(finished.gif)) as gif:
        assert gif.format == "GIF"


async def test_a_worker_says_what_a_step_takes_and_says_it_again_after_each_painting(engine: LocalEngine) -> None:
    before = engine.step_cost
    *_, finished = await paint(engine, JOB)
    assert before is not None
    assert isinstance(finished, Finished)
    assert engine.step_cost == finished.step_cost != before


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
async def test_a_worker_reads_every_format(engine: LocalEngine, file_format: str) -> None:
    encoded = BytesIO()
    with Image.open(BytesIO(CONTENT)) as picture:
        picture.save(encoded, file_format)
    events = await paint(engine, replace(JOB, content=encoded.getvalue(), styles=(StyleInput(encoded.getvalue()),)))
    assert isinstance(events[-1], Finished)


async def test_a_worker_paints_every_recipe(engine: LocalEngine) -> None:
    for name in recipe_names():
        recipe = load_recipe(
            name, longest_side_px=64, scales=(Scale(1.0, 1),), colors="content" if name == "classic" else "style"
        )
        events = await paint(engine, replace(JOB, recipe=recipe, seed=1))
        assert isinstance(events[-1], Finished)


@pytest.mark.parametrize("picture_format", ["png", "jpeg", "webp"])
async def test_a_worker_writes_every_format(engine: LocalEngine, picture_format: PictureFormat) -> None:
    *_, finished = await paint(engine, replace(JOB, picture_format=picture_format))
    assert isinstance(finished, Finished)
    with Image.open(BytesIO(finished.painting)) as painting:
        assert painting.format == picture_format.upper()


async def test_the_largest_size_is_what_fits_in_memory(engine: LocalEngine) -> None:
    square, wide = engine.largest_side_px(64, 64), engine.largest_side_px(96, 64)
    assert square is not None
    assert wide is not None
    assert 256 <= square < wide < 1024
    with pytest.raises(OutOfMemory):
        await paint(engine, replace(JOB, recipe=replace(JOB.recipe, longest_side_px=wide + 32)))


async def test_the_same_seed_gives_the_same_bytes(engine: LocalEngine) -> None:
    once, again, other = [(await paint(engine, replace(JOB, seed=seed)))[-1] for seed in (7, 7, 8)]
    assert isinstance(once, Finished)
    assert isinstance(again, Finished)
    assert isinstance(other, Finished)
    assert once.painting == again.painting != other.painting


async def test_a_worker_returns_the_photograph_at_zero_strength(engine: LocalEngine) -> None:
    recipe = load_recipe("draft", longest_side_px=64, style_strength=0)
    *_, finished = await paint(engine, replace(JOB, recipe=recipe))
    assert isinstance(finished, Finished)
    with Image.open(BytesIO(finished.painting)) as painting, Image.open(BytesIO(CONTENT)) as content:
        whole = content.convert("RGB").resize(painting.size, Image.Resampling.LANCZOS)
        difference = ImageChops.difference(painting.convert("RGB"), whole)
    assert max(ImageStat.Stat(difference).mean) < 3


@pytest.mark.parametrize(
    ("styles", "sentence"),
    [
        ((b"%PDF-1.7",), "^The style picture is a PDF, not an image"),
        ((STYLE, b"%PDF-1.7"), "^Style 2 is a PDF, not an image"),
        ((b"%PDF-1.7", STYLE), "^Style 1 is a PDF, not an image"),
    ],
)
async def test_a_broken_style_is_refused_by_its_number(
    engine: LocalEngine, styles: tuple[bytes, ...], sentence: str
) -> None:
    with pytest.raises(NotAPicture, match=sentence):
        await paint(engine, replace(JOB, styles=tuple(map(StyleInput, styles))))


async def test_a_worker_blends_styles_and_returns_a_thumbnail_of_each(engine: LocalEngine) -> None:
    one, other = StyleInput(STYLE, 3), StyleInput(CONTENT, 1)
    blended, alone = [
        (await paint(engine, replace(JOB, styles=styles)))[-1] for styles in ((one, other), (StyleInput(STYLE),))
    ]
    assert isinstance(blended, Finished)
    assert isinstance(alone, Finished)
    assert blended.painting != alone.painting
    assert blended.style_thumbnails[0] == alone.style_thumbnails[0]
    sizes = [Image.open(BytesIO(thumbnail)).size for thumbnail in blended.style_thumbnails]
    assert sizes == [(160, 160), (160, 106)]


async def test_a_worker_continues_a_smaller_painting(engine: LocalEngine) -> None:
    scales = (Scale(0.5, 3), Scale(1.0, 2))
    small, large = [
        replace(JOB, recipe=replace(JOB.recipe, longest_side_px=size_px, scales=scales)) for size_px in (64, 128)
    ]
    painted = (await paint(engine, small))[-1]
    assert isinstance(painted, Finished)
    started, *_, continued = await paint(engine, replace(large, start=painted.painting))
    assert isinstance(started, Started)
    assert started.scales == ((128, 85),)
    assert isinstance(continued, Finished)
    assert (continued.width_px, continued.height_px) == (128, 85)


@pytest.mark.parametrize(
    ("start", "error"),
    [
        (draw(96, 64, ("navy", "orange")), StartTooLarge),
        (draw(48, 48, ("navy", "orange")), StartOfAnotherShape),
        (b"%PDF-1.7", NotAPicture),
    ],
)
async def test_a_painting_that_cannot_be_continued_is_refused(
    engine: LocalEngine, start: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"^The painting to continue is "):
        await paint(engine, replace(JOB, start=start))


async def test_a_worker_paints_only_what_the_mask_has_white(engine: LocalEngine) -> None:
    *_, finished = await paint(engine, replace(JOB, content=SMALL_CONTENT, mask=mask_of("white", "black")))
    assert isinstance(finished, Finished)
    assert_right_half_is_untouched(finished)


async def test_a_worker_paints_each_style_in_the_region_of_its_color(engine: LocalEngine) -> None:
    styles = (StyleInput(STYLE), StyleInput(CONTENT))
    *_, finished = await paint(engine, replace(JOB, styles=styles, mask=mask_of("red", "blue")))
    assert isinstance(finished, Finished)


async def test_a_worker_looks_for_faces_to_spare(engine: LocalEngine) -> None:
    *_, finished = await paint(engine, replace(JOB, spare_faces=True))
    assert isinstance(finished, Finished)
    assert finished.faces == 0


@pytest.mark.parametrize(
    ("mask", "error"),
    [
        (mask_of("black", "black"), EmptyMask),
        (mask_of("red", "blue"), WrongNumberOfMaskColors),
        (draw(64, 64, ("black", "white")), MaskOfAnotherShape),
        (b"%PDF-1.7", NotAPicture),
        (mask_of("white", "black")[:-90], IncompletePicture),
        (b"", EmptyPicture),
    ],
)
async def test_a_mask_that_makes_no_sense_is_refused_by_its_name(
    engine: LocalEngine, mask: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"^The mask "):
        await paint(engine, replace(JOB, mask=mask))
    assert isinstance((await paint(engine, JOB))[-1], Finished)


async def test_impossible_weights_are_refused_before_anything_is_decoded(engine: LocalEngine) -> None:
    with pytest.raises(NoStyleWeight):
        await paint(engine, replace(JOB, content=b"", styles=(StyleInput(STYLE, 0), StyleInput(STYLE, 0))))


async def test_a_painting_beyond_the_memory_limit_is_refused_and_the_next_one_painted(engine: LocalEngine) -> None:
    worker = engine.processes
    with pytest.raises(OutOfMemory, match="isn't enough memory to paint 2048 × 1365 px"):
        await paint(engine, replace(JOB, recipe=replace(JOB.recipe, longest_side_px=2048)))
    assert isinstance((await paint(engine, JOB))[-1], Finished)
    assert engine.processes == worker


async def test_a_real_painting_can_be_left_between_two_steps(engine: LocalEngine) -> None:
    worker = engine.processes
    endless = replace(JOB, recipe=replace(JOB.recipe, scales=(Scale(1.0, 100_000),)))
    async with aclosing(engine.run(endless)) as events:
        async for event in events:
            if isinstance(event, Progress):
                break
    assert isinstance((await paint(engine, JOB))[-1], Finished)
    assert engine.processes == worker
