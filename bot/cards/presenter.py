"""Shows the core's plain facts as cards and sentences."""

from __future__ import annotations

from bot.cards.job import ended_card, forgotten_job_card, job_card
from bot.cards.result import moved_card, result_card
from bot.errors import sentence_for
from bot.messages.answer import Shown
from bot.messages.card import Card
from bot.painting.job import Job
from bot.painting.progress import CardState, FinishedPainting
from bot.painting.thumbnails import Thumbnails


class CardPresenter:
    """The `bot.painting.presenter.Presenter` that members see."""

    def card(self, job: Job, state: CardState, thumbnails: Thumbnails) -> Card:
        """The card of a job that isn't done, or that ended without a painting."""
        return job_card(job, state, thumbnails)

    def result(self, job: Job, finished: FinishedPainting, thumbnails: Thumbnails) -> Card:
        """The card of a finished painting."""
        painting, gif = finished.painting, finished.timelapse
        return result_card(job, finished.result, painting=painting, gif=gif, thumbnails=thumbnails)

    def ended(self, job: Job | None) -> Card:
        """What became of a job, for a stale card of it; None stands for a job that is forgotten."""
        return forgotten_job_card() if job is None else ended_card(job)

    def moved(self, job: Job, shown: Shown) -> Card:
        """The card that an old message shows once its job continues in a new one."""
        return moved_card(job, shown)

    def problem(self, _job: Job, error: Exception) -> str:
        """Why a job failed, as its owner reads it."""
        return sentence_for(error)

    def canceled_by(self, _job: Job, member_id: int) -> str:
        """Who canceled a job."""
        return f"Canceled by <@{member_id}>."

    def ready(self, job: Job) -> str:
        """The message that mentions a job's owner once the painting is done."""
        return f"<@{job.owner_id}> Your painting is ready."
