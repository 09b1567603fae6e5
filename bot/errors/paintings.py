"""What keeps an accepted painting from its end."""

from __future__ import annotations

from enum import StrEnum

from bot.errors.base import AtelierError


class Superseded(AtelierError):
    """A job's row doesn't take a change, because the job has ended in the meantime."""


class MessageGone(AtelierError):
    """Nobody can see how a painting grows, or ends."""


class PaintingGivenUp(AtelierError):
    """A painting that was started many times and never finished."""


class PaintingUnreadable(AtelierError):
    """A finished painting that the disk doesn't give back."""


class NotPosted(StrEnum):
    """Why a finished painting couldn't be posted, where it isn't Discord that says so."""

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
    """A finished painting that Discord doesn't take."""

    problem: NotPosted | str
    """A reason of ours, or what Discord says."""

    @property
    def key(self) -> str:
        """By the reason."""
        return f"undeliverable-{self.problem}" if isinstance(self.problem, NotPosted) else "undeliverable"

    def said_fields(self) -> dict[str, object]:
        """What Discord says, if that is the reason."""
        return {} if isinstance(self.problem, NotPosted) else {"problem": self.problem}
