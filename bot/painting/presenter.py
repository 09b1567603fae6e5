"""What the core needs from the side that knows Discord's layouts and the members' languages."""

from __future__ import annotations

from typing import Protocol

from bot.messages.answer import Shown
from bot.messages.card import Card, CardFile
from bot.painting.chooser import StylePage
from bot.painting.job import Job
from bot.painting.progress import CardState, FinishedPainting
from bot.painting.thumbnails import Thumbnails


class Presenter(Protocol):
    """Turns plain facts about a job into what members read. The job says in which language."""

    def card(self, job: Job, state: CardState, thumbnails: Thumbnails) -> Card:
        """The card of a job that isn't done, or that ended without a painting."""
        ...

    def result(self, job: Job, finished: FinishedPainting, thumbnails: Thumbnails) -> Card:
        """The card of a finished painting."""
        ...

    def board(self, job: Job, sheet: CardFile) -> Card:
        """The card of a painted board."""
        ...

    def chooser(self, job: Job, page: StylePage) -> Card:
        """The card from which a job's owner chooses a style."""
        ...

    def moved(self, job: Job, shown: Shown) -> Card:
        """The card that an old message shows once its job continues in a new one."""
        ...

    def problem(self, job: Job, error: Exception) -> str:
        """Why a job failed, as its owner reads it."""
        ...

    def canceled_by(self, job: Job, member_id: int) -> str:
        """Who canceled a job."""
        ...

    def ready(self, job: Job) -> str:
        """The message that mentions a job's owner once the painting is done."""
        ...
