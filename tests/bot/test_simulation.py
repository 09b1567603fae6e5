"""The simulated Discord of these tests and of the demo: when its operations return."""

from __future__ import annotations

import asyncio
import io
from typing import Any

from PIL import Image

from bot.demo.simulation import READY_TURNS
from stylizer.pool import FakeEngine, PictureName, StepGate
from tests.bot.conftest import OpenStudio, Studio, files, picture


class SlowThumbnails(FakeEngine):
    """Makes thumbnails as another process does: later."""

    async def make_thumbnail(self, *args: Any, **options: Any) -> bytes:
        for _ in range(2 * READY_TURNS):
            await asyncio.sleep(0)
        return await super().make_thumbnail(*args, **options)


async def test_an_operation_returns_only_once_a_painting_that_waits_for_nothing_is_done(
    open_studio: OpenStudio,
) -> None:
    gate = StepGate()
    studio: Studio = await open_studio(FakeEngine(frames=60, gate=gate))
    answer = await studio.stylize()

    gate.open()
    await studio.env.settle()

    assert files(answer.response) == ["painting.png", "progress.gif"]


async def test_work_that_no_operation_waits_for_can_wait_for_the_engine(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(SlowThumbnails())

    thumbnail = await studio.app.engine.make_thumbnail(picture("teal"), name=PictureName("style"), longest_side_px=16)

    with Image.open(io.BytesIO(thumbnail)) as image:
        assert max(image.size) <= 16
