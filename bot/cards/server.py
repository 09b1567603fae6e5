"""The card of a server's settings: what holds now, what stands in its way, and how to change it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import discord

from bot.cards.card import Item, layout
from bot.server_rules import TO_LOG, TO_POST, missing_permissions
from bot.storage.servers import ServerSettings
from config.settings import QueueSettings
from stylizer.recipe import LARGEST_SIZE_PX, load_recipe

SETTINGS = discord.Colour(0x5865F2)
MOST_WARNINGS = 5
"""A card holds 4,000 characters, and 25 channels may be chosen."""


@dataclass(frozen=True, slots=True)
class ServerControls:
    """What is pressed to change each setting."""

    channels: Item
    roles: Item
    recipe: Item
    size: Item
    daily_limits: Item
    log_channel: Item
    reset: Item


def server_card(
    settings: ServerSettings, guild: discord.Guild, *, limits: QueueSettings, controls: ServerControls
) -> discord.ui.LayoutView:
    """Every setting of a server, each above what changes it."""
    size_px = settings.largest_size_px or LARGEST_SIZE_PX
    return layout(
        discord.ui.TextDisplay(
            "## Atelier on this server\n"
            "What you choose here holds at once, for everyone on this server. "
            "Only members with *Manage Server* can see and change it."
        ),
        discord.ui.TextDisplay(f"**Channels:** {_channels(settings, guild)}"),
        discord.ui.ActionRow(controls.channels),
        discord.ui.TextDisplay(f"**Who may paint:** {_roles(settings, guild)}"),
        discord.ui.ActionRow(controls.roles),
        discord.ui.TextDisplay(f"**Recipe, where none is chosen:** {load_recipe(settings.recipe_name).title}"),
        discord.ui.ActionRow(controls.recipe),
        discord.ui.TextDisplay(f"**Largest painting:** {size_px} px on its longest side"),
        discord.ui.ActionRow(controls.size),
        discord.ui.Section(
            f"**Paintings a day (UTC):** {_daily_limits(settings, limits)}", accessory=controls.daily_limits
        ),
        discord.ui.TextDisplay(f"**Log:** {_log(settings, guild)}"),
        discord.ui.ActionRow(controls.log_channel),
        discord.ui.ActionRow(controls.reset),
        accent=SETTINGS,
    )


def as_hosted(own: int | None, hosted: int) -> int:
    """A server's own daily limit as far as the host's allows; 0 is unlimited."""
    return min(own, hosted or own) if own else hosted


def _channels(settings: ServerSettings, guild: discord.Guild) -> str:
    if not settings.channel_ids:
        return "everywhere"
    found = [guild.get_channel(channel_id) for channel_id in sorted(settings.channel_ids)]
    there = [channel for channel in found if channel is not None]
    lines = [f"only in {_list(channel.mention for channel in there)}, and in threads there" if there else "nowhere"]
    if len(there) < len(found):
        lines.append(_warning(f"{_gone(len(found) - len(there), 'channel')} and no longer counts."))
    lacking = [
        _warning(f"Atelier cannot paint in {channel.mention}: it lacks {_names(missing)}.")
        for channel in there
        if not isinstance(channel, discord.CategoryChannel) and (missing := missing_permissions(channel, TO_POST))
    ]
    lines += lacking[:MOST_WARNINGS]
    if len(lacking) > MOST_WARNINGS:
        lines.append(_warning(f"The same goes for {len(lacking) - MOST_WARNINGS} more."))
    return "\n".join(lines)


def _roles(settings: ServerSettings, guild: discord.Guild) -> str:
    if not settings.role_ids:
        return "everyone"
    found = [guild.get_role(role_id) for role_id in sorted(settings.role_ids)]
    there = [role for role in found if role is not None]
    lines = [f"whoever has {_list((role.mention for role in there), last='or')}" if there else "nobody"]
    if len(there) < len(found):
        lines.append(_warning(f"{_gone(len(found) - len(there), 'role')} and no longer counts."))
    return "\n".join(lines)


def _daily_limits(settings: ServerSettings, limits: QueueSettings) -> str:
    of_member = as_hosted(settings.member_jobs_a_day, limits.member_jobs_a_day)
    of_all = as_hosted(settings.server_jobs_a_day, limits.server_jobs_a_day)
    return f"{of_member or 'any number'} of one member, {of_all or 'any number'} of all together"


def _log(settings: ServerSettings, guild: discord.Guild) -> str:
    if settings.log_channel_id is None:
        return "none; choose a channel for one line about every painting that ends"
    channel = guild.get_channel(settings.log_channel_id)
    if channel is None:
        return "\n".join(["none", _warning("The log channel is gone. Choose another one.")])
    lines = [f"one line about every painting that ends, in {channel.mention}"]
    if missing := missing_permissions(channel, TO_LOG):
        lines.append(_warning(f"Atelier cannot write there: it lacks {_names(missing)}."))
    return "\n".join(lines)


def _gone(count: int, kind: str) -> str:
    return f"A {kind} that was chosen is gone" if count == 1 else f"{count} {kind}s that were chosen are gone"


def _names(permissions: Iterable[str]) -> str:
    return _list(name.replace("_", " ").title() for name in permissions)


def _list(parts: Iterable[str], *, last: str = "and") -> str:
    *most, final = parts
    return f"{', '.join(most)} {last} {final}" if most else final


def _warning(sentence: str) -> str:
    return f"⚠️ {sentence}"
