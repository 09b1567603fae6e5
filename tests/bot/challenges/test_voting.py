"""Voting in a challenge: who may, what voters see alone, and that nobody learns anything before the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from simcord.actors import MemberActor
from simcord.results import InteractionResult
from sqlalchemy import update

from bot.challenges.challenge import Challenge, Phase, Voting
from bot.challenges.duel import Outcome
from bot.challenges.eligibility import Applicant, check_eligible
from bot.challenges.entry import EntryState
from bot.errors import BotsCannotVote
from bot.storage.ballots import BallotRecords
from bot.storage.challenges import ChallengeRecords
from bot.storage.models import ChallengeEntryRow, JobInputRow, JobResultRow
from tests.bot.challenges.making import DAY, HOUR, Calendar, add_challenge, challenge_now, enter, make_challenge
from tests.bot.challenges.votes import duels_in, votes_in
from tests.bot.conftest import (
    Studio,
    alt_texts,
    ephemeral_text,
    galleries,
    labels,
    picture,
    texts,
    unspoilered,
    walk,
)
from tests.bot.test_privacy import forget

JOINED = datetime(2026, 1, 1, tzinfo=UTC)
"""When the members' accounts were made, and they joined the server."""
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OTHERS = (501, 502, 503, 504, 505)
"""Members who entered."""
PREFERENCES = ["Left", "Right", "Equal", "Skip", "Done"]


@pytest.fixture
def calendar() -> Calendar:
    calendar = Calendar()
    calendar.now = NOW
    return calendar


def painting(number: int) -> bytes:
    """The painting of the entry with that number, which no other has."""
    return picture("teal", size=(48 + number, 32))


async def open_voting(studio: Studio, entrants: Sequence[int] = OTHERS, **fields: Any) -> Challenge:
    """Show a challenge that is being voted on, with an entry of each of these members."""
    defaults: dict[str, Any] = {
        "opens_at": NOW - 3 * DAY,
        "closes_at": NOW - DAY,
        "voting_opened_at": NOW - DAY,
        "ends_at": NOW + DAY,
        "phase": Phase.VOTING,
    }
    challenge = await add_challenge(studio, **{**defaults, **fields})
    for number, member_id in enumerate(entrants, start=1):
        await enter(studio, challenge, member_id, number=number, painting=painting(number))
    await studio.app.client.studio.life.cards.refresh(challenge.challenge_id)
    calendar = studio.app.client.studio.voting.now
    assert isinstance(calendar, Calendar)
    await calendar.settle(studio)
    return challenge


async def vote(studio: Studio, member: MemberActor | None = None) -> InteractionResult:
    """Press Vote on the challenge's card, as a member (default: Alice)."""
    [card] = [message for message in studio.channel.history() if "Vote" in labels(message)]
    return await (member or studio.alice).click(card, label="Vote")


def shown_numbers(studio: Studio, message: Any) -> list[int]:
    """The numbers of the entries whose paintings a card shows, in the order of its files."""
    numbers = {painting(number): number for number in range(1, 101)}
    files = [studio.env.backend.cdn.get(attachment.url) for attachment in message.attachments]
    return [numbers[file] for file in files if file is not None]


def custom_ids(message: Any) -> list[str]:
    return [item["custom_id"] for item in walk(message.components) if item.get("custom_id")]


async def outcomes(studio: Studio, challenge: Challenge) -> list[Outcome | None]:
    return [duel.outcome for duel in await duels_in(BallotRecords(studio.app.sessions), challenge.challenge_id)]


async def votes(studio: Studio, challenge: Challenge) -> dict[int, int]:
    return await votes_in(BallotRecords(studio.app.sessions), challenge.challenge_id)


async def withdraw(studio: Studio, challenge: Challenge, number: int) -> None:
    its = ChallengeEntryRow.challenge_id == challenge.challenge_id, ChallengeEntryRow.number == number
    await studio.app.sessions.write(update(ChallengeEntryRow).where(*its).values(state=EntryState.WITHDRAWN.value))


