"""The card of a server's settings: what applies now, what prevents it, and how to change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import discord

from bot.cards.buttons import back_out_button, button
from bot.cards.card import ACCENT, DANGER, MAX_OPTION_LENGTH, Item, layout
from bot.cards.notify import NOTIFY_KEYS, notify_options
from bot.cards.time_zone import zone_form, zone_now, zone_section
from bot.servers.rules import (
    LOG_PERMISSIONS,
    SIZES_PX,
    GuildChannel,
    missing_permissions,
    needed_to_post,
    needed_within,
)
from bot.servers.zone import zone_of_server
from bot.storage.servers import ServerSettings
from bot.words import Words
from bot.words.recipes import RecipeTitle
from bot.words.text import shortened
from bot.words.values import AnyOf, Permissions
from config.settings import QueueSettings
from stylizer.recipe import MAX_SIZE_PX, load_recipe, recipe_names

CHANNELS_ID = "atelier:server:channels"
ROLES_ID = "atelier:server:roles"
RECIPE_ID = "atelier:server:recipe"
SIZE_ID = "atelier:server:size"
VARIATIONS_ID = "atelier:server:variations"
NOTIFY_ID = "atelier:server:notify"
LOG_ID = "atelier:server:log"
SHOWCASE_ID = "atelier:server:showcase"
LIMITS_ID = "atelier:server:limits"
ZONE_ID = "atelier:server:zone"
"""Of the button, and of the form that it opens."""
RESET_ID = "atelier:server:reset"
CONFIRM_RESET_ID = "atelier:server:reset-yes"
KEEP_ID = "atelier:server:keep"

BY_ANYONE, BY_OWNER = "anyone", "owner"
VARIATIONS_KEYS: Mapping[bool, str] = {False: "choice-variations-anyone", True: "choice-variations-owner"}
MAX_CHOICES = 25
MAX_WARNINGS = 5
"""A card holds 4,000 characters, and 25 channels may be chosen."""

PAINTING_CHANNEL_TYPES = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.forum,
    discord.ChannelType.media,
    discord.ChannelType.category,
]
POST_CHANNEL_TYPES = [discord.ChannelType.text, discord.ChannelType.news]


def server_card(
    settings: ServerSettings, guild: discord.Guild, limits: QueueSettings, now: datetime, words: Words
) -> discord.ui.LayoutView:
    """Every setting of a server, each above what changes it."""
    largest_px = settings.largest_size_px or MAX_SIZE_PX
    zone = zone_now(zone_of_server(settings), now, words)
    reset = button(RESET_ID, words("button-reset"), style=discord.ButtonStyle.danger)
    return layout(
        discord.ui.TextDisplay(words("server-title")),
        discord.ui.TextDisplay(_channels(settings, guild, words)),
        discord.ui.ActionRow(_channels_select(settings, guild, words)),
        discord.ui.TextDisplay(_roles(settings, guild, words)),
        discord.ui.ActionRow(_roles_select(settings, guild, words)),
        discord.ui.TextDisplay(words("server-recipe", recipe=RecipeTitle(load_recipe(settings.recipe_name)))),
        discord.ui.ActionRow(_select(RECIPE_ID, _recipe_options(settings, words))),
        discord.ui.TextDisplay(words("server-size", largest_px=largest_px)),
        discord.ui.ActionRow(_select(SIZE_ID, _size_options(largest_px, words))),
        discord.ui.TextDisplay(
            words("server-variations", choice=words(VARIATIONS_KEYS[settings.variations_by_owner_only]))
        ),
        discord.ui.ActionRow(_select(VARIATIONS_ID, _variations_options(settings, words))),
        discord.ui.TextDisplay(words("server-notify", choice=words(NOTIFY_KEYS[settings.notify]))),
        discord.ui.ActionRow(_select(NOTIFY_ID, notify_options(settings.notify, words))),
        discord.ui.Section(_limits(settings, limits, words), accessory=button(LIMITS_ID, words("button-change"))),
        zone_section(ZONE_ID, words("server-time-zone", choice=zone), words),
        discord.ui.TextDisplay(_log(settings, guild, words)),
        discord.ui.ActionRow(_post_select(LOG_ID, words("select-post-channel"), settings.log_channel_id, guild)),
        discord.ui.TextDisplay(_showcase(settings, guild, words)),
        discord.ui.ActionRow(
            _post_select(SHOWCASE_ID, words("select-post-channel"), settings.showcase_channel_id, guild)
        ),
        discord.ui.ActionRow(reset),
        accent=ACCENT,
    )


def reset_question(words: Words) -> discord.ui.LayoutView:
    """Ask whether to reset every setting."""
    reset = button(CONFIRM_RESET_ID, words("button-reset"), style=discord.ButtonStyle.danger)
    row = discord.ui.ActionRow(reset, back_out_button(KEEP_ID, words))
    return layout(discord.ui.TextDisplay(words("server-reset-question")), row, accent=DANGER)


def server_zone_form(settings: ServerSettings, words: Words) -> discord.ui.Modal:
    """The form for a server's time zone. An empty field means UTC."""
    return zone_form(ZONE_ID, words("field-server-time-zone-description"), settings.time_zone, words)


def effective_limit(own: int | None, host_limit: int) -> int:
    """A server's own daily limit, but no more than the host's; 0 is unlimited."""
    return min(own, host_limit or own) if own else host_limit


def _select(custom_id: str, options: list[discord.SelectOption]) -> Item:
    return discord.ui.Select[Any](custom_id=custom_id, options=options)


