"""What a painting begins with: noise, or a finished painting that gets more steps."""

from __future__ import annotations

from typing import Any

import pytest
import simcord

from bot.cards.edit_form import edited_options
from bot.errors import FormOutdated
from bot.painting.job import PaintingOptions
from tests.bot.conftest import Studio, actions, ephemeral_text, files, form_options, texts

MORE = "More steps"


@pytest.fixture
async def result(studio: Studio) -> simcord.InteractionResult:
    """Alice's finished painting; later paintings wait at a gate again."""
    answer = await studio.stylize(seed=3, recipe="draft")
    await studio.step(3)
    assert files(answer.response) == ["painting.png", "progress.gif"]
    return answer


async def edited(studio: Studio, result: simcord.InteractionResult, **changes: Any) -> simcord.InteractionResult:
    """Open the form of Edit…, change some fields, and send it."""
    form = await studio.press(result, "Edit…")
    assert form.modal is not None
    filled = {
        name: [option["value"] for option in form_options(form.modal, name) if option.get("default")]
        for name in ("strength", "recipe", "look", "style")
    }
    return await studio.alice.submit_modal(form, {**filled, "seed": "3", **changes})


async def test_more_steps_go_on_from_the_finished_painting(studio: Studio, result: simcord.InteractionResult) -> None:
    await studio.restart()
    answer = await studio.press(result, MORE)
    await studio.finish()

    assert "with more steps" in texts(answer.response)
    assert files(answer.response) == ["painting.png", "progress.gif"]
    [job] = studio.engine.jobs
    assert job.start == await painting_of(studio, result)
    assert (job.recipe.name, job.recipe.longest_side_px, job.seed) == ("draft", 64, 3)


async def painting_of(studio: Studio, answer: simcord.InteractionResult) -> bytes:
    """Return the file of a finished painting."""
    assert answer.response is not None
    [url] = [attachment.url for attachment in answer.response.attachments if attachment.filename == "painting.png"]
    return studio.env.backend.cdn.get(url) or b""


async def test_more_steps_resume_after_a_restart(studio: Studio, result: simcord.InteractionResult) -> None:
    answer = await studio.press(result, MORE)
    await studio.step()
    await studio.restart()
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert studio.engine.jobs[-1].start == await painting_of(studio, result)


async def test_a_photograph_without_style_gets_no_more_steps(studio: Studio) -> None:
    answer = await studio.stylize(style_strength=0)
    await studio.finish()

    assert MORE not in actions(answer.response)


async def test_more_steps_of_a_painting_whose_file_is_gone_are_refused(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    for path in (studio.data_dir / "pictures").rglob("*"):
        if path.is_file() and path.read_bytes() == await painting_of(studio, result):
            path.unlink()

    assert ephemeral_text(await studio.press(result, MORE)).startswith("Atelier no longer has the pictures")


async def test_a_painting_can_begin_with_noise(studio: Studio) -> None:
    answer = await studio.stylize(start="noise")
    await studio.finish()

    assert "from noise" in texts(answer.response)
    assert studio.engine.jobs[0].recipe.start.picture == "noise"
    await studio.restart()
    await studio.press(answer, "Again")
    await studio.finish()
    assert studio.engine.jobs[0].recipe.start.picture == "noise"


async def test_the_start_can_be_edited_together_with_the_strength(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    answer = await edited(studio, result, strength=["1.0:noise"])
    await studio.finish()
    assert "from the content → from noise" in texts(answer.response)
    assert studio.engine.jobs[-1].recipe.start.picture == "noise"

    form = await studio.press(answer, "Edit…")
    assert form.modal is not None
    options = form_options(form.modal, "strength")
    assert [option["label"] for option in options if option.get("default")] == ["1 · from noise"]
    assert "0 · from noise" not in [option["label"] for option in options]
    back = await edited(studio, answer, strength=["0.5"])
    await studio.finish()
    assert "from noise → from the content" in texts(back.response)


def test_a_start_that_no_form_offers_is_refused() -> None:
    with pytest.raises(FormOutdated):
        edited_options(PaintingOptions(), strength="1.0:void", recipe=None, look=None, seed=0)
