"""Who may enter a challenge, wherever they press: on its server, or in a direct message."""

from __future__ import annotations

import discord

from bot.challenges.challenge import Challenge
from bot.commands.interaction import AtelierInteraction
from bot.errors import ChallengeUnknown, NotOnItsServer
from bot.servers.rules import check_roles


async def check_entrant(interaction: AtelierInteraction, challenge_id: str, *, needs_place: bool = True) -> Challenge:
    """Return the challenge if this member may paint for it now.

    With `needs_place`, one more entry of theirs must be possible. The channels to which a server restricts paintings
    don't matter: its organizers have chosen where the challenge is, and nobody else sees the painting. Raises
    `ChallengeUnknown`, `NotOnItsServer`, `RoleNotAllowed`, and what `Entering.check` raises.
    """
    studio = interaction.client.studio
    challenge = await studio.entering.challenge(challenge_id)
    await studio.entering.check(challenge, interaction.user.id, needs_place=needs_place)
    member = await check_member(interaction, challenge)
    check_roles(member, member.guild, studio.servers.settings_of(challenge.guild_id))
    return challenge


async def check_member(interaction: AtelierInteraction, challenge: Challenge) -> discord.Member:
    """The member on the challenge's server; in direct messages, Discord is asked.

    Raises `ChallengeUnknown` if the bot isn't there any more, and `NotOnItsServer`.
    """
    if isinstance(interaction.user, discord.Member) and interaction.guild_id == challenge.guild_id:
        return interaction.user
    guild = interaction.client.get_guild(challenge.guild_id)
    if guild is None:
        raise ChallengeUnknown
    try:
        return await guild.fetch_member(interaction.user.id)
    except discord.NotFound as error:
        raise NotOnItsServer from error
