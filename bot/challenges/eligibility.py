"""Who may vote: members who were there before voting opened, with accounts that weren't made for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.challenges.challenge import Challenge
from bot.errors import AccountTooYoung, BotsCannotVote, ButtonOutdated, JoinedTooLate, VoterRoleMissing


@dataclass(frozen=True, slots=True)
class Applicant:
    """A member who wants to vote."""

    member_id: int
    guild_id: int | None
    """The server where they press; None in a direct message."""
    account_created_at: datetime
    joined_at: datetime | None
    """When they joined the server; None if Discord doesn't say, as for guests who only listen."""
    role_ids: frozenset[int] = frozenset()
    is_bot: bool = False


def check_eligible(challenge: Challenge, applicant: Applicant, *, now: datetime) -> None:
    """Check that a member may vote in a challenge.

    Raises `ButtonOutdated`, `BotsCannotVote`, `JoinedTooLate`, `AccountTooYoung` and `VoterRoleMissing`: first
    what stays so until the end, then what the member can change, then what passes by itself.
    """
    if applicant.guild_id != challenge.guild_id:
        raise ButtonOutdated
    if applicant.is_bot:
        raise BotsCannotVote
    opened_at = challenge.voting_opened_at or challenge.closes_at
    if applicant.joined_at is None or applicant.joined_at >= opened_at:
        raise JoinedTooLate(opened_at)
    old_enough_at = applicant.account_created_at + timedelta(days=challenge.min_account_days)
    if old_enough_at >= challenge.ends_at:
        raise AccountTooYoung(challenge.min_account_days, old_enough_at, challenge.ends_at)
    if challenge.voter_role_id is not None and challenge.voter_role_id not in applicant.role_ids:
        raise VoterRoleMissing(challenge.voter_role_id)
    if old_enough_at > now:
        raise AccountTooYoung(challenge.min_account_days, old_enough_at, challenge.ends_at)
