"""Where the bot posts by itself: finds channels, opens and creates threads, and says what keeps it from posting."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import discord

from bot.errors import PlaceLost, PlaceProblem
from bot.messages.answer import FORBIDDEN, THREAD_IS_ARCHIVED
from bot.servers.rules import LOCKED_THREAD_PERMISSIONS, GuildChannel, missing_permissions
from bot.words.text import shortened

ARCHIVE_AFTER_MINUTES: Final = 10080
"""A week, the longest that Discord offers."""
MAX_NAME_LENGTH = 100
"""Of a thread."""
CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far this machine's clock may be ahead of Discord's."""
UNKNOWN_CHANNEL = 10003


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message belongs."""

    guild_id: int
    channel_id: int
    """A text, announcement or voice channel, a thread, or a forum."""
    title: str = ""
    """In a forum, the name of the post. It needs one."""


async def find_channel(client: discord.Client, guild_id: int, channel_id: int) -> GuildChannel | None:
    """The channel or thread, even if it is archived; None if it was deleted, or the bot has left the server.

    Raises `PlaceLost` if Discord doesn't show it to the bot, and `ConnectionError` if the whole server is unavailable.
    """
    guild = client.get_guild(guild_id)
    if guild is None:
        return None
    if guild.unavailable:
        raise ConnectionError(f"server {guild_id} is unavailable")
    channel = guild.get_channel_or_thread(channel_id)
    if channel is not None:
        return channel
    try:
        return await guild.fetch_channel(channel_id)  # the client doesn't know archived threads
    except (discord.NotFound, discord.InvalidData):
        return None
    except discord.Forbidden as error:
        raise PlaceLost(channel_id, PlaceProblem.PERMISSIONS, ("view_channel",)) from error


def require_permissions(channel: GuildChannel, needed: Iterable[str]) -> None:
    """Raise `PlaceLost` if the bot lacks one. Asked first, because Discord blocks clients that cause many errors."""
    if missing := missing_permissions(channel, needed):
        raise PlaceLost(channel.id, PlaceProblem.PERMISSIONS, missing)


async def open_thread(channel: GuildChannel) -> None:
    """Open a thread that is archived. Raises `PlaceLost` if it is locked, and the bot isn't allowed to post there."""
    if not isinstance(channel, discord.Thread):
        return
    if channel.locked and (missing := missing_permissions(channel, LOCKED_THREAD_PERMISSIONS)):
        raise PlaceLost(channel.id, PlaceProblem.LOCKED, missing)
    if channel.archived:
        with refusals(channel):
            await channel.edit(archived=False)


async def create_thread(parent: discord.TextChannel | discord.PartialMessage, name: str) -> discord.Thread:
    """Create a thread that everybody sees, on a message or without one. A long name is cut."""
    name = shortened(name, MAX_NAME_LENGTH)
    if isinstance(parent, discord.PartialMessage):
        return await parent.create_thread(name=name, auto_archive_duration=ARCHIVE_AFTER_MINUTES)
    kind = discord.ChannelType.news_thread if parent.is_news() else discord.ChannelType.public_thread
    return await parent.create_thread(name=name, type=kind, auto_archive_duration=ARCHIVE_AFTER_MINUTES)


async def create_post(forum: discord.ForumChannel, title: str, **content: Any) -> discord.Message:
    """Create a post, and return its first message. A long title is cut."""
    created = await forum.create_thread(
        name=shortened(title, MAX_NAME_LENGTH),
        applied_tags=_tags_for_post(forum),
        auto_archive_duration=ARCHIVE_AFTER_MINUTES,
        **content,
    )
    return created.message


def find_own_post(
    forum: discord.ForumChannel, title: str, *, since: datetime, except_for: Collection[int]
) -> discord.Thread | None:
    """A post with that title which the bot has made since then, except for those with these IDs; or None."""
    name, earliest_id = shortened(title, MAX_NAME_LENGTH), discord.utils.time_snowflake(since - CLOCK_TOLERANCE)
    for post in forum.threads:
        is_own = post.owner_id == forum.guild.me.id and post.id not in except_for
        if is_own and post.id >= earliest_id and post.name == name:
            return post
    return None


def _tags_for_post(forum: discord.ForumChannel) -> list[discord.ForumTag]:
    """The first tag that the bot may use, if posts in that forum need one."""
    if not forum.flags.require_tag:
        return []
    may_use_all = not missing_permissions(forum, LOCKED_THREAD_PERMISSIONS)
    return [tag for tag in forum.available_tags if may_use_all or not tag.moderated][:1]


@contextmanager
def refusals(channel: GuildChannel) -> Iterator[None]:
    """Turn Discord's refusals that concern the channel into `PlaceLost`."""
    try:
        yield
    except discord.HTTPException as error:
        if error.code == UNKNOWN_CHANNEL:
            raise PlaceLost(channel.id, PlaceProblem.GONE) from error
        if error.code == THREAD_IS_ARCHIVED:
            raise PlaceLost(channel.id, PlaceProblem.LOCKED, LOCKED_THREAD_PERMISSIONS) from error
        if error.status == FORBIDDEN:
            raise PlaceLost(channel.id, PlaceProblem.REFUSED, problem=error.text or str(error)) from error
        raise
