"""`/preferences`: what a member chooses for themselves, on every server."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands

from bot.cards.preferences import (
    DEFAULT,
    MENU_PATTERN,
    RESET_ID,
    STRENGTH_KEYS,
    SWITCH_PATTERN,
    ZONE_ID,
    Menu,
    Switch,
    preferences_card,
    preferences_zone_form,
)
from bot.clock.zones import parse_zone
from bot.commands.answers import acknowledge
from bot.commands.controls import Control
from bot.commands.forms import Filled, Form, show_form
from bot.commands.interaction import AtelierInteraction
from bot.errors import ButtonOutdated
from bot.painting.job import AS_CONTENT, Colors
from bot.servers.rules import SIZES_PX
from bot.storage.servers import Notify
from bot.words import locale_of, localized, words_of
from stylizer.recipe import recipe_names


@app_commands.command(name="preferences", description=localized("command-preferences"))
async def preferences(interaction: AtelierInteraction) -> None:
    """Show what the member has chosen, to be changed."""
    await interaction.response.send_message(view=_card(interaction), ephemeral=True)


class PreferenceMenu(Control, template=MENU_PATTERN):
    """A menu of the card."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        [chosen] = self.item.values
        await _change(interaction, **_choice(Menu(self._match["menu"]), chosen))


class PreferenceSwitch(Control, template=SWITCH_PATTERN):
    """A button of the card that switches something on or off."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await _change(interaction, **{SWITCHED[Switch(self._match["switch"])]: self._match["state"] == "on"})


class ResetPreferences(Control, template=RESET_ID):
    """The button that forgets everything that the member has chosen."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        await acknowledge(interaction)
        await interaction.client.studio.preferences.forget(interaction.user.id)
        await interaction.edit_original_response(view=_card(interaction))


class PreferredZone(Control, template=ZONE_ID):
    """The button that asks for the member's time zone."""

    async def _react(self, interaction: AtelierInteraction) -> None:
        chosen = interaction.client.studio.preferences.of(interaction.user.id)
        await show_form(interaction, preferences_zone_form(chosen, words_of(interaction)))


class PreferredZoneForm(Form):
    """Saves the member's time zone. An empty field means the server's."""

    template = re.compile(ZONE_ID)

    @classmethod
    async def submit(cls, interaction: AtelierInteraction, _match: re.Match[str], filled: Filled) -> None:
        """Save the zone. Raises `NotATimeZone`."""
        await _change(interaction, time_zone=written_zone(interaction, filled))


PREFERENCES = (PreferenceMenu, PreferenceSwitch, ResetPreferences, PreferredZone)
"""The controls on the card."""

SWITCHED = {
    Switch.TIMELAPSE: "wants_timelapse",
    Switch.PRIVATE: "private_answers",
}
"""The preference that each button switches."""


def written_zone(interaction: AtelierInteraction, filled: Filled) -> str | None:
    """The key of the time zone in a form; None if the field is empty. Raises `NotATimeZone`."""
    written = filled.text("zone").strip()
    return parse_zone(written, language=locale_of(interaction)).key if written else None


def _choice(menu: Menu, chosen: str) -> dict[str, Any]:
    """A menu's choice as a change of preferences. Raises `ButtonOutdated` for one that no current menu offers."""
    is_default = chosen == DEFAULT
    match menu:
        case Menu.RECIPE if is_default or chosen in recipe_names():
            return {"recipe_name": None if is_default else chosen}
        case Menu.SIZE if is_default or chosen in map(str, (AS_CONTENT, *SIZES_PX)):
            return {"size_px": None if is_default else int(chosen)}
        case Menu.STRENGTH if chosen in {f"{strength:g}" for strength in STRENGTH_KEYS}:
            strength = float(chosen)
            return {"style_strength": None if strength == 1 else strength}
        case Menu.COLORS if chosen in set(Colors):
            return {"colors": Colors(chosen)}
        case Menu.NOTIFY if is_default or chosen in set(Notify):
            return {"notify": None if is_default else Notify(chosen)}
    raise ButtonOutdated


async def _change(interaction: AtelierInteraction, **changes: Any) -> None:
    await acknowledge(interaction)
    await interaction.client.studio.preferences.change(interaction.user.id, **changes)
    await interaction.edit_original_response(view=_card(interaction))


def _card(interaction: AtelierInteraction) -> discord.ui.LayoutView:
    studio = interaction.client.studio
    chosen = studio.preferences.of(interaction.user.id)
    server = studio.servers.settings_of(interaction.guild_id)
    return preferences_card(chosen, server, interaction.created_at, words_of(interaction))
