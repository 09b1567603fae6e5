"""Keeps account of a job's starts and of the workers it loses, for paintings and boards alike."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.operation.metrics import Metrics
from bot.painting.work import JobSaver, Work
from stylizer.pool import WorkerDied, WorkerFailed

MAX_WORKER_LOSSES = 1
"""A lost worker costs one silent retry."""


class Starts:
    """Saves, logs and measures each start of a job, and each worker that it loses."""

    def __init__(self, *, saver: JobSaver, metrics: Metrics) -> None:
        self._saver = saver
        self._metrics = metrics

    async def start(self, work: Work) -> None:
        """Record that a worker begins to paint it; the first start that counts ends its wait."""
        await self._saver.save(work, work.job.started())
        work.log.info("job.painting", start=work.job.starts)
        if work.job.counted_starts == 1:
            self._metrics.started(work.job, (datetime.now(UTC) - work.job.created_at).total_seconds())

    async def lose_worker(self, work: Work, error: WorkerDied | WorkerFailed, **place: int) -> None:
        """Record that its worker was lost, and where, for the log. Raises the error if that was one worker too many."""
        work.log.warning("job.worker_lost", reason=type(error).__name__, problem=str(error), **place)
        self._metrics.worker_lost(type(error).__name__)
        await self._saver.save(work, work.job.worker_lost())
        if work.job.losses > MAX_WORKER_LOSSES:
            raise error
