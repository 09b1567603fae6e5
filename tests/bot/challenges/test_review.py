"""Review: moderators look at entries one after the other, accept them, reject them with a reason, or ban members."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult

from bot.challenges.challenge import Challenge
from bot.challenges.entry import Entry, EntryState
from tests.bot.challenges.entering import announcement, begin, entered, fixed, mine, opened, painted
from tests.bot.challenges.making import DAY, HOUR, MINUTE, Calendar, enter
from tests.bot.conftest import (
    CONTENT,
    STYLE,
    Studio,
    ephemeral_text,
    files,
    labels,
    override_interactions,
    texts,
    thumbnails,
    unspoilered,
)
from tests.bot.test_server_log import open_log

REVIEW = ["Accept", "Reject…", "Ban from this challenge…"]
NOTHING = "No entry in Harbors at night is waiting for review."


@pytest.fixture
async def challenge(studio: Studio, calendar: Calendar) -> Challenge:
    """An open challenge whose entries are reviewed, with two for each member."""
    style = await fixed(studio, "style", STYLE)
    return await opened(studio, calendar, style, is_reviewed=True, entries_per_member=2)


async def submitted(studio: Studio, calendar: Calendar, by: Any = None) -> InteractionResult:
    """Submit an entry, a minute after the one before."""
    calendar.now += MINUTE
    answer = await entered(studio, by=by)
    assert "**Submitted.** Moderators look at it before it takes part." in texts(answer.response)
    return answer


async def entries(studio: Studio, challenge: Challenge) -> list[Entry]:
    """All entries of a challenge, in the order of submission."""
    return await studio.app.client.studio.entries.of_challenge(challenge.challenge_id, states=tuple(EntryState))


async def states(studio: Studio, challenge: Challenge) -> list[EntryState]:
    """The states of all entries, in the order of submission."""
    return [entry.state for entry in await entries(studio, challenge)]


async def reviewed(
    studio: Studio, calendar: Calendar, *, lasting: timedelta = DAY, is_reviewed: bool = True
) -> Challenge:
    """An open challenge whose entries are reviewed, and accepted for that long."""
    return await opened(studio, calendar, is_reviewed=is_reviewed, closes_at=calendar.now + lasting)


def reminders(log: ChannelHandle) -> list[Any]:
    """The reminders in the log channel."""
    return [message for message in log.history() if message.components]


async def queue(studio: Studio, by: Any = None) -> Any:
    """Press Review as a moderator (default: Mia), and return the card."""
    answer = await (by or studio.mia).click(announcement(studio), label="Review entries")
    assert answer.response is not None
    assert answer.response.ephemeral
    return answer.response


async def reject(studio: Studio, card: Any, reason: str) -> InteractionResult:
    """Reject the entry on the card as Mia, for this reason."""
    form = await studio.mia.click(card, label="Reject…")
    return await studio.mia.submit_modal(form, {"reason": reason})


async def test_a_moderator_accepts_one_entry_after_the_other(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    await submitted(studio, calendar)
    await submitted(studio, calendar, studio.bob)
    assert await states(studio, challenge) == [EntryState.PENDING] * 2
    assert "Waiting for review" in texts(await mine(studio))

    card = await queue(studio)
    assert "2 entries are waiting" in texts(card)
    assert f"<@{studio.alice.id}>" in texts(card)
    assert "Painterly" in texts(card)
    assert files(card) == ["painting.png"]
    assert len(thumbnails(card)) == 2
    assert labels(card) == [*REVIEW, "Next"]
    await studio.mia.click(card, label="Accept")

    assert "1 entry is waiting" in texts(card)
    assert f"<@{studio.bob.id}>" in texts(card)
    assert labels(card) == REVIEW
    await studio.mia.click(card, label="Accept")

    assert texts(card) == NOTHING
    accepted = await entries(studio, challenge)
    assert [(entry.state, entry.decided_by) for entry in accepted] == [(EntryState.ACCEPTED, studio.mia.id)] * 2
    assert "In the challenge" in texts(await mine(studio))
    await calendar.pass_time(studio, MINUTE)
    assert "2 entries" in texts(announcement(studio))


async def test_the_command_tells_open_challenges_from_reviewed_ones(studio: Studio, calendar: Calendar) -> None:
    await opened(studio, calendar, title="Dawn")

    none = await studio.mia.slash(studio.channel, "challenge review")
    named = await studio.mia.slash(studio.channel, "challenge review", challenge="Dawn")

    assert ephemeral_text(none) == "No challenge whose entries are reviewed is open right now."
    assert "No entry in Dawn is waiting for review." in texts(named.response)


async def test_next_goes_through_all_that_wait_and_decides_nothing(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    for member in (studio.alice, studio.bob):
        await submitted(studio, calendar, member)
    answer = await studio.mia.slash(studio.channel, "challenge review")
    card = answer.response
    assert answer.ephemeral

    shown = []
    for _ in range(3):
        shown.append(texts(card).splitlines()[2].split()[0])
        assert card is not None
        await studio.mia.click(card, label="Next")

    assert shown == [f"<@{member.id}>" for member in (studio.alice, studio.bob, studio.alice)]
    assert await states(studio, challenge) == [EntryState.PENDING] * 2


async def test_a_member_reads_in_their_language_why_an_entry_was_rejected(
    studio: Studio, calendar: Calendar, challenge: Challenge, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as german:
        override_interactions(german, locale="de")
        form = await studio.alice.click(announcement(studio), label="Enter")
        answer = await studio.alice.submit_modal(form, {"content": CONTENT})
        studio.gate.open()
        await studio.wait_until(lambda: "Einreichen" in labels(answer.response))
        assert answer.response is not None
        await studio.alice.click(answer.response, label="Einreichen")

    await reject(studio, await queue(studio), "too *dark* @everyone")

    [message] = studio.alice.user.dm_channel.history()
    assert message.content.startswith(
        "Moderatoren haben deinen Beitrag zu Harbors at night abgelehnt. Grund: too \\*dark\\* "
        "@\N{ZERO WIDTH SPACE}everyone"
    )
    assert await states(studio, challenge) == [EntryState.REJECTED]
    card = await mine(studio)
    assert "Rejected" in texts(card)
    assert "Reason: too \\*dark\\*" in texts(card)
    assert labels(card) == ["Enter"]


async def test_a_rejected_entry_does_not_use_up_a_place(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    first = await submitted(studio, calendar)
    await submitted(studio, calendar)
    full = await begin(studio)
    assert ephemeral_text(full).startswith("You can enter 2 paintings, and you already have.")

    await reject(studio, await queue(studio), "blurred")

    assert first.response is not None
    gone = await studio.alice.click(first.response, label="Withdraw")
    assert ephemeral_text(gone) == "That entry isn't in the challenge anymore."
    await submitted(studio, calendar)
    assert await states(studio, challenge) == [EntryState.REJECTED, EntryState.PENDING, EntryState.PENDING]


async def test_of_two_moderators_one_decides_and_the_other_is_told(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    await submitted(studio, calendar)
    await submitted(studio, calendar, studio.bob)
    mias, organizers = await queue(studio), await queue(studio)
    form = await studio.mia.click(organizers, label="Reject…")
    await studio.mia.click(mias, label="Accept")

    late = await studio.mia.submit_modal(form, {"reason": "blurred"})
    assert ephemeral_text(late).startswith(f"Another moderator was faster: <@{studio.mia.id}> has accepted")
    assert f"<@{studio.bob.id}>" in texts(organizers)
    await reject(studio, organizers, "blurred")
    told = await studio.mia.click(mias, label="Accept")
    assert ephemeral_text(told).startswith(f"Another moderator was faster: <@{studio.mia.id}> has rejected")

    assert texts(mias) == NOTHING
    assert await states(studio, challenge) == [EntryState.ACCEPTED, EntryState.REJECTED]
    assert studio.alice.user.dm_channel.history() == []


async def test_an_entry_that_is_decided_already_asks_for_no_reason(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    await submitted(studio, calendar)
    mine_, other = await queue(studio), await queue(studio)
    await studio.mia.click(mine_, label="Accept")

    told = await studio.mia.click(other, label="Reject…")

    assert told.modal is None
    assert ephemeral_text(told).startswith(f"Another moderator was faster: <@{studio.mia.id}> has accepted")
    assert texts(other) == NOTHING
    assert await states(studio, challenge) == [EntryState.ACCEPTED]


async def test_who_ends_entries_early_reads_how_many_are_accepted_unreviewed(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    await submitted(studio, calendar)
    await submitted(studio, calendar, studio.bob)
    end = await studio.mia.slash(studio.channel, "challenge end-now", challenge=challenge.title)
    assert "2 entries haven't been reviewed yet. They will be accepted." in texts(end.response)
    await studio.mia.click(await queue(studio), label="Accept")
    end = await studio.mia.slash(studio.channel, "challenge end-now", challenge=challenge.title)
    assert "1 entry hasn't been reviewed yet." in texts(end.response)


async def test_a_rejection_needs_a_reason(studio: Studio, calendar: Calendar, challenge: Challenge) -> None:
    await submitted(studio, calendar)
    refused = await reject(studio, await queue(studio), "   ")
    assert "The reason is empty" in ephemeral_text(refused)
    assert await states(studio, challenge) == [EntryState.PENDING]


async def test_a_member_without_direct_messages_reads_the_reason_in_my_entries(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    await submitted(studio, calendar)
    studio.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, times=None)

    card = await queue(studio)
    await reject(studio, card, "blurred")

    assert studio.alice.user.dm_channel.history() == []
    assert texts(card) == NOTHING
    assert "Reason: blurred" in texts(await mine(studio))


async def test_an_entry_that_was_withdrawn_meanwhile_is_not_accepted(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    answer = await submitted(studio, calendar)
    card = await queue(studio)
    assert answer.response is not None
    await studio.alice.click(answer.response, label="Withdraw")

    told = await studio.mia.click(card, label="Accept")

    assert ephemeral_text(told) == "The member has withdrawn this entry."
    assert texts(card) == NOTHING
    assert await states(studio, challenge) == [EntryState.WITHDRAWN]


async def test_a_ban_rejects_a_members_entries_and_refuses_more(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    for member in (studio.alice, studio.alice, studio.bob):
        await submitted(studio, calendar, member)
    card = await queue(studio)
    await studio.mia.click(card, label="Ban from this challenge…")
    assert texts(card).startswith(f"## Ban <@{studio.alice.id}> from Harbors at night?")
    await studio.mia.click(card, label="Cancel")
    assert labels(card) == [*REVIEW, "Next"]
    assert await states(studio, challenge) == [EntryState.PENDING] * 3

    await studio.mia.click(card, label="Ban from this challenge…")
    await studio.mia.click(card, label="Ban")

    assert f"<@{studio.bob.id}>" in texts(card)
    assert await states(studio, challenge) == [EntryState.REJECTED, EntryState.REJECTED, EntryState.PENDING]
    assert ephemeral_text(await begin(studio)) == "A moderator has banned you from this challenge."
    theirs = await mine(studio)
    assert texts(theirs).count("Rejected") == 2
    assert "A moderator has banned you from this challenge." in texts(theirs)
    assert "still enter" not in texts(theirs)
    assert labels(theirs) == []


async def test_only_moderators_and_organizers_review(studio: Studio, calendar: Calendar, challenge: Challenge) -> None:
    await submitted(studio, calendar)
    refusal = "Only moderators (with Manage Messages) and organizers of the challenge can decide about entries."

    pressed = await studio.bob.click(announcement(studio), label="Review entries")
    commanded = await studio.bob.slash(studio.channel, "challenge review")

    assert ephemeral_text(pressed) == refusal
    assert ephemeral_text(commanded) == refusal
    await studio.app.client.studio.challenges.change(
        challenge.challenge_id, (challenge.phase,), organizer_id=studio.bob.id
    )
    assert labels(await queue(studio, studio.bob)) == REVIEW


async def test_a_moderator_who_was_one_decides_nothing(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    await submitted(studio, calendar)
    await studio.app.client.studio.challenges.change(
        challenge.challenge_id, (challenge.phase,), organizer_id=studio.bob.id
    )
    card = await queue(studio, studio.bob)
    form = await studio.bob.click(card, label="Reject…")
    await studio.app.client.studio.challenges.change(
        challenge.challenge_id, (challenge.phase,), organizer_id=studio.mia.id
    )

    accepted = await studio.bob.click(card, label="Accept")
    rejected = await studio.bob.submit_modal(form, {"reason": "mine is better"})

    for press in (accepted, rejected):
        assert ephemeral_text(press).startswith("Only moderators")
    assert await states(studio, challenge) == [EntryState.PENDING]


async def test_the_log_channel_is_told_once_until_the_queue_is_empty(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    log = await open_log(studio)

    def told() -> int:
        lines = "\n".join(message.content for message in log.history()).splitlines()
        return lines.count("Entries in Harbors at night are waiting for review: use **/challenge review**.")

    await submitted(studio, calendar)
    await submitted(studio, calendar, studio.bob)
    assert told() == 1
    card = await queue(studio)
    for _ in range(2):
        await studio.mia.click(card, label="Accept")
    await submitted(studio, calendar)

    assert told() == 2


async def test_unreviewed_entries_take_part_once_voting_opens(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    await submitted(studio, calendar)
    await submitted(studio, calendar, studio.bob)
    card = await queue(studio)

    await calendar.pass_time(studio, DAY)

    late = await studio.mia.click(card, label="Accept")
    assert ephemeral_text(late) == "This entry was accepted automatically when voting opened."
    assert texts(card) == NOTHING
    assert await states(studio, challenge) == [EntryState.ACCEPTED] * 2


class TestReminder:
    async def test_the_log_channel_is_reminded_once_of_what_still_waits(
        self, studio: Studio, calendar: Calendar
    ) -> None:
        log = await open_log(studio)
        challenge = await reviewed(studio, calendar, lasting=3 * DAY)
        for member_id in (1000, 1001):
            await enter(studio, challenge, member_id, state=EntryState.PENDING)
        await enter(studio, challenge, 1002)

        await calendar.pass_time(studio, 2 * DAY - MINUTE)
        assert reminders(log) == []
        await calendar.pass_time(studio, MINUTE)

        [reminder] = reminders(log)
        assert texts(reminder).startswith("**2 entries** in Harbors at night are still waiting for review")
        assert f"<t:{int(challenge.closes_at.timestamp())}:F>" in texts(reminder)
        await studio.restart()
        await calendar.pass_time(studio, DAY - MINUTE)
        [same] = reminders(log)
        assert same.id == reminder.id
        assert studio.mia.user.dm_channel.history() == []

    async def test_its_button_shows_what_waits(self, studio: Studio, calendar: Calendar) -> None:
        log = await open_log(studio)
        challenge = await reviewed(studio, calendar)
        await enter(studio, challenge, studio.alice.id, state=EntryState.PENDING)
        await calendar.pass_time(studio, DAY / 2)

        answer = await studio.mia.click(reminders(log)[0], label="Review entries")

        assert answer.ephemeral
        assert f"<@{studio.alice.id}>" in texts(answer.response)

    async def test_nobody_is_reminded_if_nothing_waits(self, studio: Studio, calendar: Calendar) -> None:
        log = await open_log(studio)
        challenge = await reviewed(studio, calendar, lasting=3 * DAY)
        await enter(studio, challenge, 1000)

        await calendar.pass_time(studio, 3 * DAY - MINUTE)

        assert reminders(log) == []

    async def test_entries_that_count_right_away_wait_for_nobody(self, studio: Studio, calendar: Calendar) -> None:
        log = await open_log(studio)
        challenge = await reviewed(studio, calendar, is_reviewed=False)
        await enter(studio, challenge, 1000)

        await calendar.pass_time(studio, DAY - MINUTE)

        assert reminders(log) == []

    @pytest.mark.parametrize("lasting", [DAY, HOUR])
    async def test_the_notice_of_a_short_challenge_is_half_its_time(
        self, studio: Studio, calendar: Calendar, lasting: timedelta
    ) -> None:
        log = await open_log(studio)
        await enter(studio, await reviewed(studio, calendar, lasting=lasting), 1000, state=EntryState.PENDING)

        await calendar.pass_time(studio, lasting / 2 - MINUTE)
        assert reminders(log) == []
        await calendar.pass_time(studio, MINUTE)

        assert texts(reminders(log)[0]).startswith("**1 entry** in Harbors at night is still waiting for review")

    async def test_the_reminder_moves_with_the_opening_of_the_vote(self, studio: Studio, calendar: Calendar) -> None:
        log = await open_log(studio)
        challenge = await reviewed(studio, calendar, lasting=3 * DAY)
        await enter(studio, challenge, 1000, state=EntryState.PENDING)
        await studio.app.client.studio.life.extend(challenge, challenge.closes_at + 2 * DAY)

        await calendar.pass_time(studio, 4 * DAY - MINUTE)
        assert reminders(log) == []
        await calendar.pass_time(studio, MINUTE)

        assert len(reminders(log)) == 1

    async def test_a_later_opening_brings_no_second_reminder(self, studio: Studio, calendar: Calendar) -> None:
        log = await open_log(studio)
        challenge = await reviewed(studio, calendar, lasting=3 * DAY)
        await enter(studio, challenge, 1000, state=EntryState.PENDING)
        await calendar.pass_time(studio, 2 * DAY)
        studio.env.backend.delete_message(log.id, reminders(log)[0].id)
        await studio.app.client.studio.life.extend(challenge, challenge.closes_at + 7 * DAY)

        await calendar.pass_time(studio, 7 * DAY)

        assert reminders(log) == []

    async def test_a_reminder_that_was_due_while_the_bot_was_down_comes_late(
        self, studio: Studio, calendar: Calendar
    ) -> None:
        log = await open_log(studio)
        challenge = await reviewed(studio, calendar, lasting=3 * DAY)
        await enter(studio, challenge, 1000, state=EntryState.PENDING)

        calendar.now += 2 * DAY + 3 * HOUR
        await studio.restart()
        await calendar.settle(studio)

        assert len(reminders(log)) == 1

    @pytest.mark.parametrize("has_log", [False, True])
    async def test_without_a_log_channel_the_organizer_is_reminded(
        self, studio: Studio, calendar: Calendar, has_log: bool
    ) -> None:
        if has_log:
            await open_log(studio, send_messages=False)
        challenge = await reviewed(studio, calendar)
        await enter(studio, challenge, 1000, state=EntryState.PENDING)

        await calendar.pass_time(studio, DAY - MINUTE)

        [message] = studio.mia.user.dm_channel.history()
        assert texts(message).startswith("**1 entry** in Harbors at night")
        assert labels(message) == []


async def test_the_queue_works_after_a_restart(studio: Studio, calendar: Calendar, challenge: Challenge) -> None:
    await submitted(studio, calendar)
    await submitted(studio, calendar, studio.bob)
    card = await queue(studio)
    form = await studio.mia.click(card, label="Reject…")
    await studio.restart()

    await studio.mia.submit_modal(form, {"reason": "blurred"})
    assert f"<@{studio.bob.id}>" in texts(card)
    await studio.mia.click(card, label="Accept")

    assert await states(studio, challenge) == [EntryState.REJECTED, EntryState.ACCEPTED]


async def test_a_spoiler_stays_one_in_the_queue(studio: Studio, calendar: Calendar) -> None:
    style = await fixed(studio, "style", STYLE, is_spoiler=True)
    await opened(studio, calendar, style, is_reviewed=True)
    form = await begin(studio)
    answer = await studio.alice.submit_modal(form, {"content": CONTENT})
    await painted(studio, answer)
    assert answer.response is not None
    await studio.alice.click(answer.response, label="Submit")

    card = await queue(studio)

    assert files(card) == ["SPOILER_painting.png"]
    assert unspoilered(card) == []
