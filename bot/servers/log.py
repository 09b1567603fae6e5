"""A server's own log: one line in a channel of its managers' choice about every painting that ends there."""

from __future__ import annotations

import asyncio
import textwrap
from collections import deque
from typing import Any

import discord
import structlog

from bot.cards.job import duration
from bot.errors import NETWORK_ERRORS
from bot.messages.address import message_url
from bot.painting.job import Job, JobState
from bot.servers.rules import TO_LOG, missing_permissions
from bot.storage.servers import Servers
from stylizer.recipe import load_recipe, recipe_names

log = structlog.get_logger()

MESSAGE_LENGTH = 2000
REASON_LENGTH = 300
MOST_LINES = 500
"""Of one channel, that wait to be posted: of a rush beyond that the oldest are dropped."""
LAST_LINES_SECONDS = 2.0
"""How long closing may take to post what waits."""
ENDED = "the bot has ended"


class ServerLog:
    """Posts the lines as well as it can. It never holds a job up, never fails one, and mentions nobody."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._client: discord.Client | None = None
        self._lines: dict[int, deque[str]] = {}
        self._posting: asyncio.Task[None] | None = None

    def attach(self, client: discord.Client) -> None:
        """Post as this client."""
        self._client = client

    def note(self, job: Job) -> None:
        """Tell of a job that ended, where a channel was chosen for that. Returns at once."""
        channel_id = self._servers.settings_of(job.guild_id).log_channel_id
        if channel_id is None:
            return
        self._lines.setdefault(channel_id, deque(maxlen=MOST_LINES)).append(line(job))
        if self._posting is None:
            self._posting = asyncio.create_task(self._post_all())

    async def aclose(self) -> None:
        """Post what waits, as far as that is done in a moment; the rest is lost. Calling it twice is fine."""
        posting = self._posting
        if posting is not None:
            try:
                if self._is_ready():
                    await asyncio.wait([posting], timeout=LAST_LINES_SECONDS)
            finally:
                posting.cancel()
            await asyncio.wait([posting])
        for channel_id, lines in self._lines.items():
            log.info("server_log.lost", channel=channel_id, lines=len(lines), problem=ENDED)
        self._lines.clear()

    def _is_ready(self) -> bool:
        return self._client is not None and self._client.is_ready() and not self._client.is_closed()

    async def _post_all(self) -> None:
        try:
            if self._client is not None:
                # Until then no channel is known, and all of them would look as if they were gone.
                await self._client.wait_until_ready()
            while self._lines:
                channel_id, lines = next(iter(self._lines.items()))
                text = lines.popleft()
                while lines and len(text) + 1 + len(lines[0]) <= MESSAGE_LENGTH:
                    text += f"\n{lines.popleft()}"
                if not lines:
                    del self._lines[channel_id]
                await self._post(channel_id, text)
        finally:
            self._posting = None

    async def _post(self, channel_id: int, text: str) -> None:
        lines = 1 + text.count("\n")
        channel: Any = self._client and self._client.get_channel(channel_id)
        # Asked before, because Discord bans whoever collects refusals.
        if channel is None or missing_permissions(channel, TO_LOG):
            log.info("server_log.unreachable", channel=channel_id, lines=lines)
            return
        try:
            await channel.send(text, allowed_mentions=discord.AllowedMentions.none(), suppress_embeds=True, silent=True)
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            log.info("server_log.lost", channel=channel_id, lines=lines, problem=str(error))
        except asyncio.CancelledError:
            log.info("server_log.lost", channel=channel_id, lines=lines, problem=ENDED)
            raise


def line(job: Job) -> str:
    """Who, how, where, and what became of it: in words, and without the pictures and their names."""
    name = job.options.recipe_name  # which may be why it failed
    title = load_recipe(name).title if name in recipe_names() else name
    parts = [f"**{title}** for <@{job.owner_id}> in <#{job.channel_id}>"]
    if job.state is JobState.DELIVERED and job.painting_seconds is not None:
        parts.append(f"painted in {duration(job.painting_seconds)}")
    elif job.state is JobState.CANCELED:
        parts.append("canceled")
    else:
        reason = " ".join((job.problem or "no reason is known").split())
        parts.append(f"not painted: {textwrap.shorten(reason, REASON_LENGTH, placeholder=' …')}")
    if (
        job.message_id is not None and job.message_channel_id is None
    ):  # nobody else can follow a link to a direct message
        parts.append(message_url(job.guild_id, job.channel_id, job.message_id))
    return " · ".join(parts)
