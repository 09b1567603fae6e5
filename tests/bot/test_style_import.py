"""`/style import`: the pictures of the latest message, of a linked message, or the one that a link leads to."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult

from bot.sources.linked_message import LinkedMessage, linked_message
from tests.bot.conftest import Studio, ephemeral_text, form_options, override_interactions, picture

SEA, WOOD = ("sea.png", picture("navy")), ("wood.png", picture("darkgreen"))
NOT_THERE = "There's no message there that both you and Atelier can read. Check the link, or long-press"
NO_HISTORY = discord.PermissionOverwrite(read_message_history=False)
HIDDEN = discord.PermissionOverwrite(view_channel=False)


async def ask(studio: Studio, link: str | None = None) -> InteractionResult:
    """Send `/style import` as Alice."""
    options = {} if link is None else {"link": link}
    return await studio.alice.slash(studio.channel, "style import", **options)


def offered(asked: InteractionResult) -> dict[str, str]:
    """The pictures to choose from in the form."""
    assert asked.modal is not None, ephemeral_text(asked)
    return {option["label"]: option["value"] for option in form_options(asked.modal, "which")}


def requested_messages(studio: Studio) -> list[str]:
    """The messages that the bot asked Discord for."""
    requests = studio.env.http_requests
    return [one.path for one in requests if one.method == "GET" and "/messages" in one.path]


async def saved(studio: Studio, asked: InteractionResult, **filled: Any) -> bytes:
    """Save a style with a form, paint with it, and return its picture."""
    await studio.alice.submit_modal(asked, {"name": "Saved", **filled})
    await studio.stylize(style=None, style_name="Saved")
    await studio.finish()
    return studio.engine.jobs[-1].styles[0].picture


async def posted(studio: Studio, channel: ChannelHandle | None = None) -> discord.Message:
    """A message of Bob's with two pictures."""
    return await studio.bob.send(channel or studio.channel, "look", attachments=[SEA, WOOD])


async def test_all_pictures_of_the_latest_message_with_any_are_offered(studio: Studio) -> None:
    await posted(studio)
    await studio.bob.send(studio.channel, "nice, aren't they?")

    asked = await ask(studio)

    which = offered(asked)
    assert list(which) == ["1. sea.png", "2. wood.png"]
    assert await saved(studio, asked, which=[which["2. wood.png"]]) == WOOD[1]


@pytest.mark.parametrize("written", ["{link}", " <{link}> "])
async def test_all_pictures_of_a_linked_message_are_offered_also_after_a_restart(studio: Studio, written: str) -> None:
    message = await posted(studio)
    await studio.bob.send(studio.channel, "newer", attachments=[("new.png", picture("gold"))])

    asked = await ask(studio, written.format(link=message.jump_url))

    which = offered(asked)
    assert list(which) == ["1. sea.png", "2. wood.png"]
    await studio.restart()
    assert await saved(studio, asked, which=[which["2. wood.png"]]) == WOOD[1]


async def test_a_linked_message_may_be_in_another_channel_thread_or_server_of_the_member(studio: Studio) -> None:
    channel = studio.guild.create_text_channel("other")
    parent = studio.env.bot.get_channel(channel.id)
    assert isinstance(parent, discord.TextChannel)
    await parent.create_thread(name="thread", type=discord.ChannelType.public_thread)
    guild = studio.env.create_guild("Sculptors")
    elsewhere = guild.create_text_channel("elsewhere")
    guild.add_member(studio.alice.user)
    carla = guild.add_member(studio.env.create_user("carla"))
    messages = [await posted(studio, channel), await posted(studio, channel.threads[0])]
    messages.append(await carla.send(elsewhere, "look", attachments=[SEA, WOOD]))

    for message in messages:
        assert list(offered(await ask(studio, message.jump_url))) == ["1. sea.png", "2. wood.png"]


@pytest.mark.parametrize("denied", [HIDDEN, NO_HISTORY], ids=["channel", "history"])
async def test_a_message_that_the_member_cannot_see_is_not_even_requested(
    studio: Studio, denied: discord.PermissionOverwrite
) -> None:
    channel = studio.guild.create_text_channel("secret", overwrites={studio.alice: denied})
    message = await posted(studio, channel)

    refused = ephemeral_text(await ask(studio, message.jump_url))

    assert refused.startswith(NOT_THERE)
    assert requested_messages(studio) == []


async def test_a_message_of_a_private_thread_is_read_only_within_it(studio: Studio) -> None:
    parent = studio.env.bot.get_channel(studio.channel.id)
    assert isinstance(parent, discord.TextChannel)
    thread = await parent.create_thread(name="private", type=discord.ChannelType.private_thread)
    message = await thread.send("look", file=discord.File(__file__, "sea.png"))

    assert ephemeral_text(await ask(studio, message.jump_url)).startswith(NOT_THERE)
    assert requested_messages(studio) == []

    await thread.add_user(discord.Object(studio.alice.id))
    [inside] = studio.channel.threads
    asked = await studio.alice.slash(inside, "style import", link=message.jump_url)
    assert asked.modal is not None


