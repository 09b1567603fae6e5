"""Paintings over the wire: uploads, downloads and what members see."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest

from bot.app import Atelier
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
    assert (engine.jobs[0].content, engine.jobs[0].style) == (content, style)
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
async def test_a_direct_message_is_answered(discord_server: DiscordServer, gate: StepGate, alice: User) -> None:
    gate.open()
    command = await stylize(discord_server, alice, discord_server.direct_channel(alice))
    await (await command.response()).wait_for_files("painting.png")


@pytest.mark.usefixtures("atelier")
async def test_a_picture_in_a_message_is_stylized_with_an_uploaded_style(
    discord_server: DiscordServer, engine: FakeEngine, gate: StepGate, alice: User
) -> None:
    gate.open()
    content, style = picture(seed=5), picture(seed=6)
    message = await discord_server.say(alice, discord_server.general, files=(("photo.jpg", content),))
    used = await discord_server.use_message_command(alice, message, "Stylize this")
    submitted = await discord_server.submit(used, style=("style.jpg", style), recipe=["draft"])
    await (await submitted.response()).wait_for_files("painting.png")
    assert (engine.jobs[0].content, engine.jobs[0].style) == (content, style)
    assert engine.jobs[0].recipe.name == "draft"


async def test_buttons_work_and_commands_stay_registered_after_a_restart(
    discord_server: DiscordServer, tmp_path: Path, alice: User
) -> None:
    settings = settings_for(discord_server, tmp_path)
    async with connected(settings, FakeEngine()):
        command = await stylize(discord_server, alice)
        card = await (await command.response()).wait_for_files("painting.png")
    engine = FakeEngine()
    async with connected(settings, engine):
        await discord_server.gateway.wait_until_identified(2)
        pressed = await discord_server.press(alice, card, "Swap")
        swapped = await (await pressed.response()).wait_for_files("painting.png")
    assert swapped is not card
    assert engine.jobs[0].content == picture(seed=2)
    assert len(discord_server.requests_to("PUT", "/applications/*/commands")) == 1


@pytest.mark.usefixtures("atelier")
async def test_a_painting_is_made_to_fit_the_upload_limit(
    discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    gate.open()
    discord_server.guild.upload_limit_override_bytes = 100_000
    grainy = ("photo.png", noise(side_px=256))
    command = await stylize(discord_server, alice, content=grainy, style=grainy, size=256)
    card = await command.response()
    await card.wait_until(lambda m: any(name.startswith("painting.") for name in m.filenames), what="the painting")
    assert all(len(attachment.data) <= 100_000 for attachment in card.attachments)
    assert "progress.gif" in card.filenames
    assert all(request.status == 200 for request in discord_server.requests_to("PATCH", "*"))


@pytest.mark.usefixtures("atelier")
async def test_a_limit_that_shrinks_while_painting_is_met_by_a_smaller_file(
    discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    grainy = ("photo.png", noise(side_px=256))
    command = await stylize(discord_server, alice, content=grainy, style=grainy, size=256)
    card = await command.response()
    discord_server.guild.upload_limit_override_bytes = 150_000
    gate.open()
    await card.wait_until(lambda m: any(name.startswith("painting.") for name in m.filenames), what="the painting")
    refused = [request for request in discord_server.requests_to("PATCH", "*") if request.status == 413]
    assert refused
    assert all(request.code == 40005 for request in refused)


async def test_a_request_is_refused_where_files_may_not_be_attached(
    discord_server: DiscordServer, atelier: Atelier, engine: FakeEngine, alice: User
) -> None:
    await discord_server.deny(discord_server.general, attach_files=True)
    command = await stylize(discord_server, alice)
    answer = await command.response()
    assert "Attach Files" in answer.text
    assert answer.visible_to is alice
    assert engine.jobs == []
    assert discord_server.requests_to("GET", "*attachments/*") == []


@pytest.mark.usefixtures("atelier")
async def test_only_owner_and_moderators_delete_a_painting(
    discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    gate.open()
    bob = discord_server.join("bob")
    moderator = discord_server.join("moderator", extra_permissions=discord.Permissions(manage_messages=True))
    card = await (await (await stylize(discord_server, alice)).response()).wait_for_files("painting.png")
    refusal = await answered_alone(await discord_server.press(bob, card, "Delete"))
    assert "can delete this painting" in refusal.text
    question = await answered_alone(await discord_server.press(moderator, card, "Delete"))
    assert not card.deleted
    await discord_server.press(moderator, question, "Delete")
    await card.wait_until(lambda m: m.deleted, what="its end")
    await question.wait_until(lambda m: m.text == "The painting is deleted.")


async def answered_alone(pressed: Interaction) -> Message:
    """Return the follow-up that only the member who pressed sees."""
    [follow_up] = await pressed.watch.wait_until(lambda: pressed.follow_ups, what="a sentence")
    assert follow_up.visible_to is pressed.user
    return follow_up


async def test_a_painting_on_a_server_without_the_bot_is_deleted_through_the_press_on_it(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    elsewhere = discord_server.add_guild("Elsewhere", with_bot=False)
    there = discord_server.add_channel("there", guild=elsewhere)
    carla = discord_server.join("carla", guild=elsewhere)
    async with connected(settings_for(discord_server, tmp_path), FakeEngine()):
        options = {"content": ("a.jpg", picture(seed=1)), "style": ("b.jpg", picture(seed=2)), "size": 64}
        command = await discord_server.slash(carla, there, "stylize", user_installed=True, **options)
        card = await (await command.response()).wait_for_files("painting.png")
        question = await answered_alone(await discord_server.press(carla, card, "Delete", user_installed=True))
    async with connected(settings_for(discord_server, tmp_path), FakeEngine()):
        await discord_server.press(carla, question, "Delete", user_installed=True)
        await card.wait_until(lambda m: m.deleted, what="its end")


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

    assert refusal.text.startswith("The content picture is no longer on Discord, or its link has expired")
    assert engine.jobs == []


async def test_the_form_of_stylize_this_survives_a_restart(
    discord_server: DiscordServer, alice: User, tmp_path: Path
) -> None:
    bob = discord_server.join("bob")
    message = await discord_server.say(bob, discord_server.general, files=(("sea.jpg", picture(seed=5)),))
    async with connected(settings_for(discord_server, tmp_path), FakeEngine()):
        asked = await discord_server.use_message_command(alice, message, "Stylize this")
        await asked.wait_for_modal()
    engine = FakeEngine()
    async with connected(settings_for(discord_server, tmp_path), engine):
        command = await discord_server.submit(asked, style=("style.jpg", picture(seed=6)), recipe=["draft"])
        card = await (await command.response()).wait_for_files("painting.png")
    assert (engine.jobs[0].content, engine.jobs[0].style) == (picture(seed=5), picture(seed=6))
    assert card.visible_to is None
