"""The buttons of a result: what they paint, who may press them, and that they outlive the bot."""

from __future__ import annotations

from typing import Any

import pytest
import simcord

from bot.jobs.job import HD_RECIPE, STRONGEST_STYLE, WEAKEST_STYLE, Order, Variation
from tests.bot.conftest import CONTENT, STYLE, Studio, files, labels, texts, thumbnails, whispered


@pytest.fixture
async def result(studio: Studio) -> simcord.InteractionResult:
    """A finished painting of Alice's; what is painted after it waits at a gate again."""
    answer = await studio.stylize(style_strength=2.0, recipe="draft")
    await studio.step(3)
    assert "Again" in labels(answer.response)
    return answer


async def pressed(studio: Studio, result: simcord.InteractionResult, label: str) -> Any:
    """The job that pressing a button makes."""
    answer = await studio.press(result, label)
    await studio.finish()
    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert files(result.response) == ["painting.png", "progress.gif"]
    return studio.engine.jobs[-1]


async def test_again_paints_with_a_new_seed(studio: Studio, result: simcord.InteractionResult) -> None:
    job = await pressed(studio, result, "Again")

    first = studio.engine.jobs[0]
    assert (job.recipe, job.content, job.style) == (first.recipe, first.content, first.style)
    assert job.seed != first.seed


@pytest.mark.parametrize(("label", "strength"), [("Stronger style", 3.2), ("Weaker style", 1.25)])
async def test_stronger_and_weaker_change_the_strength_alone(
    studio: Studio, result: simcord.InteractionResult, label: str, strength: float
) -> None:
    job = await pressed(studio, result, label)

    assert job.recipe.style_strength == pytest.approx(strength)
    assert job.seed == studio.engine.jobs[0].seed


async def test_swap_exchanges_content_and_style(studio: Studio, result: simcord.InteractionResult) -> None:
    job = await pressed(studio, result, "Swap")

    assert (job.content, job.style) == (STYLE[1], CONTENT[1])


async def test_hd_paints_by_the_hd_recipe_at_its_own_size(studio: Studio, result: simcord.InteractionResult) -> None:
    answer = await studio.press(result, "HD")

    job = studio.engine.jobs[-1]
    assert (job.recipe.name, job.recipe.longest_side_px, job.recipe.style_strength) == ("hd", 1024, 2.0)
    await studio.press(answer, "Cancel")


async def test_a_variation_shows_the_pictures_it_is_made_of(studio: Studio, result: simcord.InteractionResult) -> None:
    answer = await studio.press(result, "Swap")
    await studio.step()

    assert [url.rpartition("/")[2] for url in thumbnails(answer.response)] == ["content.jpg", "style.jpg"]
    assert files(answer.response) == ["preview-01.jpg"]


async def test_anybody_may_paint_a_variation_on_their_own_account(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    answer = await studio.press(result, "Again", by=studio.bob)

    assert f"for <@{studio.bob.id}>" in texts(answer.response)


async def test_two_presses_at_once_paint_once(studio: Studio, result: simcord.InteractionResult) -> None:
    await studio.press(result, "Again")
    second = await studio.press(result, "Again")
    await studio.finish()

    assert second.ephemeral
    assert second.response is not None
    assert (
        second.response.content
        == "You pressed this a moment ago, and it is still being painted. Press it again once that is done."
    )
    assert len(studio.engine.jobs) == 2


async def test_a_variation_counts_as_a_job_of_whoever_presses(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    for label in ("Again", "Swap", "HD"):
        await studio.press(result, label)

    refused = await studio.press(result, "Weaker style")

    assert refused.ephemeral
    assert refused.response is not None
    assert refused.response.content.startswith("You have 3 paintings")


async def test_the_owner_deletes_the_painting(studio: Studio, result: simcord.InteractionResult) -> None:
    await studio.press(result, "Delete")

    assert studio.channel.history() == []


async def test_deleting_what_is_gone_already_is_no_error(studio: Studio, result: simcord.InteractionResult) -> None:
    studio.env.inject_error("DELETE", "/webhooks/*/*/messages/@original", status=404, code=10008)

    answer = await studio.press(result, "Delete")

    assert answer.acknowledged
    assert answer.followups == []


async def test_a_moderator_deletes_the_painting(studio: Studio, result: simcord.InteractionResult) -> None:
    await studio.press(result, "Delete", by=studio.mia)

    assert studio.channel.history() == []


async def test_others_do_not_delete(studio: Studio, result: simcord.InteractionResult) -> None:
    answer = await studio.press(result, "Delete", by=studio.bob)

    assert answer.ephemeral
    assert answer.response is not None
    assert "can delete this painting" in answer.response.content
    assert files(result.response) == ["painting.png", "progress.gif"]


@pytest.mark.parametrize("label", ["Again", "Stronger style", "Weaker style", "HD", "Swap"])
async def test_the_variations_survive_a_restart(studio: Studio, result: simcord.InteractionResult, label: str) -> None:
    await studio.restart()

    answer = await studio.press(result, label)
    await studio.step()

    assert "33 %" in texts(answer.response)


async def test_delete_survives_a_restart(studio: Studio, result: simcord.InteractionResult) -> None:
    await studio.restart()

    await studio.press(result, "Delete")

    assert studio.channel.history() == []


async def test_pictures_that_are_gone_are_told_to_whoever_pressed(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    for path in studio.app.settings.data_dir.glob("pictures/*/*"):
        path.unlink()

    answer = await studio.press(result, "Again")

    assert whispered(answer).startswith("Atelier no longer has the pictures")


@pytest.mark.parametrize(("size_px", "hd_size_px"), [(None, None), (512, None), (2048, 2048)])
def test_hd_never_makes_a_painting_smaller(size_px: int | None, hd_size_px: int | None) -> None:
    order = Order(size_px=size_px).varied(Variation.HD)

    assert (order.recipe_name, order.size_px) == (HD_RECIPE, hd_size_px)


def test_strength_stays_within_what_the_command_takes() -> None:
    order = Order()
    for _ in range(20):
        order = order.varied(Variation.STRONGER)
    assert order.style_strength == STRONGEST_STYLE
    for _ in range(40):
        order = order.varied(Variation.WEAKER)
    assert order.style_strength == WEAKEST_STYLE
