"""The main job: `/stylize`, from the command to the painting."""

from __future__ import annotations

from tests.bot.conftest import Studio, files


async def test_a_picture_becomes_a_painting_and_a_gif(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]
