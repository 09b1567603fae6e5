"""Challenges with entries and votes, up to their end."""

from __future__ import annotations

import itertools
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert

from bot.challenges.ballot import Cast, ShownDuel
from bot.challenges.challenge import Challenge
from bot.challenges.duel import Duel, Outcome
from bot.challenges.entry import Entry
from bot.storage.ballots import BallotRecords
from bot.storage.models import ChallengeDuelRow, ChallengeVoterRow
from bot.storage.sessions import Sessions
from tests.bot.challenges.making import DAY, HOUR, Calendar, add_challenge, challenge_now, enter, is_results
from tests.bot.conftest import Studio


async def voting(studio: Studio, calendar: Calendar, members: Sequence[int], **fields: Any) -> Challenge:
    """A challenge whose voting is open, with an entry of each of these members."""
    draft = await add_challenge(studio, now=calendar.now, **fields)
    await studio.app.client.studio.life.announce(draft)
    await calendar.pass_time(studio, HOUR)
    for member_id in members:
        await enter(studio, draft, member_id)
    await calendar.pass_time(studio, DAY)
    return await challenge_now(studio, draft)


async def end(studio: Studio, calendar: Calendar, challenge: Challenge) -> Challenge:
    """Let the voting end, and everything follow that happens at once."""
    await calendar.pass_time(studio, DAY)
    return await challenge_now(studio, challenge)


async def entry_of(studio: Studio, challenge: Challenge, member_id: int) -> Entry:
    """The only entry of a member."""
    [entry] = await studio.app.client.studio.entries.of_member(challenge.challenge_id, member_id)
    return entry


async def duels_in(ballots: BallotRecords, challenge_id: str) -> list[Duel]:
    """Every duel that a voter was shown."""
    return [shown.duel for ballot in (await ballots.by_member(challenge_id)).values() for shown in ballot.duels]


async def votes_in(ballots: BallotRecords, challenge_id: str) -> dict[int, int]:
    """How many votes each entry has, by number; entries without any are missing."""
    return dict(Counter(number for ballot in await ballots.ballots(challenge_id) for number in ballot.votes))


async def ballot_of(ballots: BallotRecords, challenge: Challenge, voter_id: int) -> tuple[str, int | None]:
    """The ID of a voter's ballot, and if it is a new one, whose."""
    ballot = (await ballots.by_member(challenge.challenge_id)).get(voter_id)
    return (uuid.uuid4().hex, voter_id) if ballot is None else (ballot.ballot_id, None)


async def duel(
    studio: Studio, calendar: Calendar, challenge: Challenge, voter_id: int, left: Entry, right: Entry, outcome: Outcome
) -> None:
    """Let somebody vote between two entries."""
    ballots = BallotRecords(studio.app.sessions)
    ballot_id, opened_for = await ballot_of(ballots, challenge, voter_id)
    shown = ShownDuel.of((left.number or 0, right.number or 0))
    assert (
        await ballots.show(challenge.challenge_id, ballot_id, shown, opened_for=opened_for, now=calendar.now)
        is Cast.COUNTED
    )
    cast, _ = await ballots.answer(challenge.challenge_id, ballot_id, shown, outcome, now=calendar.now)
    assert cast is Cast.COUNTED


async def prefer(
    studio: Studio, challenge: Challenge, members: Sequence[int], *, voters: int = 12, first: int = 1
) -> None:
    """Let that many voters decide every duel, who all like the entries of these members in this order."""
    entries = [await entry_of(studio, challenge, member_id) for member_id in members]
    await vote_in_order(studio.app.sessions, challenge, [entry.number or 0 for entry in entries], voters, first)


async def vote_in_order(
    sessions: Sessions, challenge: Challenge, numbers: Sequence[int], voters: int, first: int = 1
) -> None:
    """Save the answered duels of voters who all like these entries in this order: all at once, as they are many."""
    its_id, ballots, duels = challenge.challenge_id, [], []
    for voter_id in range(first, first + voters):
        ballots.append({"ballot_id": uuid.uuid4().hex, "challenge_id": its_id, "member_id": voter_id})
        for better, worse in itertools.combinations(numbers, 2):
            duels.append(
                {
                    "duel_id": uuid.uuid4().hex,
                    "challenge_id": its_id,
                    "ballot_id": ballots[-1]["ballot_id"],
                    "low_number": min(better, worse),
                    "high_number": max(better, worse),
                    "low_is_left": voter_id % 2 == 0,
                    "outcome": "low" if better < worse else "high",
                }
            )
    async with sessions.begin() as session:
        await session.execute(insert(ChallengeVoterRow), ballots)
        await session.execute(insert(ChallengeDuelRow), duels)


async def favor(
    studio: Studio, calendar: Calendar, challenge: Challenge, member_id: int, *, voters: Sequence[int]
) -> None:
    """Let these voters give a vote to a member's entry."""
    ballots, entry = BallotRecords(studio.app.sessions), await entry_of(studio, challenge, member_id)
    for voter_id in voters:
        ballot_id, opened_for = await ballot_of(ballots, challenge, voter_id)
        number = entry.number or 0
        cast = await ballots.vote(challenge.challenge_id, ballot_id, number, opened_for=opened_for, now=calendar.now)
        assert cast is Cast.COUNTED


def results(studio: Studio) -> Any:
    """The message with the results."""
    [message] = [message for message in studio.channel.history() if is_results(message)]
    return message


def card_of(answer: Any) -> Any:
    """The card that answers an interaction, whether it is the response or a follow-up."""
    return answer.followups[0] if answer.followups else answer.response
