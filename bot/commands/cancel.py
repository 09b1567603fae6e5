"""The button Cancel on a job's card, also after the job has ended."""

from __future__ import annotations

from contextlib import suppress

import discord

from bot.cards.job import ended_card, forgotten_job_card
from bot.commands.answers import acknowledge
from bot.commands.interaction import AtelierInteraction, actor_of
from bot.errors import NETWORK_ERRORS, AlreadyFinished, PausedUntilRestart
from bot.messages.answer import cleared
from bot.painting.job import UNFINISHED_STATES, JobState
from bot.words import Words, words_of


async def cancel(interaction: AtelierInteraction, job_id: str, *, owner_id: int) -> None:
    """Stop a job for its owner or a moderator. Raises `NotYours`, `TooLateToCancel` and `AlreadyFinished`."""
    await acknowledge(interaction)
    studio = interaction.client.studio
    message_id = None if interaction.message is None else interaction.message.id
    # No matter who pressed: the press's token can edit the card from now on.
    studio.scheduler.pressed(job_id, interaction.token, message_id=message_id, by=interaction.user.id)
    try:
        studio.control.cancel(job_id, actor_of(interaction), owner_id=owner_id)
    except AlreadyFinished:
        if await _cancel_choice(interaction, job_id):
            return
        await _update_stale_card(interaction, job_id)
        raise


async def _cancel_choice(interaction: AtelierInteraction, job_id: str) -> bool:
    """Cancel a job that waits for its owner to choose a style; False if it doesn't. Raises `Superseded`."""
    records = interaction.client.studio.records
    job = await records.get(job_id)
    if job is None or job.state is not JobState.CHOOSING:
        return False
    words = Words.of(job.locale)
    canceled = await records.save(job.canceled(words("canceled-by", member_id=interaction.user.id)).settled())
    await interaction.edit_original_response(attachments=[], **cleared(ended_card(canceled, words)))
    return True


async def _update_stale_card(interaction: AtelierInteraction, job_id: str) -> None:
    """Update a card that still shows an ended job as in progress.

    Raises `PausedUntilRestart` for a job that hasn't ended, but that this process has given up on.
    """
    studio = interaction.client.studio
    job = await studio.records.get(job_id)
    if job is not None and job.state in UNFINISHED_STATES:
        raise PausedUntilRestart
    pressed = interaction.message
    if job is not None and job.state is JobState.DELIVERED and pressed and pressed.id == job.message_id:
        return  # it became the result while the press was on its way
    words = words_of(interaction)
    card = forgotten_job_card(words) if job is None else ended_card(job, words)
    with suppress(discord.HTTPException, *NETWORK_ERRORS):
        await interaction.edit_original_response(attachments=[], **cleared(card))
