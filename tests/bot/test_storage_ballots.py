"""Votes in the database, on SQLite and PostgreSQL: each counts once, in time, and for what is there."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.challenges.ballot import Ballot, Cast, ShownDuel
from bot.challenges.challenge import Challenge, Phase, Voting
from bot.challenges.duel import Duel, Outcome
from bot.challenges.entry import EntryState
from bot.storage.ballots import BallotRecords
from bot.storage.challenges import ChallengeRecords
from bot.storage.models import ChallengeEntryRow
from bot.storage.sessions import Sessions
from tests.bot.challenges.making import DAY, HOUR, make_challenge, make_entry
from tests.bot.challenges.votes import duels_in, votes_in
from tests.databases import open_current_database

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
ANNA, BEN, CLEO = 2**63 - 1, 2, 3
"""Voters; Discord's IDs need 64 bits."""


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    async with open_current_database(database_url) as opened:
        yield opened


@pytest.fixture
def ballots(sessions: Sessions) -> BallotRecords:
    return BallotRecords(sessions)


@pytest.fixture
async def challenge(sessions: Sessions) -> Challenge:
    """A challenge whose voting is open, with four entries; the fourth is Anna's."""
    challenge = make_challenge(
        opens_at=NOON - 2 * DAY,
        closes_at=NOON - HOUR,
        ends_at=NOON + HOUR,
        phase=Phase.VOTING,
        voting=Voting.FAVORITES,
        votes_per_member=2,
    )
    await ChallengeRecords(sessions).add(challenge)
    for number, member_id in enumerate((10, 11, 12, ANNA), start=1):
        await make_entry(sessions, challenge, member_id, number=number)
    return challenge


async def opened(ballots: BallotRecords, challenge: Challenge, member_id: int = ANNA) -> str:
    """Open a ballot for a member by a vote that is taken back, and return its ID."""
    ballot_id = uuid.uuid4().hex
    number = 1
    cast = await ballots.vote(challenge.challenge_id, ballot_id, number, opened_for=member_id, now=NOON)
    assert cast is Cast.COUNTED
    assert await ballots.take_back(challenge.challenge_id, ballot_id, number, now=NOON) is Cast.COUNTED
    return ballot_id


async def shown(ballots: BallotRecords, challenge: Challenge, ballot_id: str, *pair: int) -> ShownDuel:
    left, right = pair
    duel = ShownDuel.of((left, right))
    assert await ballots.show(challenge.challenge_id, ballot_id, duel, now=NOON) is Cast.COUNTED
    return duel


async def end(sessions: Sessions, challenge: Challenge) -> None:
    await ChallengeRecords(sessions).change(challenge.challenge_id, {Phase.VOTING}, phase=Phase.ENDED)


async def withdraw(sessions: Sessions, challenge: Challenge, number: int) -> None:
    its = ChallengeEntryRow.challenge_id == challenge.challenge_id, ChallengeEntryRow.number == number
    await sessions.write(update(ChallengeEntryRow).where(*its).values(state=EntryState.WITHDRAWN.value))


async def test_a_member_has_one_ballot_in_a_challenge(ballots: BallotRecords, challenge: Challenge) -> None:
    its_id, first, second, other = challenge.challenge_id, *(uuid.uuid4().hex for _ in range(3))
    duel = ShownDuel.of((1, 2))

    cast = tuple(
        await asyncio.gather(
            ballots.show(its_id, first, duel, opened_for=ANNA, now=NOON),
            ballots.show(its_id, second, ShownDuel.of((1, 3)), opened_for=ANNA, now=NOON),
            ballots.vote(its_id, second, 3, opened_for=ANNA, now=NOON),
            ballots.show(its_id, other, ShownDuel.of((1, 3)), opened_for=BEN, now=NOON),
        )
    )

    assert cast == (Cast.COUNTED, Cast.ALREADY, Cast.ALREADY, Cast.COUNTED)
    assert (await ballots.by_member(its_id)).get(ANNA) == Ballot(first, (duel,))
    assert (await ballots.by_member(its_id)).get(CLEO) is None


async def test_an_answer_is_read_as_it_was_given(ballots: BallotRecords, challenge: Challenge) -> None:
    its_id, ballot_id = challenge.challenge_id, await opened(ballots, challenge, BEN)
    given = {(1, 2): Outcome.LEFT, (3, 1): Outcome.LEFT, (2, 3): Outcome.RIGHT, (4, 1): Outcome.RIGHT}
    given |= {(4, 2): Outcome.EQUAL, (3, 4): Outcome.SKIPPED}
    for pair, outcome in given.items():
        duel = await shown(ballots, challenge, ballot_id, *pair)
        assert await ballots.answer(its_id, ballot_id, duel, outcome, now=NOON) == (Cast.COUNTED, False)

    expected = {Duel(left, right, outcome) for (left, right), outcome in given.items()}
    ballot = (await ballots.by_member(its_id)).get(BEN)
    assert ballot is not None
    assert {one.duel for one in ballot.duels} == expected
    assert set(await duels_in(ballots, its_id)) == expected
    [same] = await ballots.ballots(its_id)
    assert {one.duel for one in same.duels} == expected


