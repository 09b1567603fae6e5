"""The messages that show jobs, each saved in its job's row."""

from __future__ import annotations

import discord

from bot.clock.timing import Timing
from bot.errors import NETWORK_ERRORS
from bot.messages.address import Press
from bot.messages.answer import Journal
from bot.messages.live import LiveMessage
from bot.messages.pace import EditPace
from bot.painting.job import Job, JobState
from bot.storage.jobs import JobRecords


class JobMessages:
    """Opens the live message of each job."""

    def __init__(self, records: JobRecords, *, timing: Timing, pace: EditPace) -> None:
        self._records = records
        self._timing = timing
        self._pace = pace
        self._client: discord.Client | None = None

    def attach(self, client: discord.Client) -> None:
        """Send and edit messages as this client."""
        self._client = client

    def has_joined(self, guild_id: int) -> bool:
        """Whether the bot is a member of a server, as far as it knows by now."""
        return self._client is not None and self._client.get_guild(guild_id) is not None

    async def is_direct(self, channel_id: int) -> bool:
        """Whether a channel is a direct message with the bot, which one member sees. False if Discord doesn't say so.

        It lets the bot see no other direct messages, such as those between members who installed it.
        """
        if self._client is None:
            return False
        try:
            return isinstance(await self._client.fetch_channel(channel_id), discord.DMChannel)
        except (discord.HTTPException, *NETWORK_ERRORS):
            return False

    def open(self, job: Job) -> LiveMessage:
        """Return the live message that answers the job's interaction, wherever it is by now."""
        if self._client is None:
            raise RuntimeError("attach a client first")
        return LiveMessage(
            job.address,
            owner_id=job.owner_id,
            client=self._client,
            timing=self._timing,
            pace=self._pace,
            journal=JobJournal(self._records, job.job_id),
            message_id=job.message_id,
            message_channel_id=job.message_channel_id,
            press=job.press,
            job=job.job_id,
        )


class JobJournal(Journal):
    """Saves where a job is shown, and asks its row whether it is still wanted."""

    def __init__(self, records: JobRecords, job_id: str) -> None:
        self._records = records
        self._job_id = job_id

    async def record_message(self, message_id: int, channel_id: int | None) -> None:
        """Save which message shows the job."""
        await self._records.record_message(self._job_id, message_id, channel_id)

    async def record_press(self, press: Press) -> None:
        """Save the latest press on the job's message."""
        await self._records.record_press(self._job_id, press)

    async def is_wanted(self) -> bool:
        """Whether the job's row still exists and its painting wasn't deleted."""
        job = await self._records.get(self._job_id)
        return job is not None and job.state is not JobState.DELETED
