"""The stand-in's data: users, guilds, channels, messages, interactions and attachments."""

from __future__ import annotations

import asyncio
import hashlib
import io
import mimetypes
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, IntFlag
from typing import Any, TypeAlias, TypeVar

import discord
from PIL import Image, UnidentifiedImageError

Json: TypeAlias = dict[str, Any]
T = TypeVar("T")

DISCORD_EPOCH_SECONDS = 1_420_070_400
MIB = 2**20
UPLOAD_LIMIT_BYTES_BY_TIER = (10 * MIB, 10 * MIB, 50 * MIB, 100 * MIB)
REQUEST_LIMIT_BYTES = 25 * MIB
ACKNOWLEDGMENT_TIMEOUT_SECONDS = 3
TOKEN_LIFETIME_SECONDS = 15 * 60
URL_LIFETIME_SECONDS = 24 * 60 * 60

EVERYONE_PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    embed_links=True,
    read_message_history=True,
    use_application_commands=True,
    use_external_apps=True,
)
DIRECT_MESSAGE_PERMISSIONS = discord.Permissions(attach_files=True, embed_links=True, mention_everyone=True)


class ChannelType(IntEnum):
    TEXT = 0
    DIRECT = 1
    THREAD = 11


class InteractionType(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class CallbackType(IntEnum):
    MESSAGE = 4
    DEFER = 5
    DEFER_UPDATE = 6
    UPDATE = 7
    AUTOCOMPLETE = 8
    MODAL = 9


class MessageFlag(IntFlag):
    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


class Clock:
    """Discord's clock: real time plus an offset that tests can advance."""

    def __init__(self) -> None:
        self._ahead_seconds = 0.0

    def now(self) -> float:
        return time.time() + self._ahead_seconds

    def advance(self, *, seconds: float = 0, minutes: float = 0) -> None:
        self._ahead_seconds += seconds + 60 * minutes


class Watch:
    """Lets tasks wait until a condition becomes true."""

    def __init__(self, *parents: Watch) -> None:
        self._parents = parents
        self._waiting: set[asyncio.Future[None]] = set()

    def changed(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        for parent in self._parents:
            parent.changed()

    async def next_change(self) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    async def wait_until(self, value: Callable[[], T | None], *, what: str, timeout_seconds: float = 30) -> T:
        """Return the value as soon as it is truthy. Raises an `AssertionError` that names what was waited for."""
        try:
            async with asyncio.timeout(timeout_seconds):
                while not (found := value()):
                    await self.next_change()
        except TimeoutError:
            raise AssertionError(f"timed out after {timeout_seconds} s waiting for: {what}") from None
        return found


class Snowflakes:
    """Makes IDs like Discord's: unique, increasing, and containing the time."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        now = int((time.time() - DISCORD_EPOCH_SECONDS) * 1000) << 22
        self._last = max(now, self._last + 1)
        return self._last


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a member attaches. The declared type and size may differ from the real ones, as in an attack."""

    filename: str
    data: bytes
    content_type: str | None = None
    """None: guessed from the file name, as Discord does."""
    declared_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file stored on Discord."""

    attachment_id: int
    channel_id: int
    filename: str
    data: bytes
    content_type: str | None
    ephemeral: bool
    width_px: int | None
    height_px: int | None
    declared_bytes: int
    description: str | None = None

    @property
    def path(self) -> str:
        folder = "ephemeral-attachments" if self.ephemeral else "attachments"
        return f"/{folder}/{self.channel_id}/{self.attachment_id}/{self.filename}"

    def signed_path(self, clock: Clock) -> str:
        """Return the path to download it from, valid for a day."""
        expires = int(clock.now()) + URL_LIFETIME_SECONDS
        return f"{self.path}?ex={expires:x}&is={int(clock.now()):x}&hm={self.signature(f'{expires:x}')}&"

    def signature(self, expires: str) -> str:
        return hashlib.sha256(f"{self.path} {expires}".encode()).hexdigest()


def store_upload(upload: Upload, *, attachment_id: int, channel_id: int, ephemeral: bool) -> Attachment:
    """Store an upload as Discord does, with the width and height of pictures."""
    content_type = upload.content_type or mimetypes.guess_type(upload.filename)[0]
    width_px, height_px = _sides_px(upload.data) if (content_type or "").startswith("image/") else (None, None)
    return Attachment(
        attachment_id=attachment_id,
        channel_id=channel_id,
        filename=re.sub(r"[^\w.-]", "_", upload.filename),
        data=upload.data,
        content_type=content_type,
        ephemeral=ephemeral,
        width_px=width_px,
        height_px=height_px,
        declared_bytes=len(upload.data) if upload.declared_bytes is None else upload.declared_bytes,
    )


def _sides_px(data: bytes) -> tuple[int | None, int | None]:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None, None


@dataclass(slots=True, eq=False)
class User:
    user_id: int
    name: str
    bot: bool = False

    @property
    def mention(self) -> str:
        return f"<@{self.user_id}>"

    def as_json(self) -> Json:
        return {
            "id": str(self.user_id),
            "username": self.name,
            "global_name": self.name.capitalize(),
            "discriminator": "0",
            "avatar": None,
            "bot": self.bot,
            "public_flags": 0,
        }


@dataclass(slots=True, eq=False)
class Guild:
    guild_id: int
    name: str
    owner: User
    premium_tier: int = 0
    everyone_permissions: discord.Permissions = EVERYONE_PERMISSIONS
    upload_limit_override_bytes: int | None = None
    """An upload limit that replaces the tier's."""
    channels: dict[int, Channel] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)

    @property
    def upload_limit_bytes(self) -> int:
        return self.upload_limit_override_bytes or UPLOAD_LIMIT_BYTES_BY_TIER[self.premium_tier]

    def permissions(self, user: User, channel: Channel) -> discord.Permissions:
        """Return a member's permissions in a channel; none for users who aren't members."""
        member = self.members.get(user.user_id)
        if member is None:
            return discord.Permissions.none()
        if user is self.owner or (self.everyone_permissions | member.extra_permissions).administrator:
            return discord.Permissions.all()
        granted = (self.everyone_permissions | member.extra_permissions).value
        for target in (self.guild_id, user.user_id):
            allow, deny = channel.overwrites.get(target, (discord.Permissions.none(), discord.Permissions.none()))
            granted = granted & ~deny.value | allow.value
        return discord.Permissions(granted)

    def roles_json(self) -> list[Json]:
        """Return @everyone, and one role per member for the member's extra permissions."""
        everyone = _role_json(self.guild_id, "@everyone", self.everyone_permissions, position=0)
        own = (
            _role_json(m.role_id, m.user.name, m.extra_permissions, position=i)
            for i, m in enumerate(self.members.values(), start=1)
            if m.role_id is not None
        )
        return [everyone, *own]

    def as_json(self, bot: User) -> Json:
        return {
            "id": str(self.guild_id),
            "name": self.name,
            "owner_id": str(self.owner.user_id),
            "unavailable": False,
            "large": False,
            "member_count": len(self.members),
            "premium_tier": self.premium_tier,
            "preferred_locale": "en-US",
            "features": [],
            "emojis": [],
            "stickers": [],
            "roles": self.roles_json(),
            "channels": [c.as_json() for c in self.channels.values() if c.type is not ChannelType.THREAD],
            "threads": [c.as_json() for c in self.channels.values() if c.type is ChannelType.THREAD],
            "members": [self.members[bot.user_id].as_json()] if bot.user_id in self.members else [],
            "joined_at": _timestamp(time.time()),
            "system_channel_flags": 0,
            "nsfw_level": 0,
            "mfa_level": 0,
            "verification_level": 0,
        }


def _role_json(role_id: int, name: str, permissions: discord.Permissions, *, position: int) -> Json:
    return {
        "id": str(role_id),
        "name": name,
        "permissions": str(permissions.value),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


@dataclass(slots=True, eq=False)
class Member:
    user: User
    role_id: int | None = None
    extra_permissions: discord.Permissions = field(default_factory=discord.Permissions.none)
    """In addition to those of @everyone."""

    def as_json(self) -> Json:
        return {
            "user": self.user.as_json(),
            "nick": None,
            "avatar": None,
            "roles": [] if self.role_id is None else [str(self.role_id)],
            "joined_at": _timestamp(time.time()),
            "deaf": False,
            "mute": False,
            "flags": 0,
        }


@dataclass(slots=True, eq=False)
class Channel:
    channel_id: int
    name: str
    guild: Guild | None
    type: ChannelType = ChannelType.TEXT
    recipient: User | None = None
    overwrites: dict[int, tuple[discord.Permissions, discord.Permissions]] = field(default_factory=dict)
    """(allowed, denied) by the guild's ID for @everyone, or by a user's."""
    deleted: bool = False
    locked: bool = False
    """For a thread: its messages can't be changed, and none can be added."""

    def as_json(self) -> Json:
        if self.guild is None:
            assert self.recipient is not None
            return {"id": str(self.channel_id), "type": self.type, "recipients": [self.recipient.as_json()]}
        overwrites = [
            {
                "id": str(target),
                "type": 0 if target == self.guild.guild_id else 1,
                "allow": str(allow.value),
                "deny": str(deny.value),
            }
            for target, (allow, deny) in self.overwrites.items()
        ]
        body: Json = {
            "id": str(self.channel_id),
            "type": self.type,
            "guild_id": str(self.guild.guild_id),
            "name": self.name,
            "position": 0,
            "permission_overwrites": overwrites,
            "nsfw": False,
            "parent_id": None,
        }
        if self.type is ChannelType.THREAD:
            body |= {
                "owner_id": str(self.guild.owner.user_id),
                "parent_id": str(next(iter(self.guild.channels))),
                "message_count": 0,
                "member_count": 1,
                "thread_metadata": {
                    "archived": False,
                    "auto_archive_duration": 1440,
                    "archive_timestamp": _timestamp(time.time()),
                    "locked": False,
                },
            }
        return body

    @property
    def upload_limit_bytes(self) -> int:
        return self.guild.upload_limit_bytes if self.guild else UPLOAD_LIMIT_BYTES_BY_TIER[0]


@dataclass(frozen=True, slots=True)
class Button:
    """A button as a member sees it."""

    label: str
    custom_id: str | None
    disabled: bool


class Message:
    """A message as stored on Discord, and as seen by members."""

    def __init__(
        self, message_id: int, *, channel: Channel, author: User, clock: Clock, watch: Watch, visible_to: User | None
    ) -> None:
        self.message_id = message_id
        self.channel = channel
        self.author = author
        self.visible_to = visible_to
        """The only user who sees this ephemeral message; None for a message that everyone sees."""
        self.content = ""
        self.embeds: list[Json] = []
        self.components: list[Json] = []
        self.attachments: list[Attachment] = []
        self.flags = MessageFlag(0)
        self.pings: list[str] = []
        """Users that it notified when it was posted: mentions that `allowed_mentions` permitted."""
        self.nonce: str | None = None
        self.edits = 0
        self.deleted = False
        self.created_at = clock.now()
        self.edited_at: float | None = None
        self.interaction: Interaction | None = None
        self.watch = Watch(watch)
        self._clock = clock

    def __repr__(self) -> str:
        gone = " deleted" if self.deleted else ""
        return f"<Message {self.message_id}{gone} {self.text!r} {self.filenames} {[b.label for b in self.buttons]}>"

    async def wait_until(
        self, condition: Callable[[Message], bool], *, what: str = "", timeout_seconds: float = 30
    ) -> Message:
        """Wait until the message meets a condition, and return it."""
        what = f"{what or 'expected change'} on the message"
        try:
            await self.watch.wait_until(lambda: condition(self), what=what, timeout_seconds=timeout_seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self!r}") from None
        return self

    async def wait_for_files(self, *filenames: str, timeout_seconds: float = 30) -> Message:
        """Wait until the message shows files with these names, and return it."""
        return await self.wait_until(
            lambda m: set(filenames) <= set(m.filenames), what=f"{filenames}", timeout_seconds=timeout_seconds
        )

    @property
    def text(self) -> str:
        """All text on the message, line by line."""
        texts = [self.content, *(c["content"] for c in self._all_components() if c["type"] == 10)]
        return "\n".join(text for text in texts if text)

    @property
    def buttons(self) -> list[Button]:
        return [
            Button(c.get("label", ""), c.get("custom_id"), c.get("disabled", False))
            for c in self._all_components()
            if c["type"] == 2
        ]

    @property
    def filenames(self) -> list[str]:
        """Names of the files that members see. With Components V2, only files in a component are visible."""
        if MessageFlag.COMPONENTS_V2 not in self.flags:
            return [a.filename for a in self.attachments]
        shown = {int(media["attachment_id"]) for media in self._all_media() if "attachment_id" in media}
        return [a.filename for a in self.attachments if a.attachment_id in shown]

    @property
    def ephemeral(self) -> bool:
        return self.visible_to is not None

    @property
    def loading(self) -> bool:
        """Whether it still says "is thinking …"."""
        return MessageFlag.LOADING in self.flags

    def file(self, filename: str) -> bytes:
        """Return the bytes of an attached file."""
        for attachment in self.attachments:
            if attachment.filename == filename:
                return attachment.data
        raise AssertionError(f"{filename} is not on {self!r}")

    def button(self, label_or_custom_id: str) -> Json:
        """Return a button's component, by its label or custom ID."""
        for component in self._all_components():
            if component["type"] == 2 and label_or_custom_id in (component.get("label"), component.get("custom_id")):
                return component
        raise AssertionError(f"there is no button {label_or_custom_id!r} on {self!r}")

    def _all_components(self) -> Iterator[Json]:
        yield from walk(self.components)

    def _all_media(self) -> Iterator[Json]:
        for component in self._all_components():
            for holder in (component, *component.get("items", ())):
                for key in ("media", "file"):
                    if key in holder:
                        yield holder[key]

    def as_json(self, base_url: str) -> Json:
        body: Json = {
            "id": str(self.message_id),
            "type": 0,
            "channel_id": str(self.channel.channel_id),
            "author": self.author.as_json(),
            "content": self.content,
            "embeds": self.embeds,
            "components": self.components,
            "attachments": [attachment_json(a, base_url, self._clock) for a in self.attachments],
            "flags": int(self.flags),
            "timestamp": _timestamp(self.created_at),
            "edited_timestamp": None if self.edited_at is None else _timestamp(self.edited_at),
            "mentions": [],
            "mention_roles": [],
            "mention_everyone": False,
            "pinned": False,
            "tts": False,
        }
        if self.channel.guild is not None:
            body["guild_id"] = str(self.channel.guild.guild_id)
        if self.nonce is not None:
            body["nonce"] = self.nonce
        if self.interaction is not None:
            body["application_id"] = body["webhook_id"] = str(self.interaction.application_id)
            body["interaction_metadata"] = self.interaction.metadata_json()
        return body


def attachment_json(attachment: Attachment, base_url: str, clock: Clock) -> Json:
    url = base_url + attachment.signed_path(clock)
    body: Json = {
        "id": str(attachment.attachment_id),
        "filename": attachment.filename,
        "size": attachment.declared_bytes,
        "url": url,
        "proxy_url": url,
    }
    if attachment.content_type is not None:
        body["content_type"] = attachment.content_type
    if attachment.width_px is not None:
        body |= {"width": attachment.width_px, "height": attachment.height_px}
    if attachment.description is not None:
        body["description"] = attachment.description
    if attachment.ephemeral:
        body["ephemeral"] = True
    return body


def walk(components: list[Json]) -> Iterator[Json]:
    """Yield every component, including nested ones, from top to bottom."""
    for component in components:
        yield component
        yield from walk(component.get("components", []))
        for key in ("accessory", "component"):
            if key in component:
                yield from walk([component[key]])


class Interaction:
    """A member's action, and the bot's responses to it."""

    def __init__(
        self,
        interaction_id: int,
        *,
        type: InteractionType,  # noqa: A002 - Discord's own word
        application_id: int,
        user: User,
        channel: Channel,
        clock: Clock,
        watch: Watch,
        message: Message | None = None,
        user_installed: bool = False,
    ) -> None:
        self.interaction_id = interaction_id
        self.token = f"aW50ZXJhY3Rpb246{interaction_id:x}"
        self.type = type
        self.application_id = application_id
        self.user = user
        self.channel = channel
        self.message = message
        """The message whose button was pressed."""
        self.user_installed = user_installed
        self.acknowledged: CallbackType | None = None
        self.acknowledged_after_seconds: float | None = None
        self.original: Message | None = None
        self.follow_ups: list[Message] = []
        self.modal: Json | None = None
        self.choices: list[Json] = []
        """The bot's suggestions for autocompletion."""
        self.watch = Watch(watch)
        self.sent_at = clock.now()
        self._sent = time.perf_counter()
        self._clock = clock

    def __repr__(self) -> str:
        return f"<Interaction {self.type.name} by {self.user.name}, acknowledged by {self.acknowledged!r}>"

    @property
    def too_late_to_acknowledge(self) -> bool:
        return self._clock.now() - self.sent_at > ACKNOWLEDGMENT_TIMEOUT_SECONDS

    @property
    def expired(self) -> bool:
        return self._clock.now() - self.sent_at > TOKEN_LIFETIME_SECONDS

    def acknowledge(self, callback: CallbackType) -> None:
        self.acknowledged = callback
        self.acknowledged_after_seconds = time.perf_counter() - self._sent

    async def response(self, *, timeout_seconds: float = 30) -> Message:
        """Wait for the message that responds to it, past "is thinking …", and return it."""
        return await self.watch.wait_until(
            lambda: self.original if self.original and not self.original.loading else None,
            what=f"response to {self!r}",
            timeout_seconds=timeout_seconds,
        )

    async def wait_for_modal(self, *, timeout_seconds: float = 30) -> Json:
        """Wait for the modal that responds to it, and return it."""
        return await self.watch.wait_until(
            lambda: self.modal, what=f"modal for {self!r}", timeout_seconds=timeout_seconds
        )

    async def wait_until_acknowledged(self, *, timeout_seconds: float = 30) -> CallbackType:
        return await self.watch.wait_until(
            lambda: self.acknowledged, what=f"acknowledgment of {self!r}", timeout_seconds=timeout_seconds
        )

    def metadata_json(self) -> Json:
        return {
            "id": str(self.interaction_id),
            "type": int(self.type),
            "user": self.user.as_json(),
            "authorizing_integration_owners": self.owners_json(),
        }

    def owners_json(self) -> Json:
        if self.user_installed or self.channel.guild is None:
            return {"1": str(self.user.user_id)}
        return {"0": str(self.channel.guild.guild_id)}


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