class TestDuels:
    async def test_a_voter_alone_sees_two_entries_and_each_in_full(self, studio: Studio) -> None:
        await open_voting(studio, title="Dusk *now*", theme="Paint the evening.")

        answer = await vote(studio)

        assert answer.ephemeral
        card = answer.response
        assert "Which one is better?" in texts(card)
        assert "**Dusk \\*now\\***" in texts(card)
        assert "0 duels so far" in texts(card)
        assert galleries(card) == [["left-1.png", "right-1.png"], ["left-1.png"], ["right-1.png"]]
        assert alt_texts(card) == ["Left", "Right", "Left", "Right"]
        assert labels(card) == PREFERENCES
        assert len(set(shown_numbers(studio, card))) == 2

    async def test_square_paintings_are_shown_once_because_nothing_of_them_is_cropped(self, studio: Studio) -> None:
        await open_voting(studio)
        await studio.app.sessions.write(update(JobResultRow).values(width_px=64, height_px=64))

        assert galleries((await vote(studio)).response) == [["left-1.png", "right-1.png"]]

    @pytest.mark.parametrize(
        ("label", "outcome"), list(zip(PREFERENCES, Outcome, strict=False)), ids=[outcome.value for outcome in Outcome]
    )
    async def test_an_answer_counts_and_the_next_pair_takes_its_place(
        self, studio: Studio, label: str, outcome: Outcome
    ) -> None:
        challenge = await open_voting(studio)
        answer = await vote(studio)
        first = shown_numbers(studio, answer.response)

        await studio.press(answer, label)

        assert set(shown_numbers(studio, answer.response)) != set(first)
        assert ("0 duels so far" if outcome is Outcome.SKIPPED else "1 duel so far") in texts(answer.response)
        assert galleries(answer.response)[0] == ["left-2.png", "right-2.png"]
        left, right = first
        duels = await duels_in(BallotRecords(studio.app.sessions), challenge.challenge_id)
        [answered] = [duel for duel in duels if duel.outcome is not None]
        assert (answered.left, answered.right, answered.outcome) == (left, right, outcome)

    @pytest.mark.parametrize("label", ["Left", "Skip"])
    async def test_every_pair_of_others_is_shown_once(self, studio: Studio, label: str) -> None:
        await open_voting(studio, (501, studio.alice.id, 503, studio.alice.id, 505, 506))
        answer = await vote(studio)
        seen = []
        while label in labels(answer.response):
            seen.append(frozenset(shown_numbers(studio, answer.response)))
            await studio.press(answer, label)

        others = (1, 3, 5, 6)
        assert set(seen) == {frozenset((one, other)) for one in others for other in others if one < other}
        assert len(seen) == 6
        assert "You've seen every pair." in texts(answer.response)
        assert answer.response is not None
        assert answer.response.attachments == []

    async def test_who_has_nothing_to_compare_reads_why(self, studio: Studio) -> None:
        await open_voting(studio, (501, studio.alice.id))

        assert "There's nothing for you to compare" in texts((await vote(studio)).response)
        assert labels((await vote(studio, studio.bob)).response) == PREFERENCES

    async def test_an_answer_to_an_old_card_counts_once_and_brings_it_up_to_date(self, studio: Studio) -> None:
        challenge = await open_voting(studio)
        first, second = await vote(studio), await vote(studio)
        assert shown_numbers(studio, first.response) == shown_numbers(studio, second.response)

        await studio.press(first, "Left")
        await studio.press(second, "Right")

        assert "nothing was counted twice" in texts(second.response)
        assert "1 duel so far" in texts(second.response)
        assert shown_numbers(studio, first.response) == shown_numbers(studio, second.response)
        assert sorted(map(str, await outcomes(studio, challenge))) == ["None", "left"]

    async def test_two_presses_at_the_same_time_count_once(self, studio: Studio) -> None:
        challenge = await open_voting(studio)
        voting, its_id = studio.app.client.studio.voting, challenge.challenge_id
        voter = Applicant(studio.alice.id, studio.guild.id, JOINED, JOINED)
        pair = (await voting.next_duel(its_id, voter, now=NOW)).pair
        assert pair is not None

        answers = (voting.answer(its_id, pair.duel_id, Outcome.LEFT, voter, now=NOW) for _ in range(2))
        first, second = await asyncio.gather(*answers)

        assert (first.is_counted, second.is_counted) == (True, False)
        assert first.pair == second.pair
        assert sorted(map(str, await outcomes(studio, challenge))) == ["None", "left"]

    async def test_a_restart_in_the_middle_loses_nothing(self, studio: Studio) -> None:
        challenge = await open_voting(studio)
        answer = await vote(studio)
        await studio.press(answer, "Left")
        before = shown_numbers(studio, answer.response)

        await studio.restart()

        again = await vote(studio)
        assert shown_numbers(studio, again.response) == before
        assert "1 duel so far" in texts(again.response)
        await studio.press(answer, "Equal")
        assert "2 duels so far" in texts(answer.response)
        assert sorted(map(str, await outcomes(studio, challenge))) == ["None", "equal", "left"]

    async def test_done_says_thanks_and_voting_goes_on_from_there(self, studio: Studio) -> None:
        await open_voting(studio)
        answer = await vote(studio)
        await studio.press(answer, "Right")
        pair = shown_numbers(studio, answer.response)

        await studio.press(answer, "Done")
        assert "Thanks for voting!" in texts(answer.response)
        assert "1 duel so far" in texts(answer.response)

        await studio.press(answer, "Vote")
        assert shown_numbers(studio, answer.response) == pair

    @pytest.mark.parametrize("is_restarted", [False, True])
    async def test_a_pair_with_an_entry_that_is_gone_makes_room_for_another(
        self, studio: Studio, *, is_restarted: bool
    ) -> None:
        challenge = await open_voting(studio)
        answer = await vote(studio)
        gone, _ = shown_numbers(studio, answer.response)
        await withdraw(studio, challenge, gone)
        if is_restarted:
            await studio.restart()
            answer = await vote(studio)
            assert gone not in shown_numbers(studio, answer.response)

        while "Left" in labels(answer.response):
            await studio.press(answer, "Left")
            assert gone not in shown_numbers(studio, answer.response)

        assert "You've seen every pair." in texts(answer.response)

    async def test_a_painting_that_is_gone_can_be_skipped(self, studio: Studio) -> None:
        await open_voting(studio, (501, 502))
        for path in (studio.data_dir / "pictures").glob("??/*"):
            path.unlink()

        answer = await vote(studio)

        assert "A picture can't be shown right now." in texts(answer.response)
        await studio.press(answer, "Skip")
        assert "You've seen every pair." in texts(answer.response)

    async def test_spoilers_stay_spoilers(self, studio: Studio) -> None:
        await open_voting(studio, (501, 502))
        await studio.app.sessions.write(update(JobInputRow).values(is_spoiler=True))

        assert unspoilered((await vote(studio)).response) == []


