"""What follows the end of a challenge: the winners' role, and a direct message with the place of each entrant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import discord
import pytest
from sqlalchemy import update
from structlog.testing import LogCapture

from bot.challenges.place_notices import MAX_ATTEMPTS, NOTICES_AT_ONCE, NOTICES_INTERVAL
from bot.messages.direct import DirectMessages
from bot.storage.models import JobRow
from tests.bot.challenges.making import DAY, Calendar, is_results
from tests.bot.challenges.votes import end, entry_of, prefer, results, voting
from tests.bot.conftest import Studio, texts


def inbox(member: Any) -> list[str]:
    """The texts of a member's direct messages."""
    return [message.content for message in member.user.dm_channel.history()]


def role_ids(studio: Studio, member: Any) -> set[int]:
    """The roles that a member has."""
    return set(studio.env.backend.guilds[studio.guild.id].members[member.id].role_ids)


async def won_by_alice(studio: Studio, calendar: Calendar, **fields: Any) -> None:
    """Hold a challenge that Alice wins, and Bob doesn't."""
    members = (studio.alice.id, studio.bob.id)
    challenge = await voting(studio, calendar, members, **fields)
    await prefer(studio, challenge, members)
    await end(studio, calendar, challenge)


async def test_the_winner_gets_the_role(studio: Studio, calendar: Calendar) -> None:
    role = studio.guild.create_role("Champions")

    await won_by_alice(studio, calendar, winner_role_id=role.id)

    assert role.id in role_ids(studio, studio.alice)
    assert role.id not in role_ids(studio, studio.bob)
    assert f"\nThe winner gets {role.mention}\n" in texts(results(studio))
    assert inbox(studio.mia) == []


async def test_all_who_share_the_first_place_get_the_role(studio: Studio, calendar: Calendar) -> None:
    role = studio.guild.create_role("Champions")
    members = (studio.alice.id, studio.bob.id)
    challenge = await voting(studio, calendar, members, winner_role_id=role.id)
    await prefer(studio, challenge, members, voters=1)
    await end(studio, calendar, challenge)

    assert role.id in role_ids(studio, studio.alice) & role_ids(studio, studio.bob)


async def test_nobody_gets_the_role_if_nobody_voted(studio: Studio, calendar: Calendar) -> None:
    role = studio.guild.create_role("Champions")
    challenge = await voting(studio, calendar, (studio.alice.id, studio.bob.id), winner_role_id=role.id)
    await end(studio, calendar, challenge)

    assert role.id not in role_ids(studio, studio.alice) | role_ids(studio, studio.bob)
    assert role.mention not in texts(results(studio))


async def test_a_winner_who_has_left_keeps_nobody_from_the_role(studio: Studio, calendar: Calendar) -> None:
    role = studio.guild.create_role("Champions")
    members = (studio.alice.id, studio.bob.id)
    challenge = await voting(studio, calendar, members, winner_role_id=role.id)
    await prefer(studio, challenge, members, voters=1)
    studio.guild.remove_member(studio.alice)
    await end(studio, calendar, challenge)

    assert role.id in role_ids(studio, studio.bob)


def put_role_above_bot(studio: Studio, role_id: int) -> None:
    studio.env.backend.edit_role(studio.guild.id, role_id, {"position": 99})


def take_manage_roles(studio: Studio, _role_id: int) -> None:
    guild = studio.env.backend.get_guild(studio.guild.id)
    for role in list(guild.roles.values()):
        if role.managed:
            without = discord.Permissions(role.permissions)
            without.update(manage_roles=False)
            studio.env.backend.edit_role(studio.guild.id, role.id, {"permissions": without.value})


def delete_role(studio: Studio, role_id: int) -> None:
    studio.env.backend.delete_role(studio.guild.id, role_id)


def let_integration_manage(studio: Studio, role_id: int) -> None:
    studio.env.backend.edit_role(studio.guild.id, role_id, {"managed": True})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (put_role_above_bot, "Atelier can only give roles below its own"),
        (take_manage_roles, "Atelier needs the permission Manage Roles"),
        (delete_role, "The role no longer exists"),
        (let_integration_manage, "it belongs to an integration"),
    ],
)
async def test_the_organizer_reads_once_why_the_role_could_not_be_given(
    studio: Studio, calendar: Calendar, change: Callable[[Studio, int], None], sentence: str
) -> None:
    role = studio.guild.create_role("Champions")
    change(studio, role.id)
    members = (studio.alice.id, studio.bob.id)
    challenge = await voting(studio, calendar, members, winner_role_id=role.id)
    await prefer(studio, challenge, members, voters=1)  # both win
    await end(studio, calendar, challenge)
    await calendar.pass_time(studio, DAY)

    [told] = inbox(studio.mia)
    assert told.startswith("The winners of **Harbors at night** didn't get their role.")
    assert sentence in told
    assert any(map(is_results, studio.channel.history()))


