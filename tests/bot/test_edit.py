"""Edit…: a form with everything filled in, and a painting that says what changed."""

from __future__ import annotations

from typing import Any

import pytest
import simcord

from bot.cards.edit_form import edited_options
from bot.errors import FormOutdated
from bot.painting.job import Colors, PaintingOptions
from tests.bot.conftest import (
    Studio,
    ephemeral_text,
    files,
    form_options,
    override_interactions,
    picture,
    texts,
    thumbnails,
)


async def save_tiles(studio: Studio) -> None:
    """Save a style that Alice can choose."""
    await studio.alice.slash(studio.channel, "style add", picture=("tiles.png", picture("purple")), name="Tiles")


@pytest.fixture
async def result(studio: Studio) -> simcord.InteractionResult:
    """Alice's finished painting; later paintings wait at a gate again."""
    answer = await studio.stylize(style_strength=0.3, recipe="draft", size=96, seed=7)
    await studio.step(3)
    assert files(answer.response) == ["painting.png", "progress.gif"]
    return answer


async def opened(studio: Studio, result: simcord.InteractionResult, **by: Any) -> simcord.InteractionResult:
    """Press Edit…, and return the form that it shows."""
    form = await studio.press(result, "Edit…", **by)
    assert form.modal is not None
    return form


def filled_in(form: simcord.InteractionResult) -> dict[str, Any]:
    """Return what is chosen or written in a form before anybody changes it."""
    assert form.modal is not None
    fields = [item["component"] for item in form.modal["components"]]
    values = {}
    for field in fields:
        chosen = [option["value"] for option in field.get("options", []) if option.get("default")]
        values[field["custom_id"]] = field.get("value", chosen)
    return values


async def sent(
    studio: Studio, result: simcord.InteractionResult, by: Any = None, **changes: Any
) -> simcord.InteractionResult:
    """Open the form, change some fields, and send it."""
    form = await opened(studio, result, by=by)
    return await (by or studio.alice).submit_modal(form, {**filled_in(form), **changes})


def option_value(form: simcord.InteractionResult, field: str, label: str) -> str:
    assert form.modal is not None
    [value] = [option["value"] for option in form_options(form.modal, field) if option["label"] == label]
    return str(value)


