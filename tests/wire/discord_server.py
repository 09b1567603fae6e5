"""A stand-in for Discord on loopback: REST, gateway and CDN over real sockets, and members who use it.

    async with DiscordServer() as discord:
        alice = discord.join("alice")
        command = await discord.slash(alice, discord.general, "stylize", content=("a.jpg", …), style=("b.jpg", …))
        card = await command.response()
        await card.wait_for_files("painting.png")

Point the bot to `discord.api_url` and `discord.gateway_url` with the token `discord.token`. It enforces what Discord
enforces: acknowledgment within 3 s and tokens for 15 minutes (by `discord.clock`, which a test can advance), upload
limits, permissions, the rules of Components V2. `discord.inject(…)` makes the next requests fail; every request is
recorded in `discord.requests`.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

import discord
from aiohttp import web

from tests.wire.faults import Effect, Fault, Request
from tests.wire.forms import FILE_UPLOAD, TEXT_INPUT
from tests.wire.gateway import Gateway
from tests.wire.limits import RateLimits
from tests.wire.refusals import Refusal, Refused
from tests.wire.rest import Rest
from tests.wire.serving import API_PREFIX
from tests.wire.world import (
    DIRECT_MESSAGE_PERMISSIONS,
    EVERYONE_PERMISSIONS,
    TOKEN_LIFETIME_SECONDS,
    Attachment,
    Channel,
    ChannelType,
    Clock,
    Guild,
    Interaction,
    InteractionType,
    Json,
    Member,
    Message,
    Snowflakes,
    Upload,
    User,
    Watch,
    attachment_json,
    store_upload,
    walk,
)

TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAwMA.wire.stand-in"
MAX_BODY_BYTES = 200 * 2**20
MAX_REMEMBERED_REQUESTS = 100_000
SLASH, MESSAGE_MENU = 1, 3
SUBCOMMAND, SUBCOMMAND_GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER, CHANNEL, NUMBER, ATTACHMENT = 3, 4, 5, 6, 7, 10, 11

File: TypeAlias = Upload | tuple[str, bytes]
"""An upload, or (file name, bytes)."""
MemberHandler: TypeAlias = "Callable[[DiscordServer, web.Request], Awaitable[web.StreamResponse]]"


class DiscordServer:
    """The server; open it with `async with`. By default it listens on a free port on loopback."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str = TOKEN,
        extra_routes: tuple[tuple[str, str, MemberHandler], ...] = (),
    ) -> None:
        self._host = host
        self._port = port
        self._more_routes = extra_routes
        self.token = token
        self.clock = Clock()
        self.watch = Watch()
        """Notified of everything that happens."""
        self.snowflakes = Snowflakes()
        self.shards = 1
        self.enforces_rate_limits = True
        self.old_edits_seconds = 6.0
        """Within which a channel takes three edits of messages older than an hour, as on Discord."""
        self.cdn_url: str | None = None
        """Base URL of attachments; None for this server."""
        self.announced_gateway_url: str | None = None
        """The gateway's address that the API gives to bots; None for this server's."""
        self.rate_limits = RateLimits()
        self.faults: list[Fault] = []
        self.requests: deque[Request] = deque(maxlen=MAX_REMEMBERED_REQUESTS)
        self.invalid_requests = 0
        """Number of responses with status 401, 403 or 429: Discord blocks an IP address after 10,000 in 10 minutes."""
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.attachments: dict[int, Attachment] = {}
        self.interactions: dict[str, Interaction] = {}
        self.commands: dict[tuple[int, str], Json] = {}
        """The registered commands, by (type, name)."""
        self.users_blocking_direct_messages: set[User] = set()
        self.bot = self._new_user("atelier", bot=True)
        self.application_id = self.bot.user_id
        self.guild = self.add_guild("Studio")
        self.general = self.add_channel("general")
        self.gateway = Gateway(self)
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    # Lifecycle and addresses.

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_get("/gateway", self.gateway.serve)
        Rest(self).add_routes(app.router)
        for method, path, handler in self._more_routes:
            app.router.add_route(method, path, partial(handler, self))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await self._listen()
        self._port = self._runner.addresses[0][1]
        return self

    async def _listen(self) -> None:
        assert self._runner is not None
        self._site = web.TCPSite(self._runner, self._host, self._port)
        await self._site.start()

    @asynccontextmanager
    async def network_outage(self) -> AsyncIterator[None]:
        """Cut all connections without a close frame, and refuse new ones while the block runs."""
        assert self._site is not None
        assert self._runner is not None
        assert self._runner.server is not None
        await self._site.stop()
        for connection in self._runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()
        try:
            yield
        finally:
            await self._listen()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for fault in self.faults:
            fault.release()
        await self.gateway.aclose()
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._port}"

    @property
    def api_url(self) -> str:
        return self.url + API_PREFIX

    @property
    def gateway_url(self) -> str:
        return f"ws://{self._host}:{self._port}/gateway"

    def bot_environment(self, data_dir: Path, **settings: str) -> dict[str, str]:
        """Return this process's environment with settings for a bot that uses this server."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ATELIER_")}
        return inherited | {
            "ATELIER_DISCORD__TOKEN": self.token,
            "ATELIER_DISCORD__API_URL": self.api_url,
            "ATELIER_DISCORD__GATEWAY_URL": self.gateway_url,
            "ATELIER_DATA_DIR": str(data_dir),
            **settings,
        }

    @property
    def attachments_url(self) -> str:
        return self.cdn_url or self.url

    # Users, guilds and channels.

    def _new_user(self, name: str, *, bot: bool = False) -> User:
        user = User(self.snowflakes.next(), name, bot)
        self.users[user.user_id] = user
        return user

    def add_guild(self, name: str, *, with_bot: bool = True) -> Guild:
        """Add a guild with an owner. Set it up before the bot connects."""
        owner = self._new_user(f"{name.lower()}-owner")
        guild = Guild(self.snowflakes.next(), name, owner, everyone_permissions=EVERYONE_PERMISSIONS)
        guild.members[owner.user_id] = Member(owner)
        if with_bot:
            guild.members[self.bot.user_id] = Member(self.bot)
        self.guilds[guild.guild_id] = guild
        return guild

    def add_channel(self, name: str, *, guild: Guild | None = None, type: ChannelType = ChannelType.TEXT) -> Channel:  # noqa: A002 - Discord's own word
        guild = guild or self.guild
        channel = Channel(self.snowflakes.next(), name, guild, type)
        guild.channels[channel.channel_id] = self.channels[channel.channel_id] = channel
        return channel

    def join(
        self, name: str, *, guild: Guild | None = None, extra_permissions: discord.Permissions | None = None
    ) -> User:
        """Add a new member to a guild, optionally with extra permissions."""
        guild, user = guild or self.guild, self._new_user(name)
        member = Member(user, extra_permissions=extra_permissions or discord.Permissions.none())
        if extra_permissions is not None:
            member.role_id = self.snowflakes.next()
        guild.members[user.user_id] = member
        return user

    def user(self, user_id: int) -> User:
        if user_id not in self.users:
            raise Refused(Refusal.UNKNOWN_USER)
        return self.users[user_id]

    def direct_channel(self, user: User) -> Channel:
        """Return the direct message channel of a user and the bot."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self.snowflakes.next(), user.name, None, ChannelType.DIRECT, recipient=user)
        self.channels[channel.channel_id] = channel
        return channel

    def app_permissions(self, channel: Channel) -> discord.Permissions:
        """Return the bot's permissions in a channel."""
        if channel.guild is None:
            return DIRECT_MESSAGE_PERMISSIONS
        if self.bot.user_id not in channel.guild.members:
            return DIRECT_MESSAGE_PERMISSIONS
        return channel.guild.permissions(self.bot, channel)

    def must_be_ephemeral(self, interaction: Interaction) -> bool:
        """Whether a user-installed bot may only respond with ephemeral messages here."""
        guild = interaction.channel.guild
        if guild is None or not interaction.user_installed:
            return False
        return not guild.permissions(interaction.user, interaction.channel).use_external_apps

    # Changes while the bot runs, announced over the gateway.

    async def deny(self, channel: Channel, **permissions: bool) -> None:
        """Deny the bot permissions in a channel: `await discord.deny(channel, attach_files=True)`."""
        assert channel.guild is not None
        channel.overwrites[self.bot.user_id] = (discord.Permissions.none(), discord.Permissions(**permissions))
        await self.gateway.dispatch("CHANNEL_UPDATE", channel.as_json(), guild=channel.guild)

    async def delete_channel(self, channel: Channel) -> None:
        assert channel.guild is not None
        channel.deleted = True
        channel.guild.channels.pop(channel.channel_id)
        for message in [m for m in self.messages.values() if m.channel is channel and not m.deleted]:
            self.remove_message(message)
        await self.gateway.dispatch("CHANNEL_DELETE", channel.as_json(), guild=channel.guild)

    def delete_message(self, message: Message) -> None:
        """Delete a message as a moderator. Without the message intent, the bot doesn't learn about it."""
        self.remove_message(message)

    def link_to(self, attachment: Attachment) -> str:
        """Return the link that a member would copy, valid for a day."""
        return self.attachments_url + attachment.signed_path(self.clock)

    def expire_tokens(self) -> None:
        """Age all interactions by the lifetime of a token, and nothing else."""
        for interaction in self.interactions.values():
            interaction.sent_at -= TOKEN_LIFETIME_SECONDS

    def shares_a_guild(self, user: User) -> bool:
        """Whether the bot can send direct messages to a user at all."""
        return any({user.user_id, self.bot.user_id} <= guild.members.keys() for guild in self.guilds.values())

    def leave(self, user: User, *, guild: Guild | None = None) -> None:
        """Remove a member. Without the member intent, the bot doesn't learn about it."""
        (guild or self.guild).members.pop(user.user_id)

    async def remove_bot(self, guild: Guild) -> None:
        guild.members.pop(self.bot.user_id)
        await self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.guild_id)}, guild=guild)

    # Faults and requests.

    def inject(
        self,
        method: str,
        path: str,
        effect: Effect,
        *,
        times: int | None = 1,
        where: Callable[[Request], bool] | None = None,
    ) -> Fault:
        """Apply an effect to the next requests that match: `inject("PATCH", "*/@original", server_error(502))`."""
        fault = Fault(method, path, effect, times, where)
        self.faults.append(fault)
        return fault

    def remember(self, request: Request) -> None:
        self.requests.append(request)
        self.watch.changed()

    def requests_to(self, method: str, path: str) -> list[Request]:
        """Return the bot's matching requests in order."""
        return [request for request in self.requests if request.matches(method, path)]

    async def wait_for_requests(
        self,
        method: str,
        path: str,
        *,
        where: Callable[[Request], bool] = lambda request: request.status is not None,
        times: int = 1,
        timeout_seconds: float = 30,
    ) -> list[Request]:
        """Wait for `times` matching requests, and return them. By default, only completed requests count."""

        def enough() -> list[Request] | None:
            found = [request for request in self.requests_to(method, path) if where(request)]
            return found if len(found) >= times else None

        return await self.watch.wait_until(enough, what=f"{method} {path}", timeout_seconds=timeout_seconds)

    # Messages and files.

    def new_message(self, channel: Channel, author: User, *, visible_to: User | None = None) -> Message:
        return Message(
            self.snowflakes.next(),
            channel=channel,
            author=author,
            clock=self.clock,
            watch=self.watch,
            visible_to=visible_to,
        )

    def add_message(self, message: Message) -> None:
        self.messages[message.message_id] = message
        message.watch.changed()

    def replace_attachments(self, message: Message, attachments: list[Attachment]) -> None:
        """Replace a message's attachments. The URLs of removed ones stop working."""
        for attachment in message.attachments:
            self.attachments.pop(attachment.attachment_id, None)
        message.attachments = attachments
        self.attachments |= {attachment.attachment_id: attachment for attachment in attachments}

    def remove_message(self, message: Message) -> None:
        message.deleted = True
        self.replace_attachments(message, [])
        message.watch.changed()

    def messages_in(self, channel: Channel, *, by: User | None = None) -> list[Message]:
        """Return a channel's messages by an author (default: the bot), oldest first."""
        author = by or self.bot
        return [m for m in self.messages.values() if m.channel is channel and m.author is author and not m.deleted]

    async def wait_for_message(
        self, channel: Channel, condition: Callable[[Message], bool] = lambda _: True, *, timeout_seconds: float = 30
    ) -> Message:
        """Wait for a message of the bot in a channel that meets a condition, and return it."""
        return await self.watch.wait_until(
            lambda: next((m for m in self.messages_in(channel) if condition(m)), None),
            what=f"message in {channel.name}",
            timeout_seconds=timeout_seconds,
        )

    def _store_upload(self, file: File, channel: Channel, *, ephemeral: bool) -> Attachment:
        upload = file if isinstance(file, Upload) else Upload(*file)
        attachment = store_upload(
            upload, attachment_id=self.snowflakes.next(), channel_id=channel.channel_id, ephemeral=ephemeral
        )
        self.attachments[attachment.attachment_id] = attachment
        return attachment

    # Actions of members.

    async def say(self, user: User, channel: Channel, text: str = "", *, files: tuple[File, ...] = ()) -> Message:
        """Post a message as a member. Without the message intent, the bot doesn't learn about it."""
        message = self.new_message(channel, user)
        message.content = text
        message.attachments = [self._store_upload(file, channel, ephemeral=False) for file in files]
        self.add_message(message)
        return message

    async def slash(
        self, user: User, channel: Channel, name: str, *, user_installed: bool = False, **options: Any
    ) -> Interaction:
        """Use a slash command as a member; `name` may include a subcommand: `"server settings"`.

        Checks options like Discord's client: names, choices, required ones. Files are `Upload` or (name, bytes). Waits
        until the bot is connected and has registered the command.
        """
        first, *inner = name.split()
        command = await self._registered(SLASH, first)
        leaf = command
        resolved: Json = {"attachments": {}, "users": {}, "channels": {}}
        for word in inner:
            leaf = next(o for o in leaf["options"] if o["name"] == word)
        filled = self._filled_options(leaf, options, channel, resolved)
        for word in reversed(inner):
            kind = SUBCOMMAND if word == inner[-1] else SUBCOMMAND_GROUP
            filled = [{"type": kind, "name": word, "options": filled}]
        data = {"id": command["id"], "type": SLASH, "name": first, "options": filled, "resolved": resolved}
        return await self._interact(InteractionType.COMMAND, user, channel, data, user_installed=user_installed)

    async def use_message_command(self, user: User, message: Message, name: str) -> Interaction:
        """Use a message command as a member."""
        command = await self._registered(MESSAGE_MENU, name)
        target = str(message.message_id)
        resolved = {"messages": {target: message.as_json(self.attachments_url)}}
        data = {"id": command["id"], "type": MESSAGE_MENU, "name": name, "target_id": target, "resolved": resolved}
        return await self._interact(InteractionType.COMMAND, user, message.channel, data)

    async def press(
        self, user: User, message: Message, label_or_custom_id: str, *, user_installed: bool = False
    ) -> Interaction:
        """Press a message's button as a member."""
        assert message.visible_to in {None, user}, f"{user.name} can't see {message!r}"
        assert not message.deleted, f"{message!r} is deleted"
        button = message.button(label_or_custom_id)
        assert not button.get("disabled"), f"{label_or_custom_id} is disabled on {message!r}"
        data = {"component_type": button["type"], "custom_id": button["custom_id"], "id": button["id"]}
        return await self._interact(
            InteractionType.COMPONENT, user, message.channel, data, message=message, user_installed=user_installed
        )

    async def submit(self, opened_by: Interaction, **fields: str | File | list[str]) -> Interaction:
        """Fill in and submit the modal that an interaction opened; fields are given by custom ID.

        Text is a string, a selection a list of strings, an upload a file. Omitted fields stay empty.
        """
        modal = await opened_by.wait_for_modal()
        resolved: Json = {"attachments": {}}
        components = [
            self._filled_field(component, number, fields, opened_by.channel, resolved)
            for number, component in enumerate(modal["components"], start=1)
        ]
        known = {c["custom_id"] for c in walk(modal["components"]) if "custom_id" in c}
        assert set(fields) <= known, f"the modal has {known}, not {set(fields) - known}"
        data = {"custom_id": modal["custom_id"], "components": components, "resolved": resolved}
        return await self._interact(
            InteractionType.MODAL, opened_by.user, opened_by.channel, data, message=opened_by.message
        )

    async def _registered(self, kind: int, name: str) -> Json:
        await self.gateway.wait_until_ready()
        return await self.watch.wait_until(lambda: self.commands.get((kind, name)), what=f"command {name}")

    def register_commands(self, commands: list[Json]) -> list[Json]:
        """Replace all of the bot's commands."""
        known = self.commands
        self.commands = {}
        for command in commands:
            key = (command.get("type", SLASH), command["name"])
            identity = {
                "id": known[key]["id"] if key in known else str(self.snowflakes.next()),
                "application_id": str(self.application_id),
                "version": str(self.snowflakes.next()),
                "type": key[0],
                "default_member_permissions": None,
            }
            self.commands[key] = {"description": "", **identity, **command, "id": identity["id"]}
        self.watch.changed()
        return list(self.commands.values())

    def _filled_options(
        self, command: Json, options: Mapping[str, Any], channel: Channel, resolved: Json
    ) -> list[Json]:
        known = {option["name"]: option for option in command.get("options", [])}
        assert set(options) <= set(known), f"/{command['name']} has {set(known)}, not {set(options) - set(known)}"
        missing = {name for name, option in known.items() if option.get("required")} - set(options)
        assert not missing, f"/{command['name']} needs {missing}"
        filled = []
        for name, value in options.items():
            option = known[name]
            choices = [choice["value"] for choice in option.get("choices") or []]
            assert not choices or value in choices, f"{name} is one of {choices}, not {value!r}"
            filled.append(
                {"name": name, "type": option["type"], "value": self._resolved(option, value, channel, resolved)}
            )
        return filled

    def _resolved(self, option: Json, value: Any, channel: Channel, resolved: Json) -> Any:
        """Encode an option's value for an interaction, and add the object that it refers to to `resolved`."""
        name, kind = option["name"], option["type"]
        if kind == ATTACHMENT:
            attachment = self._store_upload(value, channel, ephemeral=True)
            key = str(attachment.attachment_id)
            resolved["attachments"][key] = attachment_json(attachment, self.attachments_url, self.clock)
            return key
        if kind == USER:
            resolved["users"][str(value.user_id)] = value.as_json()
            return str(value.user_id)
        if kind == CHANNEL:
            resolved["channels"][str(value.channel_id)] = value.as_json() | {"permissions": "0"}
            return str(value.channel_id)
        types: dict[int, tuple[type, ...]] = {STRING: (str,), INTEGER: (int,), BOOLEAN: (bool,), NUMBER: (int, float)}
        assert isinstance(value, types[kind]), f"{name} is not {value!r}"
        if kind in {INTEGER, NUMBER}:
            lowest, highest = option.get("min_value", value), option.get("max_value", value)
            assert lowest <= value <= highest, f"{name} goes from {lowest} to {highest}, not {value!r}"
        return value

    def _filled_field(
        self,
        component: Json,
        number: int,
        fields: Mapping[str, str | File | list[str]],
        channel: Channel,
        resolved: Json,
    ) -> Json:
        filled: Json = {"type": component["type"], "id": component.get("id", number)}
        if "component" in component:
            filled["component"] = self._filled_field(component["component"], 100 + number, fields, channel, resolved)
        elif "components" in component:
            rows = enumerate(component["components"], start=100 * number)
            filled["components"] = [self._filled_field(c, i, fields, channel, resolved) for i, c in rows]
        elif "custom_id" in component:
            filled["custom_id"] = component["custom_id"]
            value = fields.get(component["custom_id"])
            if component["type"] == FILE_UPLOAD:
                filled["values"] = self._uploaded(component, value, channel, resolved)
            elif component["type"] == TEXT_INPUT:
                filled["value"] = value or ""
            else:
                chosen_already = [o["value"] for o in component.get("options", []) if o.get("default")]
                filled["values"] = value or chosen_already
        return filled

    def _uploaded(self, field: Json, value: object, channel: Channel, resolved: Json) -> list[str]:
        if value is None:
            assert not field.get("required", True), f"{field['custom_id']} needs a file"
            return []
        assert isinstance(value, Upload | tuple), f"{field['custom_id']} is not {value!r}"
        return [self._resolved({"name": field["custom_id"], "type": ATTACHMENT}, value, channel, resolved)]

    async def _interact(
        self,
        type: InteractionType,  # noqa: A002 - Discord's own word
        user: User,
        channel: Channel,
        data: Json,
        *,
        message: Message | None = None,
        user_installed: bool = False,
    ) -> Interaction:
        await self.gateway.wait_until_ready()
        interaction = Interaction(
            self.snowflakes.next(),
            type=type,
            application_id=self.application_id,
            user=user,
            channel=channel,
            clock=self.clock,
            watch=self.watch,
            message=message,
            user_installed=user_installed,
        )
        self.interactions[interaction.token] = interaction
        await self.gateway.dispatch(
            "INTERACTION_CREATE", self._interaction_json(interaction, data), guild=channel.guild
        )
        return interaction

    def _interaction_json(self, interaction: Interaction, data: Json) -> Json:
        channel, user = interaction.channel, interaction.user
        body: Json = {
            "id": str(interaction.interaction_id),
            "application_id": str(self.application_id),
            "type": int(interaction.type),
            "token": interaction.token,
            "version": 1,
            "data": data,
            "channel_id": str(channel.channel_id),
            "channel": channel.as_json(),
            "app_permissions": str(self.app_permissions(channel).value),
            "attachment_size_limit": channel.upload_limit_bytes,
            "authorizing_integration_owners": interaction.owners_json(),
            "context": 1 if channel.guild is None else 0,
            "locale": "en-US",
            "entitlements": [],
            "entitlement_sku_ids": [],
        }
        if interaction.message is not None:
            body["message"] = interaction.message.as_json(self.attachments_url)
        if channel.guild is None:
            return body | {"user": user.as_json()}
        permissions = channel.guild.permissions(user, channel)
        member = channel.guild.members.get(user.user_id, Member(user)).as_json() | {
            "permissions": str(permissions.value)
        }
        guild = {"id": str(channel.guild.guild_id), "locale": "en-US", "features": []}
        return body | {
            "guild_id": guild["id"],
            "guild": guild,
            "guild_locale": "en-US",
            "member": member,
        }
