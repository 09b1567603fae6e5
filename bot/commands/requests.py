"""Turns interactions into requests: a new painting, a variation, or delivering a painting again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import discord

from bot.commands.answers import acknowledge
from bot.commands.interaction import AtelierInteraction
from bot.commands.pressed import pictures_shown_on, url_of
from bot.gallery.style import Style
from bot.messages.address import Address
from bot.painting.job import Cell, Job, PaintingOptions, Variation
from bot.painting.request import (
    Acknowledge,
    ChoiceRequest,
    ChosenStyle,
    PaintingRequest,
    RedeliveryRequest,
    VariationRequest,
)
from bot.servers.rules import check_permissions, check_server, limit_size
from bot.sources.picture import SentPicture
from bot.words import locale_of


async def accept(
    interaction: AtelierInteraction,
    options: PaintingOptions,
    *,
    content: SentPicture,
    styles: Sequence[ChosenStyle],
    cells: tuple[Cell, ...] = (),
) -> None:
    """Accept a painting, or a board of these cells; the answer to this interaction becomes the job's card.

    Without styles, that card asks the member to choose one. Raises a `Refusal`, `UnknownRecipe` or `InvalidRecipe` for
    what is known to be wrong before painting.
    """
    studio = interaction.client.studio
    check_permissions(interaction)
    server = studio.servers.settings_of(interaction.guild_id)
    options = limit_size(server, options)
    check_server(interaction, options, server)
    request = PaintingRequest(
        owner_id=interaction.user.id,
        address=_address(interaction),
        options=options,
        content=content,
        styles=tuple(styles),
        cells=cells,
        locale=locale_of(interaction),
    )
    take = studio.intake.accept if styles else studio.intake.ask_for_style
    await take(request, _thinking(interaction))


async def choose(interaction: AtelierInteraction, job: Job, style: Style) -> None:
    """Paint a job in the style that its owner chose with a press, in the pressed message. Raises as `accept` does."""
    studio = interaction.client.studio
    check_permissions(interaction)
    check_server(interaction, job.options, studio.servers.settings_of(interaction.guild_id))
    message_id = 0 if interaction.message is None else interaction.message.id
    request = ChoiceRequest(job.job_id, interaction.user.id, _address(interaction), message_id, style)
    await studio.intake.choose(request)


async def vary(
    interaction: AtelierInteraction,
    job_id: str,
    variation: Variation,
    *,
    number: int | None = None,
    styles: tuple[Style, ...] = (),
) -> None:
    """Paint a job's pictures again, slightly differently, for the member who pressed. Raises as `accept` does.

    `number` is the chosen painting of a board, and `styles` are those of a new board.
    """
    studio = interaction.client.studio
    check_permissions(interaction)
    check_server(interaction, None, studio.servers.settings_of(interaction.guild_id))
    request = VariationRequest(
        origin_id=job_id,
        variation=variation,
        owner_id=interaction.user.id,
        address=_address(interaction),
        origin_url=url_of(interaction.message, guild_id=interaction.guild_id),
        shown=pictures_shown_on(interaction.message),
        locale=locale_of(interaction),
        number=number,
        styles=styles,
    )
    await studio.intake.vary(request, _thinking(interaction))


async def show_undelivered(interaction: AtelierInteraction, job_id: str) -> None:
    """Show a member a painting of theirs in this place that Discord refused earlier."""
    studio = interaction.client.studio
    check_permissions(interaction)
    check_server(interaction, None, studio.servers.settings_of(interaction.guild_id))
    request = RedeliveryRequest(job_id, interaction.user.id, _address(interaction))
    await studio.intake.deliver_again(request, _thinking(interaction))


def _thinking(interaction: AtelierInteraction) -> Acknowledge:
    return partial(acknowledge, interaction, thinking=True)


def _address(interaction: AtelierInteraction) -> Address:
    return Address(
        application_id=interaction.application_id,
        interaction_id=interaction.id,
        token=interaction.token,
        asked_at=discord.utils.utcnow(),  # by the same clock that its age is measured with later
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        upload_limit_bytes=interaction.filesize_limit,
    )