async def test_an_answer_and_the_next_duel_are_written_together(ballots: BallotRecords, challenge: Challenge) -> None:
    its_id, ballot_id = challenge.challenge_id, await opened(ballots, challenge, BEN)
    duel, following = await shown(ballots, challenge, ballot_id, 1, 2), ShownDuel.of((3, 1))

    answer = ballots.answer(its_id, ballot_id, duel, Outcome.LEFT, following=following, now=NOON)

    assert await answer == (Cast.COUNTED, True)
    assert set(await duels_in(ballots, its_id)) == {Duel(1, 2, Outcome.LEFT), Duel(3, 1)}


async def test_a_duel_is_answered_once(ballots: BallotRecords, challenge: Challenge) -> None:
    its_id, ballot_id = challenge.challenge_id, await opened(ballots, challenge, BEN)
    duel = await shown(ballots, challenge, ballot_id, 1, 2)

    presses = [
        ballots.answer(its_id, ballot_id, duel, outcome, following=ShownDuel.of((3, 1)), now=NOON)
        for outcome in (Outcome.LEFT, Outcome.RIGHT)
    ]

    assert await asyncio.gather(*presses) == [(Cast.COUNTED, True), (Cast.ALREADY, False)]
    assert set(await duels_in(ballots, its_id)) == {Duel(1, 2, Outcome.LEFT), Duel(3, 1)}


async def test_nobody_answers_the_duel_of_somebody_else(ballots: BallotRecords, challenge: Challenge) -> None:
    mine, theirs = await opened(ballots, challenge, BEN), await opened(ballots, challenge, CLEO)
    duel = await shown(ballots, challenge, mine, 1, 2)

    answer = ballots.answer(challenge.challenge_id, theirs, duel, Outcome.LEFT, now=NOON)

    assert await answer == (Cast.ALREADY, False)
    assert await duels_in(ballots, challenge.challenge_id) == [Duel(1, 2)]


async def test_a_voter_never_sees_a_pair_twice(ballots: BallotRecords, challenge: Challenge) -> None:
    ballot_id = await opened(ballots, challenge, BEN)
    await shown(ballots, challenge, ballot_id, 1, 2)

    for pair in ((1, 2), (2, 1)):
        again = ballots.show(challenge.challenge_id, ballot_id, ShownDuel.of(pair), now=NOON)
        assert await again is Cast.ALREADY
    await shown(ballots, challenge, await opened(ballots, challenge, CLEO), 2, 1)


@pytest.mark.parametrize("number", [3, 4, 5], ids=["withdrawn", "their own", "unknown"])
async def test_only_entries_of_others_that_take_part_are_shown_or_voted_for(
    sessions: Sessions, ballots: BallotRecords, challenge: Challenge, number: int
) -> None:
    ballot_id = await opened(ballots, challenge, ANNA)
    await withdraw(sessions, challenge, 3)

    shown_to_anna = ballots.show(challenge.challenge_id, ballot_id, ShownDuel.of((1, number)), now=NOON)
    assert await shown_to_anna is Cast.ALREADY
    assert await ballots.vote(challenge.challenge_id, ballot_id, number, now=NOON) is Cast.ALREADY
    assert await duels_in(ballots, challenge.challenge_id) == []
    assert await votes_in(ballots, challenge.challenge_id) == {}


async def test_a_press_counts_until_the_last_moment(ballots: BallotRecords, challenge: Challenge) -> None:
    its_id, ballot_id = challenge.challenge_id, await opened(ballots, challenge, BEN)
    duel, last, over = await shown(ballots, challenge, ballot_id, 1, 2), challenge.ends_at - MOMENT, challenge.ends_at

    assert await ballots.answer(its_id, ballot_id, duel, Outcome.LEFT, now=over) == (Cast.CLOSED, False)
    assert await ballots.show(its_id, ballot_id, ShownDuel.of((1, 3)), now=over) is Cast.CLOSED
    assert await ballots.vote(its_id, ballot_id, 1, now=over) is Cast.CLOSED
    assert await ballots.vote(its_id, uuid.uuid4().hex, 1, opened_for=CLEO, now=over) is Cast.CLOSED
    assert await ballots.answer(its_id, ballot_id, duel, Outcome.LEFT, now=last) == (Cast.COUNTED, False)
    assert await ballots.vote(its_id, ballot_id, 1, now=last) is Cast.COUNTED
    assert await ballots.take_back(its_id, ballot_id, 1, now=over) is Cast.CLOSED
    assert await votes_in(ballots, its_id) == {1: 1}


