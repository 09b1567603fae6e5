"""Thumbnails and comparisons are made in processes of their own, whichever engine is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from PIL import Image

from stylizer.errors import STYLE, EngineClosed, NotAPicture, PictureTooSlow, WorkerFailed
from stylizer.images import Picture, encode_picture
from stylizer.pool import Engine, FakeEngine, LocalEngine
from stylizer.pool.oneshot import make_comparison, make_thumbnail
from tests.stylizer.conftest import photograph, strokes
from tests.stylizer.pool.painters import open_stub


def png(picture: Picture) -> bytes:
    return encode_picture(picture.rgb, picture.alpha, picture_format="png")


CONTENT, PAINTING = png(photograph(60, 40)), png(strokes(120, 80))


@pytest.fixture(params=["fake", "local"])
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    """An open engine, which nothing else uses."""
    opened = FakeEngine() if request.param == "fake" else LocalEngine(open_painter=open_stub)
    async with opened:
        yield opened


async def test_a_comparison_is_made_while_every_worker_is_left_alone(engine: Engine) -> None:
    made = await engine.make_comparison(CONTENT, PAINTING, longest_side_px=64, gif_limit_bytes=10**6)

    with Image.open(BytesIO(made.side_by_side)) as sheet, Image.open(BytesIO(made.wipe)) as wipe:
        assert (sheet.format, sheet.height) == ("JPEG", 43)
        assert (wipe.format, wipe.size) == ("GIF", (64, 43))


async def test_a_content_that_is_no_picture_is_named(engine: Engine) -> None:
    with pytest.raises(NotAPicture) as caught:
        await engine.make_comparison(b"%PDF-1.7 of nothing", PAINTING, longest_side_px=64, gif_limit_bytes=10**6)
    assert caught.value.role == "content"


async def test_a_thumbnail_that_cannot_be_made_is_named(engine: Engine) -> None:
    jpeg = await engine.make_thumbnail(CONTENT, name=STYLE, longest_side_px=30)
    with Image.open(BytesIO(jpeg)) as thumbnail:
        assert thumbnail.size == (30, 20)
    with pytest.raises(NotAPicture) as caught:
        await engine.make_thumbnail(b"%PDF-1.7 of nothing", name=STYLE, longest_side_px=30)
    assert caught.value.role == "style"


async def test_a_closed_engine_compares_nothing(engine: Engine) -> None:
    await engine.aclose()
    with pytest.raises(EngineClosed):
        await engine.make_comparison(CONTENT, PAINTING, longest_side_px=64, gif_limit_bytes=10**6)


async def test_several_comparisons_at_once_are_made_one_after_another(engine: Engine) -> None:
    asked = [engine.make_comparison(CONTENT, PAINTING, longest_side_px=64, gif_limit_bytes=10**6) for _ in range(4)]
    made = await asyncio.gather(*asked)
    assert len({one.side_by_side for one in made}) == 1


async def test_a_process_that_never_stops_answering_is_killed() -> None:
    flood = ("-c", "import sys\nwhile True: sys.stdout.buffer.write(bytes(2**20))")
    async with asyncio.timeout(60):
        with pytest.raises(WorkerFailed, match="too long"):
            await make_thumbnail(CONTENT, name=STYLE, longest_side_px=30, program=flood)


async def test_a_comparison_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(PictureTooSlow):
        await make_comparison(CONTENT, PAINTING, longest_side_px=64, gif_limit_bytes=10**6, timeout_seconds=0.0)