class TestFavorites:
    @pytest.fixture(params=[3])
    async def challenge(self, studio: Studio, request: pytest.FixtureRequest) -> Challenge:
        """A challenge where each member has this many votes."""
        return await open_voting(studio, voting=Voting.FAVORITES, votes_per_member=request.param)

    async def test_a_voter_alone_sees_pages_of_numbered_entries(self, studio: Studio) -> None:
        await open_voting(studio, voting=Voting.FAVORITES)
        answer = await vote(studio)

        assert answer.ephemeral
        assert "0 of 3 votes used" in texts(answer.response)
        numbers = shown_numbers(studio, answer.response)
        assert galleries(answer.response) == [[f"entry-{number}.png"] for number in numbers]
        assert labels(answer.response) == [*(f"Vote for {number}" for number in numbers), "Next"]
        assert len(numbers) == 4

        await studio.press(answer, "Next")
        assert set(numbers) | set(shown_numbers(studio, answer.response)) == {1, 2, 3, 4, 5}
        assert labels(answer.response)[-1:] == ["Previous"]

    async def test_one_press_votes_and_another_takes_it_back(self, studio: Studio, challenge: Challenge) -> None:
        answer = await vote(studio)
        number, *_ = shown_numbers(studio, answer.response)
        uploads = sum(len(message.attachments) for message in (answer.response,) if message is not None)

        await studio.press(answer, f"Vote for {number}")
        assert "1 of 3 votes used" in texts(answer.response)
        assert await votes(studio, challenge) == {number: 1}
        assert answer.response is not None
        assert len(answer.response.attachments) == uploads

        await studio.press(answer, f"Take back {number}")
        assert "0 of 3 votes used" in texts(answer.response)
        assert await votes(studio, challenge) == {}

    async def test_a_second_press_on_an_old_card_changes_nothing(self, studio: Studio, challenge: Challenge) -> None:
        first, second = await vote(studio), await vote(studio)
        number, *_ = shown_numbers(studio, first.response)

        for answer in (first, second):
            await studio.press(answer, f"Vote for {number}")
            assert "1 of 3 votes used" in texts(answer.response)
            assert f"Take back {number}" in labels(answer.response)
        assert await votes(studio, challenge) == {number: 1}

        for answer in (first, second):
            await studio.press(answer, f"Take back {number}")
            assert "0 of 3 votes used" in texts(answer.response)
        assert await votes(studio, challenge) == {}

    @pytest.mark.parametrize("challenge", [2], indirect=True)
    async def test_at_the_limit_the_voter_sees_their_votes(self, studio: Studio, challenge: Challenge) -> None:
        answer = await vote(studio)
        first, second, third, _ = shown_numbers(studio, answer.response)
        for number in (first, second):
            await studio.press(answer, f"Vote for {number}")

        await studio.press(answer, f"Vote for {third}")

        assert f"No votes left for entry {third}." in texts(answer.response)
        taken = sorted((first, second))
        assert labels(answer.response) == [*(f"Take back {number}" for number in taken), "All entries"]
        assert shown_numbers(studio, answer.response) == taken
        await studio.press(answer, f"Take back {first}")
        assert labels(answer.response) == [f"Take back {second}", "All entries"]
        await studio.press(answer, "All entries")
        await studio.press(answer, f"Vote for {third}")
        assert await votes(studio, challenge) == {second: 1, third: 1}

        await studio.press(answer, "My votes")
        for number in sorted((second, third)):
            await studio.press(answer, f"Take back {number}")
        assert "0 of 2 votes used" in texts(answer.response)
        assert f"Vote for {first}" in labels(answer.response)

    async def test_a_vote_for_an_entry_whose_member_is_forgotten_is_given_back(self, studio: Studio) -> None:
        challenge = await open_voting(studio, (*OTHERS[:4], studio.alice.id), voting=Voting.FAVORITES)
        answer = await vote(studio, studio.bob)
        for number in (5, 1, 2):  # Alice's is the fifth
            if f"Vote for {number}" not in labels(answer.response):
                await studio.press(answer, "Next" if "Next" in labels(answer.response) else "Previous", by=studio.bob)
            await studio.press(answer, f"Vote for {number}", by=studio.bob)

        await forget(studio, studio.alice)

        again = await vote(studio, studio.bob)
        assert "2 of 3 votes used" in texts(again.response)
        assert 5 not in shown_numbers(studio, again.response)
        number = next(number for number in (3, 4) if f"Vote for {number}" in labels(again.response))
        await studio.press(again, f"Vote for {number}", by=studio.bob)
        assert await votes(studio, challenge) == {1: 1, 2: 1, number: 1}

    async def test_a_voter_who_was_forgotten_begins_again(self, studio: Studio, challenge: Challenge) -> None:
        answer = await vote(studio)
        number, other, *_ = shown_numbers(studio, answer.response)
        await studio.press(answer, f"Vote for {number}")

        await forget(studio, studio.alice)
        assert await votes(studio, challenge) == {}

        again = await vote(studio)
        assert "0 of 3 votes used" in texts(again.response)
        await studio.press(again, f"Vote for {other}")
        assert await votes(studio, challenge) == {other: 1}

    async def test_votes_survive_a_restart(self, studio: Studio, challenge: Challenge) -> None:
        answer = await vote(studio)
        number, *_ = order = shown_numbers(studio, answer.response)
        await studio.press(answer, f"Vote for {number}")

        await studio.restart()

        again = await vote(studio)
        assert "1 of 3 votes used" in texts(again.response)
        assert shown_numbers(studio, again.response) == order
        await studio.press(answer, f"Take back {number}")
        assert await votes(studio, challenge) == {}

    async def test_an_entry_that_is_gone_gets_no_vote(self, studio: Studio, challenge: Challenge) -> None:
        answer = await vote(studio)
        number, *_ = shown_numbers(studio, answer.response)
        await withdraw(studio, challenge, number)

        await studio.press(answer, f"Vote for {number}")

        assert "That entry doesn't take part anymore." in texts(answer.response)
        assert number not in shown_numbers(studio, answer.response)
        assert await votes(studio, challenge) == {}


