"""The interaction that commands, buttons and forms get: its client has what they need."""

from __future__ import annotations

from typing import TypeAlias

import discord

from bot.commands.studio import Studio
from bot.operation.metrics import Metrics
from bot.painting.control import Actor
from bot.sources.keys import PictureKeys


class StudioClient(discord.AutoShardedClient):
    """The part of the client that commands use."""

    studio: Studio
    metrics: Metrics
    picture_keys: PictureKeys
    """The pictures of forms that are open."""


AtelierInteraction: TypeAlias = discord.Interaction[StudioClient]


def actor_of(interaction: AtelierInteraction) -> Actor:
    """The member who pressed, and whether they are a moderator here."""
    is_moderator = interaction.guild_id is not None and interaction.permissions.manage_messages
    return Actor(interaction.user.id, is_moderator)
