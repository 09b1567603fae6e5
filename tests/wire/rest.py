"""Discord's REST API, version 10, as far as the bot uses it; and the CDN that serves attachments."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import discord
from aiohttp import BodyPartReader, hdrs, web

from tests.wire.faults import Cut, Effect, Fault, Hold, Request, SentFile
from tests.wire.forms import check_commands, check_message, check_modal, shown_components
from tests.wire.refusals import Refusal, Refused, invalid_form
from tests.wire.world import (
    REQUEST_LIMIT_BYTES,
    Attachment,
    CallbackType,
    Channel,
    ChannelType,
    Interaction,
    InteractionType,
    Json,
    Message,
    MessageFlag,
    Upload,
    attachment_json,
    kept_file,
    walk,
)

if TYPE_CHECKING:
    from tests.wire.discord_server import DiscordServer

API_PREFIX = "/api/v10"
CHUNK_BYTES = 64 * 1024
NONCE_REMEMBERED_SECONDS = 5 * 60
USER_INSTALL_FOLLOW_UPS = 5
SENT_FLAGS = (
    MessageFlag.EPHEMERAL | MessageFlag.COMPONENTS_V2 | MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS
)
MENTION = re.compile(r"<@!?(\d+)>|@(everyone|here)")

Handler = Callable[[Request], Awaitable[web.Response]]


def json_response(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON under exactly `application/json`: with a charset behind it discord.py takes it for text."""
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json", headers=headers)


NOTHING = 204


