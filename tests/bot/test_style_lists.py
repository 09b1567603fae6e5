"""Lists of styles in `/explore` and `/blend`: what is suggested for them while a member types."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.conftest import CONTENT, OpenStudio, Studio
from tests.bot.galleries import host_gallery, style_picture

LONG = ("Quartz " + "q" * 40, "Quartz " + "r" * 40)
NAMES = ("Amber", "Zigzag, blue", ",", *LONG, "Quartz", "Zephyr", *(f"Extra {number}" for number in range(4)))


@pytest.fixture
async def studio(open_studio: OpenStudio, tmp_path: Path) -> Studio:
    """A studio with styles of its host, some with commas in their names."""
    studio: Studio = await open_studio(gallery={"dir": host_gallery(tmp_path / "gallery", NAMES)})
    return studio


async def suggested(studio: Studio, typed: str, command: str = "explore") -> list[str]:
    """What is suggested to Alice. Each suggestion is sent as it is shown."""
    choices = await studio.alice.autocomplete(studio.channel, command, "styles", typed)
    assert [choice["name"] for choice in choices] == [choice["value"] for choice in choices]
    return [choice["value"] for choice in choices]


@pytest.mark.parametrize("command", ["explore", "blend"])
async def test_a_style_with_a_comma_in_its_name_is_painted_as_it_was_suggested(studio: Studio, command: str) -> None:
    [suggestion] = await suggested(studio, "amber,zig", command)
    assert suggestion == "amber, Zigzag blue"

    await studio.alice.slash(studio.channel, command, content=CONTENT, styles=suggestion)
    await studio.finish()

    painted = {style.picture for job in studio.engine.jobs for style in job.styles}
    assert painted >= {style_picture(0), style_picture(1)}


async def test_a_style_whose_name_no_list_can_hold_is_not_suggested_for_one(studio: Studio) -> None:
    assert all(name.strip(", ") for name in await suggested(studio, ""))


async def test_styles_that_a_list_has_already_are_not_suggested_again(studio: Studio) -> None:
    await studio.alice.slash(studio.channel, "style add", picture=CONTENT, name="Quartz")
    assert "Quartz" in await suggested(studio, "quartz")

    for listed in ("Quartz", "QUARTZ!"):
        found = await suggested(studio, f"{listed}, quartz")
        assert found == [f"{listed}, {name}" for name in LONG]
    assert await suggested(studio, "zigzag blue, zig") == []


async def test_two_styles_of_one_name_are_suggested_once(studio: Studio) -> None:
    await studio.alice.slash(studio.channel, "style add", picture=CONTENT, name="Zephyr")

    assert await suggested(studio, "zep") == ["Zephyr"]


async def test_near_discords_limit_only_styles_are_suggested_that_still_fit(studio: Studio) -> None:
    begun = ", ".join(LONG)
    assert len(begun) == 96
    assert await suggested(studio, f"{begun}, ") == []
    begun = ", ".join([LONG[0], "x" * 41])

    assert await suggested(studio, f"{begun}, quartz") == [f"{begun}, Quartz"]
    assert await suggested(studio, f"{begun}xxx, zep") == [f"{LONG[0]},{'x' * 44},Zephyr"]
    assert await suggested(studio, f"{begun}xxxxx, zep") == []


async def test_as_many_styles_are_suggested_as_discord_shows_also_after_others(studio: Studio) -> None:
    alone = await suggested(studio, "")

    assert len(alone) == 25
    assert len(await suggested(studio, f"{alone[0]}, {alone[1]}, ")) == 25


async def test_a_list_that_is_longer_than_the_suggestions_is_painted_as_it_was_typed(studio: Studio) -> None:
    await studio.alice.slash(
        studio.channel, "explore", content=CONTENT, styles=", ".join([*LONG, "Amber", "Zephyr"]), pictures=4
    )
    await studio.finish()

    assert {job.styles[0].picture for job in studio.engine.jobs} == {style_picture(n) for n in (3, 4, 0, 6)}
