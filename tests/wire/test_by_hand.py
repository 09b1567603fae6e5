"""`python -m tests.wire`: the stand-in as a program, for trying the bot by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from stylizer.pool import FakeEngine
from tests.wire.__main__ import MEMBER_ROUTES, use_command
from tests.wire.conftest import connected, settings_for
from tests.wire.discord_server import DiscordServer
from tests.wire.pictures import opened, picture


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with a content and a style picture."""
    (tmp_path / "content.jpg").write_bytes(picture(seed=1))
    (tmp_path / "style.jpg").write_bytes(picture(seed=2))
    return tmp_path


async def test_a_command_from_the_shell_saves_the_painting_in_a_folder(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = (f"content=@{pictures / 'content.jpg'}", f"style=@{pictures / 'style.jpg'}", "size=64", "recipe=draft")
    async with (
        DiscordServer(extra_routes=MEMBER_ROUTES) as discord,
        connected(settings_for(discord, pictures / "data"), FakeEngine()),
    ):
        await use_command("stylize", options, url=discord.url, until="*.gif", out=pictures)
        await use_command("stylize", ("style_strength=3",), url=discord.url, until="*.gif", out=pictures)
    assert opened((pictures / "painting.png").read_bytes()).size == (64, 48)
    assert opened((pictures / "progress.gif").read_bytes()).format == "GIF"
    printed = capsys.readouterr().out
    assert "painting.png progress.gif" in printed
    assert "style_strength goes from 0" in printed