async def test_a_message_on_a_server_without_the_member_is_not_requested(studio: Studio) -> None:
    guild = studio.env.create_guild("Sculptors")
    channel = guild.create_text_channel("elsewhere")
    carla = guild.add_member(studio.env.create_user("carla"))
    message = await carla.send(channel, "look", attachments=[SEA])
    as_if_here = message.jump_url.replace(str(guild.id), str(studio.guild.id))

    for link in (message.jump_url, as_if_here):
        assert ephemeral_text(await ask(studio, link)).startswith(NOT_THERE)
    assert requested_messages(studio) == []


async def test_links_to_no_message_are_refused(studio: Studio) -> None:
    category = studio.guild.create_category("category")
    here = f"https://discord.com/channels/{studio.guild.id}"

    for link in (
        f"{here}/{studio.channel.id}/1",
        f"{here}/{category.id}/1",
        f"{here}/1/1",
        "https://discord.com/channels/1/1/1",
        "https://discord.com/channels/@me/1/1",
    ):
        assert ephemeral_text(await ask(studio, link)).startswith(NOT_THERE), link
    assert ephemeral_text(await ask(studio, f"{here}/{studio.channel.id}")).startswith(
        "The style picture: that link goes to a message."
    )


async def test_a_message_that_the_bot_cannot_read_is_refused_with_the_missing_permission(studio: Studio) -> None:
    assert studio.env.bot.user is not None
    quiet = studio.guild.create_text_channel("quiet", overwrites={studio.env.bot.user: NO_HISTORY})
    message = await posted(studio, quiet)

    for channel in (studio.channel, quiet):
        refused = await studio.alice.slash(channel, "style import", link=message.jump_url)
        assert ephemeral_text(refused) == (
            "Atelier can't read that message: in its channel, it needs Read Message History. Instead, long-press or "
            "right-click the message and choose *Apps*, then *Save as style*."
        )
    assert requested_messages(studio) == []


async def test_a_message_whose_pictures_discord_does_not_show_is_refused_with_an_alternative(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studio.env.bot.http, "message_content_access", False)  # as without the intent
    message = await posted(studio)

    refused = ephemeral_text(await ask(studio, message.jump_url))

    assert refused.startswith("Atelier sees no picture in that message: Discord shows it only its own messages")
    assert "*Save as style*" in refused


@pytest.mark.parametrize(
    ("status", "sentence"), [(403, NOT_THERE), (404, NOT_THERE), (500, "Discord didn't show that message in time.")]
)
async def test_a_message_that_discord_refuses_is_explained(studio: Studio, status: int, sentence: str) -> None:
    message = await posted(studio)
    studio.env.inject_error("GET", "/channels/*/messages/*", status=status)

    assert ephemeral_text(await ask(studio, message.jump_url)).startswith(sentence)


async def test_where_only_the_member_has_the_bot_no_message_is_read(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await posted(studio)
    override_interactions(monkeypatch, authorizing_integration_owners={"1": str(studio.alice.id)})

    assert ephemeral_text(await ask(studio, message.jump_url)).startswith(NOT_THERE)
    assert requested_messages(studio) == []


async def test_in_direct_messages_their_own_messages_can_be_linked(studio: Studio) -> None:
    channel = studio.alice.user.dm_channel
    attachments = studio.env.backend.store_attachments(channel.id, [SEA, WOOD])
    message = await studio.alice.user.send_dm("look", attachments=attachments)
    link = f"https://discord.com/channels/@me/{channel.id}/{message.id}"

    asked = await studio.alice.user.slash("style import", link=link)

    assert list(offered(asked)) == ["1. sea.png", "2. wood.png"]
    assert ephemeral_text(await ask(studio, link)).startswith(NOT_THERE)


@pytest.mark.parametrize("host", ["discord.com", "ptb.discord.com", "canary.discord.com", "discordapp.com"])
def test_a_link_to_a_message_is_recognized(host: str) -> None:
    assert linked_message(f"https://{host}/channels/1/2/3") == LinkedMessage(1, 2, 3)
    assert linked_message(f"<https://{host}/channels/@me/2/3?x=1>") == LinkedMessage(None, 2, 3)


@pytest.mark.parametrize(
    "link",
    [
        "https://discord.com/channels/1/2",
        f"https://discord.com/channels/1/2/{'3' * 30}",
        "https://x.org/channels/1/2/3",
    ],
)
def test_other_links_lead_to_no_message(link: str) -> None:
    assert linked_message(link) is None
