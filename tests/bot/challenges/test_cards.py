"""The card of a challenge is where it belongs, whatever happens to its channel, its thread and its message."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.backend.models import Overwrite
from simcord.builders import ChannelHandle
from simcord.enums import OverwriteType

from bot.challenges.challenge import Challenge, Phase
from bot.challenges.upkeep import CHECK_INTERVAL, KEPT_FOR
from tests.bot.challenges.making import DAY, Calendar, announce, card, challenge_now, enter
from tests.bot.challenges.votes import end, prefer, results, voting
from tests.bot.conftest import Studio, labels, override_interactions, texts
from tests.bot.test_kept_messages import set_state


async def open_challenge(studio: Studio, calendar: Calendar, **fields: Any) -> Challenge:
    return await announce(studio, calendar, opens_at=calendar.now, **fields)


def deny(studio: Studio, channel: ChannelHandle, *permissions: str) -> None:
    """Deny the bot these permissions in a channel, and no others."""
    assert studio.env.bot.user is not None
    denied = discord.Permissions(**dict.fromkeys(permissions, True)).value
    overwrite = Overwrite(studio.env.bot.user.id, OverwriteType.MEMBER, allow=0, deny=denied)
    studio.env.backend.set_overwrite(channel.id, overwrite)


def direct_messages(studio: Studio, member: Any = None) -> list[str]:
    """Return what the bot sent to a member, by default Mia, who organizes the challenges."""
    return [message.content for message in (member or studio.mia).user.dm_channel.history()]


async def test_in_a_text_channel_the_card_has_a_thread_for_the_entries(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)

    [thread] = studio.channel.threads
    assert (thread.id, thread.name) == (card(studio).id, "Harbors at night")
    assert (await challenge_now(studio, challenge)).thread_id == thread.id


async def test_in_a_forum_the_card_is_a_post_of_its_own(studio: Studio, calendar: Calendar) -> None:
    forum = studio.guild.create_forum_channel("challenges")
    challenge = await open_challenge(studio, calendar, channel_id=forum.id)

    [post] = forum.threads
    assert post.name == "Harbors at night"
    assert "Entries are open" in texts(card(studio, post))
    assert (await challenge_now(studio, challenge)).thread_id == post.id


async def test_a_card_that_changes_is_the_same_message(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)
    first = card(studio).id
    await enter(studio, challenge, 1000)
    await enter(studio, challenge, 1001)

    await studio.restart()
    await calendar.pass_time(studio, DAY)

    assert card(studio).id == first
    assert labels(card(studio)) == ["Vote"]


async def test_a_deleted_card_is_posted_again_and_keeps_its_thread(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)
    [thread] = studio.channel.threads
    studio.env.backend.delete_message(studio.channel.id, card(studio).id)

    await calendar.pass_time(studio, CHECK_INTERVAL)

    assert "Entries are open" in texts(card(studio))
    assert [each.id for each in studio.channel.threads] == [thread.id]
    assert (await challenge_now(studio, challenge)).thread_id == thread.id
    assert direct_messages(studio) == []


async def test_a_deleted_thread_is_made_again(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)
    [thread] = studio.channel.threads
    studio.env.backend.delete_channel(thread.id)

    await calendar.pass_time(studio, CHECK_INTERVAL)

    [new] = studio.channel.threads
    assert new.name == "Harbors at night"
    assert (await challenge_now(studio, challenge)).thread_id == new.id


async def test_a_deleted_post_of_a_forum_is_posted_again(studio: Studio, calendar: Calendar) -> None:
    forum = studio.guild.create_forum_channel("challenges")
    challenge = await open_challenge(studio, calendar, channel_id=forum.id)
    studio.env.backend.delete_channel(forum.threads[0].id)

    await calendar.pass_time(studio, CHECK_INTERVAL)

    [post] = forum.threads
    assert "Entries are open" in texts(card(studio, post))
    assert (await challenge_now(studio, challenge)).thread_id == post.id


async def test_the_organizer_hears_once_of_a_lost_permission_and_it_goes_on_by_itself(
    studio: Studio, calendar: Calendar
) -> None:
    deny(studio, studio.channel, "send_messages")
    challenge = await open_challenge(studio, calendar)

    for _ in range(3):
        await calendar.pass_time(studio, CHECK_INTERVAL)
    [message] = direct_messages(studio)
    assert "**Harbors at night** can't be shown right now" in message
    assert "it needs Send Messages" in message
    assert (await challenge_now(studio, challenge)).problem == message

    deny(studio, studio.channel)
    await calendar.pass_time(studio, CHECK_INTERVAL)
    assert "Entries are open" in texts(card(studio))
    assert (await challenge_now(studio, challenge)).problem is None
    assert len(direct_messages(studio)) == 1


async def test_results_are_posted_although_the_thread_of_the_entries_is_locked(
    studio: Studio, calendar: Calendar
) -> None:
    members = (studio.alice.id, studio.bob.id)
    challenge = await voting(studio, calendar, members)
    await prefer(studio, challenge, members)
    [thread] = studio.channel.threads
    deny(studio, studio.channel, "manage_threads")
    await set_state(studio, thread, archived=True, locked=True)

    await end(studio, calendar, challenge)

    assert studio.alice.mention in texts(results(studio))
    [message] = direct_messages(studio)
    assert "locked" in message


async def test_a_canceled_challenge_leaves_no_entries_in_its_thread(studio: Studio, calendar: Calendar) -> None:
    challenge = await voting(studio, calendar, (studio.alice.id, studio.bob.id))
    [thread] = studio.channel.threads
    before = len(thread.history())

    await studio.app.client.studio.life.cancel(await challenge_now(studio, challenge))
    await calendar.settle(studio)

    assert before == 1
    assert thread.history() == []


async def test_a_permission_given_back_is_noticed_at_the_next_change(studio: Studio, calendar: Calendar) -> None:
    deny(studio, studio.channel, "view_channel")
    challenge = await open_challenge(studio, calendar)
    deny(studio, studio.channel)

    await studio.app.client.studio.life.cards.refresh(challenge.challenge_id)
    await calendar.settle(studio)

    assert "Entries are open" in texts(card(studio))


async def test_the_organizer_is_told_in_the_language_they_use(
    studio: Studio, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    override_interactions(monkeypatch, locale="de")
    await studio.stylize(studio.mia)
    await studio.finish()
    deny(studio, studio.channel, "send_messages")

    challenge = await open_challenge(studio, calendar)

    [message] = direct_messages(studio)
    assert "kann gerade nicht angezeigt werden" in message
    assert "can't be shown right now" in ((await challenge_now(studio, challenge)).problem or "")


async def test_an_organizer_who_cannot_be_told_holds_nothing_up(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)
    studio.guild.remove_member(studio.mia)
    studio.env.inject_error("POST", "/users/@me/channels", status=403, times=None)
    deny(studio, studio.channel, "view_channel")

    await calendar.pass_time(studio, DAY)
    assert (await challenge_now(studio, challenge)).phase is Phase.ENDED
    assert "it needs View Channel" in ((await challenge_now(studio, challenge)).problem or "")

    deny(studio, studio.channel)
    await calendar.pass_time(studio, CHECK_INTERVAL)
    assert "Nobody entered" in texts(card(studio))


async def test_after_a_deleted_channel_the_organizer_reads_how_to_move_the_challenge(
    studio: Studio, calendar: Calendar
) -> None:
    other = studio.guild.create_text_channel("other")
    challenge = await open_challenge(studio, calendar, channel_id=other.id)
    studio.env.backend.delete_channel(other.id)
    await calendar.pass_time(studio, CHECK_INTERVAL)
    [message] = direct_messages(studio)
    assert "channel or thread was deleted" in message
    assert "press *Move here*" in message

    shown = await studio.mia.slash(studio.channel, "challenge show")
    assert shown.response is not None
    assert "channel or thread was deleted" in texts(shown.response)
    moved = await studio.mia.click(shown.response, label="Move here")
    await calendar.settle(studio)

    assert "has moved to this channel" in texts(moved.response)
    [public] = [each for each in studio.channel.history() if each.components and not each.flags.ephemeral]
    assert "Entries are open" in texts(public)
    now = await challenge_now(studio, challenge)
    assert (now.channel_id, now.problem) == (studio.channel.id, None)
    assert [thread.id for thread in studio.channel.threads] == [now.thread_id]


async def test_what_could_not_be_shown_of_an_ended_challenge_is_given_up_after_a_week(
    studio: Studio, calendar: Calendar
) -> None:
    deny(studio, studio.channel, "send_messages")
    await open_challenge(studio, calendar)
    await calendar.pass_time(studio, DAY)
    await calendar.pass_time(studio, KEPT_FOR + CHECK_INTERVAL)

    deny(studio, studio.channel)
    await calendar.pass_time(studio, DAY)

    assert [message for message in studio.channel.history() if message.components] == []
