"""The words for a member of Discord."""

from __future__ import annotations

from typing import Any

import discord

from bot.words.words import Words


def words_of(interaction: discord.Interaction[Any]) -> Words:
    """The words of the member's language, else of the server's, else English."""
    guild_locale = interaction.guild_locale
    return Words.of(interaction.locale.value, None if guild_locale is None else guild_locale.value)
