"""The card of a server's settings: what holds now, what stands in its way, and how to change it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import discord

from bot.cards.card import Item, layout
from bot.cards.preferences import NOTIFY_LABELS
from bot.errors import listed, permission_names
from bot.servers.rules import LOG_PERMISSIONS, GuildChannel, missing_permissions, needed_within
from bot.storage.servers import ServerSettings
from config.settings import QueueSettings
from stylizer.recipe import LARGEST_SIZE_PX, load_recipe

SETTINGS = discord.Colour(0x5865F2)
VARIATIONS_LABELS = {False: "anyone may vary any painting", True: "only its owner may vary a painting"}
MOST_WARNINGS = 5
"""A card holds 4,000 characters, and 25 channels may be chosen."""


@dataclass(frozen=True, slots=True)
class ServerControls:
    """What is pressed to change each setting."""

    channels: Item
    roles: Item
    recipe: Item
    size: Item
    variations: Item
    notify: Item
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
            "Changes apply immediately, for everyone on this server. "
            "Only members with *Manage Server* can see and change this."
        ),
        discord.ui.TextDisplay(f"**Channels:** {_channels(settings, guild)}"),
        discord.ui.ActionRow(controls.channels),
        discord.ui.TextDisplay(f"**Who may paint:** {_roles(settings, guild)}"),
        discord.ui.ActionRow(controls.roles),
        discord.ui.TextDisplay(f"**Default recipe:** {load_recipe(settings.recipe_name).title}"),
        discord.ui.ActionRow(controls.recipe),
        discord.ui.TextDisplay(f"**Largest painting:** {size_px} px on its longest side"),
        discord.ui.ActionRow(controls.size),
        discord.ui.TextDisplay(f"**Variations:** {VARIATIONS_LABELS[settings.variations_by_owner_only]}"),
        discord.ui.ActionRow(controls.variations),
        discord.ui.TextDisplay(
            f"**Mention the owner when a painting is done:** {NOTIFY_LABELS[settings.notify]}, "
            "unless they prefer otherwise (`/preferences`)"
        ),
        discord.ui.ActionRow(controls.notify),
        discord.ui.Section(
            f"**Daily limits (UTC):** {_daily_limits(settings, limits)}", accessory=controls.daily_limits
        ),
        discord.ui.TextDisplay(f"**Log channel:** {_log(settings, guild)}"),
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
    lines = [f"only in {listed(channel.mention for channel in there)}, and in threads there" if there else "nowhere"]
    if len(there) < len(found):
        lines.append(_warning(f"{_gone(len(found) - len(there), 'channel')} and no longer counts."))
    lacking = [
        _warning(f"Atelier can't paint in {channel.mention}: it needs {permission_names(missing)}.")
        for channel in _painted_in(there)
        if (missing := missing_permissions(channel, needed_within(channel)))
    ]
    lines += lacking[:MOST_WARNINGS]
    if len(lacking) > MOST_WARNINGS:
        lines.append(_warning(f"The same goes for {len(lacking) - MOST_WARNINGS} more."))
    return "\n".join(lines)


def _painted_in(chosen: Iterable[GuildChannel]) -> list[GuildChannel]:
    """The chosen channels, and those of chosen categories, each once."""
    found: dict[int, GuildChannel] = {}
    for channel in chosen:
        within = channel.channels if isinstance(channel, discord.CategoryChannel) else [channel]
        found |= {one.id: one for one in within}
    return list(found.values())


def _roles(settings: ServerSettings, guild: discord.Guild) -> str:
    if not settings.role_ids:
        return "everyone"
    found = [guild.get_role(role_id) for role_id in sorted(settings.role_ids)]
    there = [role for role in found if role is not None]
    lines = [f"members with {listed((role.mention for role in there), last='or')}" if there else "nobody"]
    if len(there) < len(found):
        lines.append(_warning(f"{_gone(len(found) - len(there), 'role')} and no longer counts."))
    return "\n".join(lines)


def _daily_limits(settings: ServerSettings, limits: QueueSettings) -> str:
    of_member = as_hosted(settings.member_jobs_a_day, limits.member_jobs_a_day)
    of_all = as_hosted(settings.server_jobs_a_day, limits.server_jobs_a_day)
    return f"{of_member or 'any number'} per member, {of_all or 'any number'} per server"


def _log(settings: ServerSettings, guild: discord.Guild) -> str:
    if settings.log_channel_id is None:
        return "off. Posts one line per finished painting."
    channel = guild.get_channel(settings.log_channel_id)
    if channel is None:
        return "\n".join(["off", _warning("The log channel is gone. Choose another one.")])
    lines = [f"{channel.mention}, one line per finished painting"]
    if missing := missing_permissions(channel, LOG_PERMISSIONS):
        lines.append(_warning(f"Atelier can't post there: it needs {permission_names(missing)}."))
    return "\n".join(lines)


def _gone(count: int, kind: str) -> str:
    return f"A {kind} that was chosen is gone" if count == 1 else f"{count} {kind}s that were chosen are gone"


def _warning(sentence: str) -> str:
    return f"⚠️ {sentence}"