async def test_nothing_counts_once_the_phase_is_over(
    sessions: Sessions, ballots: BallotRecords, challenge: Challenge
) -> None:
    its_id, ballot_id = challenge.challenge_id, await opened(ballots, challenge, BEN)
    duel = await shown(ballots, challenge, ballot_id, 1, 2)
    await ballots.vote(its_id, ballot_id, 1, now=NOON)
    await end(sessions, challenge)

    assert await ballots.answer(its_id, ballot_id, duel, Outcome.LEFT, now=NOON) == (Cast.CLOSED, False)
    assert await ballots.show(its_id, ballot_id, ShownDuel.of((1, 3)), now=NOON) is Cast.CLOSED
    assert await ballots.vote(its_id, ballot_id, 2, now=NOON) is Cast.CLOSED
    assert await ballots.take_back(its_id, ballot_id, 1, now=NOON) is Cast.CLOSED
    assert await ballots.vote(its_id, uuid.uuid4().hex, 1, opened_for=CLEO, now=NOON) is Cast.CLOSED
    assert (await ballots.by_member(its_id)).get(CLEO) is None
    assert await duels_in(ballots, its_id) == [Duel(1, 2)]
    assert await votes_in(ballots, its_id) == {1: 1}


async def test_what_ends_the_voting_counts_every_vote_that_counts(
    sessions: Sessions, ballots: BallotRecords, challenge: Challenge
) -> None:
    its_id = challenge.challenge_id
    voters = [await opened(ballots, challenge, member_id) for member_id in range(100, 140)]

    async def close() -> dict[int, int]:
        await ChallengeRecords(sessions).change(its_id, {Phase.VOTING}, phase=Phase.COUNTING)
        return await votes_in(ballots, its_id)

    presses = [ballots.vote(its_id, ballot_id, 1, now=NOON) for ballot_id in voters]
    *cast, counted = await asyncio.gather(*presses[:20], *presses[20:], close())

    assert counted == await votes_in(ballots, its_id)
    assert counted.get(1, 0) == cast.count(Cast.COUNTED)


async def test_a_voter_has_as_many_votes_as_the_challenge_gives(ballots: BallotRecords, challenge: Challenge) -> None:
    its_id, ballot_id = challenge.challenge_id, await opened(ballots, challenge, BEN)

    cast = await asyncio.gather(*(ballots.vote(its_id, ballot_id, number, now=NOON) for number in (1, 1, 2, 3, 2)))

    assert cast == [Cast.COUNTED, Cast.ALREADY, Cast.COUNTED, Cast.LIMIT, Cast.ALREADY]
    assert await votes_in(ballots, its_id) == {1: 1, 2: 1}


async def test_a_vote_that_is_taken_back_can_be_given_again(ballots: BallotRecords, challenge: Challenge) -> None:
    its_id, ballot_id = challenge.challenge_id, await opened(ballots, challenge, BEN)
    for number in (1, 2):
        await ballots.vote(its_id, ballot_id, number, now=NOON)

    assert await ballots.take_back(its_id, ballot_id, 1, now=NOON) is Cast.COUNTED
    assert await ballots.take_back(its_id, ballot_id, 1, now=NOON) is Cast.ALREADY
    assert await ballots.vote(its_id, ballot_id, 3, now=NOON) is Cast.COUNTED
    assert (await ballots.by_member(its_id)).get(BEN) == Ballot(ballot_id, votes=frozenset({2, 3}))


async def test_ballots_are_those_of_members_who_voted(ballots: BallotRecords, challenge: Challenge) -> None:
    its_id = challenge.challenge_id
    dueling, voting, looking, taking_back = [
        await opened(ballots, challenge, member_id) for member_id in (BEN, CLEO, ANNA, 4)
    ]
    duel = await shown(ballots, challenge, dueling, 2, 1)
    await ballots.answer(its_id, dueling, duel, Outcome.EQUAL, now=NOON)
    await shown(ballots, challenge, dueling, 2, 3)
    await shown(ballots, challenge, looking, 1, 2)
    for number in (1, 3):
        await ballots.vote(its_id, voting, number, now=NOON)
    await ballots.vote(its_id, taking_back, 1, now=NOON)
    await ballots.take_back(its_id, taking_back, 1, now=NOON)

    answered = Ballot(dueling, (ShownDuel(duel.duel_id, Duel(2, 1, Outcome.EQUAL)),))
    voted = Ballot(voting, votes=frozenset({1, 3}))
    assert await ballots.ballots(its_id) == sorted([answered, voted], key=lambda ballot: ballot.ballot_id)
