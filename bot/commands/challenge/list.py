"""`/challenge list`: all challenges of a server, page by page. Only who asks sees the answer."""

from __future__ import annotations

from discord import app_commands

from bot.cards.challenge.listing import PAGE_PATTERN, PAGE_SIZE, list_card
from bot.commands.answers import acknowledge, answering
from bot.commands.controls import Control
from bot.commands.interaction import AtelierInteraction
from bot.words import localized, words_of


@app_commands.command(name="list", description=localized("command-challenge-list"))
async def list_challenges(interaction: AtelierInteraction) -> None:
    """Show the newest ones."""
    async with answering(interaction):
        await acknowledge(interaction, thinking=True, ephemeral=True)
        await _show_page(interaction)


class ChallengePageButton(Control, template=PAGE_PATTERN):
    """Turns to another page."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction)
        await _show_page(interaction, beyond=self._match["challenge_id"], is_newer=self._match["direction"] == "newer")


async def _show_page(interaction: AtelierInteraction, *, beyond: str | None = None, is_newer: bool = False) -> None:
    page = await interaction.client.studio.challenges.page(
        interaction.guild_id or 0, size=PAGE_SIZE, beyond=beyond, is_newer=is_newer
    )
    await interaction.edit_original_response(view=list_card(page, words_of(interaction)))
