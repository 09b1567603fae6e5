"""Messages that the bot posts by itself, where it matters that Discord remembers nonces and checks attachments."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest
from sqlalchemy.exc import IntegrityError

from bot.app import Atelier
from bot.cards.card import layout, picture
from bot.messages.answer import Shown
from bot.messages.card import Card, CardFile
from bot.messages.places import Place
from stylizer.pool import FakeEngine
from tests.databases import database_refusing
from tests.wire.conftest import connected, settings_for
from tests.wire.discord_server import DiscordServer
from tests.wire.pictures import picture as encoded
from tests.wire.world import walk

KEY = "challenge:7"
SEA, FOREST = (CardFile(f"{name}.png", encoded(seed=seed)) for seed, name in enumerate(("sea", "forest")))


async def show(server: DiscordServer, app: Atelier, text: str, *files: CardFile) -> Shown:
    """Show a card in the channel that every member sees."""
    view = layout(discord.ui.TextDisplay(text), *(picture(file, alt=file.name) for file in files))
    place = Place(server.guild.guild_id, server.general.channel_id)
    return await app.client.studio.kept.show(KEY, place, Card(view, files))


def shown(server: DiscordServer) -> list[tuple[str, list[str]]]:
    """Return the text and the files of each message in that channel."""
    return [
        ("\n".join(item["content"] for item in walk(message.components) if item["type"] == 10), message.filenames)
        for message in server.messages_in(server.general)
    ]


async def send_without_saving(server: DiscordServer, app: Atelier, data_dir: Path, text: str, *files: CardFile) -> None:
    """Show a card as if the bot were killed before it saves where the message is."""
    async with database_refusing(data_dir, "UPDATE", table="kept_messages", condition="NEW.message_id IS NOT NULL"):
        with pytest.raises(IntegrityError):
            await show(server, app, text, *files)


async def test_a_message_that_was_sent_before_a_kill_is_posted_once(
    discord_server: DiscordServer, engine: FakeEngine, tmp_path: Path
) -> None:
    settings = settings_for(discord_server, tmp_path)
    async with connected(settings, engine) as app:
        await send_without_saving(discord_server, app, tmp_path, "3 entries", SEA)

    async with connected(settings, FakeEngine()) as app:
        await show(discord_server, app, "3 entries", SEA)
        assert shown(discord_server) == [("3 entries", ["sea.png"])]
        await show(discord_server, app, "4 entries", SEA, FOREST)

    assert shown(discord_server) == [("4 entries", ["sea.png", "forest.png"])]


async def test_a_card_that_has_changed_since_a_kill_is_edited_at_once(
    discord_server: DiscordServer, atelier: Atelier, tmp_path: Path
) -> None:
    await send_without_saving(discord_server, atelier, tmp_path, "3 entries", SEA)
    other = CardFile("sea.png", encoded(seed=5))

    await show(discord_server, atelier, "4 entries", other)

    assert shown(discord_server) == [("4 entries", ["sea.png"])]
    [message] = discord_server.messages_in(discord_server.general)
    assert [attachment.data for attachment in message.attachments] == [other.source]


async def test_a_message_that_was_deleted_after_a_kill_is_posted_again(
    discord_server: DiscordServer, atelier: Atelier, tmp_path: Path
) -> None:
    await send_without_saving(discord_server, atelier, tmp_path, "3 entries")
    [message] = discord_server.messages_in(discord_server.general)
    discord_server.remove_message(message)

    await show(discord_server, atelier, "3 entries")

    assert shown(discord_server) == [("3 entries", [])]


async def test_files_that_stay_are_not_uploaded_again(discord_server: DiscordServer, atelier: Atelier) -> None:
    await show(discord_server, atelier, "3 entries", SEA)
    [message] = discord_server.messages_in(discord_server.general)
    [sea] = message.attachments

    await show(discord_server, atelier, "4 entries", SEA)
    assert message.attachments == [sea]
    await show(discord_server, atelier, "5 entries", FOREST, SEA)

    assert shown(discord_server) == [("5 entries", ["forest.png", "sea.png"])]
    assert message.attachments[1] is sea
