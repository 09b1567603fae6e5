"""`/preferences`: what a member chooses for themselves, on every server."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import app_commands

from bot.cards.preferences import NOTIFY_ID, SERVER_DEFAULT, preferences_card
from bot.commands.answers import acknowledge, answering, answering_presses
from bot.commands.interaction import AtelierInteraction
from bot.storage.servers import Notify
from bot.words import localized, words_of


@app_commands.command(name="preferences", description=localized("command-preferences"))
async def preferences(interaction: AtelierInteraction) -> None:
    """Show what the member has chosen, to be changed."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True, thinking=True)
        await _show(interaction)


class NotifySelect(discord.ui.DynamicItem[discord.ui.Select[Any]], template=NOTIFY_ID):
    """The menu that chooses when the member is mentioned."""

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, _match: re.Match[str], /) -> Self:
        """The menu that was used."""
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Save what was chosen."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            [chosen] = self.item.values
            await acknowledge(pressed)
            notify = None if chosen == SERVER_DEFAULT else Notify(chosen)
            await pressed.client.studio.preferences.save_notify(pressed.user.id, notify)
            await _show(pressed)


PREFERENCES = (NotifySelect,)
"""The controls on the card."""


async def _show(interaction: AtelierInteraction) -> None:
    studio = interaction.client.studio
    chosen = await studio.preferences.notify_of(interaction.user.id)
    server = None if interaction.guild_id is None else studio.servers.settings_of(interaction.guild_id).notify
    await interaction.edit_original_response(view=preferences_card(chosen, server, words_of(interaction)))
