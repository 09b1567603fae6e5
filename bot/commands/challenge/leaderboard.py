"""`/challenge leaderboard`: who has won most in a season. Only who asks sees the answer, which nobody is pinged by."""

from __future__ import annotations

from datetime import tzinfo

from discord import app_commands

from bot.cards.challenge.leaderboard import ALL_TIME, LEADERS_PATTERN, PAGE_SIZE, SeasonTitle, leaderboard_card
from bot.challenges.season import Season
from bot.commands.answers import acknowledge, answering
from bot.commands.cards import show_card
from bot.commands.controls import Control
from bot.commands.interaction import AtelierInteraction
from bot.errors import NotASeason
from bot.messages.card import Card
from bot.servers.zone import zone_of_server
from bot.words import localized, words_of

PAST_SEASONS = 8
"""How many are suggested, besides all time."""


async def suggest_seasons(interaction: AtelierInteraction, typed: str) -> list[app_commands.Choice[str]]:
    """Suggest the latest seasons."""
    words, now = words_of(interaction), interaction.client.studio.entering.now()
    current = Season.at(now, _zone(interaction))
    seasons = [current.later(-past) for past in range(PAST_SEASONS)]
    choices = [
        *((SeasonTitle(season).in_words(words), str(season)) for season in seasons),
        (SeasonTitle(None).in_words(words), ALL_TIME),
    ]
    return [
        app_commands.Choice(name=name, value=value)
        for name, value in choices
        if typed.casefold() in name.casefold() or typed.casefold() in value.casefold()
    ]


@app_commands.command(name="leaderboard", description=localized("command-challenge-leaderboard"))
@app_commands.describe(season=localized("option-season"))
@app_commands.autocomplete(season=suggest_seasons)
async def leaderboard(interaction: AtelierInteraction, season: str | None = None) -> None:
    """Show the first page."""
    async with answering(interaction):
        chosen = _season(interaction, season)
        await acknowledge(interaction, thinking=True, ephemeral=True)
        await _show(interaction, chosen, 0)


class LeadersButton(Control, template=LEADERS_PATTERN):
    """Turns to another page."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        season = _season(interaction, self._match["season"])
        await acknowledge(interaction)
        await _show(interaction, season, int(self._match["page"]))


def _season(interaction: AtelierInteraction, written: str | None) -> Season | None:
    """The season that is meant: the current one by default, and None for all time. Raises `NotASeason`."""
    zone = _zone(interaction)
    if written is None:
        return Season.at(interaction.client.studio.entering.now(), zone)
    if written.strip().casefold() in {ALL_TIME, SeasonTitle(None).in_words(words_of(interaction)).casefold()}:
        return None
    season = Season.named(written)
    if season is None or not 2 <= season.year <= 9998:
        raise NotASeason(written)
    return season


async def _show(interaction: AtelierInteraction, season: Season | None, page: int) -> None:
    zone = _zone(interaction)
    since, until = (None, None) if season is None else (season.begin(zone), season.end(zone))
    standings = interaction.client.studio.standings
    found = await standings.leaders(interaction.guild_id or 0, since=since, until=until, page=page, size=PAGE_SIZE)
    await show_card(interaction, Card(leaderboard_card(found, season, words_of(interaction))))


def _zone(interaction: AtelierInteraction) -> tzinfo:
    return zone_of_server(interaction.client.studio.servers.settings_of(interaction.guild_id))
