"""Who may organize a challenge, and who may moderate its entries."""

from __future__ import annotations

import discord

from bot.challenges.challenge import Challenge
from bot.commands.interaction import AtelierInteraction
from bot.errors import NotAnEntryModerator, NotAnOrganizer


def check_organizer(interaction: AtelierInteraction, challenge: Challenge | None) -> None:
    """Refuse members who may not organize this challenge, or if None, who may not hold one. Raises `NotAnOrganizer`."""
    if not is_organizer(interaction, challenge):
        raise NotAnOrganizer


def check_moderator(interaction: AtelierInteraction, challenge: Challenge) -> None:
    """Refuse members who may not moderate a challenge's entries. Raises `NotAnEntryModerator`."""
    if not is_moderator(interaction, challenge):
        raise NotAnEntryModerator


def is_organizer(interaction: AtelierInteraction, challenge: Challenge | None) -> bool:
    """Whether this member organizes the challenge, or may hold one on this server.

    Discord computes the permissions of an interaction for its channel, but a challenge belongs to the whole server.
    """
    member = interaction.user
    if not isinstance(member, discord.Member) or (challenge is not None and challenge.guild_id != member.guild.id):
        return False
    if challenge is not None and challenge.organizer_id == member.id:
        return True
    if member.guild_permissions.manage_events or member.guild_permissions.manage_guild:
        return True
    organizers = interaction.client.studio.servers.settings_of(member.guild.id).organizer_role_ids
    return any(role.id in organizers for role in member.roles)


def is_moderator(interaction: AtelierInteraction, challenge: Challenge) -> bool:
    """Whether this member is a moderator of the server, or an organizer of the challenge."""
    member = interaction.user
    if is_organizer(interaction, challenge):
        return True
    return (
        isinstance(member, discord.Member)
        and member.guild.id == challenge.guild_id
        and member.guild_permissions.manage_messages
    )
