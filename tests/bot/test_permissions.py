"""Permissions to post: `/stylize` and `/server settings` check the same ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord
import pytest
from simcord.actors import MemberActor
from simcord.backend.models.channel import Overwrite
from simcord.builders import ChannelHandle
from simcord.enums import OverwriteType

from bot.words import ENGLISH
from bot.words.values import PERMISSION_KEYS
from tests.bot.conftest import STYLE, Studio, ephemeral_text, texts
from tests.bot.test_server_settings import CHANNELS, settings_card

Place = tuple[ChannelHandle, ChannelHandle]
"""The channel that is chosen in the settings, and where the command is used: itself, or a thread in it."""


def deny(studio: Studio, channel: ChannelHandle, permission: str) -> None:
    """Deny the bot one permission in a channel."""
    assert studio.env.bot.user is not None
    denied = discord.Permissions(**{permission: True})
    overwrite = Overwrite(studio.env.bot.user.id, OverwriteType.MEMBER, allow=0, deny=denied.value)
    studio.env.backend.set_overwrite(channel.id, overwrite)


async def text(studio: Studio) -> Place:
    channel = studio.guild.create_text_channel("place")
    return channel, channel


async def news(studio: Studio) -> Place:
    channel = studio.guild.create_news_channel("place")
    return channel, channel


async def thread(studio: Studio) -> Place:
    channel = studio.guild.create_text_channel("place")
    parent = studio.env.bot.get_channel(channel.id)
    assert isinstance(parent, discord.TextChannel)
    await parent.create_thread(name="one", type=discord.ChannelType.public_thread)
    return channel, channel.threads[0]


async def post(studio: Studio) -> Place:
    channel = studio.guild.create_forum_channel("place")
    forum = studio.env.bot.get_channel(channel.id)
    assert isinstance(forum, discord.ForumChannel)
    await forum.create_thread(name="one", content="look")
    return channel, channel.threads[0]


async def voice(studio: Studio) -> Place:
    channel = studio.guild.create_voice_channel("place")
    return channel, channel


async def within_category(studio: Studio) -> Place:
    category = studio.guild.create_category("place")
    return category, studio.guild.create_text_channel("inside", category=category)


@pytest.mark.parametrize(
    ("place", "permission"),
    [
        (text, "view_channel"),
        (text, "send_messages"),
        (text, "attach_files"),
        (news, "send_messages"),
        (thread, "view_channel"),
        (thread, "send_messages_in_threads"),
        (thread, "attach_files"),
        (post, "send_messages_in_threads"),
        (post, "attach_files"),
        (voice, "send_messages"),
        (voice, "connect"),
        (within_category, "attach_files"),
    ],
)
async def test_the_settings_warn_about_missing_permissions_that_the_command_needs(
    studio: Studio, manager: MemberActor, place: Callable[[Studio], Awaitable[Place]], permission: str
) -> None:
    chosen, used = await place(studio)
    denied_in = used if chosen.name == "place" and used.name == "inside" else chosen
    name = ENGLISH(PERMISSION_KEYS[permission])
    card = await settings_card(studio, manager)
    await manager.select(card, [chosen], custom_id=CHANNELS)
    assert "⚠️" not in texts(card)
    deny(studio, denied_in, permission)

    refused = ephemeral_text(await studio.alice.slash(used, "stylize", content=STYLE, style=STYLE))

    assert refused.startswith("Atelier can't post paintings in this channel: it needs ")
    assert name in refused
    [warning] = [line for line in texts(await settings_card(studio, manager)).splitlines() if line.startswith("⚠️")]
    assert warning.startswith(f"⚠️ Atelier can't paint in {denied_in.mention}: it needs ")
    assert name in warning


@pytest.mark.parametrize(
    ("place", "permission"),
    [(text, "read_message_history"), (text, "connect"), (post, "send_messages"), (voice, "send_messages_in_threads")],
)
async def test_no_permission_is_required_that_posting_does_not_need(
    studio: Studio, manager: MemberActor, place: Callable[[Studio], Awaitable[Place]], permission: str
) -> None:
    chosen, used = await place(studio)
    card = await settings_card(studio, manager)
    deny(studio, chosen, permission)

    await manager.select(card, [chosen], custom_id=CHANNELS)

    assert "⚠️" not in texts(card)
    assert not (await studio.alice.slash(used, "stylize", content=STYLE, style=STYLE, size=64)).ephemeral
