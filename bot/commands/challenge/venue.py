"""Where a challenge can be announced, and which role winners can get: checked for the bot, and for its organizer.

Otherwise, an organizer could make the bot post where they can't, or give themselves a role that they couldn't get.
"""

from __future__ import annotations

import discord

from bot.commands.interaction import AtelierInteraction
from bot.errors import (
    ChannelNeedsPermissions,
    ChannelNotYours,
    PlaceLost,
    PlaceProblem,
    RoleForVoters,
    RoleForWinners,
)
from bot.servers.rules import missing_permissions, needed_to_send


def check_channel(interaction: AtelierInteraction, channel_id: int) -> None:
    """Check that a challenge can be announced in a channel, by the bot and by this member.

    Raises `PlaceLost`, `ChannelNotYours` and `ChannelNeedsPermissions`.
    """
    guild, member = interaction.guild, interaction.user
    channel = None if guild is None else guild.get_channel(channel_id)
    if channel is None or not isinstance(member, discord.Member):
        raise PlaceLost(channel_id, PlaceProblem.GONE)
    if not isinstance(channel, (discord.TextChannel, discord.ForumChannel)):
        raise PlaceLost(channel_id, PlaceProblem.KIND)
    theirs = channel.permissions_for(member)
    if not (theirs.view_channel and theirs.send_messages):
        raise ChannelNotYours(channel_id)
    threads = () if isinstance(channel, discord.ForumChannel) else ("create_public_threads",)
    needed = (*needed_to_send(channel, has_files=True), *threads, "send_messages_in_threads")
    if missing := missing_permissions(channel, needed):
        raise ChannelNeedsPermissions(channel_id, missing)


def check_winner_role(interaction: AtelierInteraction, role: discord.Role) -> None:
    """Check that winners can get a role, and that this member could give it. Raises `RoleForWinners`.

    Organizers may always use the role that the server has chosen for winners.
    """
    check_bot_gives(role)
    member, guild = interaction.user, role.guild
    if role.id == interaction.client.studio.servers.settings_of(guild.id).winner_role_id:
        return
    if not isinstance(member, discord.Member) or not (
        guild.owner_id == member.id or (member.guild_permissions.manage_roles and role < member.top_role)
    ):
        raise RoleForWinners(role.id, "member")


def check_voter_role(role: discord.Role) -> None:
    """Check that members can have a role. Raises `RoleForVoters`."""
    if role.is_bot_managed():
        raise RoleForVoters(role.id, "bot")


def check_bot_gives(role: discord.Role) -> None:
    """Check that the bot can give a role. Raises `RoleForWinners`."""
    if role.is_default() or role.managed:
        raise RoleForWinners(role.id, "managed")
    if not (role.guild.me.guild_permissions.manage_roles and role.is_assignable()):
        raise RoleForWinners(role.id, "bot")
