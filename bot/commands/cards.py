"""Shows a card with files as the answer to an acknowledged interaction."""

from __future__ import annotations

from bot.commands.interaction import AtelierInteraction
from bot.messages.answer import cleared
from bot.messages.card import Card
from bot.messages.uploads import opened


async def show_card(interaction: AtelierInteraction, card: Card) -> None:
    """Show the card in place of what the answer showed before."""
    with opened(card.files) as uploads:
        await interaction.edit_original_response(**cleared(card), attachments=list(uploads.values()))
