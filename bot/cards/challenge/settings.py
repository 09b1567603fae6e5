"""The card of `/challenge settings`: who organizes and who votes on this server, and the series that are running."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.cards.buttons import back_out_button, button
from bot.cards.card import ACCENT, DANGER, Item, layout
from bot.cards.challenge.buttons import PREFIX
from bot.cards.challenge.setup import account_options, role_line, role_select, timestamp
from bot.challenges.challenge import DEFAULT_ACCOUNT_DAYS
from bot.challenges.series import Series
from bot.challenges.weekly import RunningSeries
from bot.storage.servers import ServerSettings
from bot.words import Words
from bot.words.text import shortened
from bot.words.values import AnyOf, Escaped

_SETTINGS = f"{PREFIX}:settings"
ORGANIZERS_ID = f"{_SETTINGS}:organizers"
ACCOUNT_ID = f"{_SETTINGS}:account"
VOTERS_ID = f"{_SETTINGS}:voters"
WINNERS_ID = f"{_SETTINGS}:winners"
EDIT_PATTERN = f"{_SETTINGS}:edit:(?P<series_id>[0-9a-f]{{32}})"
STOP_PATTERN = f"{_SETTINGS}:stop:(?P<series_id>[0-9a-f]{{32}})"
CONFIRM_STOP_PATTERN = f"{_SETTINGS}:stop-yes:(?P<series_id>[0-9a-f]{{32}})"
BACK_ID = f"{_SETTINGS}:back"
MAX_ORGANIZER_ROLES = 25
MAX_SHOWN_THEME_LENGTH = 100


def challenge_settings_card(
    settings: ServerSettings,
    guild: discord.Guild,
    running: Sequence[RunningSeries],
    *,
    may_manage: bool,
    words: Words,
) -> discord.ui.LayoutView:
    """What applies to new challenges, to be changed by those who manage the server, and every running series."""
    items: list[Item] = [discord.ui.TextDisplay(words("challenge-settings-title"))]
    items += _rules(settings, guild, words) if may_manage else []
    if not running:
        items.append(discord.ui.TextDisplay(words("challenge-settings-no-series")))
    items += [item for one in running for item in _series(one, words)]
    return layout(*items, accent=ACCENT)


def stop_question(series: Series, title: str, words: Words) -> discord.ui.LayoutView:
    """Ask whether to stop a series of that title."""
    text = words("challenge-stop-series-question", title=Escaped(title), count=len(series.themes_left))
    custom_id = f"{_SETTINGS}:stop-yes:{series.series_id}"
    stop = button(custom_id, words("button-stop-series"), style=discord.ButtonStyle.danger)
    row = discord.ui.ActionRow(stop, back_out_button(BACK_ID, words))
    return layout(discord.ui.TextDisplay(text), row, accent=DANGER)


def _rules(settings: ServerSettings, guild: discord.Guild, words: Words) -> list[Item]:
    days = settings.voter_account_days
    select = discord.ui.Select[Any](
        custom_id=ACCOUNT_ID, options=account_options(DEFAULT_ACCOUNT_DAYS if days is None else days, words)
    )
    roles = [role for role_id in sorted(settings.organizer_role_ids) if (role := guild.get_role(role_id)) is not None]
    organizers = (
        words("challenge-settings-organizers", roles=AnyOf(tuple(role.mention for role in roles)))
        if roles
        else words("challenge-settings-organizers-none")
    )
    return [
        discord.ui.TextDisplay(organizers),
        discord.ui.ActionRow(
            discord.ui.RoleSelect[Any](
                custom_id=ORGANIZERS_ID,
                placeholder=words("select-organizers"),
                min_values=0,
                max_values=MAX_ORGANIZER_ROLES,
                default_values=roles,
            )
        ),
        discord.ui.TextDisplay(words("challenge-settings-defaults")),
        discord.ui.ActionRow(select),
        discord.ui.TextDisplay(role_line("voters", settings.voter_role_id, guild, words)),
        discord.ui.ActionRow(role_select(VOTERS_ID, settings.voter_role_id, guild, words)),
        discord.ui.TextDisplay(role_line("winners", settings.winner_role_id, guild, words)),
        discord.ui.ActionRow(role_select(WINNERS_ID, settings.winner_role_id, guild, words)),
    ]


def _series(running: RunningSeries, words: Words) -> list[Item]:
    series = running.series
    lines = [words("challenge-settings-series", title=Escaped(running.title))]
    if running.next_at is not None:
        left = len(series.themes_left)
        lines.append(f"-# {words('challenge-settings-next', time=timestamp(running.next_at), count=left)}")
        theme = shortened(series.themes_left[0], MAX_SHOWN_THEME_LENGTH)
        lines.append(f"-# {words('challenge-settings-theme', theme=Escaped(theme))}")
    edit = button(f"{_SETTINGS}:edit:{series.series_id}", words("button-edit-series"))
    stop = button(f"{_SETTINGS}:stop:{series.series_id}", words("button-stop-series"), style=discord.ButtonStyle.danger)
    return [discord.ui.TextDisplay("\n".join(lines)), discord.ui.ActionRow(edit, stop)]
