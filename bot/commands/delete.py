"""The button Delete under a painting: checks who presses, then deletes the painting with its message and posts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from functools import partial
from typing import NamedTuple, TypeAlias

import discord
import structlog

from bot.commands.interaction import AtelierInteraction, actor_of
from bot.errors import NETWORK_ERRORS, AlreadyDeleted, DatabaseAway, MessageNotDeleted
from bot.messages.address import Press
from bot.messages.answer import ORIGINAL, TOKEN_LIFE, UNKNOWN_MESSAGE
from bot.messages.places import UNKNOWN_CHANNEL
from bot.painting.job import JobState

log = structlog.get_logger()

_Way: TypeAlias = Callable[[], Awaitable[None]]


class MessageToDelete(NamedTuple):
    """The message that is deleted with a painting."""

    message_id: int
    """0 if there is none."""
    has_posts: bool = False
    """Whether the painting's posts in showcases are deleted, too."""


async def check_delete(interaction: AtelierInteraction, job_id: str, *, owner_id: int) -> MessageToDelete:
    """Check that this member may delete a painting, before they are asked to confirm. The press is acknowledged.

    Returns the message with the button, or in a history, the one that the job's row names. Raises `NotYours`, and
    `AlreadyDeleted` for a painting whose message is still there: it is deleted now.
    """
    studio = interaction.client.studio
    job = await studio.control.job_to_delete(job_id, actor_of(interaction), owner_id=owner_id)
    pressed = interaction.message
    message_id = 0 if pressed is None else pressed.id
    if job is None:
        return MessageToDelete(message_id)
    if job.state is JobState.DELETED:
        await _delete_by_first_way(interaction.delete_original_response)
        raise AlreadyDeleted
    has_posts = bool(await studio.showcase.of(job_id))
    if pressed is not None and pressed.flags.ephemeral and pressed.id != job.message_id:
        return MessageToDelete(job.message_id or 0, has_posts)  # the press's token reaches only the history
    if job.message_id not in {None, message_id}:  # the press's token reaches only this post
        return MessageToDelete(message_id, has_posts=True)
    with suppress(DatabaseAway):  # it's only one of the ways to reach the message later
        await studio.records.record_press(job_id, Press(interaction.token, discord.utils.utcnow()))
    return MessageToDelete(message_id, has_posts)


async def delete(interaction: AtelierInteraction, job_id: str, *, owner_id: int, message_id: int) -> None:
    """Delete a painting with its message and posts, for its owner, the owner of its pictures, or a moderator.

    `interaction`, already acknowledged, answers the question; a message that the job's row doesn't name is in its
    channel. Raises `NotYours`, `AlreadyDeleted`, and `MessageNotDeleted` when Discord doesn't delete one of them.
    """
    studio = interaction.client.studio
    posts = await studio.showcase.of(job_id)
    job = await studio.control.delete(job_id, actor_of(interaction), owner_id=owner_id)
    channels = {message_id: interaction.channel_id or 0} if message_id else {}
    channels |= {post.message_id: post.channel_id for post in posts}
    painted: list[_Way] = []
    if job is not None and job.press is not None and discord.utils.utcnow() < job.press.pressed_at + TOKEN_LIFE:
        webhook = discord.Webhook.partial(interaction.application_id, job.press.token, client=interaction.client)
        painted.append(partial(webhook.delete_message, ORIGINAL))
    if job is not None and job.message_id is not None:
        message_id = job.message_id
        channels[message_id] = job.message_channel_id or job.channel_id
    deletions = {known_id: _deletion(interaction, channel_id, known_id) for known_id, channel_id in channels.items()}
    if message_id:
        painted.append(deletions.pop(message_id))
    await _delete_each(painted, *([post] for post in deletions.values()))
    if job is not None and job.state is JobState.DELETED:
        raise AlreadyDeleted
    log.info("job.deleted", job=job_id, by=interaction.user.id)


def _deletion(interaction: AtelierInteraction, channel_id: int, message_id: int) -> _Way:
    channel = interaction.client.get_partial_messageable(channel_id, guild_id=interaction.guild_id)
    return channel.get_partial_message(message_id).delete


async def _delete_each(*messages: Collection[_Way]) -> None:
    """Delete messages, each by the first of its ways. Raises `MessageNotDeleted` after it has tried all of them."""
    problems = []
    for ways in messages:
        try:
            await _delete_by_first_way(*ways)
        except MessageNotDeleted as problem:
            problems.append(problem)
    if problems:
        raise problems[0]


async def _delete_by_first_way(*ways: _Way) -> None:
    """Delete a message by the first of these ways that Discord accepts. Raises `MessageNotDeleted` if it accepts none.

    A message that no longer exists, or has never existed, counts as deleted, and so does one in a deleted channel.
    """
    problem = ""
    for delete_message in ways:
        try:
            await delete_message()
        except discord.HTTPException as error:
            if error.code in {UNKNOWN_MESSAGE, UNKNOWN_CHANNEL}:
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
