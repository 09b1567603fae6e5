"""Translates the descriptions, options and choices of commands, for Discord to show."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.words.text import shortened
from bot.words.words import ENGLISH, Words

MAX_LENGTH = 100
"""What Discord allows for a description, and for the name of a choice."""


def localized(key: str, /, **fields: object) -> app_commands.locale_str:
    """An entry of the catalogs for discord.py: in English, with what is needed to translate it."""
    translations: dict[Words, str] = {}
    return app_commands.locale_str(_shortened(ENGLISH, key, fields), key=key, fields=fields, translations=translations)


class CatalogTranslator(app_commands.Translator):
    """Translates what `localized` made. The names of commands and options are the same in every language.

    Each text is translated once: every start needs all of them twice, to see whether they changed and to register them.
    """

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, _context: app_commands.TranslationContextTypes
    ) -> str | None:
        """The entry in that language; None if Discord shows the English one anyway."""
        key, words = string.extras.get("key"), Words.of(locale.value)
        if key is None or words is ENGLISH:
            return None
        translations: dict[Words, str] = string.extras["translations"]
        if words not in translations:
            translations[words] = _shortened(words, key, string.extras["fields"])
        return translations[words]


def _shortened(words: Words, key: str, fields: dict[str, Any]) -> str:
    return shortened(words(key, **fields), MAX_LENGTH)
