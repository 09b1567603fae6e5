"""Where the bot posts by itself: finds channels, opens threads, and says what keeps it from posting there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import discord

from bot.errors import PlaceLost, PlaceProblem
from bot.messages.answer import FORBIDDEN, THREAD_IS_ARCHIVED
from bot.servers.rules import GuildChannel, missing_permissions

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
    if channel.locked and (missing := missing_permissions(channel, ("manage_threads",))):
        raise PlaceLost(channel.id, PlaceProblem.LOCKED, missing)
    if channel.archived:
        with refusals(channel):
            await channel.edit(archived=False)


def tags_for_post(forum: discord.ForumChannel) -> list[discord.ForumTag]:
    """The first tag that the bot may use, if posts in that forum need one."""
    if not forum.flags.require_tag:
        return []
    may_use_all = not missing_permissions(forum, ("manage_threads",))
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
            raise PlaceLost(channel.id, PlaceProblem.LOCKED, ("manage_threads",)) from error
        if error.status == FORBIDDEN:
            raise PlaceLost(channel.id, PlaceProblem.REFUSED, problem=error.text or str(error)) from error
        raise
