"""The life of a challenge: its phases change by themselves, once each, and its card is always right."""

from __future__ import annotations

from typing import Any

import pytest

from bot.challenges.challenge import Challenge, Phase
from bot.challenges.entry import EntryState
from tests.bot.challenges import DAY, HOUR, Calendar, add_challenge, challenge_now, enter
from tests.bot.conftest import OpenStudio, Studio, labels, texts


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
async def studio(open_studio: OpenStudio, calendar: Calendar) -> Studio:
    """A studio that goes by the calendar."""
    return await calendar.open(open_studio)


async def announce(studio: Studio, calendar: Calendar, **fields: Any) -> Challenge:
    """Announce a challenge that opens in an hour."""
    draft = await add_challenge(studio, now=calendar.now, **fields)
    announced = await studio.app.client.studio.life.announce(draft)
    await calendar.settle(studio)
    return announced


def card(studio: Studio) -> Any:
    """The only card in the channel."""
    [message] = [message for message in studio.channel.history() if message.components]
    return message


async def test_a_challenge_and_its_entries_are_saved_as_they_are(studio: Studio) -> None:
    challenge = await add_challenge(studio, title="Dusk", entries_per_member=2)
    first = await enter(studio, challenge, studio.alice.id)
    withdrawn = await enter(studio, challenge, studio.alice.id, state=EntryState.WITHDRAWN)

    assert await challenge_now(studio, challenge) == challenge
    entries = studio.app.client.studio.entries
    assert await entries.of_challenge(challenge.challenge_id) == [first]
    assert await entries.of_member(challenge.challenge_id, studio.alice.id) == [first, withdrawn]


async def test_every_phase_changes_by_itself_and_the_card_follows(studio: Studio, calendar: Calendar) -> None:
    challenge = await announce(studio, calendar)
    assert "Coming up" in texts(card(studio))
    assert labels(card(studio)) == []

    await calendar.pass_time(studio, HOUR)
    assert (await challenge_now(studio, challenge)).phase is Phase.OPEN
    assert "Entries are open" in texts(card(studio))
    assert labels(card(studio)) == ["Enter", "My entries"]

    for member in (studio.alice, studio.bob):
        await enter(studio, challenge, member.id)
    await calendar.pass_time(studio, DAY)
    assert (await challenge_now(studio, challenge)).phase is Phase.VOTING
    assert "Voting is open" in texts(card(studio))
    assert labels(card(studio)) == ["Vote"]

    await calendar.pass_time(studio, DAY)
    assert (await challenge_now(studio, challenge)).phase is Phase.ENDED
    assert "Over" in texts(card(studio))
    assert labels(card(studio)) == ["See results"]