@pytest.mark.parametrize("count", [2, 3, 25, 26, 100])
async def test_every_entry_can_be_reached_on_the_pages_of_favorites(studio: Studio, count: int) -> None:
    entrants = [*range(501, 500 + count), studio.alice.id]
    challenge = await open_voting(studio, entrants, voting=Voting.FAVORITES, votes_per_member=10)

    orders = []
    for member, others in ((studio.alice, count - 1), (studio.bob, count)):
        answer = await vote(studio, member)
        seen = shown_numbers(studio, answer.response)
        while "Next" in labels(answer.response):
            await studio.press(answer, "Next", by=member)
            seen += shown_numbers(studio, answer.response)
        assert sorted(seen) == list(range(1, others + 1))
        orders.append(seen[: count - 1])
    if count >= 25:
        assert orders[0] != orders[1]

    last = seen[-1]
    await studio.press(answer, f"Vote for {last}", by=studio.bob)
    assert await votes(studio, challenge) == {last: 1}


@pytest.mark.parametrize("count", [2, 3, 25, 26, 100])
async def test_duels_show_any_number_of_entries_about_equally_often(studio: Studio, count: int) -> None:
    challenge = await open_voting(studio, range(501, 501 + count))
    answer = await vote(studio)
    presses = 0
    while "Left" in labels(answer.response) and presses < count:
        await studio.press(answer, "Left")
        presses += 1

    duels = await duels_in(BallotRecords(studio.app.sessions), challenge.challenge_id)
    seen = [number for duel in duels for number in (duel.left, duel.right)]
    assert {seen.count(number) for number in range(1, count + 1)} <= {1, 2, 3}
    assert presses == min(count, count * (count - 1) // 2)


@pytest.mark.parametrize("voting", Voting)
async def test_nothing_that_is_sent_says_whose_an_entry_is_or_how_others_voted(
    studio: Studio, voting: Voting, calendar: Calendar
) -> None:
    entrants = [studio.member(name).id for name in ("eve", "finn", "gus", "hana", "ivo")]
    challenge = await open_voting(studio, entrants, voting=voting)
    already_sent = len(studio.env.http_requests)
    entries = await studio.app.client.studio.entries.of_challenge(challenge.challenge_id)
    cards = []
    for member in (studio.alice, studio.bob):
        answer = await vote(studio, member)
        cards.append(texts(answer.response))
        for _ in range(2):
            label = next(label for label in labels(answer.response) if label.startswith(("Left", "Vote for")))
            await studio.press(answer, label, by=member)
            assert answer.response is not None
            cards.append(texts(answer.response))
        hidden = [str(entry.member_id) for entry in entries]
        hidden += ["eve", "finn", "gus", "hana", "ivo"]
        hidden += [part for entry in entries for part in (entry.job_id, entry.entry_id)]
        assert answer.response is not None
        said = [*custom_ids(answer.response), *(file.filename for file in answer.response.attachments)]
        assert not [part for part in hidden if any(part in text for text in said)]
    await calendar.pass_time(studio, HOUR)

    sent = str([(request.path, request.json) for request in studio.env.http_requests[already_sent:]])
    assert not [part for part in hidden if part in sent]
    mine, theirs = cards[:3], cards[3:]
    assert [len(card) for card in mine] == [len(card) for card in theirs]  # the votes before theirs change nothing
    if voting is Voting.DUELS:
        assert "0 duels so far" in theirs[0]
        assert "Entry" not in str(cards)  # its number, which the entry has in the thread


async def end_by_itself(studio: Studio, calendar: Calendar, _challenge: Challenge) -> None:
    await calendar.pass_time(studio, DAY)


async def end_without_the_clock(studio: Studio, calendar: Calendar, challenge: Challenge) -> None:
    """The last moment is over, but nobody has changed the phase yet."""
    calendar.now = challenge.ends_at


@pytest.mark.parametrize("end", [end_by_itself, end_without_the_clock])
@pytest.mark.parametrize("voting", Voting)
async def test_a_press_after_the_end_counts_nothing_and_says_so(
    studio: Studio,
    calendar: Calendar,
    voting: Voting,
    end: Callable[[Studio, Calendar, Challenge], Awaitable[None]],
) -> None:
    challenge = await open_voting(studio, voting=voting)
    answer = await vote(studio)
    label = next(label for label in labels(answer.response) if label.startswith(("Left", "Vote for")))
    await end(studio, calendar, challenge)

    await studio.press(answer, label)

    assert texts(answer.response) == "Voting on **Harbors at night** is over, so no more votes count."
    assert labels(answer.response) == []
    assert await votes(studio, challenge) == {}
    assert set(await outcomes(studio, challenge)) <= {None}


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_a_press_on_a_card_of_a_canceled_challenge_counts_nothing(studio: Studio, *, is_restarted: bool) -> None:
    challenge = await open_voting(studio)
    answer = await vote(studio)
    await studio.app.client.studio.life.cancel(challenge)
    if is_restarted:
        await studio.restart()

    await studio.press(answer, "Left")

    assert "**Harbors at night** is " in texts(answer.response)
    assert labels(answer.response) == []
    assert set(await outcomes(studio, challenge)) == {None}


async def test_voting_that_is_extended_goes_on(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_voting(studio)
    answer = await vote(studio)
    await studio.app.client.studio.life.extend(challenge, challenge.ends_at + DAY)

    await calendar.pass_time(studio, DAY + HOUR)
    await studio.press(answer, "Left")

    assert "1 duel so far" in texts(answer.response)
    assert (await challenge_now(studio, challenge)).phase is Phase.VOTING


class TestEligibility:
    @pytest.mark.parametrize(
        ("fields", "refusal"),
        [
            (
                {"voting_opened_at": JOINED},
                (
                    "Only members who joined before voting opened (<t:1767225600:F>) may vote. "
                    "You can vote in the next challenge."
                ),
            ),
            (
                {"min_account_days": 60},
                ("To vote, your account has to be at least 60 days old. Yours will be on <t:1772409600:F>; vote then."),
            ),
            (
                {"min_account_days": 61},
                (
                    "To vote, your account has to be at least 61 days old. Yours will be on <t:1772496000:F>, "
                    "after voting ends. You can vote in a later challenge."
                ),
            ),
            (
                {"voter_role_id": 77},
                "To vote in this challenge, you need the role <@&77>. Press *Vote* again once you have it.",
            ),
        ],
        ids=["joined too late", "account too young", "account too young until the end", "role"],
    )
    async def test_a_refusal_says_which_rule_it_is_and_when_that_changes(
        self, studio: Studio, fields: dict[str, Any], refusal: str
    ) -> None:
        challenge = await open_voting(studio, **fields)

        assert ephemeral_text(await vote(studio)) == refusal
        assert await outcomes(studio, challenge) == []

    async def test_a_refusal_knows_that_voting_was_extended(self, studio: Studio) -> None:
        challenge = await open_voting(studio, min_account_days=61)
        assert "after voting ends" in ephemeral_text(await vote(studio))
        later = challenge.ends_at + 2 * DAY
        await ChallengeRecords(studio.app.sessions).change(challenge.challenge_id, {Phase.VOTING}, ends_at=later)

        assert ephemeral_text(await vote(studio)).endswith("Yours will be on <t:1772496000:F>; vote then.")

    async def test_who_fulfills_every_rule_exactly_may_vote(self, studio: Studio) -> None:
        role = studio.guild.create_role("Voters")
        voter = studio.guild.add_member(studio.env.create_user("vera"), roles=[role])
        await open_voting(studio, voter_role_id=role.id, min_account_days=59, voting_opened_at=JOINED + HOUR)

        assert labels((await vote(studio, voter)).response) == PREFERENCES

    async def test_a_voter_who_loses_the_role_reads_that_at_the_next_press(self, studio: Studio) -> None:
        role = studio.guild.create_role("Voters")
        voter = studio.guild.add_member(studio.env.create_user("vera"), roles=[role])
        challenge = await open_voting(studio, voter_role_id=role.id)
        answer = await vote(studio, voter)
        studio.env.backend.remove_member_role(studio.guild.id, voter.id, role.id)

        assert "you need the role" in ephemeral_text(await studio.press(answer, "Left", by=voter))
        assert await outcomes(studio, challenge) == [None]

    def test_bots_never_vote(self) -> None:
        challenge = make_challenge(now=NOW, voting_opened_at=NOW)
        applicant = Applicant(1, challenge.guild_id, JOINED, JOINED, is_bot=True)

        with pytest.raises(BotsCannotVote):
            check_eligible(challenge, applicant, now=NOW)


@pytest.mark.parametrize(
    ("phase", "sentence"),
    [
        (Phase.OPEN, "Voting on **Harbors at night** opens <t:1772280000:F>."),
        (Phase.DECIDING, "Voting on **Harbors at night** is over, so no more votes count."),
        (Phase.ENDED, "Voting on **Harbors at night** is over, so no more votes count."),
        (
            Phase.CANCELED,
            "The challenge **Harbors at night** is already over. **/challenge list** shows what's going on.",
        ),
    ],
)
async def test_vote_on_an_old_card_says_why_it_does_nothing(studio: Studio, phase: Phase, sentence: str) -> None:
    challenge = await open_voting(studio)
    records = ChallengeRecords(studio.app.sessions)
    await records.change(challenge.challenge_id, {Phase.VOTING}, phase=phase)

    assert ephemeral_text(await vote(studio)) == sentence
