"""What keeps an accepted painting from being finished or delivered."""

from __future__ import annotations

from enum import StrEnum

from bot.errors.base import AtelierError


class Superseded(AtelierError):
    """A job's row doesn't take a change, because the job has ended in the meantime."""


class MessageGone(AtelierError):
    """A painting whose message was deleted, so that nobody would see it."""


class PaintingGivenUp(AtelierError):
    """A painting that was started many times and never finished."""


class PaintingUnreadable(AtelierError):
    """A finished painting that can't be read from disk."""


class NotPosted(StrEnum):
    """Why a finished painting couldn't be posted, if the reason isn't Discord's."""

    TOO_LARGE = "too-large"
    CARD_TOO_LARGE = "card-too-large"
    INTERACTION_OVER = "interaction-over"
    NOT_EDITABLE = "not-editable"
    NO_PLACE = "no-place"
    NO_REASON = "no-reason"
    OUTAGE = "outage"
    UNREACHABLE = "unreachable"
    DATABASE = "database"


class Undeliverable(AtelierError):
    """A finished painting that can't be delivered."""

    problem: NotPosted | str
    """A reason of ours, or what Discord says."""

    @property
    def key(self) -> str:
        """Chosen by the reason."""
        return f"undeliverable-{self.problem}" if isinstance(self.problem, NotPosted) else "undeliverable"

    def sentence_fields(self) -> dict[str, object]:
        """What Discord says, if that is the reason."""
        return {} if isinstance(self.problem, NotPosted) else {"problem": self.problem}
