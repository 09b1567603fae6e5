"""The parts of Discord's REST API (version 10) that the bot uses, and the CDN for attachments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from aiohttp import web
from yarl import URL

from tests.wire.faults import Request
from tests.wire.forms import check_commands, check_modal
from tests.wire.posting import Posting
from tests.wire.refusals import Refusal, Refused, invalid_form
from tests.wire.serving import API_PREFIX, Handler, Serving, json_response
from tests.wire.world import (
    Attachment,
    CallbackType,
    Channel,
    ChannelType,
    Interaction,
    InteractionType,
    Json,
    Message,
    MessageFlag,
)

if TYPE_CHECKING:
    from tests.wire.discord_server import DiscordServer

NO_CONTENT = 204
NONCE_LIFETIME_SECONDS = 5 * 60
USER_INSTALL_FOLLOW_UPS = 5
HISTORY_DEFAULT = 50
HISTORY_LIMIT = 100
MAX_REFRESHED_LINKS = 50


class Rest:
    """Handles the bot's requests. All are recorded, and faults may apply to them."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self._posting = Posting(server)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        served = Serving(self._server).served
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
            ("GET", channel + "/messages", self._history),
            ("POST", channel + "/messages", self._post_message),
            ("GET", channel + "/messages/{message_id}", self._get_message),
            ("PATCH", channel + "/messages/{message_id}", self._edit_message),
            ("DELETE", channel + "/messages/{message_id}", self._delete_message),
            ("POST", "/attachments/refresh-urls", self._refresh_links),
            ("GET", "/guilds/{guild_id}", self._guild),
            ("GET", "/guilds/{guild_id}/members/{user_id}", self._member),
        ]
        for method, path, handler in routes:
            router.add_route(method, API_PREFIX + path, served(handler))
        for folder in ("attachments", "ephemeral-attachments"):
            path = f"/{folder}/{{channel_id}}/{{attachment_id}}/{{filename}}"
            router.add_route("GET", path, served(self._download, authorized=False))
        router.add_route("*", API_PREFIX + "/{rest:.*}", served(self._unknown))

    # Users, guilds and channels.

    async def _gateway(self, _: Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return json_response(
            {
                "url": self._server.announced_gateway_url or self._server.gateway_url,
                "shards": self._server.shards,
                "session_start_limit": limit,
            }
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
        return web.Response(status=NO_CONTENT)

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
            interaction.original = self._posting.new_answer(interaction, request, body)
        elif callback is CallbackType.DEFER:
            interaction.original = self._thinking(interaction, body)
        elif callback in {CallbackType.DEFER_UPDATE, CallbackType.UPDATE}:
            if interaction.message is None:
                raise invalid_form("type", "there is no message to update")
            interaction.original = interaction.message
            if callback is CallbackType.UPDATE:
                self._posting.edit(interaction.message, request, body)
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
        message = self._posting.answering(interaction, ephemeral=MessageFlag.EPHEMERAL in flags)
        message.flags |= MessageFlag.LOADING
        self._server.add_message(message)
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
                body["resource"]["message"] = interaction.original.as_json(self._server.attachments_url)
        return body

    def _by_token(self, request: Request) -> Interaction:
        interaction = self._server.interactions.get(request.arguments["token"])
        if interaction is None or interaction.expired:
            raise Refused(Refusal.INVALID_WEBHOOK_TOKEN)
        if interaction.acknowledged is None:
            raise Refused(Refusal.UNKNOWN_WEBHOOK)
        if interaction.channel.deleted:
            raise Refused(Refusal.UNKNOWN_CHANNEL)
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
        thinking = interaction.original
        if thinking is not None and thinking.loading and not thinking.deleted:
            self._posting.edit(thinking, request, request.body)
            return json_response(thinking.as_json(self._server.attachments_url))
        if interaction.user_installed and len(interaction.follow_ups) >= USER_INSTALL_FOLLOW_UPS:
            raise Refused(Refusal.TOO_MANY_FOLLOW_UPS)
        message = self._posting.new_answer(interaction, request, request.body)
        interaction.follow_ups.append(message)
        interaction.watch.changed()
        return json_response(message.as_json(self._server.attachments_url))

    async def _get_by_token(self, request: Request) -> web.Response:
        return json_response(self._message_by_token(request).as_json(self._server.attachments_url))

    async def _edit_by_token(self, request: Request) -> web.Response:
        message = self._message_by_token(request)
        self._posting.edit(message, request, request.body)
        return json_response(message.as_json(self._server.attachments_url))

    async def _delete_by_token(self, request: Request) -> web.Response:
        self._server.remove_message(self._message_by_token(request))
        return web.Response(status=NO_CONTENT)

    # Messages in channels, by the bot's own token.

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
        if channel.locked:
            raise Refused(Refusal.THREAD_ARCHIVED)
        if body.get("message_reference") and channel.guild is not None and not may.read_message_history:
            raise Refused(Refusal.NO_REPLY_WITHOUT_HISTORY)
        if channel.recipient in self._server.users_blocking_direct_messages:
            raise Refused(Refusal.CANNOT_MESSAGE_USER)
        if channel.recipient is not None and not self._server.shares_a_guild(channel.recipient):
            raise Refused(Refusal.NO_MUTUAL_GUILD)
        if (known := self._posted_before(channel, body)) is not None:
            if known.deleted:  # Discord doesn't post it again
                raise Refused(Refusal.UNKNOWN_MESSAGE)
            return json_response(known.as_json(self._server.attachments_url))
        if (reference := body.get("message_reference")) and reference.get("fail_if_not_exists", True):
            replied_to = self._server.messages.get(int(reference["message_id"]))
            if replied_to is None or replied_to.deleted:
                raise invalid_form("message_reference", "Unknown message")
        message = self._server.new_message(channel, self._server.bot)
        message.nonce = body.get("nonce")
        self._posting.fill(message, request, body, is_new=True)
        self._server.add_message(message)
        return json_response(message.as_json(self._server.attachments_url))

    def _posted_before(self, channel: Channel, body: Json) -> Message | None:
        """Return the message that was already posted with an enforced nonce."""
        nonce = body.get("nonce")
        if not (body.get("enforce_nonce") and nonce):
            return None
        if len(nonce) > 25:
            raise invalid_form("nonce", "Must be 25 or fewer in length.")
        recent = self._server.clock.now() - NONCE_LIFETIME_SECONDS
        return next(
            (
                m
                for m in self._server.messages.values()
                if m.nonce == nonce and m.channel is channel and m.created_at >= recent
            ),
            None,
        )

    async def _history(self, request: Request) -> web.Response:
        """Return a channel's messages, newest first; none without the permission to read the history."""
        channel, query = self._reached_channel(request), request.query
        limit = int(query.get("limit", HISTORY_DEFAULT))
        if not 1 <= limit <= HISTORY_LIMIT:
            raise invalid_form("limit", f"Must be between 1 and {HISTORY_LIMIT}.")
        if channel.guild is not None and not self._bot_may(channel).read_message_history:
            return json_response([])
        after, before = int(query.get("after", 0)), int(query.get("before", 2**63))
        found = [
            message
            for message in self._server.messages.values()
            if message.channel is channel
            and not (message.deleted or message.ephemeral)
            and after < message.message_id < before
        ]
        # With `after` alone, the page starts there.
        page = found[:limit] if after and "before" not in query else found[-limit:]
        bodies = [message.as_json(self._server.attachments_url) for message in reversed(page)]
        for body in bodies:
            body.pop("nonce", None)  # returned when a message is posted, but not stored
        return json_response(bodies)

    async def _get_message(self, request: Request) -> web.Response:
        message = self._reached_message(request)
        if message.channel.guild is not None and not self._bot_may(message.channel).read_message_history:
            raise Refused(Refusal.MISSING_PERMISSIONS)
        return json_response(message.as_json(self._server.attachments_url))

    async def _edit_message(self, request: Request) -> web.Response:
        message = self._reached_message(request)
        if message.author is not self._server.bot:
            raise Refused(Refusal.NOT_YOUR_MESSAGE)
        self._posting.edit(message, request, request.body)
        return json_response(message.as_json(self._server.attachments_url))

    async def _delete_message(self, request: Request) -> web.Response:
        message = self._reached_message(request)
        if message.author is not self._server.bot and not self._bot_may(message.channel).manage_messages:
            raise Refused(Refusal.MISSING_PERMISSIONS)
        self._server.remove_message(message)
        return web.Response(status=NO_CONTENT)

    # The CDN.

    async def _refresh_links(self, request: Request) -> web.Response:
        """Refresh links to attachments, no matter who asks, even those that are deleted."""
        links = request.body["attachment_urls"]
        if not 1 <= len(links) <= MAX_REFRESHED_LINKS:
            raise invalid_form("attachment_urls", f"Must be between 1 and {MAX_REFRESHED_LINKS} in length.")
        return json_response(
            {"refreshed_urls": [{"original": link, "refreshed": self._signed(link)} for link in links]}
        )

    def _signed(self, link: str) -> str:
        path = URL(link).path
        attachment = next((a for a in self._server.attachments.values() if a.path == path), None)
        if attachment is None:
            return self._server.attachments_url + path
        return self._server.attachments_url + attachment.signed_path(self._server.clock)

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
