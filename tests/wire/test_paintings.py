"""Paintings over the wire: uploads, downloads and what members see."""

from __future__ import annotations

from pathlib import Path

import pytest

from stylizer.pool import FakeEngine, StepGate
from tests.wire.conftest import FRAMES, connected, settings_for, stylize
from tests.wire.discord_server import DiscordServer
from tests.wire.faults import refused
from tests.wire.pictures import noise, opened, picture
from tests.wire.refusals import Refusal
from tests.wire.world import CallbackType, Interaction, Message, User

RESULT = ("painting.png", "progress.gif", "content.jpg", "style.jpg")
"""With what it was made of, small."""


@pytest.mark.usefixtures("atelier")
async def test_a_painting_and_its_gif_arrive_intact(
    discord_server: DiscordServer, engine: FakeEngine, gate: StepGate, alice: User
) -> None:
    gate.open()
    content, style = picture(seed=3), picture(seed=4)
    command = await stylize(discord_server, alice, content=("photo.jpg", content), style=("style.jpg", style))
    card = await (await command.response()).wait_for_files("painting.png", "progress.gif")
    assert (engine.jobs[0].content, engine.jobs[0].styles[0].picture) == (content, style)
    painting = opened(card.file("painting.png"))
    assert (painting.format, painting.size) == ("PNG", (64, 48))
    gif = opened(card.file("progress.gif"))
    assert (gif.format, gif.n_frames) == ("GIF", FRAMES + 1)  # type: ignore[attr-defined]  # of animated formats alone
    last_edit = discord_server.requests_to("PATCH", "/webhooks/*/@original")[-1]
    assert last_edit.filenames == RESULT
    assert alice.mention in card.text
    assert card.pings == []


async def test_the_preview_grows_on_the_same_message(
    discord_server: DiscordServer, tmp_path: Path, alice: User
) -> None:
    discord_server.enforces_rate_limits = True
    engine = FakeEngine(frames=10, seconds_per_frame=0.1)
    async with connected(settings_for(discord_server, tmp_path), engine):
        command = await stylize(discord_server, alice)
        assert await command.wait_until_acknowledged() is CallbackType.DEFER
        card = await (await command.response()).wait_for_files("painting.png")
    edits = discord_server.requests_to("PATCH", "/webhooks/*/@original")
    previews = [name for edit in edits for name in edit.filenames if name.startswith("preview-")]
    assert len(previews) >= 2
    assert previews == sorted(set(previews))
    assert edits[-1].filenames == RESULT
    assert card.filenames == [*RESULT]
    assert discord_server.messages_in(discord_server.general) == [card]


@pytest.mark.usefixtures("atelier")
async def test_a_limit_that_shrinks_below_the_painting_is_explained(
    discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    grainy = ("photo.png", noise(side_px=256))
    command = await stylize(discord_server, alice, content=grainy, style=grainy, size=256)
    card = await command.response()
    discord_server.guild.upload_limit_override_bytes = 150_000
    gate.open()
    await card.wait_until(lambda m: "its file is too large to upload here" in m.text, what="the reason")
    refused = [request for request in discord_server.requests_to("PATCH", "*") if request.status == 413]
    assert [request.code for request in refused][-2:] == [40005, 40005], "with the GIF, then without"


async def answered_alone(pressed: Interaction) -> Message:
    """Return the follow-up that only the member who pressed sees."""
    [follow_up] = await pressed.watch.wait_until(lambda: pressed.follow_ups, what="a sentence")
    assert follow_up.visible_to is pressed.user
    return follow_up


@pytest.mark.usefixtures("atelier")
async def test_a_link_that_has_expired_is_renewed_and_painted(
    discord_server: DiscordServer, engine: FakeEngine, gate: StepGate, alice: User
) -> None:
    gate.open()
    message = await discord_server.say(alice, discord_server.general, files=(("sea.jpg", picture(seed=5)),))
    link = discord_server.link_to(message.attachments[0])
    discord_server.clock.advance(minutes=25 * 60)

    command = await stylize(discord_server, alice, content_link=link, content=None)
    await (await command.response()).wait_for_files("painting.png")

    assert engine.jobs[0].content == picture(seed=5)
    assert [request.body for request in discord_server.requests_to("POST", "/attachments/refresh-urls")] == [
        {"attachment_urls": [link]}
    ]


@pytest.mark.parametrize("how", ["gone", "refused"])
@pytest.mark.usefixtures("atelier")
async def test_only_the_member_sees_that_a_link_cannot_be_renewed(
    discord_server: DiscordServer, engine: FakeEngine, alice: User, how: str
) -> None:
    message = await discord_server.say(alice, discord_server.general, files=(("sea.jpg", picture(seed=5)),))
    link = discord_server.link_to(message.attachments[0])
    if how == "gone":
        discord_server.delete_message(message)
    else:
        discord_server.clock.advance(minutes=25 * 60)
        discord_server.inject("POST", "/attachments/refresh-urls", refused(Refusal.NOT_FOUND))

    refusal = await answered_alone(await stylize(discord_server, alice, content_link=link, content=None))

    assert refusal.text.startswith("sea.jpg is no longer on Discord, or its link has expired")
    assert engine.jobs == []
