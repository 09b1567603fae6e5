"""Pictures that only get a style's colors."""

from __future__ import annotations

import pytest
import simcord

from bot.painting.job import Colors, PaintingOptions
from bot.painting.speed import Speed
from tests.bot.conftest import CONTENT, STYLE, Studio, actions, ephemeral_text, files, form_options, labels, texts
from tests.bot.jobs import make_job

COLORS = "atelier:preferences:colors"
ONLY = "Only the style's colors, without its strokes"


@pytest.fixture
async def result(studio: Studio) -> simcord.InteractionResult:
    """Alice's picture in the colors of a style."""
    answer = await studio.stylize(colors="only")
    await studio.finish()
    assert files(answer.response) == ["painting.png", "progress.gif"]
    return answer


async def test_a_picture_can_get_the_colors_alone(studio: Studio, result: simcord.InteractionResult) -> None:
    assert "Painterly" in texts(result.response)
    assert "only the colors" in texts(result.response)
    assert "seed" not in texts(result.response)
    assert studio.engine.jobs[0].recipe.colors == "only"


async def test_nothing_that_needs_strokes_is_offered_below_it(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    offered = actions(result.response)
    assert "More steps" not in offered
    assert "Keep the content's colors" not in offered
    assert {"Stronger style", "Weaker style", "Swap content and style"} <= set(offered)
    assert "HD" in labels(result.response)


async def test_hd_starts_with_the_photograph_since_nothing_was_painted(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    await studio.press(result, "HD")
    job = studio.engine.jobs[-1]
    assert (job.start, job.recipe.longest_side_px, job.recipe.colors) == (None, 1024, "only")


async def test_edit_has_one_entry_for_it_and_can_paint_strokes_instead(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    form = await studio.press(result, "Edit…")
    assert form.modal is not None
    looks = form_options(form.modal, "look")
    assert [option["label"] for option in looks if option.get("default")] == [ONLY]
    assert [option["label"] for option in looks].count(ONLY) == 1
    assert len(looks) <= 25
    [value] = [option["value"] for option in looks if option["label"] == "Strokes 1.4× · style's colors"]
    filled = {"strength": ["1.0"], "recipe": ["painterly:64"], "style": ["same"], "seed": "0"}
    answer = await studio.alice.submit_modal(form, {**filled, "look": [value]})
    assert "only the colors → style's colors" in texts(answer.response)


async def test_editing_to_it_forgets_strokes_and_start(studio: Studio) -> None:
    answer = await studio.stylize(start="noise")
    await studio.finish()
    form = await studio.press(answer, "Edit…")
    filled = {"strength": ["1.0:noise"], "recipe": ["painterly:64"], "style": ["same"], "seed": "0"}
    await studio.alice.submit_modal(form, {**filled, "look": ["1.0:only"]})

    recipe = studio.engine.jobs[-1].recipe
    assert (recipe.colors, recipe.start.picture) == ("only", "content")


async def test_the_form_and_the_preferences_offer_it(studio: Studio) -> None:
    form = await studio.alice.slash(studio.channel, "stylize")
    assert form.modal is not None
    [value] = [option["value"] for option in form_options(form.modal, "look") if option["label"] == ONLY]
    await studio.alice.submit_modal(form, {"content": CONTENT, "style": STYLE, "recipe": ["sketch"], "look": [value]})
    card = (await studio.alice.slash(studio.channel, "preferences")).response
    assert card is not None
    await studio.alice.select(card, ["only"], custom_id=COLORS)
    assert f"**Colors:** {ONLY}" in texts(card)
    await studio.stylize()
    await studio.finish()

    assert [job.recipe.colors for job in studio.engine.jobs] == ["only", "only"]


async def test_a_start_makes_no_sense_with_it(studio: Studio) -> None:
    answer = await studio.stylize(colors="only", start="noise")

    assert ephemeral_text(answer).startswith("With only the style's colors, nothing is painted, so `start`")


async def test_a_board_cannot_vary_strokes_that_are_not_there(studio: Studio) -> None:
    card = (await studio.alice.slash(studio.channel, "preferences")).response
    assert card is not None
    await studio.alice.select(card, ["only"], custom_id=COLORS)

    answer = await studio.alice.slash(studio.channel, "explore", content=CONTENT, style=STYLE, vary="strokes")

    assert "there are no strokes to vary" in ephemeral_text(answer)


async def test_a_number_of_a_board_is_colored_large_from_the_photograph(studio: Studio) -> None:
    card = (await studio.alice.slash(studio.channel, "preferences")).response
    assert card is not None
    await studio.alice.select(card, ["only"], custom_id=COLORS)
    board = await studio.alice.slash(
        studio.channel, "explore", content=CONTENT, style=STYLE, vary="strength", pictures=4
    )
    await studio.finish()
    await studio.press(board, "3")

    job = studio.engine.jobs[-1]
    assert (job.recipe.colors, job.recipe.name, job.start) == ("only", "painterly", None)


def test_its_moment_says_nothing_about_how_long_paintings_take() -> None:
    known, painting = Speed(), make_job()
    only = make_job(options=PaintingOptions(colors=Colors.ONLY))
    known.learn(painting, 60)
    known.learn(only, 1)

    assert known.expected_seconds(painting) == pytest.approx(60)
    assert known.expected_seconds(only) == 0
