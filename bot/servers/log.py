"""A server's log channel: one line for every job that ends on the server, if its managers chose a channel."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import discord
import structlog

from bot.challenges.challenge import Challenge
from bot.errors import NETWORK_ERRORS
from bot.painting.job import Job, JobState
from bot.servers.rules import LOG_PERMISSIONS, missing_permissions
from bot.storage.servers import Servers
from bot.words import Words
from bot.words.recipes import RecipeTitle
from bot.words.text import shortened
from bot.words.values import Escaped
from stylizer.recipe import load_recipe, recipe_names

log = structlog.get_logger()

MAX_MESSAGE_LENGTH = 2000
MAX_REASON_LENGTH = 300
MAX_QUEUED_LINES = 500
"""Per channel. Beyond that, the oldest lines are dropped."""
CLOSE_TIMEOUT_SECONDS = 2.0
"""For posting the remaining lines when the bot shuts down."""
SHUTDOWN = "the bot shut down"


class ServerLog:
    """Posts log lines, best effort: it never delays or fails a job, and pings nobody."""

    def __init__(self, servers: Servers, *, close_timeout_seconds: float = CLOSE_TIMEOUT_SECONDS) -> None:
        self._servers = servers
        self._close_timeout_seconds = close_timeout_seconds
        self._client: discord.Client | None = None
        self._lines: dict[int, deque[str]] = {}
        self._posting: asyncio.Task[None] | None = None

    def attach(self, client: discord.Client) -> None:
        """Use this client to post."""
        self._client = client

    def log_ended(self, job: Job) -> None:
        """Queue a line about a job that ended, if its server has a log channel. Returns immediately."""
        self._queue(job.guild_id, log_line(job, self._words_of(job.guild_id)))

    def log_waiting(self, challenge: Challenge) -> None:
        """Queue a line about entries that wait for moderators, if the challenge's server has a log channel.

        Returns immediately.
        """
        words = self._words_of(challenge.guild_id)
        self._queue(challenge.guild_id, words("log-entries-waiting", title=Escaped(challenge.title)))

    async def aclose(self) -> None:
        """Post the queued lines within the timeout, and drop the rest. Safe to call twice."""
        posting = self._posting
        if posting is not None:
            try:
                if self._is_ready():
                    await asyncio.wait([posting], timeout=self._close_timeout_seconds)
            finally:
                posting.cancel()
            await asyncio.wait([posting])
        for channel_id, lines in self._lines.items():
            log.info("server_log.dropped", channel=channel_id, lines=len(lines), problem=SHUTDOWN)
        self._lines.clear()

    def _queue(self, guild_id: int | None, line: str) -> None:
        channel_id = self._servers.settings_of(guild_id).log_channel_id
        if channel_id is None:
            return
        self._lines.setdefault(channel_id, deque(maxlen=MAX_QUEUED_LINES)).append(line)
        if self._posting is None:
            self._posting = asyncio.create_task(self._post_all())

    def _words_of(self, guild_id: int | None) -> Words:
        """The words of the server's own language."""
        guild = None if self._client is None or guild_id is None else self._client.get_guild(guild_id)
        return Words.of(None if guild is None else guild.preferred_locale.value)

    def _is_ready(self) -> bool:
        return self._client is not None and self._client.is_ready() and not self._client.is_closed()

    async def _post_all(self) -> None:
        try:
            if self._client is not None:
                # Before that the client knows no channels, and every log channel would seem to be deleted.
                await self._client.wait_until_ready()
            while self._lines:
                channel_id, lines = next(iter(self._lines.items()))
                text = lines.popleft()
                while lines and len(text) + 1 + len(lines[0]) <= MAX_MESSAGE_LENGTH:
                    text += f"\n{lines.popleft()}"
                if not lines:
                    del self._lines[channel_id]
                await self._post(channel_id, text)
        finally:
            self._posting = None

    async def _post(self, channel_id: int, text: str) -> None:
        lines = 1 + text.count("\n")
        channel: Any = self._client and self._client.get_channel(channel_id)
        # Checked first, because Discord blocks clients that cause too many errors.
        if channel is None or missing_permissions(channel, LOG_PERMISSIONS):
            log.info("server_log.unreachable", channel=channel_id, lines=lines)
            return
        try:
            await channel.send(text, allowed_mentions=discord.AllowedMentions.none(), suppress_embeds=True, silent=True)
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            log.info("server_log.dropped", channel=channel_id, lines=lines, problem=str(error))
        except asyncio.CancelledError:
            log.info("server_log.dropped", channel=channel_id, lines=lines, problem=SHUTDOWN)
            raise


def log_line(job: Job, words: Words) -> str:
    """Who, how, where, and how it ended, without the pictures and their names."""
    name = job.options.recipe_name  # which may be why it failed
    recipe: RecipeTitle | str = RecipeTitle(load_recipe(name)) if name in recipe_names() else name
    parts = [words("log-request", recipe=recipe, owner_id=job.owner_id, channel_id=job.channel_id)]
    if job.state is JobState.DELIVERED and job.painting_seconds is not None:
        parts.append(words("log-painted", seconds=job.painting_seconds))
    elif job.state is JobState.CANCELED:
        parts.append(words("log-canceled"))
    elif job.problem is None:
        parts.append(words("log-failed-unknown"))
    else:
        reason = shortened(" ".join(job.problem.split()), MAX_REASON_LENGTH)
        parts.append(words("log-failed", reason=reason))
    # Nobody else can follow a link to a direct message, or to one that only its owner sees.
    if job.url is not None and job.message_channel_id is None:
        parts.append(job.url)
    return " · ".join(parts)
