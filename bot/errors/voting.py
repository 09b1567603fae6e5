"""Refusals about votes: when voting is closed, and who may not vote and why."""

from __future__ import annotations

from datetime import datetime

from discord.utils import format_dt

from bot.errors.challenge_phases import AboutChallenge
from bot.errors.refusals import Refusal


class VotingNotOpenYet(AboutChallenge):
    """A challenge whose voting opens later."""

    opens_at: datetime

    def sentence_fields(self) -> dict[str, object]:
        """When it opens."""
        return {**super().sentence_fields(), "opens_at": format_dt(self.opens_at, "F")}


class VotingClosed(AboutChallenge):
    """A challenge whose voting is over."""


class BotsCannotVote(Refusal):
    """A voter that is a bot."""


class JoinedTooLate(Refusal):
    """A member who joined the server after voting opened."""

    opened_at: datetime

    def sentence_fields(self) -> dict[str, object]:
        """When voting opened."""
        return {"opened_at": format_dt(self.opened_at, "F")}


class AccountTooYoung(Refusal):
    """A member whose account is old enough only later."""

    days: int
    """How old it has to be."""
    old_enough_at: datetime
    ends_at: datetime
    """When voting ends."""

    @property
    def key(self) -> str:
        """By whether it is old enough before voting ends."""
        return "account-too-young" if self.old_enough_at < self.ends_at else "account-too-young-until-the-end"

    def sentence_fields(self) -> dict[str, object]:
        """How old it has to be, and when it is."""
        return {"count": self.days, "old_enough_at": format_dt(self.old_enough_at, "F")}


class VoterRoleMissing(Refusal):
    """A member without the role that voters need."""

    role_id: int

    def sentence_fields(self) -> dict[str, object]:
        """The role, as a mention."""
        return {"role": f"<@&{self.role_id}>"}
