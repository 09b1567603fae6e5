"""`/privacy` and `/forget-me`: what is kept about a member, and how they delete it. Nobody else sees the answers."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import discord
from discord import app_commands

from bot.cards.privacy import (
    FORGET_ID,
    KEEP_ID,
    forget_card,
    forgotten_card,
    kept_card,
    nothing_known_card,
    privacy_card,
)
from bot.commands.answers import acknowledge, answering
from bot.commands.controls import Control
from bot.commands.interaction import AtelierInteraction
from bot.errors import NETWORK_ERRORS
from bot.files.janitor import Forgotten
from bot.words import localized, words_of

CANCEL_TIMEOUT_SECONDS = 30.0
"""For the member's paintings to stop, or to be posted if it is too late to stop them."""


@app_commands.command(name="privacy", description=localized("command-privacy"))
async def privacy(interaction: AtelierInteraction) -> None:
    """Show what is kept, with the current settings."""
    studio = interaction.client.studio
    server = studio.servers.settings_of(interaction.guild_id)
    card = privacy_card(studio.settings.retention, server, words_of(interaction))
    await interaction.response.send_message(view=card, ephemeral=True)


@app_commands.command(name="forget-me", description=localized("command-forget-me"))
async def forget_me(interaction: AtelierInteraction) -> None:
    """Ask whether the member is sure."""
    async with answering(interaction):
        await acknowledge(interaction, thinking=True, ephemeral=True)
        studio, member_id, words = interaction.client.studio, interaction.user.id, words_of(interaction)
        known = (
            studio.preferences.knows(member_id)
            or await studio.janitor.knows(member_id)
            or await studio.setup.knows(member_id)
        )
        await interaction.edit_original_response(view=forget_card(words) if known else nothing_known_card(words))


class ForgetButton(Control, template=FORGET_ID):
    """Deletes everything about the member who presses it."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction)
        studio, member_id = interaction.client.studio, interaction.user.id
        late_jobs = await studio.scheduler.cancel_all_of(member_id, within_seconds=CANCEL_TIMEOUT_SECONDS)
        in_progress = {job.job_id for job in studio.scheduler.jobs_of(member_id, ending=True)}
        chosen = studio.preferences.knows(member_id)
        await studio.preferences.forget(member_id)
        drafts = await studio.setup.forget_member(member_id)
        card_of = partial(
            forgotten_card, late_jobs=late_jobs, preferences=chosen, drafts=drafts, words=words_of(interaction)
        )

        async def show_so_far(forgotten: Forgotten) -> None:
            with suppress(discord.HTTPException, *NETWORK_ERRORS):  # the files are deleted all the same
                await interaction.edit_original_response(view=card_of(forgotten, has_files_left=True))

        forgotten = await studio.janitor.forget_member(
            member_id, in_progress=in_progress, on_records_deleted=show_so_far
        )
        await interaction.edit_original_response(view=card_of(forgotten))


class KeepButton(Control, template=KEEP_ID):
    """Leaves everything as it is."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await interaction.response.edit_message(view=kept_card(words_of(interaction)))


CHOICES = (ForgetButton, KeepButton)
"""The buttons that answer the question."""
