"""The button Delete under a painting: checks who presses, then deletes the painting with its message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import discord
import structlog

from bot.commands.answers import acknowledge
from bot.commands.interaction import AtelierInteraction, actor_of
from bot.errors import NETWORK_ERRORS, AlreadyDeleted, DatabaseAway, MessageNotDeleted
from bot.messages.address import Press
from bot.messages.answer import ORIGINAL, TOKEN_LIFE, UNKNOWN_MESSAGE
from bot.painting.job import Job, JobState

log = structlog.get_logger()


class MessageToDelete(NamedTuple):
    """The message that is deleted with a painting."""

    message_id: int
    """0 if there is none."""
    is_post: bool = False
    """Whether it is a post in a showcase: then the message with the painting goes, too."""


async def check_delete(interaction: AtelierInteraction, job_id: str, *, owner_id: int) -> MessageToDelete:
    """Check that this member may delete a painting, before they are asked to confirm.

    Returns the message with the button, or in a history, the one that the job's row names. Raises `NotYours`, and
    `AlreadyDeleted` for a painting whose message is still there: it is deleted now.
    """
    await acknowledge(interaction)
    studio = interaction.client.studio
    job = await studio.control.job_to_delete(job_id, actor_of(interaction), owner_id=owner_id)
    pressed = interaction.message
    message_id = 0 if pressed is None else pressed.id
    if job is None:
        return MessageToDelete(message_id)
    if job.state is JobState.DELETED:
        await _delete_by_first_way(interaction.delete_original_response)
        raise AlreadyDeleted
    if pressed is not None and pressed.flags.ephemeral and pressed.id != job.message_id:
        return MessageToDelete(job.message_id or 0)  # the press's token reaches only the history
    if job.message_id not in {None, message_id}:
        return MessageToDelete(message_id, is_post=True)  # which is all that the press's token reaches
    with suppress(DatabaseAway):  # it's only one of the ways to reach the message later
        await studio.records.record_press(job_id, Press(interaction.token, discord.utils.utcnow()))
    return MessageToDelete(message_id)


async def delete(interaction: AtelierInteraction, job_id: str, *, owner_id: int, message_id: int) -> None:
    """Delete a painting and its message, for its owner, the owner of its pictures, or a moderator.

    `interaction` answers the question; a message that the job's row doesn't name is in its channel. That is the post in
    a showcase, and the message with the painting is deleted with it. Raises `NotYours`, `AlreadyDeleted`, and
    `MessageNotDeleted` when Discord doesn't delete a message.
    """
    await acknowledge(interaction)
    job = await interaction.client.studio.control.delete(job_id, actor_of(interaction), owner_id=owner_id)
    ways: list[Callable[[], Awaitable[None]]] = []
    if job is not None and job.press is not None and discord.utils.utcnow() < job.press.pressed_at + TOKEN_LIFE:
        webhook = discord.Webhook.partial(interaction.application_id, job.press.token, client=interaction.client)
        ways.append(partial(webhook.delete_message, ORIGINAL))
    painted = _message_of(interaction, job)
    if message_id and (painted is None or message_id != painted.id):
        channel = interaction.client.get_partial_messageable(interaction.channel_id or 0, guild_id=interaction.guild_id)
        pressed = channel.get_partial_message(message_id)
        if painted is None:
            painted = pressed
        else:
            await _delete_by_first_way(pressed.delete)
    if painted is not None:
        ways.append(painted.delete)
    await _delete_by_first_way(*ways)
    if job is not None and job.state is JobState.DELETED:
        raise AlreadyDeleted
    log.info("job.deleted", job=job_id, by=interaction.user.id)


def _message_of(interaction: AtelierInteraction, job: Job | None) -> discord.PartialMessage | None:
    """The message that shows a job, if its row names one."""
    if job is None or job.message_id is None:
        return None
    channel_id = job.message_channel_id or job.channel_id
    channel = interaction.client.get_partial_messageable(channel_id, guild_id=job.guild_id)
    return channel.get_partial_message(job.message_id)


async def _delete_by_first_way(*ways: Callable[[], Awaitable[None]]) -> None:
    """Delete a message by the first of these ways that Discord accepts. Raises `MessageNotDeleted` if it accepts none.

    A message that no longer exists, or has never existed, counts as deleted.
    """
    problem = ""
    for delete_message in ways:
        try:
            await delete_message()
        except discord.HTTPException as error:
            if error.code == UNKNOWN_MESSAGE:
                return
            log.info("message.not_deleted", status=error.status, code=error.code, problem=error.text)
            problem = error.text or str(error.status)
        except NETWORK_ERRORS as error:
            log.info("message.not_deleted", problem=str(error))
            problem = ""
        else:
            return
    if ways:
        raise MessageNotDeleted(problem)
