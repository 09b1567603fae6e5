"""Checks of a server's settings and of the bot's permissions, made before any work on a painting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeAlias

import discord

from bot.errors import ChannelNotAllowed, MissingPermissions, RoleNotAllowed, SizeNotAllowed, VariationsByOwnerOnly
from bot.painting.job import PaintingOptions
from bot.storage.servers import ServerSettings
from stylizer.recipe import MAX_SIZE_PX

GuildChannel: TypeAlias = "discord.abc.GuildChannel | discord.Thread"

SIZES_PX = (256, 384, 512, 768, 1024, 1536, MAX_SIZE_PX)
"""The choices in lists of sizes."""

LOG_PERMISSIONS = ("view_channel", "send_messages")
THREAD_PERMISSIONS = ("view_channel", "create_public_threads")
LOCKED_THREAD_PERMISSIONS = ("manage_threads",)
_VOICE_CHAT_PERMISSIONS = ("connect",)
"""Needed in addition for a voice channel's chat: without it Discord responds that the bot has no access."""


def check_server(
    interaction: discord.Interaction[Any], options: PaintingOptions | None, settings: ServerSettings
) -> None:
    """Refuse what the server's managers don't allow. Without options, the size isn't checked.

    Raises `ChannelNotAllowed`, `RoleNotAllowed` or `SizeNotAllowed`.
    """
    guild = interaction.guild
    if guild is None:
        return
    if settings.channel_ids and not settings.channel_ids & _channel_ids(interaction):
        raise ChannelNotAllowed(_mentions(guild.get_channel(channel_id) for channel_id in settings.channel_ids))
    check_roles(interaction.user, guild, settings)
    if options is not None:
        check_size(options, settings)


def check_roles(member: discord.User | discord.Member, guild: discord.Guild, settings: ServerSettings) -> None:
    """Refuse members whose roles the server's managers don't allow to paint. Raises `RoleNotAllowed`."""
    roles = member.roles if isinstance(member, discord.Member) else []
    if settings.role_ids and not settings.role_ids & {role.id for role in roles}:
        raise RoleNotAllowed(_mentions(guild.get_role(role_id) for role_id in settings.role_ids))


def check_size(options: PaintingOptions, settings: ServerSettings) -> None:
    """Refuse a painting that is larger than the server allows. Raises `SizeNotAllowed`."""
    if settings.largest_size_px is not None:
        size_px = options.recipe().longest_side_px
        if size_px > settings.largest_size_px:
            raise SizeNotAllowed(size_px, settings.largest_size_px)


def check_variation(settings: ServerSettings, *, owner_id: int, member_id: int) -> None:
    """Refuse to vary somebody else's painting if the server doesn't allow it. Raises `VariationsByOwnerOnly`."""
    if settings.variations_by_owner_only and owner_id != member_id:
        raise VariationsByOwnerOnly(owner_id)


def limit_size(settings: ServerSettings, options: PaintingOptions) -> PaintingOptions:
    """Reduce the recipe's size to the server's limit, unless the member chose a size.

    Raises `UnknownRecipe` or `InvalidRecipe`.
    """
    largest_px = settings.largest_size_px
    if largest_px is None or options.size_px is not None or options.recipe().longest_side_px <= largest_px:
        return options
    return replace(options, size_px=largest_px)


def needed_to_post(channel: object) -> tuple[str, ...]:
    """Permissions needed to post a painting in a channel, a thread, a forum post or a voice channel's chat.

    Forums and media channels contain only posts, which are threads.
    """
    posts = isinstance(channel, (discord.Thread, discord.ForumChannel))
    return ("view_channel", "send_messages_in_threads" if posts else "send_messages", "attach_files", *_voice(channel))


def needed_to_send(channel: object, *, has_files: bool) -> tuple[str, ...]:
    """Permissions needed to send a message in a channel or a thread, or to create a post in a forum."""
    send = "send_messages_in_threads" if isinstance(channel, discord.Thread) else "send_messages"
    return ("view_channel", send, *(("attach_files",) if has_files else ()), *_voice(channel))


def needed_to_edit(channel: object, *, has_files: bool) -> tuple[str, ...]:
    """Permissions needed to edit a message of the bot's own; with `has_files`, to add files to it."""
    return needed_to_send(channel, has_files=True) if has_files else ("view_channel", *_voice(channel))


def needed_to_read(channel: object) -> tuple[str, ...]:
    """Permissions needed to look for the latest picture in a channel."""
    return ("view_channel", "read_message_history", *_voice(channel))


def needed_within(channel: GuildChannel) -> tuple[str, ...]:
    """Permissions needed to post paintings in a channel and in its threads."""
    needed = needed_to_post(channel)
    has_threads = isinstance(channel, discord.TextChannel)
    return (*needed, "send_messages_in_threads") if has_threads else needed


def missing_permissions(channel: GuildChannel, needed: Iterable[str]) -> tuple[str, ...]:
    """Return the needed permissions that the bot lacks in a channel."""
    permissions = channel.permissions_for(channel.guild.me)
    if isinstance(channel, discord.ForumChannel) and not permissions.send_messages:
        # Without Send Messages, discord.py removes Attach Files too, but posting in a forum's threads doesn't need it.
        permissions.update(attach_files=_may_attach(channel))
    return missing_from(permissions, needed)


def missing_from(granted: discord.Permissions, needed: Iterable[str]) -> tuple[str, ...]:
    """Return the needed permissions that aren't granted."""
    return tuple(name for name in needed if not getattr(granted, name))


def check_permissions(interaction: discord.Interaction[Any]) -> None:
    """Refuse a painting that the bot couldn't post when it's done. Raises `MissingPermissions`."""
    if interaction.guild_id is None:
        return
    needed = ("attach_files",) if is_user_install_only(interaction) else needed_to_post(interaction.channel)
    if missing := missing_from(interaction.app_permissions, needed):
        raise MissingPermissions(missing)


def is_user_install_only(interaction: discord.Interaction[Any]) -> bool:
    """Whether the member installed the bot but this server didn't, so that it responds without being a member."""
    return interaction.is_user_integration() and not interaction.is_guild_integration()


def _may_attach(channel: discord.ForumChannel) -> bool:
    """Whether the bot may attach files. Its own overwrite wins over those of its roles, and they over @everyone's."""
    me = channel.guild.me
    everyone = channel.overwrites_for(channel.guild.default_role).attach_files
    roles = {channel.overwrites_for(role).attach_files for role in me.roles if not role.is_default()}
    by_roles = True if True in roles else False if False in roles else None
    for chosen in (channel.overwrites_for(me).attach_files, by_roles, everyone):
        if chosen is not None:
            return chosen
    return me.guild_permissions.attach_files


def _voice(channel: object) -> tuple[str, ...]:
    return _VOICE_CHAT_PERMISSIONS if isinstance(channel, (discord.VoiceChannel, discord.StageChannel)) else ()


def _channel_ids(interaction: discord.Interaction[Any]) -> set[int]:
    """IDs of the interaction's channel, of its parent if it is a thread, and of its category."""
    channel = interaction.channel
    category_id = getattr(channel, "category_id", None)
    if isinstance(channel, discord.Thread):
        category_id = channel.parent.category_id if channel.parent is not None else None
    ids = {interaction.channel_id, getattr(channel, "parent_id", None), category_id}
    return {channel_id for channel_id in ids if channel_id is not None}


def _mentions(found: Iterable[GuildChannel | discord.Role | None]) -> tuple[str, ...]:
    return tuple(sorted(place.mention for place in found if place is not None))
