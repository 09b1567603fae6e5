"""What a server's settings and the bot's permissions allow, before any work is done for a painting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeAlias

import discord

from bot.errors import ChannelNotAllowed, MissingPermissions, RoleNotAllowed, SizeNotAllowed
from bot.painting.job import PaintingOptions
from bot.storage.servers import ServerSettings
from stylizer.recipe import LARGEST_SIZE_PX

GuildChannel: TypeAlias = "discord.abc.GuildChannel | discord.Thread"

SIZES_PX = (256, 384, 512, 768, 1024, 1536, LARGEST_SIZE_PX)
"""What is offered where a size is chosen from a list."""

TO_LOG = ("view_channel", "send_messages")
_IN_VOICE = ("connect",)
"""Besides, for the chat of a voice channel: without it Discord answers that the bot has no access."""


def check_server(
    interaction: discord.Interaction[Any], options: PaintingOptions | None, settings: ServerSettings
) -> None:
    """Refuse what the managers of the server do not allow; where the options are not known yet, all but the size.

    Raises `ChannelNotAllowed`, `RoleNotAllowed` or `SizeNotAllowed`.
    """
    guild = interaction.guild
    if guild is None:
        return
    if settings.channel_ids and not settings.channel_ids & _places(interaction):
        raise ChannelNotAllowed(_mentions(guild.get_channel(channel_id) for channel_id in settings.channel_ids))
    roles = interaction.user.roles if isinstance(interaction.user, discord.Member) else []
    if settings.role_ids and not settings.role_ids & {role.id for role in roles}:
        raise RoleNotAllowed(_mentions(guild.get_role(role_id) for role_id in settings.role_ids))
    if options is not None:
        check_size(options, settings)


def check_size(options: PaintingOptions, settings: ServerSettings) -> None:
    """Refuse a painting that is larger than the server allows. Raises `SizeNotAllowed`."""
    if settings.largest_size_px is not None:
        size_px = options.recipe().longest_side_px
        if size_px > settings.largest_size_px:
            raise SizeNotAllowed(size_px, settings.largest_size_px)


def within(settings: ServerSettings, options: PaintingOptions) -> PaintingOptions:
    """The options, their size brought within the server's where the member chose none.

    Raises `UnknownRecipe` or `InvalidRecipe`.
    """
    largest_px = settings.largest_size_px
    if largest_px is None or options.size_px is not None or options.recipe().longest_side_px <= largest_px:
        return options
    return replace(options, size_px=largest_px)


def needed_to_post(channel: object) -> tuple[str, ...]:
    """The permissions that a painting needs in this place: a channel, a thread or forum post, a voice channel's chat.

    Forums and media channels hold posts only, which are threads.
    """
    posts = isinstance(channel, (discord.Thread, discord.ForumChannel))
    return ("view_channel", "send_messages_in_threads" if posts else "send_messages", "attach_files", *_voice(channel))


def needed_to_read(channel: object) -> tuple[str, ...]:
    """The permissions that it takes to look for the last picture of this place."""
    return ("view_channel", "read_message_history", *_voice(channel))


def needed_within(channel: GuildChannel) -> tuple[str, ...]:
    """The permissions that paintings need in this channel and in its threads."""
    needed = needed_to_post(channel)
    has_threads = isinstance(channel, discord.TextChannel)
    return (*needed, "send_messages_in_threads") if has_threads else needed


def missing_permissions(channel: GuildChannel, needed: Iterable[str]) -> tuple[str, ...]:
    """What the bot may not do in that channel, of what it needs there."""
    permissions = channel.permissions_for(channel.guild.me)
    if isinstance(channel, discord.ForumChannel) and not permissions.send_messages:
        # discord.py takes Attach Files away along with Send Messages, which writing in a forum's posts doesn't need.
        permissions.update(attach_files=_may_attach(channel))
    return missing_from(permissions, needed)


def missing_from(permissions: discord.Permissions, needed: Iterable[str]) -> tuple[str, ...]:
    """Which of the permissions that are needed aren't among these."""
    return tuple(name for name in needed if not getattr(permissions, name))


def check_permissions(interaction: discord.Interaction[Any]) -> None:
    """Refuse now what would only fail once the painting is done. Raises `MissingPermissions`."""
    if interaction.guild_id is None:
        return
    needed = ("attach_files",) if is_members_own(interaction) else needed_to_post(interaction.channel)
    if missing := missing_from(interaction.app_permissions, needed):
        raise MissingPermissions(missing)


def is_members_own(interaction: discord.Interaction[Any]) -> bool:
    """Whether only the member has installed the bot, not this server: it answers without being in the channel."""
    return interaction.is_user_integration() and not interaction.is_guild_integration()


def _may_attach(channel: discord.ForumChannel) -> bool:
    """Whether the bot's roles and the channel's overwrites allow files: everyone's, the roles', then its own."""
    me = channel.guild.me
    everyone = channel.overwrites_for(channel.guild.default_role).attach_files
    roles = {channel.overwrites_for(role).attach_files for role in me.roles if not role.is_default()}
    by_roles = True if True in roles else False if False in roles else None
    for chosen in (channel.overwrites_for(me).attach_files, by_roles, everyone):
        if chosen is not None:
            return chosen
    return me.guild_permissions.attach_files


def _voice(channel: object) -> tuple[str, ...]:
    return _IN_VOICE if isinstance(channel, (discord.VoiceChannel, discord.StageChannel)) else ()


def _places(interaction: discord.Interaction[Any]) -> set[int]:
    """Everything that the interaction's channel counts as: itself, the channel it is a thread of, the category."""
    channel = interaction.channel
    category_id = getattr(channel, "category_id", None)
    if isinstance(channel, discord.Thread):
        category_id = channel.parent.category_id if channel.parent is not None else None
    ids = {interaction.channel_id, getattr(channel, "parent_id", None), category_id}
    return {place for place in ids if place is not None}


def _mentions(found: Iterable[GuildChannel | discord.Role | None]) -> tuple[str, ...]:
    return tuple(sorted(one.mention for one in found if one is not None))