async def test_every_entrant_is_told_their_place_in_their_language(studio: Studio, calendar: Calendar) -> None:
    members = (studio.alice.id, studio.bob.id)
    challenge = await voting(studio, calendar, members)
    bobs = await entry_of(studio, challenge, studio.bob.id)
    await speak(studio, bobs.job_id, "de")
    await prefer(studio, challenge, members)
    await end(studio, calendar, challenge)

    [told] = inbox(studio.alice)
    assert f"is over: <#{studio.channel.id}>" in told
    assert "place 1 of 2\n-# wins 76% of duels" in told
    [told] = inbox(studio.bob)
    assert f"Dein Beitrag {bobs.number}: Platz 2 von 2" in told


async def speak(studio: Studio, job_id: str, locale: str) -> None:
    """Let the owner of a painting have asked for it in that language."""
    async with studio.app.sessions.begin() as session:
        await session.execute(update(JobRow).where(JobRow.job_id == job_id).values(locale=locale))


async def test_nobody_is_told_if_the_challenge_does_not_want_it(studio: Studio, calendar: Calendar) -> None:
    await won_by_alice(studio, calendar, tells_places=False)

    assert inbox(studio.alice) + inbox(studio.bob) == []


async def test_places_are_told_some_at_a_time_and_once_whatever_happens(studio: Studio, calendar: Calendar) -> None:
    members = [studio.member(f"member-{number}") for number in range(NOTICES_AT_ONCE + 2)]
    challenge = await voting(studio, calendar, [member.id for member in members])
    calendar.now = challenge.ends_at
    await calendar.settle(studio)
    assert sum(len(inbox(member)) for member in members) == NOTICES_AT_ONCE

    await studio.restart()
    await calendar.pass_time(studio, NOTICES_INTERVAL)
    await calendar.pass_time(studio, NOTICES_INTERVAL)
    await studio.app.client.studio.life.cards.refresh(challenge.challenge_id)
    await calendar.pass_time(studio, DAY)

    assert [len(inbox(member)) for member in members] == [1] * len(members)


async def test_closed_direct_messages_keep_nobody_else_from_being_told(studio: Studio, calendar: Calendar) -> None:
    members = (studio.alice.id, studio.bob.id)
    challenge = await voting(studio, calendar, members)
    closed = studio.alice.user.dm_channel.id
    studio.env.inject_error("POST", f"/channels/{closed}/messages", status=403, code=50007, times=None)
    await end(studio, calendar, challenge)

    assert [len(inbox(studio.alice)), len(inbox(studio.bob))] == [0, 1]


async def test_a_message_that_discord_always_refuses_keeps_nobody_else_from_being_told(
    studio: Studio, calendar: Calendar, logs: LogCapture
) -> None:
    members = [studio.member(f"member-{number}") for number in range(NOTICES_AT_ONCE + 1)]
    challenge = await voting(studio, calendar, [member.id for member in members])
    *refused, last = sorted(members, key=lambda member: member.id)
    for member in refused:
        path = f"/channels/{member.user.dm_channel.id}/messages"
        studio.env.inject_error("POST", path, status=400, code=0, times=None)
    await end(studio, calendar, challenge)
    for _ in range(MAX_ATTEMPTS):
        await calendar.pass_time(studio, timedelta(hours=1))
    logs.entries.clear()

    assert [len(inbox(member)) for member in (*refused, last)] == [0] * NOTICES_AT_ONCE + [1]


async def test_a_member_is_told_later_if_the_bot_shuts_down_meanwhile(
    studio: Studio, calendar: Calendar, logs: LogCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def canceled(*_: Any, **__: Any) -> bool:
        raise asyncio.CancelledError

    members = (studio.alice.id, studio.bob.id)
    challenge = await voting(studio, calendar, members)
    with monkeypatch.context() as patched:
        patched.setattr(DirectMessages, "send", canceled)
        await end(studio, calendar, challenge)
    logs.entries.clear()
    await calendar.pass_time(studio, timedelta(hours=1))

    assert [len(inbox(studio.alice)), len(inbox(studio.bob))] == [1, 1]


async def test_a_member_is_told_later_if_discord_fails(studio: Studio, calendar: Calendar, logs: LogCapture) -> None:
    members = (studio.alice.id, studio.bob.id)
    challenge = await voting(studio, calendar, members)
    studio.env.inject_error("POST", "/users/@me/channels", status=400, code=0, times=1)
    await end(studio, calendar, challenge)
    await calendar.pass_time(studio, timedelta(minutes=1))
    logs.entries.clear()

    assert [len(inbox(studio.alice)), len(inbox(studio.bob))] == [1, 1]
