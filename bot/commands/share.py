""" "Share" below a painting: posts it in the server's showcase channel, for its owner or a moderator."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import discord
import structlog

from bot.cards.showcase import shared_card, showcase_card
from bot.challenges.challenge import RUNNING_PHASES
from bot.commands.answers import acknowledge
from bot.commands.interaction import AtelierInteraction, actor_of
from bot.commands.painting import painting_of
from bot.commands.pressed import url_of
from bot.errors import (
    NETWORK_ERRORS,
    EntryIsAnonymous,
    FileBeyondUploadLimit,
    NoShowcase,
    NotYours,
    PaintingForgotten,
    SharedBefore,
    SharedElsewhere,
    ShowcaseClosed,
    ShowcaseNotForAdults,
)
from bot.messages.address import message_url
from bot.messages.uploads import opened
from bot.painting.job import Job
from bot.painting.result_files import stored_painting
from bot.servers.rules import is_user_install_only, missing_permissions, needed_to_post
from bot.storage.showcase import ShowcasePost
from bot.words import Words, words_of

log = structlog.get_logger()

SHARE_INTERVAL = timedelta(days=1)
"""A painting can be shared again after this."""


async def share(interaction: AtelierInteraction, job_id: str) -> None:
    """Post a painting in the showcase channel, and say where. It pings nobody, and a spoiler stays one.

    Raises `PaintingForgotten`, `NotYours`, `EntryIsAnonymous`, `SharedElsewhere`, `NoShowcase`, `ShowcaseClosed`,
    `ShowcaseNotForAdults`, `SharedBefore` and `FileBeyondUploadLimit`.
    """
    await acknowledge(interaction, thinking=True, ephemeral=True)
    studio = interaction.client.studio
    job = await painting_of(interaction, job_id)
    actor = actor_of(interaction)
    if actor.user_id != job.owner_id and not actor.is_moderator:
        raise NotYours("share", job.owner_id)
    if await studio.entries.phase_of(job_id) in RUNNING_PHASES:
        raise EntryIsAnonymous
    channel = _showcase(interaction, job)
    with studio.pictures.store.lease() as lease:
        file = await stored_painting(studio.pictures.store, job, lease)
        if file.size_bytes > channel.guild.filesize_limit:
            raise FileBeyondUploadLimit(file.size_bytes, channel.guild.filesize_limit)
        url = url_of(interaction.message, guild_id=interaction.guild_id)
        if url is None and job.message_channel_id is None:  # pressed in a history
            url = job.url
        card = showcase_card(job, file, url=url, words=Words.of(job.locale))
        before = discord.utils.utcnow() - SHARE_INTERVAL
        if not await studio.showcase.claim(job_id, shared_before=before, now=discord.utils.utcnow()):
            raise SharedBefore
        try:
            with opened(card.files) as uploads:
                message = await channel.send(
                    view=card.view,
                    files=list(uploads.values()),
                    allowed_mentions=discord.AllowedMentions.none(),
                    nonce=secrets.token_hex(12),  # discord.py repeats a request after a server error
                )
        except BaseException as error:
            await studio.showcase.release(job_id)
            if isinstance(error, (discord.HTTPException, *NETWORK_ERRORS)):
                log.info("painting.not_shared", job=job_id, problem=str(error))
                raise ShowcaseClosed(channel.id) from error
            raise
        try:
            is_recorded = await studio.showcase.add(job_id, ShowcasePost(message.id, channel.id))
        except BaseException:  # nobody would find the post to delete it
            await _take_back(message)
            await studio.showcase.release(job_id)
            raise
        if not is_recorded:  # the painting was deleted in the meantime
            await _take_back(message)
            raise PaintingForgotten
    log.info("painting.shared", job=job_id, by=interaction.user.id)
    url = message_url(channel.guild.id, channel.id, message.id)
    await interaction.edit_original_response(view=shared_card(url, words_of(interaction)))


async def _take_back(message: discord.Message) -> None:
    """Delete a post, if Discord lets it."""
    try:
        await message.delete()
    except (discord.HTTPException, *NETWORK_ERRORS) as error:
        log.info("message.not_deleted", problem=str(error))


def _showcase(interaction: AtelierInteraction, job: Job) -> Any:
    """The showcase channel of the server that the painting was made on, if the bot can post there."""
    if is_user_install_only(interaction) and interaction.guild_id is not None:
        raise NoShowcase(is_bot_absent=True)
    guild = interaction.guild
    if guild is None or job.guild_id != guild.id:
        raise SharedElsewhere
    channel_id = interaction.client.studio.servers.settings_of(guild.id).showcase_channel_id
    if channel_id is None:
        raise NoShowcase
    channel = guild.get_channel(channel_id)
    if channel is None:
        raise NoShowcase(is_gone=True)
    if missing := missing_permissions(channel, needed_to_post(channel)):
        raise ShowcaseClosed(channel_id, missing)
    painted_in = guild.get_channel_or_thread(job.channel_id)  # a history can be opened anywhere
    if (_is_for_adults(interaction.channel) or _is_for_adults(painted_in)) and not _is_for_adults(channel):
        raise ShowcaseNotForAdults(channel_id)
    return channel


def _is_for_adults(channel: Any) -> bool:
    """Whether a channel, or the one that a thread belongs to, is age-restricted."""
    return bool(getattr(channel, "is_nsfw", bool)())
