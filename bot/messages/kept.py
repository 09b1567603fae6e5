"""Messages that the bot posts by itself, not as answers, and keeps up to date: one for each key.

    await kept.show("challenge:7", Place(guild_id, channel_id, title="Waves"), card)
    thread_id = await kept.thread_of("challenge:7", "Entries")
    await kept.show("challenge:7:entries:1", Place(guild_id, thread_id), entries)
    await kept.remove("challenge:7")

- `show` posts a card, and later edits that message. If it shows the card already, nothing is sent. A message that was
  deleted is posted again, in the same post of a forum if that still exists. Only the first one may ping anybody.
- Where the bot can't post, `PlaceLost` is raised.
- A nonce is saved before a message is sent. If the bot is killed in between, and sends it again within the few minutes
  for which Discord remembers nonces, it gets the same message. Posts in forums have no nonces: one that wasn't saved is
  found by its author, name and age.
- Nothing is retried here. Outages raise what discord.py raises, so that a `Schedule` calls its handler again later.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

import discord
import structlog

from bot.errors import PlaceLost, PlaceProblem
from bot.messages.answer import MENTION_NOBODY, UNKNOWN_MESSAGE, Shown, cleared, is_old, upload_limit_bytes
from bot.messages.attachments import Unchanged, digest_of, fingerprint_of, kept_files
from bot.messages.card import Card
from bot.messages.pace import EditPace
from bot.messages.places import (
    Place,
    create_post,
    create_thread,
    find_channel,
    find_own_post,
    open_thread,
    refusals,
    require_permissions,
)
from bot.messages.uploads import opened
from bot.servers.rules import THREAD_PERMISSIONS, GuildChannel, needed_to_edit, needed_to_send
from bot.storage.kept_messages import KeptFile, KeptMessage, KeptMessageRecords
from stylizer.pool import FrozenError

log = structlog.get_logger()

READY_TIMEOUT_SECONDS = 60.0
"""For the client to know its servers. Before that, every channel would seem to be deleted."""
THREAD_EXISTS = 160004
"""A message never has more than one thread, whose ID is its own."""


class NotShown(FrozenError):
    """The message isn't there: it was never posted, or it was deleted. `show` posts it."""

    key: str


