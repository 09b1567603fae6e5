"""What a job's message saves, in the job's row."""

from __future__ import annotations

from bot.messages.address import Press
from bot.messages.answer import Journal
from bot.painting.job import JobState
from bot.storage.jobs import JobRecords


class JobJournal(Journal):
    """Saves where a job is shown, and asks its row whether it is still wanted."""

    def __init__(self, records: JobRecords, job_id: str) -> None:
        self._records = records
        self._job_id = job_id

    async def shown(self, message_id: int, channel_id: int | None) -> None:
        """Save which message shows the job."""
        await self._records.shown(self._job_id, message_id, channel_id)

    async def pressed(self, press: Press) -> None:
        """Save the latest press on the job's message."""
        await self._records.pressed(self._job_id, press)

    async def is_wanted(self) -> bool:
        """Whether nobody deleted the painting, or forgot the job, in the meantime."""
        job = await self._records.get(self._job_id)
        return job is not None and job.state is not JobState.DELETED
