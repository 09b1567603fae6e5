"""`/privacy` and `/forget-me`: what is known of a member, to them alone, and its end."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import app_commands

from bot.cards.privacy import forget_card, forgotten_card, kept_card, nothing_known_card, privacy_text
from bot.commands.answers import acknowledge, answering, answering_presses
from bot.commands.interaction import AtelierInteraction

LAST_WORDS_SECONDS = 30.0
"""For the member's paintings to be stopped, or to be posted where they cannot be stopped any more."""


@app_commands.command(name="privacy", description="What Atelier keeps about you, how long, and who sees it")
async def privacy(interaction: AtelierInteraction) -> None:
    """Tell what is kept, by the settings in force."""
    studio = interaction.client.studio
    text = privacy_text(studio.settings.retention, studio.servers.settings_of(interaction.guild_id))
    await interaction.response.send_message(text, ephemeral=True)


@app_commands.command(name="forget-me", description="Delete your pictures, your paintings and every record of them")
async def forget_me(interaction: AtelierInteraction) -> None:
    """Ask whether that is really meant."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True, thinking=True)
        studio, member_id = interaction.client.studio, interaction.user.id
        known = await studio.janitor.knows(member_id) or await studio.preferences.notify(member_id) is not None
        card = forget_card(forget=ForgetButton.new(), keep=KeepButton.new()) if known else nothing_known_card()
        await interaction.edit_original_response(view=card)


class _Choice(discord.ui.DynamicItem[discord.ui.Button[Any]], template="atelier:forget"):
    """A button under the question, which only the member who asked can see."""

    @classmethod
    async def from_custom_id(cls, _interaction: Any, item: Any, _match: re.Match[str], /) -> Self:
        """The one that was pressed."""
        return cls(item)


class ForgetButton(_Choice, template="atelier:forget:yes"):
    """Deletes all that is known of whoever presses it."""

    @classmethod
    def new(cls) -> Self:
        """The button."""
        style = discord.ButtonStyle.danger
        return cls(discord.ui.Button(label="Forget me", style=style, custom_id="atelier:forget:yes"))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Cancel what is under way, then delete."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await acknowledge(pressed)
            studio, member_id = pressed.client.studio, pressed.user.id
            late_jobs = await studio.scheduler.cancel_all_of(member_id, within_seconds=LAST_WORDS_SECONDS)
            under_way = {job.job_id for job in studio.scheduler.jobs_of(member_id, ending=True)}
            forgotten = await studio.janitor.forget_member(member_id, under_way=under_way)
            chosen = await studio.preferences.notify(member_id) is not None
            await studio.preferences.forget(member_id)
            card = forgotten_card(forgotten, late_jobs=late_jobs, preferences=chosen)
            await pressed.edit_original_response(view=card)


class KeepButton(_Choice, template="atelier:forget:no"):
    """Leaves everything as it is."""

    @classmethod
    def new(cls) -> Self:
        """The button."""
        return cls(discord.ui.Button(label="Cancel", custom_id="atelier:forget:no"))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Say so."""
        pressed: AtelierInteraction = interaction
        async with answering_presses(pressed):
            await pressed.response.edit_message(view=kept_card())


CHOICES = (ForgetButton, KeepButton)
"""What is pressed to answer the question."""
