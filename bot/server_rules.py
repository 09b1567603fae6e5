"""What a server's settings mean for whoever asks for a painting there, before any work is done for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import discord

from bot.errors import ChannelNotAllowed, RoleNotAllowed, SizeNotAllowed
from bot.jobs.job import Order
from bot.storage.servers import ServerSettings

if TYPE_CHECKING:
    from bot.client import AtelierInteraction

GuildChannel: TypeAlias = "discord.abc.GuildChannel | discord.Thread"

TO_POST = ("view_channel", "send_messages", "attach_files")
TO_LOG = ("view_channel", "send_messages")


def check_server(interaction: AtelierInteraction, order: Order | None, settings: ServerSettings) -> None:
    """Refuse what the managers of the server do not allow; where the order is not known yet, all but its size.

    Raises `ChannelNotAllowed`, `RoleNotAllowed` or `SizeNotAllowed`.
    """
    guild = interaction.guild
    if guild is None:
        return
    if settings.channel_ids and not settings.channel_ids & _places(interaction):
        raise ChannelNotAllowed(_mentions(guild.get_channel(channel_id) for channel_id in settings.channel_ids))
    roles = interaction.user.roles if isinstance(interaction.user, discord.Member) else []
    if settings.role_ids and not settings.role_ids & {role.id for role in roles}:
        raise RoleNotAllowed(_mentions(guild.get_role(role_id) for role_id in settings.role_ids))
    if order is not None and settings.largest_size_px is not None:
        size_px = order.recipe().longest_side_px
        if size_px > settings.largest_size_px:
            raise SizeNotAllowed(size_px, settings.largest_size_px)


def within(settings: ServerSettings, order: Order) -> Order:
    """The order, its size brought within the server's where the member chose none.

    Raises `UnknownRecipe` or `InvalidRecipe`.
    """
    largest_px = settings.largest_size_px
    if largest_px is None or order.size_px is not None or order.recipe().longest_side_px <= largest_px:
        return order
    return replace(order, size_px=largest_px)


def missing_permissions(channel: GuildChannel, needed: Iterable[str]) -> tuple[str, ...]:
    """What the bot may not do in that channel, of what it needs there."""
    permissions = channel.permissions_for(channel.guild.me)
    return tuple(name for name in needed if not getattr(permissions, name))


def _places(interaction: AtelierInteraction) -> set[int]:
    """Everything that the interaction's channel counts as: itself, the channel it is a thread of, the category."""
    channel = interaction.channel
    category_id = getattr(channel, "category_id", None)
    if isinstance(channel, discord.Thread):
        category_id = channel.parent.category_id if channel.parent is not None else None
    ids = {interaction.channel_id, getattr(channel, "parent_id", None), category_id}
    return {place for place in ids if place is not None}


def _mentions(found: Iterable[GuildChannel | discord.Role | None]) -> tuple[str, ...]:
    return tuple(sorted(one.mention for one in found if one is not None))
