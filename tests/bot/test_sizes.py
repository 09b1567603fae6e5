"""The size of a painting: in pixels, as large as the content picture, and what is too large or too small."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import simcord

from tests.bot.conftest import (
    STYLE,
    Studio,
    ephemeral_text,
    files,
    form_options,
    override_attachments,
    picture,
    texts,
)

SIZE = "atelier:preferences:size"
RESULT = ["painting.png", "progress.gif"]
AS_CONTENT = 0
"""What Discord sends for "As large as my picture"."""


Shaped = Callable[[int, int], tuple[str, bytes]]


@pytest.fixture
def photo(monkeypatch: pytest.MonkeyPatch) -> Shaped:
    """Makes a photograph of which Discord says how large it is, which simcord's doesn't."""

    def shaped(width_px: int, height_px: int) -> tuple[str, bytes]:
        override_attachments(monkeypatch, width=width_px, height=height_px)
        return "photo.png", picture("teal", size=(width_px, height_px))

    return shaped


def painted_px(studio: Studio) -> list[int]:
    """Return the longest sides of all paintings, in their order."""
    return [job.recipe.longest_side_px for job in studio.engine.jobs]


async def suggested(studio: Studio, typed: str) -> list[tuple[str, Any]]:
    choices = await studio.alice.autocomplete(studio.channel, "stylize", "size", typed)
    return [(choice["name"], choice["value"]) for choice in choices]


async def prefer_own_size(studio: Studio) -> None:
    """Make Alice's paintings as large as her pictures."""
    card = (await studio.alice.slash(studio.channel, "preferences")).response
    assert card is not None
    await studio.alice.select(card, [str(AS_CONTENT)], custom_id=SIZE)
    assert "**Longest side:** As large as my picture" in texts(card)


@pytest.mark.parametrize(("shape", "longest_side_px"), [((200, 90), 200), ((90, 200), 200), ((40, 48), 64)])
async def test_a_painting_can_be_as_large_as_its_picture(
    studio: Studio, photo: Shaped, shape: tuple[int, int], longest_side_px: int
) -> None:
    answer = await studio.stylize(content=photo(*shape), size=AS_CONTENT)
    await studio.finish()

    assert files(answer.response) == RESULT
    await studio.press(answer, "Again")
    assert painted_px(studio) == [longest_side_px] * 2


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        (
            AS_CONTENT,
            "Paintings are at most 2048 px, because memory and time grow with the area; you asked for 2600. Choose a",
        ),
        (
            4096,
            "Paintings are at most 2048 px, because memory and time grow with the area; you asked for 4096.",
        ),
        (63, "Paintings are at least 64 px; you asked for 63. Choose a larger size."),
        (-5, "Paintings are at least 64 px; you asked for -5."),
    ],
)
async def test_a_size_that_nobody_paints_is_refused_with_the_reason(
    studio: Studio, photo: Shaped, size: int, sentence: str
) -> None:
    answer = await studio.stylize(content=photo(2600, 64), size=size)

    assert ephemeral_text(answer).startswith(sentence)
    assert studio.engine.jobs == []


async def test_a_picture_of_unknown_size_needs_a_size_in_pixels(studio: Studio) -> None:
    answer = await studio.stylize(size=AS_CONTENT)

    assert ephemeral_text(answer) == (
        "Discord doesn't say how large that picture is, so I can't match its size. Choose a size in pixels."
    )


async def test_sizes_are_suggested_and_any_other_can_be_typed(studio: Studio) -> None:
    every = await suggested(studio, "")
    assert every[:2] == [("As large as my picture", AS_CONTENT), ("256 px", 256)]
    assert every[-1] == ("2048 px", 2048)
    assert await suggested(studio, "10") == [("1024 px", 1024)]
    await studio.app.client.studio.servers.change(studio.guild.id, largest_size_px=512)
    assert [value for _, value in await suggested(studio, "")] == [AS_CONTENT, 256, 384, 512]

    await studio.stylize(size=100)
    await studio.finish()
    assert painted_px(studio) == [100]


async def test_a_picture_larger_than_the_server_allows_is_refused(studio: Studio, photo: Shaped) -> None:
    await studio.app.client.studio.servers.change(studio.guild.id, largest_size_px=128)

    answer = await studio.stylize(content=photo(200, 100), size=AS_CONTENT)

    assert ephemeral_text(answer) == "This server allows at most 128 px; you asked for 200."


async def test_a_member_may_prefer_their_pictures_sizes_as_far_as_that_is_possible(
    studio: Studio, photo: Shaped
) -> None:
    await prefer_own_size(studio)
    await studio.stylize(size=None, recipe="draft")
    await studio.stylize(content=photo(200, 100), size=None, recipe="draft")
    await studio.stylize(content=photo(2600, 100), size=None, recipe="draft")
    await studio.finish()
    await studio.app.client.studio.servers.change(studio.guild.id, largest_size_px=128)
    await studio.stylize(content=photo(300, 100), size=None, recipe="draft")
    await studio.finish()

    assert painted_px(studio) == [512, 200, 2048, 128]


async def test_the_form_offers_the_pictures_size_and_keeps_it_as_a_default(studio: Studio, photo: Shaped) -> None:
    form = await studio.alice.slash(studio.channel, "stylize")
    assert form.modal is not None
    options = form_options(form.modal, "size")
    assert [option["label"] for option in options[:3]] == ["Recipe default", "As large as my picture", "256 px"]
    await studio.alice.submit_modal(form, {"content": photo(150, 100), "style": STYLE, "size": ["content"]})
    await studio.finish()
    assert painted_px(studio) == [150]

    await prefer_own_size(studio)
    form = await studio.alice.slash(studio.channel, "stylize")
    assert form.modal is not None
    chosen = [option["value"] for option in form_options(form.modal, "size") if option.get("default")]
    assert chosen == ["content"]


async def test_a_preferred_size_survives_a_restart_and_applies_to_boards(studio: Studio, photo: Shaped) -> None:
    await prefer_own_size(studio)
    await studio.restart()

    board: simcord.InteractionResult = await studio.alice.slash(
        studio.channel, "explore", content=photo(300, 200), style=STYLE, vary="seed", pictures=4
    )
    await studio.finish()
    await studio.press(board, "2")

    assert painted_px(studio)[-1] == 300
