"""The discord.py client: intents, the command tree, and what happens before the gateway opens."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import discord
import structlog
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.commands.actions import ACTIONS
from bot.commands.answers import answering_presses, send_ephemeral
from bot.commands.blend import blend
from bot.commands.boards import BOARD_COMPONENTS
from bot.commands.buttons import BUTTONS
from bot.commands.challenge import CONTROLS as CHALLENGE_CONTROLS
from bot.commands.challenge import FORMS as CHALLENGE_FORMS
from bot.commands.challenge import challenge
from bot.commands.chooser import CHOOSER_CONTROLS, NameForm
from bot.commands.edit import EditForm
from bot.commands.explore import explore
from bot.commands.favorites import FAVORITES
from bot.commands.forms import Form, submit_form
from bot.commands.help import help_command, recipes
from bot.commands.history import HISTORY, history
from bot.commands.interaction import AtelierInteraction, StudioClient
from bot.commands.preferences import PREFERENCES, PreferredZoneForm, preferences
from bot.commands.privacy import CHOICES, forget_me, privacy
from bot.commands.queue import queue_command
from bot.commands.server import CONTROLS, LimitsForm, ZoneForm, server
from bot.commands.studio import Studio
from bot.commands.style_buttons import STYLE_CONTROLS
from bot.commands.styles import STYLE_FORMS, save_as_style, style_group
from bot.commands.stylize import PicturesForm, StyleForm, stylize, stylize_avatar, stylize_this
from bot.errors import NETWORK_ERRORS, ButtonOutdated, DiscordUnreachable
from bot.operation.metrics import Metrics, discord_trace
from bot.sources.keys import PictureKeys
from bot.storage.commands import SyncedCommands
from bot.words import CatalogTranslator, sentence_for, words_of
from config.settings import DiscordSettings

log = structlog.get_logger()

FIRST_CONNECTION_TIMEOUT_SECONDS = 60.0
"""For the first connection to the gateway. Later ones are retried as long as the bot runs."""

COMMANDS: tuple[Any, ...] = (
    stylize,
    explore,
    blend,
    stylize_this,
    stylize_avatar,
    queue_command,
    history,
    help_command,
    recipes,
    style_group,
    save_as_style,
    challenge,
    server,
    preferences,
    privacy,
    forget_me,
)
COMPONENTS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    *BUTTONS,
    *ACTIONS,
    *BOARD_COMPONENTS,
    *CHOOSER_CONTROLS,
    *FAVORITES,
    *HISTORY,
    *CONTROLS,
    *CHOICES,
    *PREFERENCES,
    *STYLE_CONTROLS,
    *CHALLENGE_CONTROLS,
)
"""The buttons and menus that work on messages of any age."""
FORMS: tuple[type[Form], ...] = (
    PicturesForm,
    StyleForm,
    LimitsForm,
    ZoneForm,
    PreferredZoneForm,
    EditForm,
    NameForm,
    *STYLE_FORMS,
    *CHALLENGE_FORMS,
)


@contextmanager
def discord_at(settings: DiscordSettings) -> Iterator[None]:
    """Point discord.py at the configured API and gateway while the block runs.

    Both are class attributes of discord.py: there is one Discord per process.
    """
    api, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = str(settings.api_url).rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(str(settings.gateway_url))
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = api, gateway


class AtelierTree(app_commands.CommandTree[StudioClient]):
    """The commands, and what happens when one of them fails unexpectedly."""

    async def on_error(self, interaction: AtelierInteraction, error: app_commands.AppCommandError, /) -> None:
        """Log the error, and answer the member."""
        log.error(
            "command.failed",
            command=interaction.command.name if interaction.command else None,
            member=interaction.user.id,
            guild=interaction.guild_id,
            exc_info=error,
        )
        await send_ephemeral(interaction, sentence_for(error, words_of(interaction)))

    async def translated(self, translator: app_commands.Translator) -> list[Any]:
        """Return what Discord is told about the commands, in all languages."""
        return [await command.get_translated_payload(self, translator) for command in self.get_commands()]


def digest_of(commands: list[Any]) -> str:
    """Return a digest that changes whenever commands have to be registered again, or their translations."""
    return hashlib.sha256(json.dumps(commands, sort_keys=True).encode()).hexdigest()


class AtelierClient(StudioClient):
    """Atelier on Discord. Sees guilds and interactions, caches no messages, mentions nobody."""

    def __init__(
        self,
        *,
        studio: Studio,
        synced_commands: SyncedCommands,
        metrics: Metrics,
        gateway_url: yarl.URL | None = None,
        first_connection_seconds: float = FIRST_CONNECTION_TIMEOUT_SECONDS,
        register: bool = False,
    ) -> None:
        """Connect to the gateway that Discord names, or to `gateway_url`."""
        super().__init__(
            intents=discord.Intents(guilds=True),
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            http_trace=discord_trace(metrics),
        )
        self.studio = studio
        self.metrics = metrics
        self.picture_keys = PictureKeys()
        self._synced_commands = synced_commands
        self._gateway_url = gateway_url
        self._first_connection_seconds = first_connection_seconds
        self._register = register
        self._first_connection: asyncio.Timeout | None = None
        self._tried_url = gateway_url or DiscordWebSocket.DEFAULT_GATEWAY
        self.tree = AtelierTree(
            self,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        )
        for command in COMMANDS:
            self.tree.add_command(command)

    async def setup_hook(self) -> None:
        """Resume jobs, make buttons of any age work, and register the commands, before the gateway opens."""
        self.add_dynamic_items(*COMPONENTS)
        await self.studio.intake.resume()
        application_id = self.application_id or 0  # known after the login
        application = f"{Route.BASE} {application_id}"
        commands = await self.tree.translated(CatalogTranslator())
        digest = digest_of(commands)
        if not self._register and await self._synced_commands.digest(application) == digest:
            log.info("commands.unchanged", count=len(COMMANDS))
            return
        try:
            await self.http.bulk_upsert_global_commands(application_id, payload=commands)
        except discord.HTTPException as error:
            log.warning("commands.not_registered", status=error.status, problem=error.text)
            return
        await self._synced_commands.save(application, digest)
        log.info("commands.registered", count=len(COMMANDS))

    async def on_interaction(self, interaction: AtelierInteraction) -> None:
        """Handle what discord.py doesn't: every form, and buttons that this version doesn't know."""
        data: Any = interaction.data or {}
        if interaction.type is discord.InteractionType.modal_submit:
            await submit_form(interaction, FORMS)
        elif interaction.type is discord.InteractionType.component and not self._is_known(data["custom_id"]):
            async with answering_presses(interaction):
                raise ButtonOutdated

    def _is_known(self, custom_id: str) -> bool:
        added = (item for view in self.persistent_views for item in view.walk_children())
        return any(component.__discord_ui_compiled_template__.fullmatch(custom_id) for component in COMPONENTS) or any(
            getattr(item, "custom_id", None) == custom_id for item in added
        )

    async def refreshed_attachment(self, url: str) -> str | None:
        """Return a link to the same attachment that hasn't expired; None if Discord gives none.

        Discord doesn't document the endpoint; its own client and libraries for bots (oceanic.js) use it.
        """
        route = Route("POST", "/attachments/refresh-urls")
        try:
            answer = await self.http.request(route, json={"attachment_urls": [url]})
            [link] = answer["refreshed_urls"]
            return str(link["refreshed"])
        except (discord.HTTPException, KeyError, TypeError, ValueError, *NETWORK_ERRORS) as error:
            log.info("attachment.not_refreshed", problem=str(error))
            return None

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Connect one shard. Discord decides how many there are; the address they connect to can be configured."""
        self._tried_url = self._gateway_url or gateway
        await super().launch_shard(self._tried_url, shard_id, initial=initial)

    async def connect(self, *, reconnect: bool = True) -> None:
        """Keep the shards connected. Raises `DiscordUnreachable` when no first connection succeeds in time.

        discord.py itself would try forever, and nobody would see why nothing happens.
        """
        limit = asyncio.timeout(self._first_connection_seconds)
        try:
            async with limit as self._first_connection:
                await super().connect(reconnect=reconnect)
        except TimeoutError:
            if limit.expired():
                raise DiscordUnreachable(str(self._tried_url), "its gateway doesn't answer") from None
            raise
        finally:
            self._first_connection = None

    async def on_shard_connect(self, _shard_id: int) -> None:
        """Lift the timeout: from now on, a lost connection is an outage that passes."""
        if self._first_connection is not None and not self._first_connection.expired():
            self._first_connection.reschedule(None)

    async def on_ready(self) -> None:
        """Log that the bot is ready and has received its guilds."""
        log.info("discord.ready", guilds=len(self.guilds), shards=self.shard_count, user=str(self.user))
