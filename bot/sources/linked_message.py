"""Pictures in the message that a link leads to, for members who can read that message themselves."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import discord

from bot.errors import NETWORK_ERRORS, MessageUnreadable, NoPictureThere, NoPictureVisible
from bot.servers.rules import GuildChannel, is_user_install_only, missing_from, needed_to_read
from bot.sources.message import HISTORY_TIMEOUT_SECONDS, pictures_in, sees_all_content
from bot.sources.picture import MESSAGE_HOSTS, SentPicture

_ID = "[0-9]{1,19}"
_LINK = re.compile(
    rf"<?https?://{MESSAGE_HOSTS}/channels/(?:@me|(?P<guild>{_ID}))/(?P<channel>{_ID})/(?P<message>{_ID})/?(?:[?#].*)?>?"
)


@dataclass(frozen=True, slots=True)
class LinkedMessage:
    """Where a link to a message leads."""

    guild_id: int | None
    """None for a direct message."""
    channel_id: int
    message_id: int


def linked_message(link: str) -> LinkedMessage | None:
    """Return the message that a link leads to; None if it leads to something else."""
    found = _LINK.fullmatch(link.strip())
    if found is None:
        return None
    guild_id = None if found["guild"] is None else int(found["guild"])
    return LinkedMessage(guild_id, int(found["channel"]), int(found["message"]))


async def linked_pictures(interaction: discord.Interaction[Any], linked: LinkedMessage) -> list[SentPicture]:
    """Return every picture in the message.

    Raises `MessageUnreadable` unless both the member and the bot can read it, `NoPictureVisible` if Discord doesn't
    show the bot what is in it, and as `pictures_in` does.
    """
    try:
        async with asyncio.timeout(HISTORY_TIMEOUT_SECONDS):
            await _check_readable(interaction, linked)
            channel = interaction.client.get_partial_messageable(linked.channel_id)
            message = await channel.fetch_message(linked.message_id)
    except (discord.Forbidden, discord.NotFound, discord.InvalidData) as error:
        raise MessageUnreadable from error
    except (discord.HTTPException, TimeoutError, *NETWORK_ERRORS) as error:
        raise MessageUnreadable(later=True) from error
    try:
        return pictures_in(message, allows=interaction.client.studio.pictures.allows)
    except NoPictureThere as error:
        if sees_all_content(interaction):
            raise
        raise NoPictureVisible from error


async def _check_readable(interaction: discord.Interaction[Any], linked: LinkedMessage) -> None:
    """Refuse a message that the member can't read, in the same words as one that doesn't exist."""
    if linked.channel_id == interaction.channel_id and interaction.context.dm_channel:
        return
    guild, channel = await _place(interaction, linked)
    if linked.channel_id == interaction.channel_id:
        theirs, ours = interaction.permissions, interaction.app_permissions
    else:
        member = interaction.user
        if not isinstance(member, discord.Member) or member.guild.id != guild.id:
            member = await guild.fetch_member(member.id)
        theirs, ours = channel.permissions_for(member), channel.permissions_for(guild.me)
        if isinstance(channel, discord.Thread) and channel.is_private() and not theirs.manage_threads:
            raise MessageUnreadable  # its members are known to Discord alone
    needed = needed_to_read(channel)
    if missing_from(theirs, needed):
        raise MessageUnreadable
    if missing := missing_from(ours, needed):
        raise MessageUnreadable(missing)


async def _place(interaction: discord.Interaction[Any], linked: LinkedMessage) -> tuple[discord.Guild, GuildChannel]:
    """The server and the channel of a message. Raises `MessageUnreadable` and what discord.py raises."""
    guild = interaction.client.get_guild(linked.guild_id or 0)
    if guild is None or guild.unavailable or (guild.id == interaction.guild_id and is_user_install_only(interaction)):
        raise MessageUnreadable
    channel = guild.get_channel_or_thread(linked.channel_id) or await guild.fetch_channel(linked.channel_id)
    if isinstance(channel, (discord.ForumChannel, discord.CategoryChannel)):  # which have no messages
        raise MessageUnreadable
    if isinstance(channel, discord.Thread) and channel.parent is None:  # which has the permissions
        raise MessageUnreadable
    return guild, channel