async def test_the_form_opens_with_everything_as_it_was_painted(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    form = await opened(studio, result)

    assert form.modal is not None
    assert form.modal["title"] == "Edit this painting"
    assert filled_in(form) == {
        "strength": ["0.3"],
        "recipe": ["draft:96"],
        "look": ["1.0:style"],
        "seed": "7",
        "style": ["same"],
    }
    strengths = [option["label"] for option in form_options(form.modal, "strength")]
    plain = ["0", "0.25", "0.3", "0.5", "0.75", "1", "1.25", "1.5", "1.75", "2"]
    extras = ("faces spared", "from noise", "from noise · faces spared")
    few = ["0.3", "0.5", "1", "1.5", "2"]
    assert strengths == [*plain, *(f"{strength} · {extra}" for extra in extras for strength in few)]
    recipes = [option["label"] for option in form_options(form.modal, "recipe")]
    assert {"Draft · 96 px", "Painterly · 96 px", "Painterly · 512 px", "Painterly · 1024 px"} <= set(recipes)


async def test_everything_can_be_changed_at_once_and_the_card_says_what_changed(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    await save_tiles(studio)
    await studio.restart()
    form = await opened(studio, result)
    await studio.restart()

    answer = await studio.alice.submit_modal(
        form,
        {
            "strength": ["1.5"],
            "recipe": [option_value(form, "recipe", "Classic · 512 px")],
            "look": [option_value(form, "look", "Strokes 1.4× · colors matched")],
            "seed": " 12 ",
            "style": [option_value(form, "style", "Tiles")],
        },
    )
    await studio.finish()

    job = studio.engine.jobs[-1]
    assert (job.recipe.name, job.recipe.longest_side_px, job.recipe.colors) == ("classic", 512, "matched")
    assert (job.recipe.style_strength, job.seed) == (1.5, 12)
    assert job.recipe.style_picture.scale == pytest.approx(
        1.4 * PaintingOptions("classic").recipe().style_picture.scale
    )
    assert job.styles[0].picture == picture("purple")
    assert result.response is not None
    url = f"https://discord.com/channels/{studio.guild.id}/{studio.channel.id}/{result.response.id}"
    assert (
        f"-# Edited from [this painting]({url}): style Tiles, recipe Draft → Classic, 96 px → 512 px, "
        "strength 0.3 → 1.5, strokes 1× → 1.4×, style's colors → colors matched, seed 7 → 12"
    ) in texts(answer.response).splitlines()


async def test_what_is_not_changed_stays_as_it_was(studio: Studio, result: simcord.InteractionResult) -> None:
    answer = await sent(studio, result, seed="8")
    await studio.finish()

    first, edited = studio.engine.jobs[0], studio.engine.jobs[-1]
    assert (edited.recipe, edited.content, edited.styles) == (first.recipe, first.content, first.styles)
    assert edited.seed == 8
    assert "): seed 7 → 8" in texts(answer.response)


async def test_the_new_card_shows_the_other_style_while_it_is_painted(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    await save_tiles(studio)
    form = await opened(studio, result)
    style = option_value(form, "style", "Tiles")
    answer = await studio.alice.submit_modal(form, {**filled_in(form), "style": [style]})
    await studio.step()

    assert "style Tiles" in texts(answer.response)
    assert [url.rpartition("/")[2] for url in thumbnails(answer.response)] == ["content.jpg", "gallery.jpg"]


async def test_several_edits_of_one_painting_can_be_in_progress(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    first = await sent(studio, result, seed="8")
    second = await sent(studio, result, seed="9")
    same = await sent(studio, result, seed="9")

    assert "seed 7 → 8" in texts(first.response)
    assert "seed 7 → 9" in texts(second.response)
    assert ephemeral_text(same).startswith("You pressed this a moment ago")


async def test_a_form_without_changes_paints_nothing(studio: Studio, result: simcord.InteractionResult) -> None:
    answer = await sent(studio, result)

    assert ephemeral_text(answer) == (
        "You changed nothing. Change at least one field in Edit…, or press Again for a new variation."
    )
    assert len(studio.engine.jobs) == 1


@pytest.mark.parametrize("seed", ["-1", "1.5", "seven", "2147483648", "٣"])
async def test_a_seed_that_is_no_number_is_refused(
    studio: Studio, result: simcord.InteractionResult, seed: str
) -> None:
    answer = await sent(studio, result, seed=seed)

    assert ephemeral_text(answer) == "The seed must be a whole number from 0 to 2147483647."


@pytest.mark.parametrize(
    "chosen",
    [
        {"strength": "nan"},
        {"strength": "-1"},
        {"strength": "much"},
        {"strength": "1.0:hands"},
        {"recipe": "oil:512"},
        {"recipe": "draft:9999"},
        {"recipe": "draft:"},
        {"look": "0:style"},
        {"look": "1.0:mine"},
        {"look": "nan:style"},
    ],
)
def test_a_choice_that_no_form_offers_is_refused(chosen: dict[str, str]) -> None:
    choices: dict[str, str | None] = {"strength": None, "recipe": None, "look": None}
    with pytest.raises(FormOutdated):
        edited_options(PaintingOptions(), **{**choices, **chosen}, seed=0)


def test_what_is_not_chosen_stays_as_it_was() -> None:
    options = PaintingOptions("classic", 96, 3.2, 0.63, Colors.MATCH, 7)
    assert edited_options(options, strength=None, recipe=None, look=None, seed=7) == options


async def test_others_edit_under_their_own_name_unless_the_server_forbids_it(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    answer = await sent(studio, result, by=studio.bob, seed="8")
    assert f"for <@{studio.bob.id}>" in texts(answer.response)

    form = await opened(studio, result, by=studio.bob)
    await studio.app.client.studio.servers.change(studio.guild.id, variations_by_owner_only=True)

    late = await studio.bob.submit_modal(form, {**filled_in(form), "seed": "9"})
    asked = await studio.press(result, "Edit…", by=studio.bob)
    assert ephemeral_text(late) == ephemeral_text(asked)
    assert f"<@{studio.alice.id}>" in ephemeral_text(asked)


async def test_the_form_offers_only_sizes_that_the_server_allows(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    await studio.app.client.studio.servers.change(studio.guild.id, largest_size_px=256)

    form = await opened(studio, result)

    assert form.modal is not None
    sizes_px = {int(option["value"].partition(":")[2]) for option in form_options(form.modal, "recipe")}
    assert sizes_px == {96, 256}


async def test_a_deleted_painting_cannot_be_edited(studio: Studio, result: simcord.InteractionResult) -> None:
    form = await opened(studio, result)
    records = studio.app.client.studio.records
    [job] = await records.latest_painted(1)
    await records.save(job.deleted())

    answer = await studio.alice.submit_modal(form, {**filled_in(form), "seed": "8"})

    assert ephemeral_text(answer).startswith("Atelier no longer has the pictures")


async def test_a_style_that_was_removed_meanwhile_is_refused(studio: Studio, result: simcord.InteractionResult) -> None:
    await save_tiles(studio)
    form = await opened(studio, result)
    chosen = option_value(form, "style", "Tiles")
    await studio.app.client.studio.gallery.forget_member(studio.alice.id)

    answer = await studio.alice.submit_modal(form, {**filled_in(form), "style": [chosen]})

    assert "style" in ephemeral_text(answer)
    assert len(studio.engine.jobs) == 1


async def test_the_form_and_the_card_speak_the_members_language(
    studio: Studio, result: simcord.InteractionResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    override_interactions(monkeypatch, locale="de", guild_locale="en-US")
    assert result.response is not None
    form = await studio.alice.click(result.response, label="Edit…")  # the card's language is its owner's
    answer = await studio.alice.submit_modal(form, {**filled_in(form), "strength": ["2.0"]})

    assert form.modal is not None
    assert form.modal["title"] == "Gemälde bearbeiten"
    assert "Bearbeitet aus [diesem Gemälde]" in texts(answer.response)
    assert "Stärke 0,3 → 2" in texts(answer.response)


async def test_an_edit_is_unchanged_after_a_restart(studio: Studio, result: simcord.InteractionResult) -> None:
    answer = await sent(studio, result, look=["1.8:content"])
    await studio.restart()
    await studio.finish()

    assert "strokes 1× → 1.8×, style's colors → colors kept" in texts(answer.response)
    assert studio.engine.jobs[-1].recipe.colors == "content"
