"""When the owner of a finished painting is mentioned."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from bot.errors import DatabaseAway
from bot.painting.job import Job
from bot.storage.preferences import Preferences
from bot.storage.servers import Notify, Servers


@dataclass(frozen=True, slots=True)
class NotifyChoice:
    """Chooses for a job: the member's own preference, else the server's."""

    preferences: Preferences
    servers: Servers

    async def __call__(self, job: Job) -> Notify:
        """When the job's owner is mentioned."""
        with suppress(DatabaseAway):  # which is logged already; the server's choice is in memory
            chosen = await self.preferences.notify_of(job.owner_id)
            if chosen is not None:
                return chosen
        return self.servers.settings_of(job.guild_id).notify
