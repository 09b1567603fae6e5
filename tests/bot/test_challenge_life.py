"""The life of a challenge: its phases change by themselves, once each, and its card is always right."""

from __future__ import annotations

from bot.challenges.entry import EntryState
from tests.bot.challenges import add_challenge, challenge_now, enter
from tests.bot.conftest import Studio


async def test_a_challenge_and_its_entries_are_saved_as_they_are(studio: Studio) -> None:
    challenge = await add_challenge(studio, title="Dusk", entries_per_member=2)
    first = await enter(studio, challenge, studio.alice.id)
    withdrawn = await enter(studio, challenge, studio.alice.id, state=EntryState.WITHDRAWN)

    assert await challenge_now(studio, challenge) == challenge
    entries = studio.app.client.studio.entries
    assert await entries.of_challenge(challenge.challenge_id) == [first]
    assert await entries.of_member(challenge.challenge_id, studio.alice.id) == [first, withdrawn]
