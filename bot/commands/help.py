"""`/help` and `/recipes`: what this bot is for, shown only to the member who asks."""

from __future__ import annotations

from discord import app_commands

from bot.cards.help import help_card, recipes_card
from bot.commands.interaction import AtelierInteraction
from bot.words import localized, words_of


@app_commands.command(name="help", description=localized("command-help"))
async def help_command(interaction: AtelierInteraction) -> None:
    """Show how to use the bot."""
    await interaction.response.send_message(view=help_card(words_of(interaction)), ephemeral=True)


@app_commands.command(name="recipes", description=localized("command-recipes"))
async def recipes(interaction: AtelierInteraction) -> None:
    """Show what each recipe does."""
    await interaction.response.send_message(view=recipes_card(words_of(interaction)), ephemeral=True)
