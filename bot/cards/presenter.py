"""Shows the core's plain facts as cards and sentences, in the language of the member who asked."""

from __future__ import annotations

from bot.cards.alt_texts import picture_names
from bot.cards.board import board_card
from bot.cards.chooser import chooser_card
from bot.cards.job import job_card
from bot.cards.result import moved_card, result_card
from bot.messages.answer import Shown
from bot.messages.card import Card, CardFile
from bot.painting.chooser import StylePage
from bot.painting.job import Job, JobKind
from bot.painting.progress import CardState, FinishedPainting
from bot.painting.thumbnails import Thumbnails
from bot.words import Words, sentence_for


class CardPresenter:
    """The `bot.painting.presenter.Presenter` that members see."""

    def card(self, job: Job, state: CardState, thumbnails: Thumbnails) -> Card:
        """The card of a job that isn't done, or that ended without a painting."""
        return job_card(job, state, thumbnails, Words.of(job.locale))

    def result(self, job: Job, finished: FinishedPainting, thumbnails: Thumbnails) -> Card:
        """The card of a finished painting."""
        return result_card(
            job,
            finished.result,
            painting=finished.painting,
            gif=finished.timelapse,
            thumbnails=thumbnails,
            words=Words.of(job.locale),
        )

    def board(self, job: Job, sheet: CardFile) -> Card:
        """The card of a painted board."""
        return board_card(job, sheet, Words.of(job.locale))

    def chooser(self, job: Job, page: StylePage) -> Card:
        """The card from which a job's owner chooses a style."""
        return chooser_card(job, page, Words.of(job.locale))

    def moved(self, job: Job, shown: Shown) -> Card:
        """The card that an old message shows once its job continues in a new one."""
        return moved_card(job, shown, Words.of(job.locale))

    def problem(self, job: Job, error: Exception) -> str:
        """Why a job failed, as its owner reads it."""
        return sentence_for(error, Words.of(job.locale), names=picture_names(job))

    def canceled_by(self, job: Job, member_id: int) -> str:
        """Who canceled a job."""
        words = Words.of(job.locale)
        return words("canceled-by", member_id=member_id)

    def ready(self, job: Job) -> str:
        """The message that mentions a job's owner once the painting or the board is done."""
        words = Words.of(job.locale)
        if job.kind is JobKind.BOARD:
            return words("board-ready", owner_id=job.owner_id)
        return words("result-ready", owner_id=job.owner_id)