def _channels_select(settings: ServerSettings, guild: discord.Guild, words: Words) -> Item:
    """The menu of channels where Atelier may be used."""
    return discord.ui.ChannelSelect[Any](
        custom_id=CHANNELS_ID,
        channel_types=PAINTING_CHANNEL_TYPES,
        placeholder=words("select-channels"),
        min_values=0,
        max_values=MAX_CHOICES,
        default_values=_existing(guild.get_channel(channel_id) for channel_id in sorted(settings.channel_ids)),
    )


def _roles_select(settings: ServerSettings, guild: discord.Guild, words: Words) -> Item:
    """The menu of roles that may use Atelier."""
    return discord.ui.RoleSelect[Any](
        custom_id=ROLES_ID,
        placeholder=words("select-roles"),
        min_values=0,
        max_values=MAX_CHOICES,
        default_values=_existing(guild.get_role(role_id) for role_id in sorted(settings.role_ids)),
    )


def _post_select(custom_id: str, placeholder: str, channel_id: int | None, guild: discord.Guild) -> Item:
    """The menu of channels where Atelier can post by itself."""
    return discord.ui.ChannelSelect[Any](
        custom_id=custom_id,
        channel_types=POST_CHANNEL_TYPES,
        placeholder=placeholder,
        min_values=0,
        max_values=1,
        default_values=_existing([guild.get_channel(channel_id or 0)]),
    )


def _recipe_options(settings: ServerSettings, words: Words) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=shortened(RecipeTitle(load_recipe(name)).in_words(words), MAX_OPTION_LENGTH),
            value=name,
            default=name == settings.recipe_name,
        )
        for name in recipe_names()
    ]


def _size_options(chosen_px: int, words: Words) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=words("size", longest_side_px=size_px), value=str(size_px), default=size_px == chosen_px
        )
        for size_px in SIZES_PX
    ]


def _variations_options(settings: ServerSettings, words: Words) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=words(key),
            value=BY_OWNER if by_owner_only else BY_ANYONE,
            default=by_owner_only is settings.variations_by_owner_only,
        )
        for by_owner_only, key in VARIATIONS_KEYS.items()
    ]


def _channels(settings: ServerSettings, guild: discord.Guild, words: Words) -> str:
    if not settings.channel_ids:
        return words("server-channels-all")
    found = [guild.get_channel(channel_id) for channel_id in sorted(settings.channel_ids)]
    existing = [channel for channel in found if channel is not None]
    mentions = [channel.mention for channel in existing]
    lines = [words("server-channels-some", channels=mentions) if existing else words("server-channels-none")]
    if gone := len(found) - len(existing):
        lines.append(_warning(words("server-channels-gone", count=gone)))
    unusable = [
        words("server-channel-unusable", channel=channel.mention, permissions=Permissions(missing))
        for channel in _with_categories_expanded(existing)
        if (missing := missing_permissions(channel, needed_within(channel)))
    ]
    lines += map(_warning, unusable[:MAX_WARNINGS])
    if (more := len(unusable) - MAX_WARNINGS) > 0:
        lines.append(_warning(words("server-channels-unusable", count=more)))
    return "\n".join(lines)


def _with_categories_expanded(chosen: Iterable[GuildChannel]) -> list[GuildChannel]:
    """The chosen channels, and those of chosen categories, each once."""
    found: dict[int, GuildChannel] = {}
    for channel in chosen:
        inner = channel.channels if isinstance(channel, discord.CategoryChannel) else [channel]
        found |= {each.id: each for each in inner}
    return list(found.values())


def _roles(settings: ServerSettings, guild: discord.Guild, words: Words) -> str:
    if not settings.role_ids:
        return words("server-roles-all")
    found = [guild.get_role(role_id) for role_id in sorted(settings.role_ids)]
    mentions = tuple(role.mention for role in found if role is not None)
    lines = [words("server-roles-some", roles=AnyOf(mentions)) if mentions else words("server-roles-none")]
    if gone := len(found) - len(mentions):
        lines.append(_warning(words("server-roles-gone", count=gone)))
    return "\n".join(lines)


def _limits(settings: ServerSettings, limits: QueueSettings, words: Words) -> str:
    unlimited = words("server-limits-none")
    return words(
        "server-limits",
        member=effective_limit(settings.member_jobs_a_day, limits.member_jobs_a_day) or unlimited,
        server=effective_limit(settings.server_jobs_a_day, limits.server_jobs_a_day) or unlimited,
    )


def _log(settings: ServerSettings, guild: discord.Guild, words: Words) -> str:
    if settings.log_channel_id is None:
        return words("server-log-off")
    channel = guild.get_channel(settings.log_channel_id)
    if channel is None:
        return "\n".join([words("server-log-off"), _warning(words("server-log-gone"))])
    lines = [words("server-log", channel=channel.mention)]
    if missing := missing_permissions(channel, LOG_PERMISSIONS):
        lines.append(_warning(words("server-post-unusable", permissions=Permissions(missing))))
    return "\n".join(lines)


def _showcase(settings: ServerSettings, guild: discord.Guild, words: Words) -> str:
    if settings.showcase_channel_id is None:
        return words("server-showcase-off")
    channel = guild.get_channel(settings.showcase_channel_id)
    if channel is None:
        return "\n".join([words("server-showcase-off"), _warning(words("server-showcase-gone"))])
    lines = [words("server-showcase", channel=channel.mention)]
    if missing := missing_permissions(channel, needed_to_post(channel)):
        lines.append(_warning(words("server-post-unusable", permissions=Permissions(missing))))
    return "\n".join(lines)


def _existing(found: Iterable[Any]) -> list[Any]:
    """Drop what doesn't exist: Discord refuses a menu that shows something deleted."""
    return [item for item in found if item is not None]


def _warning(sentence: str) -> str:
    return f"⚠️ {sentence}"
