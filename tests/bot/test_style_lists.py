"""Lists of styles in `/explore` and `/blend`: what is suggested for them while a member types."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.conftest import CONTENT, OpenStudio, Studio
from tests.bot.galleries import host_gallery, style_picture

NAMES = ("Amber", "Zigzag, blue", ",")


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
