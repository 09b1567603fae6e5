"""`/server settings`: what the managers of a server can choose, on a card that only they see."""

from __future__ import annotations

import re
from typing import Any, Literal

import discord
from discord import app_commands

from bot.cards.forms import LIMITS_FORM_ID, MAX_DIGITS, limits_form
from bot.cards.server import (
    BY_OWNER,
    CHANNELS_ID,
    CONFIRM_RESET_ID,
    KEEP_ID,
    LIMITS_ID,
    LOG_ID,
    NOTIFY_ID,
    RECIPE_ID,
    RESET_ID,
    ROLES_ID,
    SHOWCASE_ID,
    SIZE_ID,
    VARIATIONS_ID,
    ZONE_ID,
    reset_question,
    server_card,
    server_zone_form,
)
from bot.commands.answers import acknowledge, answering
from bot.commands.controls import Control
from bot.commands.forms import Filled, Form, show_form
from bot.commands.interaction import AtelierInteraction
from bot.commands.preferences import written_zone
from bot.errors import ButtonOutdated, NotADailyLimit, NotAManager
from bot.storage.servers import Notify
from bot.words import localized, words_of
from stylizer.recipe import DEFAULT_RECIPE, MAX_SIZE_PX, recipe_names

server = app_commands.Group(
    name="server",
    description=localized("command-server"),
    default_permissions=discord.Permissions(manage_guild=True),
    allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
    allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
)


@server.command(name="settings", description=localized("command-server-settings"))
async def server_settings(interaction: AtelierInteraction) -> None:
    """Show what applies on this server, to be changed."""
    async with answering(interaction):
        guild = managed_guild(interaction)
        await interaction.response.send_message(view=_card(interaction, guild), ephemeral=True)


def managed_guild(interaction: AtelierInteraction) -> discord.Guild:
    """The server of this interaction. Raises `NotAManager` for members who can't manage it, on every press."""
    if interaction.guild is None or not interaction.permissions.manage_guild:
        raise NotAManager
    return interaction.guild


async def change(interaction: AtelierInteraction, **changes: Any) -> None:
    """Change the named settings, and show what applies now."""
    guild = managed_guild(interaction)
    await acknowledge(interaction)
    await interaction.client.studio.servers.change(guild.id, **changes)
    await interaction.edit_original_response(view=_card(interaction, guild))


class ChannelsSelect(Control, template=CHANNELS_ID):
    """Chooses where Atelier may be used."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await change(interaction, channel_ids=frozenset(channel.id for channel in self.item.values))


class RolesSelect(Control, template=ROLES_ID):
    """Chooses who may use Atelier."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await change(interaction, role_ids=frozenset(role.id for role in self.item.values))


class RecipeSelect(Control, template=RECIPE_ID):
    """Chooses the default recipe."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        [name] = self.item.values
        if name not in recipe_names():
            raise ButtonOutdated
        await change(interaction, default_recipe=None if name == DEFAULT_RECIPE else name)


class SizeSelect(Control, template=SIZE_ID):
    """Chooses how large a painting may be."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        size_px = int(self.item.values[0])
        await change(interaction, largest_size_px=None if size_px == MAX_SIZE_PX else size_px)


class VariationsSelect(Control, template=VARIATIONS_ID):
    """Chooses whose paintings a member may vary."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        [chosen] = self.item.values
        await change(interaction, variations_by_owner_only=chosen == BY_OWNER)


class NotifySelect(Control, template=NOTIFY_ID):
    """Chooses when owners are mentioned."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        [chosen] = self.item.values
        await change(interaction, notify=Notify(chosen))


class LogSelect(Control, template=LOG_ID):
    """Chooses where finished paintings are logged."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await change(interaction, log_channel_id=next((channel.id for channel in self.item.values), None))


class ShowcaseSelect(Control, template=SHOWCASE_ID):
    """Chooses where members share paintings."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await change(interaction, showcase_channel_id=next((channel.id for channel in self.item.values), None))


class LimitsButton(Control, template=LIMITS_ID):
    """Asks for the daily limits."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        guild = managed_guild(interaction)
        studio = interaction.client.studio
        settings = studio.servers.settings_of(guild.id)
        await show_form(interaction, limits_form(settings, studio.settings.queue, words_of(interaction)))


class ZoneButton(Control, template=ZONE_ID):
    """Asks for the time zone."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        guild = managed_guild(interaction)
        settings = interaction.client.studio.servers.settings_of(guild.id)
        await show_form(interaction, server_zone_form(settings, words_of(interaction)))


class ResetButton(Control, template=RESET_ID):
    """Asks whether to reset every setting."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        managed_guild(interaction)
        await acknowledge(interaction)
        await interaction.edit_original_response(view=reset_question(words_of(interaction)))


class KeepButton(Control, template=KEEP_ID):
    """Shows the settings again."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await change(interaction)


class ConfirmResetButton(Control, template=CONFIRM_RESET_ID):
    """Resets every setting."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        guild = managed_guild(interaction)
        await acknowledge(interaction)
        await interaction.client.studio.servers.reset(guild.id)
        await interaction.edit_original_response(view=_card(interaction, guild))


class LimitsForm(Form):
    """Saves the daily limits. An empty field means the host's limit."""

    template = re.compile(LIMITS_FORM_ID)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, _match: re.Match[str], filled: Filled) -> None:
        """Save the numbers, or say what is wrong with them."""
        limits = interaction.client.studio.settings.queue
        numbers = {
            "member_jobs_a_day": _parse_limit(filled, "member", limits.member_jobs_a_day),
            "server_jobs_a_day": _parse_limit(filled, "server", limits.server_jobs_a_day),
        }
        await change(interaction, **numbers)


class ZoneForm(Form):
    """Saves the time zone. An empty field means UTC."""

    template = re.compile(ZONE_ID)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, _match: re.Match[str], filled: Filled) -> None:
        """Save the zone. Raises `NotATimeZone`."""
        await change(interaction, time_zone=written_zone(interaction, filled))


CONTROLS = (
    ChannelsSelect,
    RolesSelect,
    RecipeSelect,
    SizeSelect,
    VariationsSelect,
    NotifySelect,
    LogSelect,
    ShowcaseSelect,
    LimitsButton,
    ZoneButton,
    ResetButton,
    KeepButton,
    ConfirmResetButton,
)
"""The controls on the card."""


def _card(interaction: AtelierInteraction, guild: discord.Guild) -> discord.ui.LayoutView:
    studio = interaction.client.studio
    settings, limits = studio.servers.settings_of(guild.id), studio.settings.queue
    return server_card(settings, guild, limits, interaction.created_at, words_of(interaction))


def _parse_limit(filled: Filled, of: Literal["member", "server"], host_limit: int) -> int | None:
    """The number in a field; None if it is empty. Raises `NotADailyLimit`."""
    written = filled.text(of).strip()
    if not written:
        return None
    maximum = host_limit or 10**MAX_DIGITS - 1
    if not re.fullmatch("[0-9]+", written) or not 1 <= int(written) <= maximum:
        raise NotADailyLimit(of, maximum)
    return int(written)
