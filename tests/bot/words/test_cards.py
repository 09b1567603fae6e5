"""Every card and form fits Discord's limits in every language, and with texts 50% longer."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import discord
import pytest
from simcord.components import COMPONENTS_V2_FLAG, validate_components, validate_modal

from bot.client import COMMANDS, AtelierTree
from bot.words import ENGLISH, CatalogTranslator, Words
from bot.words.catalog import LOCALES
from tests.bot.conftest import Studio
from tests.bot.words.challenge_gallery import challenge_cards, challenge_forms
from tests.bot.words.gallery import MANY_CHANNELS, cards, forms


def stretched(words: Words) -> Words:
    """Make a language whose texts are 50% longer."""
    longer = {
        key: tuple(form + "ß" * math.ceil(len(form) / 2) for form in forms_) for key, forms_ in words.entries.items()
    }
    return replace(words, entries=longer)


LANGUAGES = {path.stem: Words.of(path.stem) for path in sorted(LOCALES.glob("*.po"))} | {"long": stretched(ENGLISH)}
every_language = pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)


@every_language
async def test_discord_accepts_every_card(studio: Studio, words: Words) -> None:
    for number in range(MANY_CHANNELS - len(studio.guild.channels)):
        studio.guild.create_text_channel(f"channel-{number}", overwrites={})
    guild = studio.app.client.get_guild(studio.guild.id)
    assert guild is not None

    for name, view in (*cards(words, guild), *challenge_cards(words)):
        try:
            components: Any = view.to_components()  # type: ignore[no-untyped-call]  # discord.py has no type for it
            validate_components(components, flags=COMPONENTS_V2_FLAG)
        except Exception as error:
            error.add_note(name)
            raise


@every_language
async def test_discord_accepts_every_form(words: Words) -> None:
    for name, form in (*forms(words), *challenge_forms(words)):
        try:
            validate_modal(form.to_dict())
        except Exception as error:
            error.add_note(name)
            raise


async def test_every_command_is_described_in_every_language_and_named_in_english(studio: Studio) -> None:
    tree = studio.app.client.tree
    assert isinstance(tree, AtelierTree)
    translated = {locale.value for locale in discord.Locale if Words.of(locale.value) is not ENGLISH}
    for command in COMMANDS:
        payload = await command.get_translated_payload(tree, CatalogTranslator())
        for part in parts(payload):
            assert not part.get("name_localizations") or "value" in part
            localizations = part.get("name_localizations" if "value" in part else "description_localizations") or {}
            if "value" in part or part.get("description"):
                assert set(localizations) == translated, part["name"]
            for text in (part["name"], part.get("description", ""), *localizations.values()):
                assert len(text) <= 100
                assert not text.endswith("…")


def parts(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """Yield a command, its subcommands and options, and their choices."""
    below = [*(payload.get("options") or []), *(payload.get("choices") or [])]
    return [payload, *(part for child in below for part in parts(child))]
