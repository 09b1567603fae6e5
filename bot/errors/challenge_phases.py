"""Refusals about a challenge as it is at the moment: which one, and what its phase allows."""

from __future__ import annotations

from datetime import datetime

from discord.utils import format_dt

from bot.errors.refusals import Refusal
from bot.words.values import Escaped


class ChallengeNotFound(Refusal):
    """A text that is no challenge of the server."""

    written: str

    def sentence_fields(self) -> dict[str, object]:
        """The text, as it was written."""
        return {"written": Escaped(self.written)}


class NoRunningChallenge(Refusal):
    """A server where no challenge is running."""


class AboutChallenge(Refusal):
    """A challenge whose phase doesn't allow something."""

    title: str

    def sentence_fields(self) -> dict[str, object]:
        """Its title, as it was written."""
        return {**self.fields(), "title": Escaped(self.title)}


class ChallengeOver(AboutChallenge):
    """A challenge that has ended or was canceled."""


class ChallengeNotOpenYet(AboutChallenge):
    """A challenge that doesn't accept entries yet, so there is nothing to end."""

    opens_at: datetime

    def sentence_fields(self) -> dict[str, object]:
        """When it opens."""
        return {**super().sentence_fields(), "opens_at": format_dt(self.opens_at, "F")}


class VotesBeingCounted(AboutChallenge):
    """A challenge whose voting is over and whose votes are still being counted."""


class VotingOver(AboutChallenge):
    """A challenge where only a tie has to be decided."""


class NotLater(Refusal):
    """A time that wouldn't extend a challenge."""

    ends_at: datetime

    def sentence_fields(self) -> dict[str, object]:
        """The time as it is now."""
        return {"ends_at": format_dt(self.ends_at, "F")}


class ChallengeChanged(Refusal):
    """A challenge that isn't as it was when a member was asked about it."""


class NotAPlaceForChallenges(Refusal):
    """A channel that can't have a challenge's card with a thread for its entries."""
