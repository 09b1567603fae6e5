"""`/blend`: one painting in several styles, each with its weight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from simcord.results import InteractionResult

from bot.commands.blend import parsed_weights
from bot.errors import WrongNumberOfWeights
from bot.painting.job import Colors
from stylizer.pool import MAX_BLENDED_STYLES, InvalidStyleWeight
from tests.bot.conftest import (
    CONTENT,
    OpenStudio,
    Studio,
    actions,
    alt_texts,
    ephemeral_text,
    files,
    labels,
    override_interactions,
    picture,
    texts,
    thumbnails,
)
from tests.bot.galleries import host_gallery, style_picture

WAVES, SUNS = ("great *waves*.png", picture("navy")), ("suns.png", picture("gold"))


@pytest.fixture
async def studio(open_studio: OpenStudio, tmp_path: Path) -> Studio:
    """A studio with three styles of its host."""
    names = ("Amber", "Birch & bark", "Cobalt")
    studio: Studio = await open_studio(gallery={"dir": host_gallery(tmp_path / "gallery", names)})
    return studio


async def blend(studio: Studio, **options: Any) -> InteractionResult:
    """Send `/blend` as Alice."""
    return await studio.alice.slash(studio.channel, "blend", **{"content": CONTENT, "size": 64, **options})


def blended(studio: Studio) -> list[tuple[bytes, float]]:
    """The pictures and weights of the styles of the latest painting."""
    return [(style.picture, style.weight) for style in studio.engine.jobs[-1].styles]


async def test_styles_are_blended_by_their_weights_and_shown_with_their_shares(studio: Studio) -> None:
    answer = await blend(studio, styles="cobalt, Birch & bark", weights="70 30")
    await studio.step()
    shares = "**70%** Cobalt\n**30%** Birch & bark"
    assert shares in texts(answer.response)
    assert len(thumbnails(answer.response)) == 3

    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert blended(studio) == [(style_picture(2), 70), (style_picture(1), 30)]
    assert shares in texts(answer.response)
    assert alt_texts(answer.response) == [
        "photo.png in the style of Cobalt and Birch & bark",
        "Timelapse of photo.png in the style of Cobalt and Birch & bark",
        "Content: photo.png",
        "Style: Cobalt",
        "Style: Birch & bark",
    ]


async def test_names_come_first_then_the_pictures_and_all_count_equally(studio: Studio) -> None:
    answer = await blend(studio, style2=SUNS, style1=WAVES, styles="Amber")
    await studio.finish()

    assert blended(studio) == [(style_picture(0), 1), (WAVES[1], 1), (SUNS[1], 1)]
    assert "**33%** Amber\n**33%** great \\*waves\\*.png\n**33%** suns.png" in texts(answer.response)
    assert len(thumbnails(answer.response)) == 4


async def test_a_blend_of_five_styles_fits_on_its_card(studio: Studio) -> None:
    answer = await blend(studio, styles="Amber, Birch & bark, Cobalt", style1=WAVES, style5=SUNS)
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert len(thumbnails(answer.response)) == 6


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "A blend takes 2 to 5 styles; you chose 0. Add another one, or use /stylize for a single style."),
        (
            {"styles": "Amber"},
            "A blend takes 2 to 5 styles; you chose 1. Add another one, or use /stylize for a single style.",
        ),
        (
            {"styles": "Amber, Cobalt, Amber, Cobalt", "style1": WAVES, "style2": SUNS},
            "A blend takes at most 5 styles; you chose 6. Leave some of them out.",
        ),
        (
            {"styles": "Amber, Cobalt", "weights": "1 2 3"},
            "There are 2 styles, but the number of weights is 3. Give one for each style, such as 70 30",
        ),
        (
            {"styles": "Amber, Cobalt", "style1": WAVES, "weights": "70 30"},
            "There are 3 styles, but the number of weights is 2. Give one for each style, such as 50 30 20",
        ),
        (
            {"styles": "Amber, Cobalt", "weights": "1 **much**"},
            "Style 2 can't have the weight \\*\\*much\\*\\*. A weight is a number above 0, such as 0.5.",
        ),
        (
            {"styles": "Amber, Cobalt", "weights": "1 1e400"},
            "Style 2 can't have the weight 1e400. A weight is a number above 0, such as 0.5.",
        ),
        (
            {"styles": "Amber, Cobalt", "weights": "-1 2"},
            "Style 1 can't have the weight -1. A weight is a number above 0, such as 0.5.",
        ),
        (
            {"styles": "Amber, Cobalt", "weights": "0 0"},
            "All styles have the weight 0. Give at least one of them a number above 0, such as 1.",
        ),
        ({"content": None, "styles": "Amber, Cobalt"}, "The content picture is missing."),
        ({"styles": "Amber, Guernica"}, "Guernica"),
        ({"style1": WAVES, "style2": ("notes.txt", b"hello")}, "notes.txt"),
    ],
)
async def test_what_cannot_be_blended_is_refused(studio: Studio, options: dict[str, Any], sentence: str) -> None:
    given = {"content": CONTENT, **options}
    answer = await studio.alice.slash(
        studio.channel, "blend", **{name: value for name, value in given.items() if value is not None}
    )

    assert sentence in ephemeral_text(answer)
    assert studio.engine.jobs == []


@pytest.mark.parametrize(
    ("written", "weights"),
    [
        ("70 30", [70, 30]),
        ("0.7, 0.3", [0.7, 0.3]),
        ("0,7 0,3", [0.7, 0.3]),
        ("0,7; 0,3", [0.7, 0.3]),
        ("70,30", [70, 30]),
        ("70/30", [70, 30]),
        ("70 % 30 %", [70, 30]),
        (" 70%,30% ", [70, 30]),
        ("7:3", [7, 3]),
        ("1,2,3", [1, 2, 3]),
        ("1, 2,5, 3", [1, 2.5, 3]),
        ("", [1, 1]),
        (" , ", [1, 1]),
    ],
)
def test_weights_are_read_in_every_common_spelling(written: str, weights: list[float]) -> None:
    assert parsed_weights(written, count=len(weights)) == weights


@pytest.mark.parametrize("count", range(2, MAX_BLENDED_STYLES + 1))
def test_a_refusal_shows_weights_for_as_many_styles(count: int) -> None:
    example = str(WrongNumberOfWeights(1, count)).split("such as ")[1].split(",")[0]
    assert sum(parsed_weights(example, count=count)) == 100


def test_weights_that_cannot_be_read_are_refused() -> None:
    for written in ("7", "1 2 3", "1,2,3"):
        with pytest.raises(WrongNumberOfWeights):
            parsed_weights(written, count=2)
    with pytest.raises(InvalidStyleWeight):
        parsed_weights("a lot", count=2)


async def test_variations_keep_all_styles_and_weights_also_after_a_restart(studio: Studio) -> None:
    answer = await blend(studio, styles="Amber", style1=SUNS, weights="1 3")
    await studio.finish()
    assert {"Again", "Edit…", "HD"} <= set(labels(answer.response))
    assert "Stronger style" in actions(answer.response)
    assert "Swap content and style" not in actions(answer.response)
    await studio.restart()

    again = await studio.press(answer, "Again")
    await studio.finish()
    assert blended(studio) == [(style_picture(0), 1), (SUNS[1], 3)]
    stronger = await studio.press(again, "Stronger style")
    await studio.finish()

    assert blended(studio) == [(style_picture(0), 1), (SUNS[1], 3)]
    for result in (again, stronger):
        assert "**25%** Amber\n**75%** suns.png" in texts(result.response)
        assert len(thumbnails(result.response)) == 3


async def test_a_members_own_defaults_apply_to_a_blend_where_an_option_is_left_out(studio: Studio) -> None:
    await studio.app.client.studio.preferences.change(
        studio.alice.id, recipe_name="draft", size_px=256, style_strength=1.5, colors=Colors.KEEP
    )

    await studio.alice.slash(studio.channel, "blend", content=CONTENT, styles="Amber, Cobalt")
    await studio.alice.slash(
        studio.channel,
        "blend",
        content=CONTENT,
        styles="Amber, Cobalt",
        recipe="classic",
        size=64,
        style_strength=0.5,
        colors="matched",
    )
    await studio.finish()

    painted = [job.recipe for job in studio.engine.jobs]
    assert [(recipe.name, recipe.longest_side_px, recipe.style_strength, recipe.colors) for recipe in painted] == [
        ("draft", 256, 1.5, "content"),
        ("classic", 64, 0.5, "matched"),
    ]


async def test_a_blend_goes_on_after_a_restart(studio: Studio) -> None:
    answer = await blend(studio, styles="Amber, Cobalt", weights="1 3")
    await studio.step()

    await studio.restart()
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert blended(studio) == [(style_picture(0), 1), (style_picture(2), 3)]


async def test_a_picture_that_cannot_be_used_is_called_by_its_name(studio: Studio) -> None:
    answer = await blend(studio, styles="Amber", style1=("broken.png", SUNS[1][:60]))
    await studio.finish()

    assert ephemeral_text(answer).startswith("broken.png ")


async def test_a_blend_is_described_in_the_members_language(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    override_interactions(monkeypatch, locale="de")
    refused = await blend(studio, styles="Amber")
    answer = await blend(studio, styles="Amber, Cobalt", weights="0,7 0,3")
    await studio.finish()

    assert ephemeral_text(refused).startswith("Eine Mischung braucht 2 bis 5 Stile, du hast 1 gewählt.")
    assert "**70\N{NO-BREAK SPACE}%** Amber" in texts(answer.response)


async def test_blending_works_in_direct_messages_and_where_only_the_member_has_installed_the_bot(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = await studio.alice.user.slash("blend", content=CONTENT, styles="Amber, Cobalt", size=64)
    await studio.finish()
    override_interactions(monkeypatch, authorizing_integration_owners={"1": str(studio.alice.id)})
    elsewhere = await blend(studio, styles="Amber, Cobalt")
    await studio.env.settle()

    for answer in (direct, elsewhere):
        assert files(answer.response) == ["painting.png", "progress.gif"]
        assert "**50%** Amber\n**50%** Cobalt" in texts(answer.response)
