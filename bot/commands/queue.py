"""`/queue`: a member's paintings in progress, and when they are likely to be done."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from discord import app_commands

from bot.cards.queue import JobInProgress, queue_card
from bot.commands.interaction import AtelierInteraction
from bot.errors import DatabaseAway
from bot.painting.job import Job
from bot.words import localized, words_of

MAX_UNDELIVERED = 5
"""A row has room for five buttons."""
DATABASE_TIMEOUT_SECONDS = 1.0
"""Discord waits for three seconds in all."""


@app_commands.command(name="queue", description=localized("command-queue"))
async def queue_command(interaction: AtelierInteraction) -> None:
    """Show the queue as this member sees it, to them alone."""
    studio, member_id, guild_id = interaction.client.studio, interaction.user.id, interaction.guild_id
    positions = {job.job_id: position for position, job in enumerate(studio.queue.in_order(), start=1)}
    forecast = studio.queue.forecast()
    undelivered: list[Job] = []
    with suppress(DatabaseAway, TimeoutError):  # the rest of the card needs no database
        async with asyncio.timeout(DATABASE_TIMEOUT_SECONDS):
            undelivered = await studio.records.undelivered(member_id, MAX_UNDELIVERED)
    card = queue_card(
        [
            JobInProgress(job, positions.get(job.job_id), forecast.get(job.job_id))
            for job in studio.scheduler.jobs_of(member_id)
            if job.styles  # else it is only downloaded, for them to choose a style
        ],
        waiting=len(positions),
        painting=len(studio.queue.being_painted()),
        allowance=studio.usage.allowance(member_id, guild_id, studio.servers.settings_of(guild_id)),
        resets_at=studio.usage.resets_at,
        undelivered=undelivered,
        words=words_of(interaction),
    )
    await interaction.response.send_message(view=card, ephemeral=True)
