"""`/challenge settings`: what applies to new challenges, and the series that are running."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands

from bot.cards.challenge.settings import (
    ACCOUNT_ID,
    BACK_ID,
    CONFIRM_STOP_PATTERN,
    EDIT_PATTERN,
    ORGANIZERS_ID,
    STOP_PATTERN,
    VOTERS_ID,
    WINNERS_ID,
    challenge_settings_card,
    stop_question,
)
from bot.cards.challenge.setup import ACCOUNT_DAYS
from bot.cards.challenge.setup_forms import SERIES_FORM_PATTERN, series_form, series_form_id
from bot.challenges.challenge import MAX_TITLE_LENGTH
from bot.challenges.series import read_themes
from bot.commands.answers import acknowledge, answering
from bot.commands.challenge.retry import offering_again
from bot.commands.challenge.rights import check_organizer
from bot.commands.challenge.venue import check_voter_role, check_winner_role
from bot.commands.controls import Control
from bot.commands.forms import Filled, Form, show_form
from bot.commands.interaction import AtelierInteraction
from bot.commands.server import managed_guild
from bot.errors import ButtonOutdated, ChallengeTextMissing, NotAnOrganizer
from bot.words import localized, words_of


@app_commands.command(name="settings", description=localized("command-challenge-settings"))
async def settings(interaction: AtelierInteraction) -> None:
    """Show the card. Organizers see the series; who manages the server sees the settings, too."""
    async with answering(interaction):
        check_organizer(interaction, None)
        await acknowledge(interaction, thinking=True, ephemeral=True)
        await _show(interaction)


class OrganizersSelect(Control, template=ORGANIZERS_ID):
    """Chooses whose members may hold challenges."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        roles = frozenset(role.id for role in self.item.values if role.id != interaction.guild_id)
        await _change(interaction, organizer_role_ids=roles)


class AccountSelect(Control, template=ACCOUNT_ID):
    """Chooses how old the accounts of voters have to be."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        [chosen] = self.item.values
        if chosen not in map(str, ACCOUNT_DAYS):
            raise ButtonOutdated
        await _change(interaction, voter_account_days=int(chosen))


class VotersSelect(Control, template=VOTERS_ID):
    """Chooses the role that voters need."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        managed_guild(interaction)
        role = next(iter(self.item.values), None)
        if isinstance(role, discord.Role):
            check_voter_role(role)
        chosen_id = None if role is None or role.id == interaction.guild_id else role.id  # @everyone has the server's
        await _change(interaction, voter_role_id=chosen_id)


class WinnersSelect(Control, template=WINNERS_ID):
    """Chooses the role that winners get."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        managed_guild(interaction)
        role = next(iter(self.item.values), None)
        if isinstance(role, discord.Role):
            check_winner_role(interaction, role)
        await _change(interaction, winner_role_id=None if role is None else role.id)


class EditButton(Control, template=EDIT_PATTERN):
    """Opens a form with what is still to come of a series."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        check_organizer(interaction, None)
        weekly = interaction.client.studio.setup.weekly
        series = await weekly.current(self._match["series_id"], guild_id=interaction.guild_id or 0)
        texts = {"title": await weekly.title_of(series), "themes": "\n".join(series.themes_left)}
        await show_form(interaction, series_form(series_form_id(series), texts, words_of(interaction)))


class SeriesForm(Form):
    """Changes the title of a series, and its themes that are still to come."""

    template = re.compile(SERIES_FORM_PATTERN)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, match: re.Match[str], filled: Filled) -> None:
        """Change them, or say what is wrong, and offer to open the form again."""
        check_organizer(interaction, None)
        await acknowledge(interaction)
        weekly = interaction.client.studio.setup.weekly
        series = await weekly.current(match["series_id"], guild_id=interaction.guild_id or 0)
        texts = {field: filled.text(field) for field in ("title", "themes")}
        async with offering_again(interaction, series_form_id(series), texts, is_again=match["again"] is not None):
            title, themes = " ".join(texts["title"].split()), read_themes(texts["themes"])
            if not title:
                raise ChallengeTextMissing("title")
            await weekly.edit(
                series, next_theme=int(match["next_theme"]), title=title[:MAX_TITLE_LENGTH], themes=themes
            )
            await _show(interaction)


class StopButton(Control, template=STOP_PATTERN):
    """Asks whether to end a series."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        check_organizer(interaction, None)
        await acknowledge(interaction)
        weekly = interaction.client.studio.setup.weekly
        series = await weekly.current(self._match["series_id"], guild_id=interaction.guild_id or 0)
        question = stop_question(series, await weekly.title_of(series), words_of(interaction))
        await interaction.edit_original_response(view=question)


class BackButton(Control, template=BACK_ID):
    """Shows the settings again."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        check_organizer(interaction, None)
        await acknowledge(interaction)
        await _show(interaction)


class ConfirmStopButton(Control, template=CONFIRM_STOP_PATTERN):
    """Ends a series."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        check_organizer(interaction, None)
        await acknowledge(interaction)
        if interaction.guild_id is not None:
            await interaction.client.studio.setup.weekly.stop(self._match["series_id"], guild_id=interaction.guild_id)
        await _show(interaction)


SETTINGS_CONTROLS = (
    OrganizersSelect,
    AccountSelect,
    VotersSelect,
    WinnersSelect,
    EditButton,
    StopButton,
    BackButton,
    ConfirmStopButton,
)


async def _change(interaction: AtelierInteraction, **changes: Any) -> None:
    guild = managed_guild(interaction)
    await acknowledge(interaction)
    await interaction.client.studio.servers.change(guild.id, **changes)
    await _show(interaction)


async def _show(interaction: AtelierInteraction) -> None:
    """Show the card as the answer to an acknowledged interaction."""
    studio, guild = interaction.client.studio, interaction.guild
    if guild is None:
        raise NotAnOrganizer
    running = await studio.setup.weekly.running(guild.id)
    view = challenge_settings_card(
        studio.servers.settings_of(guild.id),
        guild,
        running,
        may_manage=interaction.permissions.manage_guild,
        words=words_of(interaction),
    )
    await interaction.edit_original_response(view=view)