class Rest:
    """Answers the bot's requests. All are recorded; each may meet a fault."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server

    def add_routes(self, router: web.UrlDispatcher) -> None:
        webhook = "/webhooks/{application_id}/{token}"
        channel = "/channels/{channel_id}"
        routes: list[tuple[str, str, Handler]] = [
            ("GET", "/gateway", self._gateway),
            ("GET", "/gateway/bot", self._gateway),
            ("GET", "/users/@me", self._me),
            ("POST", "/users/@me/channels", self._open_direct_channel),
            ("GET", "/users/{user_id}", self._user),
            ("GET", "/oauth2/applications/@me", self._application),
            ("GET", "/applications/@me", self._application),
            ("GET", "/applications/{application_id}/commands", self._list_commands),
            ("PUT", "/applications/{application_id}/commands", self._replace_commands),
            ("PUT", "/applications/{application_id}/guilds/{guild_id}/commands", self._replace_commands),
            ("POST", "/interactions/{interaction_id}/{token}/callback", self._acknowledge),
            ("POST", webhook, self._follow_up),
            ("GET", webhook + "/messages/{message_id}", self._get_by_token),
            ("PATCH", webhook + "/messages/{message_id}", self._edit_by_token),
            ("DELETE", webhook + "/messages/{message_id}", self._delete_by_token),
            ("GET", channel, self._channel),
            ("POST", channel + "/typing", self._typing),
            ("POST", channel + "/messages", self._post_message),
            ("GET", channel + "/messages/{message_id}", self._get_message),
            ("PATCH", channel + "/messages/{message_id}", self._edit_message),
            ("DELETE", channel + "/messages/{message_id}", self._delete_message),
            ("GET", "/guilds/{guild_id}", self._guild),
            ("GET", "/guilds/{guild_id}/members/{user_id}", self._member),
        ]
        for method, path, handler in routes:
            router.add_route(method, API_PREFIX + path, self._served(handler))
        for folder in ("attachments", "ephemeral-attachments"):
            path = f"/{folder}/{{channel_id}}/{{attachment_id}}/{{filename}}"
            router.add_route("GET", path, self._served(self._download, authorized=False))
        router.add_route("*", API_PREFIX + "/{rest:.*}", self._served(self._unknown))

    # The way of a request: read it, let it meet its faults, answer it, remember it.

    def _served(
        self, handler: Handler, *, authorized: bool = True
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(http: web.Request) -> web.StreamResponse:
            request = Request(
                http.method,
                http.path.removeprefix(API_PREFIX),
                arguments=dict(http.match_info),
                query=dict(http.query),
                authorization=http.headers.get(hdrs.AUTHORIZATION),
                content_type=http.headers.get(hdrs.CONTENT_TYPE, ""),
                at=asyncio.get_running_loop().time(),
            )
            if fault := self._fault(request, uploads=True):
                self._server.remember(request)
                return await _cut_upload(http, fault.effect)
            try:
                await _read(http, request)
            finally:
                self._server.remember(request)
            response = await self._with_faults(http, request, handler, authorized=authorized)
            request.status = response.status
            request.files = ()
            if response.status in {401, 403, 429}:
                self._server.invalid_requests += 1
            self._server.watch.changed()
            return response

        return serve

    def _fault(self, request: Request, *, uploads: bool) -> Fault | None:
        return next((f for f in self._server.faults if f.cuts_uploads is uploads and f.takes(request)), None)

    async def _with_faults(
        self, http: web.Request, request: Request, handler: Handler, *, authorized: bool
    ) -> web.StreamResponse:
        fault = self._fault(request, uploads=False)
        if fault is None:
            return await self._answered(request, handler, authorized=authorized)
        effect = fault.effect
        if isinstance(effect, Hold):
            if effect.after_bytes:
                return await self._stalled_download(http, request, fault, effect.after_bytes)
            await _released(fault, effect)
            return await self._answered(request, handler, authorized=authorized)
        if isinstance(effect, Cut) and effect.after_bytes is not None:
            return await self._stalled_download(http, request, None, effect.after_bytes)
        if effect.after_processing:
            await self._answered(request, handler, authorized=authorized)
        if isinstance(effect, Cut):
            return _cut(http)
        headers = {hdrs.CONTENT_TYPE: "application/json"} | dict(effect.headers)
        return web.Response(body=effect.body.encode(), status=effect.status, headers=headers)

    async def _answered(self, request: Request, handler: Handler, *, authorized: bool) -> web.StreamResponse:
        bucket = self._server.rate_limits.bucket(request.method, request.path) if self._server.limits_rates else None
        try:
            if bucket is not None and not bucket.take():
                retry = {"message": Refusal.RATE_LIMITED.sentence, "retry_after": bucket.reset_after_seconds}
                via = {"Via": "1.1 google", "X-RateLimit-Scope": "user"}
                return json_response(retry | {"global": False}, status=429, headers=bucket.headers | via)
            if authorized:
                self._authorize(request)
            _check_envelope(request)
            response = await handler(request)
        except Refused as error:
            request.code = error.refusal.code
            response = json_response(error.body, status=error.refusal.status)
        if bucket is not None:
            response.headers.update(bucket.headers)
        return response

    def _authorize(self, request: Request) -> None:
        """The bot's token, or the one that stands in the path of webhooks and interactions."""
        if request.path.startswith(("/webhooks/", "/interactions/")):
            return
        if request.authorization != f"Bot {self._server.token}":
            raise Refused(Refusal.UNAUTHORIZED)

    # Who and where.

    async def _gateway(self, _: Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return json_response(
            {"url": self._server.gateway_url, "shards": self._server.shards, "session_start_limit": limit}
        )

    async def _me(self, _: Request) -> web.Response:
        return json_response(self._server.bot.as_json() | {"verified": True, "mfa_enabled": False, "locale": "en-US"})

    async def _application(self, _: Request) -> web.Response:
        server = self._server
        return json_response(
            {
                "id": str(server.application_id),
                "name": "Atelier",
                "description": "",
                "icon": None,
                "bot_public": True,
                "bot_require_code_grant": False,
                "owner": server.guild.owner.as_json(),
                "team": None,
                "verify_key": "0" * 64,
                "flags": 0,
                "integration_types_config": {"0": {}, "1": {}},
            }
        )

    async def _user(self, request: Request) -> web.Response:
        return json_response(self._server.user(int(request.arguments["user_id"])).as_json())

    async def _guild(self, request: Request) -> web.Response:
        guild = self._server.guilds.get(int(request.arguments["guild_id"]))
        if guild is None or self._server.bot.user_id not in guild.members:
            raise Refused(Refusal.UNKNOWN_GUILD)
        return json_response(guild.as_json(self._server.bot))

    async def _member(self, request: Request) -> web.Response:
        guild = self._server.guilds.get(int(request.arguments["guild_id"]))
        if guild is None or self._server.bot.user_id not in guild.members:
            raise Refused(Refusal.UNKNOWN_GUILD)
        member = guild.members.get(int(request.arguments["user_id"]))
        if member is None:
            raise Refused(Refusal.UNKNOWN_MEMBER)
        return json_response(member.as_json())

    async def _channel(self, request: Request) -> web.Response:
        return json_response(self._reached_channel(request).as_json())

    async def _typing(self, request: Request) -> web.Response:
        self._reached_channel(request)
        return web.Response(status=NOTHING)

    async def _open_direct_channel(self, request: Request) -> web.Response:
        user = self._server.user(int(request.body["recipient_id"]))
        return json_response(self._server.direct_channel(user).as_json())

    async def _unknown(self, _: Request) -> web.Response:
        raise Refused(Refusal.NOT_FOUND)

    # Commands.

    async def _list_commands(self, _: Request) -> web.Response:
        return json_response(list(self._server.commands.values()))

    async def _replace_commands(self, request: Request) -> web.Response:
        commands = request.body["_list"]
        check_commands(commands)
        return json_response(self._server.register_commands(commands))

    # Interactions.

    async def _acknowledge(self, request: Request) -> web.Response:
        interaction = self._server.interactions.get(request.arguments["token"])
        if interaction is None or interaction.interaction_id != int(request.arguments["interaction_id"]):
            raise Refused(Refusal.UNKNOWN_INTERACTION)
        if interaction.acknowledged is not None:
            raise Refused(Refusal.ALREADY_ACKNOWLEDGED)
        if interaction.too_late_to_acknowledge:
            raise Refused(Refusal.UNKNOWN_INTERACTION)
        callback, body = CallbackType(request.body["type"]), request.body.get("data") or {}
        if callback is CallbackType.MESSAGE:
            interaction.original = self._new_message(interaction, request, body)
        elif callback is CallbackType.DEFER:
            interaction.original = self._thinking(interaction, body)
        elif callback in {CallbackType.DEFER_UPDATE, CallbackType.UPDATE}:
            if interaction.message is None:
                raise invalid_form("type", "there is no message to update")
            interaction.original = interaction.message
            if callback is CallbackType.UPDATE:
                self._edit(interaction.message, request, body)
        elif callback is CallbackType.MODAL:
            if interaction.type is InteractionType.MODAL:
                raise invalid_form("type", "a modal cannot answer a modal")
            check_modal(body)
            interaction.modal = body
        elif callback is CallbackType.AUTOCOMPLETE:
            interaction.choices = body["choices"]
        interaction.acknowledge(callback)
        interaction.watch.changed()
        return json_response(self._callback_json(interaction, callback))

    def _thinking(self, interaction: Interaction, body: Json) -> Message:
        flags = MessageFlag(body.get("flags", 0))
        if flags & ~MessageFlag.EPHEMERAL:
            raise invalid_form("flags", "only EPHEMERAL can be set by a defer")
        message = self._answering_message(interaction, ephemeral=MessageFlag.EPHEMERAL in flags)
        message.flags |= MessageFlag.LOADING
        self._server.keep(message)
        return message

    def _callback_json(self, interaction: Interaction, callback: CallbackType) -> Json:
        body: Json = {
            "interaction": {
                "id": str(interaction.interaction_id),
                "type": int(interaction.type),
                "channel_id": str(interaction.channel.channel_id),
            },
            "resource": {"type": int(callback)},
        }
        if interaction.original is not None:
            body["interaction"] |= {
                "response_message_id": str(interaction.original.message_id),
                "response_message_loading": interaction.original.loading,
                "response_message_ephemeral": interaction.original.ephemeral,
            }
            if callback is not CallbackType.DEFER_UPDATE:
                body["resource"]["message"] = interaction.original.as_json(self._server.url)
        return body

    def _by_token(self, request: Request) -> Interaction:
        interaction = self._server.interactions.get(request.arguments["token"])
        if interaction is None or interaction.expired:
            raise Refused(Refusal.INVALID_WEBHOOK_TOKEN)
        if interaction.acknowledged is None:
            raise Refused(Refusal.UNKNOWN_WEBHOOK)
        return interaction

    def _message_by_token(self, request: Request) -> Message:
        interaction, name = self._by_token(request), request.arguments["message_id"]
        candidates = [interaction.original, *interaction.follow_ups]
        for message in candidates[:1] if name == "@original" else candidates:
            if message is not None and not message.deleted and name in {"@original", str(message.message_id)}:
                return message
        raise Refused(Refusal.UNKNOWN_MESSAGE)

    async def _follow_up(self, request: Request) -> web.Response:
        interaction = self._by_token(request)
        if interaction.original is not None and interaction.original.loading and not interaction.follow_ups:
            self._edit(interaction.original, request, request.body)
            return json_response(interaction.original.as_json(self._server.url))
        if interaction.user_installed and len(interaction.follow_ups) >= USER_INSTALL_FOLLOW_UPS:
            raise Refused(Refusal.TOO_MANY_FOLLOW_UPS)
        message = self._new_message(interaction, request, request.body)
        interaction.follow_ups.append(message)
        interaction.watch.changed()
        return json_response(message.as_json(self._server.url))

    async def _get_by_token(self, request: Request) -> web.Response:
        return json_response(self._message_by_token(request).as_json(self._server.url))

    async def _edit_by_token(self, request: Request) -> web.Response:
        message = self._message_by_token(request)
        self._edit(message, request, request.body)
        return json_response(message.as_json(self._server.url))

    async def _delete_by_token(self, request: Request) -> web.Response:
        self._server.forget_message(self._message_by_token(request))
        return web.Response(status=NOTHING)

    # Messages in channels, with the bot's own token.

    def _reached_channel(self, request: Request) -> Channel:
        channel = self._server.channels.get(int(request.arguments["channel_id"]))
        if channel is None or channel.deleted:
            raise Refused(Refusal.UNKNOWN_CHANNEL)
        if channel.guild is not None and not self._bot_may(channel).view_channel:
            raise Refused(Refusal.MISSING_ACCESS)
        return channel

    def _bot_may(self, channel: Channel) -> discord.Permissions:
        return self._server.app_permissions(channel)

    def _reached_message(self, request: Request) -> Message:
        channel = self._reached_channel(request)
        message = self._server.messages.get(int(request.arguments["message_id"]))
        if message is None or message.deleted or message.channel is not channel or message.ephemeral:
            raise Refused(Refusal.UNKNOWN_MESSAGE)
        return message

    async def _post_message(self, request: Request) -> web.Response:
        channel, body = self._reached_channel(request), request.body
        may = self._bot_may(channel)
        may_send = may.send_messages_in_threads if channel.type is ChannelType.THREAD else may.send_messages
        if channel.guild is not None and not may_send:
            raise Refused(Refusal.MISSING_PERMISSIONS)
        if channel.guild is None and channel.recipient in self._server.closed_to_direct_messages:
            raise Refused(Refusal.CANNOT_MESSAGE_USER)
        if (known := self._posted_before(channel, body)) is not None:
            return json_response(known.as_json(self._server.url))
        if (reference := body.get("message_reference")) and reference.get("fail_if_not_exists", True):
            replied_to = self._server.messages.get(int(reference["message_id"]))
            if replied_to is None or replied_to.deleted:
                raise invalid_form("message_reference", "Unknown message")
        message = self._server.new_message(channel, self._server.bot)
        message.nonce = body.get("nonce")
        self._fill(message, request, body, is_new=True)
        self._server.keep(message)
        return json_response(message.as_json(self._server.url))

    def _posted_before(self, channel: Channel, body: Json) -> Message | None:
        """The message that an enforced nonce stands for already."""
        nonce = body.get("nonce")
        if not (body.get("enforce_nonce") and nonce):
            return None
        if len(nonce) > 25:
            raise invalid_form("nonce", "Must be 25 or fewer in length.")
        recent = self._server.clock.now() - NONCE_REMEMBERED_SECONDS
        return next(
            (
                m
                for m in self._server.messages.values()
                if m.nonce == nonce and m.channel is channel and m.created_at >= recent
            ),
            None,
        )

    async def _get_message(self, request: Request) -> web.Response:
        message = self._reached_message(request)
        if message.channel.guild is not None and not self._bot_may(message.channel).read_message_history:
            raise Refused(Refusal.MISSING_PERMISSIONS)
        return json_response(message.as_json(self._server.url))

    async def _edit_message(self, request: Request) -> web.Response:
        message = self._reached_message(request)
        if message.author is not self._server.bot:
            raise Refused(Refusal.NOT_YOUR_MESSAGE)
        self._edit(message, request, request.body)
        return json_response(message.as_json(self._server.url))

    async def _delete_message(self, request: Request) -> web.Response:
        message = self._reached_message(request)
        if message.author is not self._server.bot and not self._bot_may(message.channel).manage_messages:
            raise Refused(Refusal.MISSING_PERMISSIONS)
        self._server.forget_message(message)
        return web.Response(status=NOTHING)

    # What a message becomes.

    def _answering_message(self, interaction: Interaction, *, ephemeral: bool) -> Message:
        ephemeral = ephemeral or self._server.must_be_ephemeral(interaction)
        visible_to = interaction.user if ephemeral else None
        message = self._server.new_message(interaction.channel, self._server.bot, visible_to=visible_to)
        message.interaction = interaction
        if ephemeral:
            message.flags |= MessageFlag.EPHEMERAL
        return message

    def _new_message(self, interaction: Interaction, request: Request, body: Json) -> Message:
        ephemeral = MessageFlag.EPHEMERAL in MessageFlag(body.get("flags") or 0)
        message = self._answering_message(interaction, ephemeral=ephemeral)
        self._fill(message, request, body, is_new=True)
        self._server.keep(message)
        return message

    def _edit(self, message: Message, request: Request, body: Json) -> None:
        self._fill(message, request, body, is_new=message.loading)
        message.flags &= ~MessageFlag.LOADING
        message.edits += 1
        message.edited_at = self._server.clock.now()
        message.watch.changed()
        if message.interaction is not None:
            message.interaction.watch.changed()

    def _fill(self, message: Message, request: Request, body: Json, *, is_new: bool) -> None:
        """Put a form on a message: all of it fits, or nothing changes."""
        sent_flags = MessageFlag(body.get("flags") or 0) & SENT_FLAGS & ~MessageFlag.EPHEMERAL
        flags = message.flags | sent_flags
        attachments = self._attachments_after(message, request, body)
        whole = {
            "content": body.get("content", message.content),
            "embeds": body.get("embeds", message.embeds),
            "components": body.get("components", message.components),
        }
        check_message(whole, flags, has_files=bool(attachments))
        components = message.components
        if "components" in body:
            components = shown_components(
                body["components"] or [],
                v2=MessageFlag.COMPONENTS_V2 in flags,
                resolve=lambda url: self._media(url, attachments),
            )
        if is_new:
            message.pings = _pings(whole["content"] or "", components, body.get("allowed_mentions"))
        message.flags, message.components = flags, components
        message.content, message.embeds = whole["content"] or "", whole["embeds"] or []
        self._server.replace_attachments(message, attachments)

    def _attachments_after(self, message: Message, request: Request, body: Json) -> list[Attachment]:
        """Listed ones stay, new ones are added; a list that is absent keeps all."""
        new = self._new_attachments(message, request)
        listed = body.get("attachments")
        if listed is None:
            return [*message.attachments, *(attachment for attachment in new.values())]
        existing = {str(a.attachment_id): a for a in message.attachments}
        result = []
        for entry in listed:
            key = str(entry["id"])
            if key in existing:
                result.append(existing[key])
            elif key in new:
                result.append(new.pop(key))
            else:
                raise invalid_form("attachments", f"there is neither a file nor an attachment {key}")
        return [*result, *new.values()]

    def _new_attachments(self, message: Message, request: Request) -> dict[str, Attachment]:
        if request.files and not self._bot_may_attach(message):
            raise Refused(Refusal.MISSING_PERMISSIONS)
        new: dict[str, Attachment] = {}
        for sent in request.files:
            if len(sent.data) > message.channel.upload_limit_bytes:
                raise Refused(Refusal.FILE_TOO_LARGE)
            number = re.fullmatch(r"files\[(\d+)\]", sent.field)
            if number is None:
                raise invalid_form("files", f"{sent.field} is not a file's field")
            new[number[1]] = kept_file(
                Upload(sent.filename, sent.data),
                attachment_id=self._server.snowflakes.next(),
                channel_id=message.channel.channel_id,
                ephemeral=message.ephemeral,
            )
        if len(new) > 10:
            raise invalid_form("files", "Must be 10 or fewer in length.")
        return new

    def _bot_may_attach(self, message: Message) -> bool:
        return self._bot_may(message.channel).attach_files

    def _media(self, url: str, attachments: list[Attachment]) -> Json:
        """What an image in a component shows."""
        if not url.startswith("attachment://"):
            if not url.startswith(("http://", "https://")):
                raise invalid_form("components", f"{url!r} is not a URL")
            return {"url": url, "proxy_url": url, "loading_state": 2, "placeholder": ""}
        filename = url.removeprefix("attachment://")
        for attachment in reversed(attachments):
            if attachment.filename == filename:
                found = attachment_json(attachment, self._server.url, self._server.clock)
                media = {"attachment_id": found.pop("id"), "loading_state": 2, "placeholder": ""}
                return media | {
                    k: found[k] for k in ("url", "proxy_url", "content_type", "width", "height") if k in found
                }
        raise invalid_form("components", f"there is no attachment {filename!r}")

    # The CDN.

    async def _download(self, request: Request) -> web.Response:
        attachment = self._attachment(request)
        return web.Response(body=attachment.data, content_type=attachment.content_type or "application/octet-stream")

    def _attachment(self, request: Request) -> Attachment:
        attachment = self._server.attachments.get(int(request.arguments["attachment_id"]))
        expires = request.query.get("ex", "0")
        if (
            attachment is None
            or attachment.path != request.path
            or request.query.get("hm") != attachment.signature(expires)
        ):
            raise Refused(Refusal.NOT_FOUND)
        if int(expires, 16) < self._server.clock.now():
            raise Refused(Refusal.NOT_FOUND)
        return attachment

    async def _stalled_download(
        self, http: web.Request, request: Request, fault: Fault | None, after_bytes: int
    ) -> web.StreamResponse:
        """The beginning of a file, and then its rest when the fault is released; without a fault, the end."""
        data = self._attachment(request).data
        response = web.StreamResponse(headers={hdrs.CONTENT_LENGTH: str(len(data))})
        await response.prepare(http)
        await response.write(data[:after_bytes])
        if fault is None:
            return _cut(http)
        assert isinstance(fault.effect, Hold)
        await _released(fault, fault.effect)
        await response.write(data[after_bytes:])
        return response


def _check_envelope(request: Request) -> None:
    """Refuse a request that is too large as a whole, or is not what its headers say."""
    if request.size_bytes > REQUEST_LIMIT_BYTES:
        raise Refused(Refusal.FILE_TOO_LARGE)
    is_multipart = request.content_type.startswith("multipart/form-data;")
    if request.size_bytes and not is_multipart and request.content_type != "application/json":
        raise Refused(Refusal.BAD_CONTENT_TYPE)


async def _read(http: web.Request, request: Request) -> None:
    """Take in the whole body. It is parsed as Discord does, and refused as Discord does."""
    if http.content_type.startswith("multipart/"):
        await _read_multipart(http, request)
        return
    raw = await http.read()
    request.size_bytes = len(raw)
    if not raw:
        return
    if request.content_type != "application/json":
        request.body = {"_raw": raw.decode(errors="replace")}
        return
    body = json.loads(raw)
    request.body = {"_list": body} if isinstance(body, list) else body


async def _read_multipart(http: web.Request, request: Request) -> None:
    files: list[SentFile] = []
    reader = await http.multipart()
    while (part := await reader.next()) is not None:
        assert isinstance(part, BodyPartReader)
        data = bytes(await part.read())
        request.size_bytes += len(data)
        if part.name == "payload_json":
            request.body = json.loads(data)
        else:
            files.append(SentFile(part.name or "", part.filename or "", part.headers.get(hdrs.CONTENT_TYPE), data))
    request.files = tuple(files)
    request.filenames = tuple(file.filename for file in files)


async def _released(fault: Fault, hold: Hold) -> None:
    if hold.seconds is not None:
        await asyncio.sleep(hold.seconds)
    else:
        await fault.released.wait()


def _cut(http: web.Request) -> web.Response:
    if http.transport is not None:
        http.transport.abort()
    return web.Response(status=499)


async def _cut_upload(http: web.Request, effect: Effect) -> web.Response:
    """Take in a part of the body, then break the connection."""
    assert isinstance(effect, Cut)
    left = effect.after_bytes or 0
    while left > 0 and (chunk := await http.content.read(min(left, CHUNK_BYTES))):
        left -= len(chunk)
    return _cut(http)


def _pings(content: str, components: list[Json], allowed: Json | None) -> list[str]:
    """Whom a new message notifies: `everyone`, `here`, or user ids."""
    texts = itertools.chain([content], (c["content"] for c in walk(components) if c["type"] == 10))
    found = {user or everyone for text in texts for user, everyone in MENTION.findall(text)}
    if allowed is None:
        return sorted(found)
    parse, users = allowed.get("parse", []), {str(user) for user in allowed.get("users", [])}

    def notified(name: str) -> bool:
        if name in {"everyone", "here"}:
            return "everyone" in parse
        return "users" in parse or name in users

    return sorted(name for name in found if notified(name))
