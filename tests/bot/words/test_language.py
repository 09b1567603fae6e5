"""Members are answered in their language, or the server's, or English."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import discord
import pytest

from bot.words import CatalogTranslator, Words, catalog, words
from tests.bot.conftest import STYLE, OpenStudio, Studio, ephemeral_text, override_interactions, texts, walk

HEADER = r"""
msgid ""
msgstr ""
"Language: de\n"
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"
"""
GERMAN = {
    "preferences-title": "## Deine Einstellungen",
    "no-picture-chosen": "{picture} fehlt. Nimm {options}.",
    "picture-content": "Das Inhaltsbild",
    "choice-notify-never": "Nie",
    "command-help": "So benutzt du Atelier",
}
"""A few entries; the rest is in English."""


@pytest.fixture(autouse=True)
def locales(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Catalogs of English and a little German, regardless of what ships."""
    folder = tmp_path / "locales"
    folder.mkdir()
    (folder / "en.po").write_bytes(catalog.path_of("en").read_bytes())
    write_german(folder, GERMAN)
    monkeypatch.setattr(catalog, "LOCALES", folder)
    words._words_in.cache_clear()
    yield folder
    words._words_in.cache_clear()


def write_german(folder: Path, entries: dict[str, str]) -> None:
    written = "".join(f'\nmsgid "{key}"\nmsgstr "{text}"\n' for key, text in entries.items())
    (folder / "de.po").write_text(HEADER + written, encoding="utf-8")


async def test_a_refusal_is_in_the_members_language(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    override_interactions(monkeypatch, locale="de", guild_locale="en-US")

    refused = await studio.alice.slash(studio.channel, "stylize", style=STYLE)

    assert ephemeral_text(refused) == "Das Inhaltsbild fehlt. Nimm `content`, `content_link` oder `last_picture`."


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

    assert payload["description"] == Words.of("en-US")("command-help")
    assert payload["description_localizations"] == {discord.Locale.german.value: "So benutzt du Atelier"}
    assert payload["name_localizations"] == {}


async def test_commands_are_registered_again_after_a_translation_changes(
    open_studio: OpenStudio, locales: Path
) -> None:
    def registrations() -> int:
        return sum(r.method == "PUT" and r.path.endswith("/commands") for r in studio.env.http_requests)

    studio: Studio = await open_studio()
    assert registrations() == 1

    await studio.restart()
    assert registrations() == 1

    write_german(locales, {**GERMAN, "command-help": "Hilfe"})
    words._words_in.cache_clear()
    await studio.restart()
    assert registrations() == 2
