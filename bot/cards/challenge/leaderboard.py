"""The ranking of a season's challenges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

import discord
from babel.dates import format_skeleton

from bot.cards.card import ACCENT, Item, layout
from bot.cards.challenge.buttons import PREFIX
from bot.cards.challenge.results import page_row
from bot.challenges.season import Season
from bot.storage.results import POINTS, POINTS_FOR_ENTERING, Leader, LeaderPage
from bot.words import Words

PAGE_SIZE = 12
ALL_TIME = "all"
LEADERS_PATTERN = f"{PREFIX}:leaders:(?P<season>{ALL_TIME}|[0-9]{{4}}-Q[1-4]):(?P<page>[0-9]{{1,6}})"


@dataclass(frozen=True, slots=True)
class SeasonTitle:
    """What a season is called; None is all of them together."""

    season: Season | None

    def in_words(self, words: Words, /) -> str:
        """`4th quarter 2026`"""
        if self.season is None:
            return words("season-all")
        return str(format_skeleton("yQQQQ", self.season.begin(UTC), locale=words.locale))


def leaderboard_card(page: LeaderPage, season: Season | None, words: Words) -> discord.ui.LayoutView:
    """A page of the ranking, and how points are given."""
    items: list[Item] = [discord.ui.TextDisplay(words("leaderboard-title", season=SeasonTitle(season)))]
    lines = [_line(leader, words) for leader in page.leaders] or [words("leaderboard-none")]
    items.append(discord.ui.TextDisplay("\n".join(lines)))
    first, second, third = POINTS.values()
    rules = words("leaderboard-points", first=first, second=second, third=third, other=POINTS_FOR_ENTERING)
    items.append(discord.ui.TextDisplay(f"-# {rules}"))
    if page.pages > 1:
        prefix = f"{PREFIX}:leaders:{ALL_TIME if season is None else season}"
        items.append(page_row(prefix, page.page, page.pages, words))
    return layout(*items, accent=ACCENT)


def _line(leader: Leader, words: Words) -> str:
    points = words("leaderboard-count", count=leader.points)
    parts = [f"**{leader.rank}.** <@{leader.member_id}>", points, words("challenge-entries", count=leader.entries)]
    if leader.first_places:
        parts.append(words("leaderboard-wins", count=leader.first_places))
    return " · ".join(parts)
