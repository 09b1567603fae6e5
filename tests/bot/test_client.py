"""The Discord client: registering commands, and handling unexpected errors."""

from __future__ import annotations

import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from structlog.testing import LogCapture

from bot.client import COMMANDS, discord_at
from bot.words import ENGLISH
from config.settings import DiscordSettings
from stylizer.recipe import load_recipe, recipe_names
from tests.bot.conftest import STYLE, Studio, files, picture, texts
from tests.databases import change_database, database_refusing


def registrations(studio: Studio) -> int:
    """Return how many times the commands were registered."""
    return sum(r.method == "PUT" and r.path.endswith("/commands") for r in studio.env.http_requests)


async def test_commands_are_registered_once_and_not_at_every_start(studio: Studio, logs: LogCapture) -> None:
    assert registrations(studio) == 1

    await studio.restart()

    assert registrations(studio) == 1
    assert [e["event"] for e in logs.entries if e["event"].startswith("commands.")] == [
        "commands.registered",
        "commands.unchanged",
    ]


async def test_commands_that_differ_from_another_versions_are_registered_again(studio: Studio) -> None:
    await change_database(studio.data_dir, "UPDATE synced_commands SET digest = 'of another version'")

    await studio.restart()

    assert registrations(studio) == 2


async def test_the_bot_uses_only_the_guilds_intent_caches_no_messages_and_mentions_nobody(studio: Studio) -> None:
    client = studio.app.client

    assert client.intents == discord.Intents(guilds=True)
    assert len(client.cached_messages) == 0
    assert repr(client.allowed_mentions) == repr(discord.AllowedMentions.none())


async def test_help_explains_how_to_start(studio: Studio) -> None:
    answer = await studio.alice.slash(studio.channel, "help")

    assert answer.ephemeral
    assert answer.response is not None
    for command in COMMANDS:
        if command.name != "help":
            assert command.name in texts(answer.response)
    assert len(texts(answer.response)) <= 4000


async def test_recipes_lists_every_recipe(studio: Studio) -> None:
    answer = await studio.alice.slash(studio.channel, "recipes")

    assert answer.ephemeral
    assert answer.response is not None
    for name in recipe_names():
        assert load_recipe(name).description in texts(answer.response)
    assert len(texts(answer.response)) <= 4000


@pytest.mark.parametrize("way", ["slash", "form", "button"])
async def test_an_unexpected_error_is_logged_and_reported_without_details(
    studio: Studio, logs: LogCapture, way: str
) -> None:
    result = await studio.stylize()
    await studio.finish()
    message = await studio.bob.send(studio.channel, "look", attachments=[("sea.png", picture("navy"))])
    asked = await studio.alice.context_menu(studio.channel, "Stylize this", message)

    async with database_refusing(studio.data_dir, "INSERT"):
        match way:
            case "slash":
                answer = await studio.stylize()
            case "form":
                answer = await studio.alice.submit_modal(asked, {"style": STYLE, "recipe": ["draft"]})
            case _:
                answer = await studio.press(result, "Again")

    assert answer.ephemeral
    assert answer.response is not None
    assert answer.response.content == ENGLISH("something-went-wrong")
    assert [entry["event"] for entry in logs.entries if entry["log_level"] == "error"] == [
        "command.failed" if way == "slash" else "press.failed"
    ]
    assert files(result.response)
    logs.entries.clear()
    studio.env.errors  # noqa: B018 - reading them marks them as expected in simcord


def test_the_configured_discord_address_applies_while_the_bot_is_open() -> None:
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    settings = DiscordSettings.model_validate(
        {"api_url": "http://127.0.0.1:8123/api/v10/", "gateway_url": "ws://127.0.0.1:8123/gateway"}
    )

    with discord_at(settings):
        assert Route("GET", "/users/@me").url == "http://127.0.0.1:8123/api/v10/users/@me"
        assert str(DiscordWebSocket.DEFAULT_GATEWAY) == "ws://127.0.0.1:8123/gateway"

    assert before == (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)
