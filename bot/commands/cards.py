"""Shows a card with files as the answer to an acknowledged interaction."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import discord

from bot.commands.interaction import AtelierInteraction
from bot.messages.answer import cleared
from bot.messages.card import Card
from bot.messages.uploads import opened

NONE_KEPT: Mapping[str, discord.Attachment] = MappingProxyType({})


async def show_card(
    interaction: AtelierInteraction, card: Card, *, kept: Mapping[str, discord.Attachment] = NONE_KEPT
) -> None:
    """Show the card in place of what the answer showed before.

    `kept` are attachments that it showed, by name: those that are files of the card aren't sent again.
    """
    with opened(file for file in card.files if file.name not in kept) as uploads:
        attachments = [kept.get(file.name) or uploads[file.name] for file in card.files]
        await interaction.edit_original_response(**cleared(card), attachments=attachments)
