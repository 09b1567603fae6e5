"""What keeps the bot from posting where it was told to, outside of interactions."""

from __future__ import annotations

from enum import StrEnum

from bot.errors.base import AtelierError
from bot.words.values import Permissions


class PlaceProblem(StrEnum):
    """Why the bot can't post in a place."""

    GONE = "gone"
    """It was deleted, or the bot isn't a member of its server any more."""
    PERMISSIONS = "permissions"
    LOCKED = "locked"
    """It is a locked thread."""
    KIND = "kind"
    """It is a channel without messages, or a thread was wanted where there can't be any."""
    REFUSED = "refused"
    """Discord says no, although nothing is known to be missing."""


class PlaceLost(AtelierError):
    """The bot can't post or edit a message in its place now. That may change."""

    channel_id: int
    why: PlaceProblem
    permissions: tuple[str, ...] = ()
    """Those that are missing."""
    problem: str = ""
    """What Discord says."""

    @property
    def key(self) -> str:
        """By the reason."""
        return f"place-lost-{self.why}"

    @property
    def code(self) -> str:
        """The same for the same problem in the same place: `7 permissions send_messages`."""
        return " ".join((str(self.channel_id), self.why, *self.permissions))

    def sentence_fields(self) -> dict[str, object]:
        """The place, and what is missing there."""
        place: dict[str, object] = {"channel_id": self.channel_id}
        match self.why:
            case PlaceProblem.PERMISSIONS | PlaceProblem.LOCKED:
                return {**place, "permissions": Permissions(self.permissions)}
            case PlaceProblem.REFUSED:
                return {**place, "problem": self.problem}
            case _:
                return place
