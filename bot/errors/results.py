"""What goes wrong with the results of challenges: shown, decided, exported, counted again."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from bot.errors.base import AtelierError
from bot.errors.challenge_phases import AboutChallenge
from bot.errors.challenges import quoted
from bot.errors.refusals import Refusal


class ChallengeNotEnded(AboutChallenge):
    """A challenge whose results nobody may see yet."""


class NoResults(AboutChallenge):
    """A challenge that ended without an entry, or was canceled."""


class NoEndedChallenge(Refusal):
    """A server where no challenge has ended yet."""


class TieDecided(Refusal):
    """A tie that is no longer there to be decided."""


class NotTiedForFirst(Refusal):
    """An entry that isn't among those that share the first place."""


class NotASeason(Refusal):
    """A text that names no season."""

    written: str

    def sentence_fields(self) -> dict[str, object]:
        """What was written."""
        return {"written": quoted(self.written)}


class ExportTooLarge(Refusal):
    """An export that fits into no messages."""

    size_bytes: int
    limit_bytes: int


class RoleProblem(StrEnum):
    """Why the bot can't give a role."""

    GONE = "gone"
    MANAGED = "managed"
    """It belongs to an integration, or everybody has it."""
    PERMISSION = "permission"
    """The bot lacks Manage Roles."""
    TOO_HIGH = "too-high"
    """It isn't below the bot's own highest role."""


class RoleNotGiven(AtelierError):
    """A role that the bot can't give to anybody at present."""

    role_id: int
    why: RoleProblem

    @property
    def key(self) -> str:
        """By the reason."""
        return f"role-not-given-{self.why}"

    def sentence_fields(self) -> dict[str, object]:
        """The role, as far as it exists."""
        return {} if self.why is RoleProblem.GONE else {"role": f"<@&{self.role_id}>"}


class RecountError(AtelierError):
    """Ballots that can't be counted again. Whoever tries reads this on a terminal."""


class ExportUnreadable(RecountError):
    """A file that is no export of a challenge."""

    path: Path
    problem: str


class BallotsUnreadable(RecountError):
    """A file that has no ballots."""


class BallotsChanged(RecountError):
    """Ballots that aren't those whose hash was published."""

    published: str
    found: str
