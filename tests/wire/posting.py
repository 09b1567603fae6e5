"""Posting and editing messages: their content, attachments and notifications."""

from __future__ import annotations

import itertools
import re
import time
from typing import TYPE_CHECKING

from tests.wire.faults import Request
from tests.wire.forms import check_message, shown_components
from tests.wire.refusals import Refusal, Refused, invalid_form
from tests.wire.world import (
    Attachment,
    Interaction,
    Json,
    Message,
    MessageFlag,
    Upload,
    attachment_json,
    store_upload,
    walk,
)

if TYPE_CHECKING:
    from tests.wire.discord_server import DiscordServer

SENT_FLAGS = (
    MessageFlag.EPHEMERAL | MessageFlag.COMPONENTS_V2 | MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS
)
OLD_AFTER_SECONDS = 60 * 60
OLD_EDITS = 3
"""How many edits of messages older than an hour a channel accepts in `DiscordServer.old_edits_seconds`."""
MENTION = re.compile(r"<@!?(\d+)>|@(everyone|here)")


class Posting:
    """Applies the bot's requests to messages, or rejects them as a whole."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self._old_edits: dict[int, list[float]] = {}
        """Times of recent edits of old messages, by channel."""

    def answering(self, interaction: Interaction, *, ephemeral: bool) -> Message:
        ephemeral = ephemeral or self._server.must_be_ephemeral(interaction)
        visible_to = interaction.user if ephemeral else None
        message = self._server.new_message(interaction.channel, self._server.bot, visible_to=visible_to)
        message.interaction = interaction
        if ephemeral:
            message.flags |= MessageFlag.EPHEMERAL
        return message

    def new_answer(self, interaction: Interaction, request: Request, body: Json) -> Message:
        ephemeral = MessageFlag.EPHEMERAL in MessageFlag(body.get("flags") or 0)
        message = self.answering(interaction, ephemeral=ephemeral)
        self.fill(message, request, body, is_new=True)
        self._server.add_message(message)
        return message

    def edit(self, message: Message, request: Request, body: Json) -> None:
        if message.channel.locked:
            raise Refused(Refusal.THREAD_ARCHIVED)
        if self._server.clock.now() - message.created_at > OLD_AFTER_SECONDS:
            self._count_old_edit(message)
        self.fill(message, request, body, is_new=message.loading)
        message.flags &= ~MessageFlag.LOADING
        message.edits += 1
        message.edited_at = self._server.clock.now()
        message.watch.changed()
        if message.interaction is not None:
            message.interaction.watch.changed()

    def _count_old_edit(self, message: Message) -> None:
        """Count an edit of a message older than an hour, and reject it beyond the channel's limit."""
        now = time.monotonic()
        edits = [
            at
            for at in self._old_edits.get(message.channel.channel_id, [])
            if at > now - self._server.old_edits_seconds
        ]
        if len(edits) >= OLD_EDITS:
            raise Refused(Refusal.TOO_MANY_OLD_EDITS)
        self._old_edits[message.channel.channel_id] = [*edits, now]

    def fill(self, message: Message, request: Request, body: Json, *, is_new: bool) -> None:
        """Apply a request to a message: all of it if it is valid, else nothing."""
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
        """Return the attachments after an edit: listed and new ones, or all of them if there is no list."""
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
        if request.files and not self._server.app_permissions(message.channel).attach_files:
            raise Refused(Refusal.MISSING_PERMISSIONS)
        new: dict[str, Attachment] = {}
        for sent in request.files:
            if len(sent.data) > message.channel.upload_limit_bytes:
                raise Refused(Refusal.FILE_TOO_LARGE)
            number = re.fullmatch(r"files\[(\d+)\]", sent.field)
            if number is None:
                raise invalid_form("files", f"{sent.field} is not a file's field")
            new[number[1]] = store_upload(
                Upload(sent.filename, sent.data),
                attachment_id=self._server.snowflakes.next(),
                channel_id=message.channel.channel_id,
                ephemeral=message.ephemeral,
            )
        if len(new) > 10:
            raise invalid_form("files", "Must be 10 or fewer in length.")
        return new

    def _media(self, url: str, attachments: list[Attachment]) -> Json:
        """Return the media that a component's URL refers to."""
        if not url.startswith("attachment://"):
            if not url.startswith(("http://", "https://")):
                raise invalid_form("components", f"{url!r} is not a URL")
            return {"url": url, "proxy_url": url, "loading_state": 2, "placeholder": ""}
        filename = url.removeprefix("attachment://")
        for attachment in reversed(attachments):
            if attachment.filename == filename:
                found = attachment_json(attachment, self._server.attachments_url, self._server.clock)
                media = {"attachment_id": found.pop("id"), "loading_state": 2, "placeholder": ""}
                return media | {
                    k: found[k] for k in ("url", "proxy_url", "content_type", "width", "height") if k in found
                }
        raise invalid_form("components", f"there is no attachment {filename!r}")


def _pings(content: str, components: list[Json], allowed: Json | None) -> list[str]:
    """Return who is notified of a new message: `everyone`, `here`, or user IDs."""
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
