"""When the owner of a finished painting is mentioned."""

from __future__ import annotations

from dataclasses import dataclass

from bot.painting.job import Job
from bot.storage.preferences import Preferences
from bot.storage.servers import Notify, Servers


@dataclass(frozen=True, slots=True)
class NotifyChoice:
    """Chooses for a job: the member's own preference, else the server's."""

    preferences: Preferences
    servers: Servers

    def __call__(self, job: Job) -> Notify:
        """When the job's owner is mentioned."""
        return self.preferences.of(job.owner_id).notify or self.servers.settings_of(job.guild_id).notify