class KeptMessages:
    """Posts messages, edits them, and remembers where they are."""

    def __init__(self, records: KeptMessageRecords, *, pace: EditPace) -> None:
        self._records = records
        self._pace = pace
        self._attached: discord.Client | None = None
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def attach(self, client: discord.Client) -> None:
        """Post as this client."""
        self._attached = client

    async def show(
        self,
        key: str,
        place: Place,
        card: Card,
        *,
        mentions: discord.AllowedMentions = MENTION_NOBODY,
        even_if_unchanged: bool = False,
    ) -> Shown:
        """Make the message with this key show this card, and return where it is.

        A key has 96 characters at most. `mentions` says whom the card may ping when it is posted for the first time.
        `even_if_unchanged` edits it in any case, which shows whether it was deleted. With another channel than before,
        the message moves. Files on disk have to stay there until this returns.

        Raises `PlaceLost`, `PaintingForgotten`, `PaintingUnreadable`, `DatabaseAway`, and discord.py's errors;
        `NotShown` if somebody deletes the message at the same time.
        """
        async with self._turn(key) as known:
            message = known or await self._save(KeptMessage(key, place.guild_id, place.channel_id))
            if (message.guild_id, message.channel_id) != (place.guild_id, place.channel_id):
                await self._delete(message)
                message = await self._save(KeptMessage(key, place.guild_id, place.channel_id, posts=message.posts))
            digest = digest_of(card)
            if message.message_id is not None:
                if message.digest == digest and not even_if_unchanged:
                    return _shown(message)
                with suppress(NotShown):
                    return _shown(await self._edit(message, card, digest))
            message = await self._post(message, place, card, digest, mentions)
            if message.digest != digest:  # it was posted before the bot was killed, and the card has changed since
                message = await self._edit(message, card, digest)
            return replace(_shown(message), is_new_message=True)

    async def thread_of(self, key: str, name: str) -> int:
        """The ID of the message's thread, which is created if there is none; in a forum or a thread, the one it is in.

        Raises `NotShown` if the message isn't there, and what `show` raises.
        """
        async with self._turn(key) as message:
            if message is None or message.message_id is None:
                raise NotShown(key)
            if message.thread_id is not None and await self._find(message, message.thread_id) is not None:
                return message.thread_id
            channel = await self._channel_of(message)
            if isinstance(channel, discord.Thread):
                return channel.id
            if not isinstance(channel, discord.TextChannel):
                raise PlaceLost(channel.id, PlaceProblem.KIND)
            require_permissions(channel, THREAD_PERMISSIONS)
            with refusals(channel):
                thread_id = await self._create_thread(message, channel, name)
            await self._save(message, thread_id=thread_id)
            return thread_id

    async def shown(self, key: str) -> Shown | None:
        """Where the message with this key is; None if it isn't anywhere."""
        message = await self._records.get(key)
        return None if message is None or message.message_id is None else _shown(message)

    def upload_limit_bytes(self, guild_id: int) -> int:
        """The largest file that a message on that server can have."""
        return upload_limit_bytes(self._client.get_guild(guild_id))

    async def remove(self, key: str) -> None:
        """Delete the message if it is there, but no thread, and forget it."""
        async with self._turn(key) as message:
            if message is not None:
                await self._delete(message)
                await self._records.delete(key)

    async def keys(self, prefix: str) -> list[str]:
        """The keys of all known messages that begin with this."""
        return await self._records.keys(prefix)

    @property
    def _client(self) -> discord.Client:
        if self._attached is None:
            raise RuntimeError("attach a client first")
        return self._attached

    @asynccontextmanager
    async def _turn(self, key: str) -> AsyncIterator[KeptMessage | None]:
        """What is known about a message, which nobody else changes in the block."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            async with asyncio.timeout(READY_TIMEOUT_SECONDS):
                await self._client.wait_until_ready()
            try:
                yield await self._records.get(key)
            except NotShown:
                await self._records.change(key, message_id=None)
                raise
            except PlaceLost as lost:
                log.info("message.place_lost", key=key, problem=lost.code)
                raise

    async def _save(self, message: KeptMessage, **changes: Any) -> KeptMessage:
        changed = replace(message, **changes)
        await self._records.save(changed)
        return changed

    async def _find(self, message: KeptMessage, channel_id: int) -> GuildChannel | None:
        return await find_channel(self._client, message.guild_id, channel_id)

    async def _channel_of(self, message: KeptMessage) -> Any:
        """The channel or thread that the message is in. Raises `NotShown` if the forum's post was deleted."""
        channel = await self._find(message, message.message_channel_id or message.channel_id)
        if channel is not None:
            return channel
        if message.message_channel_id is not None:
            raise NotShown(message.key)
        raise PlaceLost(message.channel_id, PlaceProblem.GONE)

    async def _edit(self, message: KeptMessage, card: Card, digest: str) -> KeptMessage:
        """Edit the message; files that it has already are not sent again. Raises `NotShown`."""
        channel = await self._channel_of(message)
        unchanged = {(file.name, file.fingerprint): Unchanged(file.attachment_id) for file in message.files}
        new = [file for file in card.files if (file.name, fingerprint_of(file)) not in unchanged]
        require_permissions(channel, needed_to_edit(channel, has_files=bool(new)))
        await open_thread(channel)
        turn = self._pace.turn(channel.id, is_final=False) if is_old(message.message_id or 0) else nullcontext()
        async with turn:
            with refusals(channel), _deleted(message), opened(new) as uploads:
                attachments = [
                    unchanged.get((file.name, fingerprint_of(file))) or uploads[file.name] for file in card.files
                ]
                partial = channel.get_partial_message(message.message_id)
                edited = await partial.edit(**cleared(card), attachments=attachments)
        return await self._save(message, digest=digest, files=kept_files(card, edited))

    async def _post(
        self, message: KeptMessage, place: Place, card: Card, digest: str, mentions: discord.AllowedMentions
    ) -> KeptMessage:
        """Post the card. Its digest differs from `digest` if an earlier process had posted another one."""
        try:
            channel = await self._channel_of(message)
        except NotShown:
            message = replace(message, message_channel_id=None, thread_id=None)
            channel = await self._channel_of(message)
        is_forum = isinstance(channel, discord.ForumChannel)
        if not (is_forum or hasattr(channel, "send")):
            raise PlaceLost(message.channel_id, PlaceProblem.KIND)
        require_permissions(channel, needed_to_send(channel, has_files=bool(card.files)))
        await open_thread(channel)
        if message.nonce is None:
            message = await self._begin(message, digest)
        elif is_forum:
            known = await self._records.posts_in(channel.id)
            post = find_own_post(
                channel, place.title, since=discord.utils.snowflake_time(message.nonce), except_for=known
            )
            if post is not None:  # its first message has the same ID
                return await self._posted(message, post.id, post_id=post.id)
        try:
            sent = await self._send(message, channel, place, card, mentions)
        except NotShown:  # it was posted with this nonce, and deleted since
            message = await self._begin(replace(message, posts=message.posts + 1), digest)
            sent = await self._send(message, channel, place, card, mentions)
        files = kept_files(card, sent) if message.digest == digest else ()
        return await self._posted(message, sent.id, post_id=sent.channel.id if is_forum else None, files=files)

    async def _begin(self, message: KeptMessage, digest: str) -> KeptMessage:
        """Save that the message is about to be posted. Its nonce is like an ID, so it also says when that was."""
        nonce = discord.utils.time_snowflake(discord.utils.utcnow()) | secrets.randbits(22)
        return await self._save(message, message_id=None, digest=digest, files=(), nonce=nonce)

    async def _posted(
        self, message: KeptMessage, message_id: int, *, post_id: int | None, files: tuple[KeptFile, ...] = ()
    ) -> KeptMessage:
        """Save where the message is now; `post_id` is the new post in a forum, which is a thread."""
        post = {} if post_id is None else {"message_channel_id": post_id, "thread_id": post_id}
        return await self._save(
            message, message_id=message_id, files=files, posts=message.posts + 1, nonce=None, **post
        )

    async def _send(
        self, message: KeptMessage, channel: Any, place: Place, card: Card, mentions: discord.AllowedMentions
    ) -> discord.Message:
        """Send the card as a new message, or as a new post. Raises `NotShown` if it was sent before, and deleted."""
        with refusals(channel), _deleted(message), opened(card.files) as uploads:
            content: dict[str, Any] = {
                "view": card.view,
                "files": list(uploads.values()),
                "allowed_mentions": MENTION_NOBODY if message.posts else mentions,
            }
            if not isinstance(channel, discord.ForumChannel):
                sent: discord.Message = await channel.send(**content, nonce=message.nonce)
                return sent
            return await create_post(channel, place.title, **content)

    async def _create_thread(self, message: KeptMessage, channel: discord.TextChannel, name: str) -> int:
        """Create the message's thread, or a separate one if its own was deleted. Raises `NotShown`."""
        message_id = message.message_id or 0
        try:
            with _deleted(message):
                return (await create_thread(channel.get_partial_message(message_id), name)).id
        except discord.HTTPException as error:
            if error.code != THREAD_EXISTS:
                raise
        if await self._find(message, message_id) is not None:  # from before the bot was killed
            return message_id
        return (await create_thread(channel, name)).id

    async def _delete(self, message: KeptMessage) -> None:
        """Delete the message, if it is there and the bot can."""
        if message.message_id is None:
            return
        with suppress(NotShown, PlaceLost):
            channel = await self._channel_of(message)
            await open_thread(channel)
            with refusals(channel), _deleted(message):
                await channel.get_partial_message(message.message_id).delete()


def _shown(message: KeptMessage) -> Shown:
    return Shown(message.message_channel_id or message.channel_id, message.message_id or 0, message.guild_id)


@contextmanager
def _deleted(message: KeptMessage) -> Iterator[None]:
    """Turn what Discord says about a deleted message into `NotShown`."""
    try:
        yield
    except discord.NotFound as error:
        if error.code != UNKNOWN_MESSAGE:
            raise
        raise NotShown(message.key) from error
