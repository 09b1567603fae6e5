"""Turns interactions into requests: a new painting, a variation, or delivering a painting again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import discord

from bot.challenges.challenge import Challenge
from bot.commands.answers import acknowledge
from bot.commands.interaction import AtelierInteraction
from bot.commands.pressed import pictures_shown_on, url_of
from bot.gallery.style import Style
from bot.messages.address import Address
from bot.painting.defaults import default_options
from bot.painting.job import Cell, Input, Job, PaintingOptions, Variation
from bot.painting.request import (
    Acknowledge,
    ChoiceRequest,
    ChosenStyle,
    PaintingRequest,
    RedeliveryRequest,
    VariationRequest,
)
from bot.painting.size import chosen_size, default_size
from bot.servers.rules import check_permissions, check_server, check_size, limit_size
from bot.sources.picture import SentPicture
from bot.words import locale_of


async def accept(
    interaction: AtelierInteraction,
    options: PaintingOptions,
    *,
    content: SentPicture | Input,
    styles: Sequence[ChosenStyle],
    mask: SentPicture | None = None,
    cells: tuple[Cell, ...] = (),
    challenge: Challenge | None = None,
    like: Job | None = None,
) -> None:
    """Accept a painting, or a board of these cells; the answer to this interaction becomes the job's card.

    Without styles, that card asks the member to choose one. A painting for a challenge belongs to its server and is
    shown to the member alone, wherever it is asked for; the caller has checked that they may enter. `like` is the job
    whose styles it takes over, if it does. Raises a `Refusal`, `UnknownRecipe` or `InvalidRecipe` for what is known to
    be wrong before painting.
    """
    studio = interaction.client.studio
    check_permissions(interaction)
    server = studio.servers.settings_of(interaction.guild_id if challenge is None else challenge.guild_id)
    if options.size_px == defaults_of(interaction, challenge=challenge).size_px:
        options = default_size(options, content, largest_px=server.largest_size_px)
    options = limit_size(server, chosen_size(options, content))
    if challenge is None:
        check_server(interaction, options, server)
    else:
        check_size(options, server)
    address = _address(interaction, challenge=challenge)
    request = PaintingRequest(
        owner_id=interaction.user.id,
        address=address,
        options=options,
        content=content,
        styles=tuple(styles),
        mask=mask,
        cells=cells,
        wants_timelapse=studio.preferences.of(interaction.user.id).wants_timelapse,
        locale=locale_of(interaction),
        challenge_id=None if challenge is None else challenge.challenge_id,
        like=like,
    )
    take = studio.intake.accept if styles else studio.intake.ask_for_style
    await take(request, _thinking(interaction, address))


async def choose(interaction: AtelierInteraction, job: Job, style: Style) -> None:
    """Paint a job in the style that its owner chose with a press, in the pressed message. Raises as `accept` does."""
    studio = interaction.client.studio
    check_permissions(interaction)
    address = replace(_address(interaction), is_private=job.address.is_private)
    if job.challenge_id is None:
        check_server(interaction, job.options, studio.servers.settings_of(interaction.guild_id))
    else:  # which was checked for the challenge's server, wherever the member presses
        address = replace(address, guild_id=job.guild_id)
    message_id = 0 if interaction.message is None else interaction.message.id
    request = ChoiceRequest(job.job_id, interaction.user.id, address, message_id, style)
    await studio.intake.choose(request)


async def vary(
    interaction: AtelierInteraction,
    job_id: str,
    variation: Variation,
    *,
    number: int | None = None,
    styles: tuple[Style, ...] = (),
    options: PaintingOptions | None = None,
    challenge: Challenge | None = None,
) -> None:
    """Paint a job's pictures again, slightly differently, for the member who pressed. Raises as `accept` does.

    `number` is the chosen painting of a board, `styles` are those of a new board or of an edit, and `options` those of
    an edit. `challenge` is as in `accept`.
    """
    studio = interaction.client.studio
    check_permissions(interaction)
    if challenge is None:
        check_server(interaction, None, studio.servers.settings_of(interaction.guild_id))
    address = _address(interaction, challenge=challenge)
    request = VariationRequest(
        origin_id=job_id,
        variation=variation,
        owner_id=interaction.user.id,
        address=address,
        origin_url=url_of(interaction.message, guild_id=interaction.guild_id),
        shown=pictures_shown_on(interaction.message),
        wants_timelapse=studio.preferences.of(interaction.user.id).wants_timelapse,
        locale=locale_of(interaction),
        challenge_id=None if challenge is None else challenge.challenge_id,
        number=number,
        styles=styles,
        options=options,
    )
    await studio.intake.vary(request, _thinking(interaction, address))


async def show_undelivered(interaction: AtelierInteraction, job_id: str) -> None:
    """Show a member a painting of theirs in this place that Discord refused earlier; only to them if it may enter."""
    studio = interaction.client.studio
    check_permissions(interaction)
    check_server(interaction, None, studio.servers.settings_of(interaction.guild_id))
    address, job = _address(interaction), await studio.records.get(job_id)
    if job is not None and job.challenge_id is not None:
        address = replace(address, is_private=True)
    request = RedeliveryRequest(job_id, interaction.user.id, address)
    await studio.intake.deliver_again(request, _thinking(interaction, address))


def defaults_of(interaction: AtelierInteraction, *, challenge: Challenge | None = None) -> PaintingOptions:
    """How to paint for this member, here or for a challenge, where they don't say it."""
    studio = interaction.client.studio
    guild_id = interaction.guild_id if challenge is None else challenge.guild_id
    return default_options(studio.preferences.of(interaction.user.id), studio.servers.settings_of(guild_id))


def _thinking(interaction: AtelierInteraction, address: Address) -> Acknowledge:
    return partial(acknowledge, interaction, thinking=True, ephemeral=address.is_private)


def _address(interaction: AtelierInteraction, *, challenge: Challenge | None = None) -> Address:
    preferences = interaction.client.studio.preferences.of(interaction.user.id)
    return Address(
        application_id=interaction.application_id,
        interaction_id=interaction.id,
        token=interaction.token,
        asked_at=discord.utils.utcnow(),  # by the same clock that its age is measured with later
        guild_id=interaction.guild_id if challenge is None else challenge.guild_id,
        channel_id=interaction.channel_id or 0,
        upload_limit_bytes=interaction.filesize_limit,
        is_private=challenge is not None or preferences.private_answers,
    )
