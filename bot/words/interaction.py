"""The words for a member of Discord."""

from __future__ import annotations

from typing import Any

import discord

from bot.words.catalog import best_locale
from bot.words.words import Words


def locale_of(interaction: discord.Interaction[Any]) -> str:
    """The locale to answer in, as Discord names it: the member's, or the server's if only that has a catalog."""
    member, server = interaction.locale.value, interaction.guild_locale
    if server is None or best_locale(member) is not None or best_locale(server.value) is None:
        return member
    return server.value


def words_of(interaction: discord.Interaction[Any]) -> Words:
    """The words of the member's language, else of the server's, else English."""
    return Words.of(locale_of(interaction))
