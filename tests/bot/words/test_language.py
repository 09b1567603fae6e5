"""Members are answered in their language, or the server's, or English."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.client import digest_of
from bot.words import ENGLISH, CatalogTranslator, Words
from tests.bot.conftest import STYLE, Studio, ephemeral_text, override_interactions, texts, walk

GERMAN = Words.of("de")


async def test_a_refusal_is_in_the_members_language(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    override_interactions(monkeypatch, locale="de", guild_locale="en-US")

    refused = await studio.alice.slash(studio.channel, "stylize", style=STYLE)

    assert ephemeral_text(refused).startswith(f"{GERMAN('picture-content')} fehlt.")


async def test_a_card_and_its_controls_are_in_the_members_language(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    override_interactions(monkeypatch, locale="de", guild_locale="en-US")

    card = await studio.alice.slash(studio.channel, "preferences")

    assert card.response is not None
    assert texts(card.response).startswith("## Deine Einstellungen\n")
    select = [item for item in walk(card.response.components) if item["type"] == 3][-1]
    assert [option["label"] for option in select["options"]][-1] == "Nie"


@pytest.mark.parametrize(
    ("member", "server", "heading"),
    [
        ("de", "en-US", "## Deine Einstellungen"),
        ("sv-SE", "de", "## Deine Einstellungen"),
        ("en-GB", "de", "## Your preferences"),
        ("sv-SE", "fi", "## Your preferences"),
    ],
)
async def test_the_members_language_comes_first_then_the_servers_then_english(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, member: str, server: str, heading: str
) -> None:
    override_interactions(monkeypatch, locale=member, guild_locale=server)

    card = await studio.alice.slash(studio.channel, "preferences")

    assert card.response is not None
    assert texts(card.response).splitlines()[0] == heading


async def test_discord_receives_descriptions_in_every_language(studio: Studio) -> None:
    tree = studio.app.client.tree
    [command] = [command for command in tree.get_commands() if command.name == "help"]

    payload = await command.get_translated_payload(tree, CatalogTranslator())

    assert payload["description"] == ENGLISH("command-help")
    assert payload["description_localizations"][discord.Locale.german.value] == GERMAN("command-help")
    assert payload["name_localizations"] == {}


async def test_a_changed_translation_is_a_reason_to_register_the_commands_again(studio: Studio) -> None:
    class OtherWords(CatalogTranslator):
        async def translate(self, *_: Any) -> str | None:
            return "Hilfe"

    tree = studio.app.client.tree

    registered = digest_of(await tree.translated(CatalogTranslator()))
    assert digest_of(await tree.translated(CatalogTranslator())) == registered
    assert digest_of(await tree.translated(OtherWords())) != registered
