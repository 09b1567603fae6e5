"""The simulated members as voters: each has a taste of their own, and goes by it in every duel."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from discord.utils import snowflake_time

from bot.challenges.challenge import Challenge
from bot.challenges.duel import Outcome
from bot.challenges.eligibility import Applicant
from bot.challenges.entry import Entry
from bot.challenges.voting import BlindVoting, Pair

DUELS_PER_VOTER = 20
TASTE_DEVIATION = 0.8
"""The standard deviation between voters who look at the same entry."""
EQUAL_WITHIN = 0.25
"""Entries that a voter likes about as well."""


async def cast_votes(
    voting: BlindVoting, challenge: Challenge, *, names: Mapping[int, str], appeal: Mapping[int, float], others: float
) -> None:
    """Let members vote in a challenge: those whose names are given by their IDs.

    `appeal` says how much voters like an entry on average, by the ID of its member, and `others` that of everybody
    else's. Tastes are the same each time. Raises as `BlindVoting` does if voting ends meanwhile.
    """

    def liking(voter_id: int, entry: Entry) -> float:
        seed = f"{names[voter_id]} {names.get(entry.member_id, '')}"
        return Random(seed).gauss(appeal.get(entry.member_id, others), TASTE_DEVIATION)  # noqa: S311 - the same taste every time

    def preferred(voter_id: int, pair: Pair) -> Outcome:
        left, right = liking(voter_id, pair.left), liking(voter_id, pair.right)
        if abs(left - right) < EQUAL_WITHIN:
            return Outcome.EQUAL
        return Outcome.LEFT if left > right else Outcome.RIGHT

    its_id = challenge.challenge_id
    for voter_id in names:
        voter = Applicant(voter_id, challenge.guild_id, snowflake_time(voter_id), joined_at=challenge.created_at)
        turn = await voting.next_duel(its_id, voter, now=voting.now())
        while turn.pair is not None and turn.answered < DUELS_PER_VOTER:
            outcome = preferred(voter_id, turn.pair)
            turn = await voting.answer(its_id, turn.pair.duel_id, outcome, voter, now=voting.now())
