"""The finished painting whose button was pressed."""

from __future__ import annotations

from bot.commands.interaction import AtelierInteraction
from bot.errors import PaintingForgotten
from bot.painting.job import Job, JobState
from bot.servers.rules import check_variation


async def painting_of(interaction: AtelierInteraction, job_id: str) -> Job:
    """The job with that painting. Raises `PaintingForgotten` if it is unknown or was deleted."""
    job = await interaction.client.studio.records.get(job_id)
    if job is None or job.state is JobState.DELETED or job.result("painting") is None:
        raise PaintingForgotten
    return job


async def painting_to_vary(interaction: AtelierInteraction, job_id: str) -> Job:
    """The same, if this member may vary it. Raises `VariationsByOwnerOnly`, too."""
    job = await painting_of(interaction, job_id)
    settings = interaction.client.studio.servers.settings_of(interaction.guild_id)
    check_variation(settings, owner_id=job.owner_id, member_id=interaction.user.id)
    return job
