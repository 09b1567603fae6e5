"""What a command, a button press or a form is handed: an interaction whose client has what commands need."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import discord

from bot.operation.metrics import Metrics
from bot.sources.keys import PictureKeys

if TYPE_CHECKING:
    from bot.commands.studio import Studio


class StudioClient(discord.AutoShardedClient):
    """The part of the client that commands use."""

    studio: Studio
    metrics: Metrics
    picture_keys: PictureKeys
    """The pictures of forms that are open."""


AtelierInteraction: TypeAlias = discord.Interaction[StudioClient]
