"""`/challenge list`, `show`, `extend`, `end-now` and `cancel`: what members see, and what organizers can do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import discord
import pytest
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from bot.challenges.challenge import Challenge, Moved, Phase
from tests.bot.challenges.making import DAY, HOUR, MINUTE, Calendar, add_challenge, announce, card, challenge_now, enter
from tests.bot.conftest import Studio, ephemeral_text, labels, texts, walk


async def open_challenge(studio: Studio, calendar: Calendar, **fields: Any) -> Challenge:
    return await announce(studio, calendar, opens_at=calendar.now, **fields)


def shown(answer: InteractionResult) -> Any:
    """Return the card that only the member sees."""
    message = answer.followups[0] if answer.followups else answer.response
    assert message is not None
    assert message.ephemeral
    return message


def stamp(moment: datetime) -> str:
    return discord.utils.format_dt(moment, "F")


def public_cards(studio: Studio) -> list[Any]:
    return [each for each in studio.channel.history() if each.components and not each.flags.ephemeral]


def options(message: Any) -> list[str]:
    """Return the labels in a card's menu."""
    return [option["label"] for item in walk(message.components) for option in item.get("options") or []]


async def add_past(studio: Studio, calendar: Calendar, count: int) -> None:
    """Save challenges that are over, one a minute."""
    for number in range(count):
        created_at = calendar.now + number * MINUTE
        await add_challenge(studio, title=f"Round {number}", phase=Phase.ENDED, created_at=created_at)


async def titles(studio: Studio, command: str, typed: str, *, by: MemberActor | None = None) -> list[str]:
    """Return what the option `challenge` suggests."""
    found = await (by or studio.alice).autocomplete(studio.channel, command, "challenge", typed)
    return [choice["name"] for choice in found]


def with_role(studio: Studio, name: str, **permissions: bool) -> MemberActor:
    role = studio.guild.create_role(f"{name}s", permissions=discord.Permissions(**permissions))
    return studio.guild.add_member(studio.env.create_user(name), roles=[role])


# Show and list.


async def test_show_is_the_running_challenge_for_the_one_who_asks(studio: Studio, calendar: Calendar) -> None:
    await open_challenge(studio, calendar)

    answer = await studio.alice.slash(studio.channel, "challenge show")

    assert "# Harbors at night" in texts(shown(answer))
    assert labels(shown(answer)) == ["Enter", "My entries"]


async def test_show_without_a_running_challenge_says_so(studio: Studio, calendar: Calendar) -> None:
    await add_challenge(studio, now=calendar.now)  # a draft that nobody else sees

    answer = await studio.alice.slash(studio.channel, "challenge show")

    assert ephemeral_text(answer) == (
        "No challenge is running on this server right now. **/challenge list** shows past ones."
    )


async def test_show_asks_which_of_several_running_challenges(studio: Studio, calendar: Calendar) -> None:
    await open_challenge(studio, calendar, title="Dusk")
    calendar.now += MINUTE
    dawn = await open_challenge(studio, calendar, title="Dawn")

    answer = await studio.alice.slash(studio.channel, "challenge show")
    assert options(shown(answer)) == ["Dawn · entries open", "Dusk · entries open"]
    chosen = await studio.alice.select(shown(answer), [dawn.challenge_id])

    assert "# Dawn" in texts(shown(chosen))


async def test_a_challenge_is_named_by_its_title_in_any_case_or_by_a_part_of_it(
    studio: Studio, calendar: Calendar
) -> None:
    await open_challenge(studio, calendar, title="Harbors at night")
    await open_challenge(studio, calendar, title="Forests")

    for written in ("harbors AT night", "harb"):
        answer = await studio.alice.slash(studio.channel, "challenge show", challenge=written)
        assert "# Harbors at night" in texts(shown(answer))
    wrong = await studio.alice.slash(studio.channel, "challenge show", challenge="*Deserts*")
    assert ephemeral_text(wrong).startswith(r"This server has no challenge called “\*Deserts\*”.")
    long = await studio.alice.slash(studio.channel, "challenge show", challenge="*" * 6000)
    assert ephemeral_text(long).endswith("**/challenge list** shows them all.")


async def test_suggestions_are_announced_challenges_of_this_server_newest_first(
    studio: Studio, calendar: Calendar
) -> None:
    await add_past(studio, calendar, 30)
    await add_challenge(studio, title="Round of drafts")
    await add_challenge(studio, title="Round elsewhere", phase=Phase.OPEN, guild_id=1)
    running = await open_challenge(studio, calendar, title="Round now")

    assert await titles(studio, "challenge show", "") == [f"Round {number} · over" for number in range(29, 4, -1)]
    assert await titles(studio, "challenge show", "ROUND 2") == [
        *(f"Round {number} · over" for number in range(29, 19, -1)),
        "Round 2 · over",
    ]
    assert await titles(studio, "challenge extend", "round", by=studio.mia) == ["Round now · entries open"]
    assert (await challenge_now(studio, running)).is_running


async def test_suggestions_tell_challenges_of_the_same_title_apart_by_their_theme(
    studio: Studio, calendar: Calendar
) -> None:
    for number, theme in enumerate(("Rain.", "Snow\nand ice.", "Fog. " * 30)):
        at = calendar.now - (9 - number) * MINUTE
        await add_challenge(studio, title="Weekly", theme=theme, phase=Phase.ENDED, created_at=at)
    await open_challenge(studio, calendar, title="Weekly", theme="Sun.")

    found = await titles(studio, "challenge show", "weekly")

    assert found[0] == "Weekly · entries open"
    assert found[1].startswith("Weekly · over · Fog. Fog. ")
    assert len(found[1]) == 100
    assert found[2:] == ["Weekly · over · Snow and ice.", "Weekly · over · Rain."]
    assert await titles(studio, "challenge enter", "") == ["Weekly"]


async def test_a_very_long_title_fits_into_suggestions_and_menus(studio: Studio, calendar: Calendar) -> None:
    await open_challenge(studio, calendar, title="T" * 80)
    await open_challenge(studio, calendar, title="U" * 80)

    assert {len(title) <= 100 for title in await titles(studio, "challenge show", "")} == {True}
    answer = await studio.alice.slash(studio.channel, "challenge show")
    assert len(options(shown(answer))) == 2


async def test_the_list_has_pages_that_lead_back_and_forth(studio: Studio, calendar: Calendar) -> None:
    empty = await studio.alice.slash(studio.channel, "challenge list")
    assert "No challenges yet." in texts(shown(empty))
    await add_past(studio, calendar, 20)

    page = shown(await studio.alice.slash(studio.channel, "challenge list"))
    seen = [options(page)]
    while "Older" in labels(page):
        page = (await studio.alice.click(page, label="Older")).response
        seen.append(options(page))
    assert seen == [
        [f"Round {number} · over" for number in numbers]
        for numbers in (range(19, 11, -1), range(11, 3, -1), range(3, -1, -1))
    ]

    await studio.restart()
    back = await studio.alice.click(page, label="Newer")
    assert options(back.response) == seen[1]


async def test_a_listed_challenge_opens_below_the_list(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)
    answer = await studio.alice.slash(studio.channel, "challenge list")

    chosen = await studio.alice.select(shown(answer), [challenge.challenge_id])

    assert "# Harbors at night" in texts(shown(chosen))


async def test_only_organizers_are_offered_to_move_a_challenge_and_only_elsewhere(
    studio: Studio, calendar: Calendar
) -> None:
    challenge = await open_challenge(studio, calendar)
    other = studio.guild.create_text_channel("other")

    for member, channel in ((studio.alice, other), (studio.mia, studio.channel)):
        assert "Move here" not in labels(shown(await member.slash(channel, "challenge show")))
    answer = await studio.mia.slash(other, "challenge show")
    await studio.mia.click(shown(answer), label="Move here")
    await calendar.settle(studio)

    assert public_cards(studio) == []
    [moved] = [each for each in other.history() if each.components and not each.flags.ephemeral]
    assert "Entries are open" in texts(moved)
    assert (await challenge_now(studio, challenge)).channel_id == other.id


async def test_a_challenge_cannot_move_where_the_bot_may_not_post(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)
    assert studio.env.bot.user is not None
    denied = discord.PermissionOverwrite(create_public_threads=False)
    other = studio.guild.create_text_channel("other", overwrites={studio.env.bot.user: denied})
    voice = studio.guild.create_voice_channel("voice")

    answer = await studio.mia.slash(other, "challenge show")
    refused = await studio.mia.click(shown(answer), label="Move here")
    assert "Create Public Threads" in ephemeral_text(refused)
    answer = await studio.mia.slash(voice, "challenge show")
    refused = await studio.mia.click(shown(answer), label="Move here")
    assert ephemeral_text(refused).startswith("A challenge needs a text channel")
    assert (await challenge_now(studio, challenge)).channel_id == studio.channel.id


async def test_a_challenge_cannot_move_where_its_organizer_may_not_write(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)
    everyone = studio.env.bot.get_guild(studio.guild.id)
    assert everyone is not None
    denied = discord.PermissionOverwrite(send_messages=False)
    news = studio.guild.create_text_channel("news", overwrites={everyone.default_role: denied})

    answer = await studio.mia.slash(news, "challenge show")
    refused = await studio.mia.click(shown(answer), label="Move here")

    assert ephemeral_text(refused).startswith(f"You can't post in <#{news.id}>")
    assert (await challenge_now(studio, challenge)).channel_id == studio.channel.id


# Extend.


async def test_extending_shows_old_and_new_times_and_asks_first(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)
    until = challenge.closes_at + 2 * DAY

    answer = await studio.mia.slash(
        studio.channel, "challenge extend", challenge=challenge.challenge_id, until=f"<t:{int(until.timestamp())}>"
    )
    asked = texts(shown(answer))
    assert f"Entries close: ~~{stamp(challenge.closes_at)}~~ → {stamp(until)}" in asked
    assert f"Voting ends: ~~{stamp(challenge.ends_at)}~~ → {stamp(challenge.ends_at + 2 * DAY)}" in asked
    assert (await challenge_now(studio, challenge)).closes_at == challenge.closes_at

    await studio.restart()
    done = await studio.mia.click(shown(answer), label="Extend")
    await calendar.settle(studio)
    now = await challenge_now(studio, challenge)
    assert (now.closes_at, now.ends_at, now.moved) == (until, challenge.ends_at + 2 * DAY, Moved.EXTENDED)
    assert stamp(until) in texts(done.response)
    assert stamp(until) in texts(public_cards(studio)[0])
    assert "The organizers have moved its times." in texts(public_cards(studio)[0])

    await calendar.pass_time(studio, DAY + HOUR)
    assert (await challenge_now(studio, challenge)).phase is Phase.OPEN


async def test_voting_and_the_opening_can_be_moved_too(studio: Studio, calendar: Calendar) -> None:
    challenge = await announce(studio, calendar)
    await extend(studio, challenge, challenge.opens_at + HOUR)
    moved = await challenge_now(studio, challenge)
    assert [moved.opens_at, moved.closes_at, moved.ends_at] == [
        time + HOUR for time in (challenge.opens_at, challenge.closes_at, challenge.ends_at)
    ]

    await calendar.pass_time(studio, 2 * HOUR)
    for member in (studio.alice, studio.bob):
        await enter(studio, challenge, member.id)
    await calendar.pass_time(studio, DAY)
    await extend(studio, moved, moved.ends_at + DAY)

    now = await challenge_now(studio, challenge)
    assert (now.phase, now.closes_at, now.ends_at) == (Phase.VOTING, moved.closes_at, moved.ends_at + DAY)


async def extend(studio: Studio, challenge: Challenge, until: datetime) -> InteractionResult:
    """Extend a challenge, and confirm it."""
    answer = await studio.mia.slash(
        studio.channel, "challenge extend", challenge=challenge.challenge_id, until=f"<t:{int(until.timestamp())}>"
    )
    return await studio.mia.click(shown(answer), label="Extend")


async def test_a_time_is_read_in_the_members_own_zone(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)
    await studio.app.client.studio.preferences.change(studio.mia.id, time_zone="Asia/Tokyo")
    day = challenge.closes_at + 2 * DAY

    answer = await studio.mia.slash(
        studio.channel, "challenge extend", challenge="harbors", until=f"{day:%Y-%m-%d} 18:00"
    )

    assert stamp(day.replace(hour=9, minute=0, second=0)) in texts(shown(answer))


@pytest.mark.parametrize(
    ("until", "said"),
    [("in 2 hours", "It already goes on until"), ("soon", "soon"), ("in 3 years", "s too far ahead")],
)
async def test_a_time_that_extends_nothing_is_refused(
    studio: Studio, calendar: Calendar, until: str, said: str
) -> None:
    challenge = await open_challenge(studio, calendar)

    answer = await studio.mia.slash(studio.channel, "challenge extend", challenge="harbors", until=until)

    assert said in ephemeral_text(answer)
    assert (await challenge_now(studio, challenge)).closes_at == challenge.closes_at


async def test_a_confirmation_applies_only_to_what_was_shown(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)
    until = f"<t:{int((challenge.closes_at + 5 * DAY).timestamp())}>"
    asked = [
        await studio.mia.slash(studio.channel, "challenge extend", challenge="harbors", until=until) for _ in range(2)
    ]
    end = await studio.mia.slash(studio.channel, "challenge end-now", challenge="harbors")
    for member in (studio.alice, studio.bob):
        await enter(studio, challenge, member.id)

    await studio.mia.click(shown(asked[0]), label="Extend")
    again = await studio.mia.click(shown(asked[1]), label="Extend")
    assert ephemeral_text(again).startswith("This challenge has changed in the meantime.")
    await calendar.pass_time(studio, 6 * DAY)
    late = await studio.mia.click(shown(end), label="End now")
    assert ephemeral_text(late).startswith("This challenge has changed in the meantime.")
    assert (await challenge_now(studio, challenge)).phase is Phase.VOTING


# End now and cancel.


async def test_ending_now_closes_entries_and_then_voting(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)
    for member in (studio.alice, studio.bob):
        await enter(studio, challenge, member.id)

    for label, phase, said in (
        ("Close the entries", Phase.VOTING, "are closed"),
        ("End the voting", Phase.ENDED, "is over"),
    ):
        answer = await studio.mia.slash(studio.channel, "challenge end-now", challenge="harbors")
        assert label in texts(shown(answer))
        await studio.restart()
        done = await studio.mia.click(shown(answer), label="End now")
        await calendar.settle(studio)
        assert said in texts(done.response)
        assert (await challenge_now(studio, challenge)).phase is phase
    assert labels(public_cards(studio)[0]) == ["See results"]


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        (0, "Nobody has entered, so the challenge ends without a vote."),
        (1, "There's only one entry, so it wins right away, without a vote."),
    ],
)
async def test_without_a_choice_ending_now_says_that_nobody_will_vote(
    studio: Studio, calendar: Calendar, entries: int, sentence: str
) -> None:
    challenge = await open_challenge(studio, calendar)
    for member in (studio.alice, studio.bob)[:entries]:
        await enter(studio, challenge, member.id)

    answer = await studio.mia.slash(studio.channel, "challenge end-now", challenge="harbors")

    assert sentence in texts(shown(answer))
    assert "Voting opens" not in texts(shown(answer))
    await studio.mia.click(shown(answer), label="End now")
    await calendar.settle(studio)
    assert (await challenge_now(studio, challenge)).phase is Phase.ENDED


async def test_backing_out_changes_nothing(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)
    answer = await studio.mia.slash(studio.channel, "challenge end-now", challenge="harbors")

    kept = await studio.mia.click(shown(answer), label="Cancel")

    assert "Nothing has changed." in texts(kept.response)
    assert (await challenge_now(studio, challenge)).phase is Phase.OPEN


async def test_canceling_asks_for_a_reason_that_everybody_reads(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)

    form = await studio.mia.slash(studio.channel, "challenge cancel", challenge="harbors", reason="Too *quiet*")
    assert form.modal is not None
    assert form.modal["title"] == "Cancel: Harbors at night"
    assert (await challenge_now(studio, challenge)).phase is Phase.OPEN
    done = await studio.mia.submit_modal(form, {"reason": "Too *quiet* @everyone"})
    await calendar.settle(studio)

    assert "**Harbors at night** is canceled." in texts(done.response)
    [public] = public_cards(studio)
    assert "**Canceled**" in texts(public)
    assert "Reason: Too \\*quiet\\* @\u200beveryone" in texts(public)
    assert labels(public) == []
    await calendar.pass_time(studio, 5 * DAY)
    assert (await challenge_now(studio, challenge)).phase is Phase.CANCELED


async def test_a_challenge_is_canceled_without_a_reason_too(studio: Studio, calendar: Calendar) -> None:
    await announce(studio, calendar)

    form = await studio.mia.slash(studio.channel, "challenge cancel", challenge="harbors")
    await studio.mia.submit_modal(form, {})
    await calendar.settle(studio)

    assert "**Canceled**" in texts(card(studio))
    assert "Reason" not in texts(card(studio))


WRONG = [
    (Phase.SCHEDULED, "challenge end-now", "opens"),
    (Phase.DECIDING, "challenge end-now", "Its organizers only have to decide the tie"),
    (Phase.DECIDING, "challenge extend", "Its organizers only have to decide the tie"),
    (Phase.ENDED, "challenge end-now", "is already over"),
    (Phase.ENDED, "challenge extend", "is already over"),
    (Phase.ENDED, "challenge cancel", "is already over"),
    (Phase.CANCELED, "challenge cancel", "is already over"),
]


@pytest.mark.parametrize(("phase", "command", "said"), WRONG)
async def test_a_phase_that_does_not_allow_it_gets_a_sentence(
    studio: Studio, calendar: Calendar, phase: Phase, command: str, said: str
) -> None:
    challenge = await add_challenge(studio, now=calendar.now, phase=phase)
    times = {"until": "in 9 days"} if command == "challenge extend" else {}

    answer = await studio.mia.slash(studio.channel, command, challenge="harbors", **times)

    assert said in ephemeral_text(answer)
    assert await challenge_now(studio, challenge) == challenge


# Rights.


@pytest.mark.parametrize("command", ["challenge extend", "challenge end-now", "challenge cancel"])
async def test_only_organizers_change_a_challenge(studio: Studio, calendar: Calendar, command: str) -> None:
    await open_challenge(studio, calendar)
    times = {"until": "in 9 days"} if command == "challenge extend" else {}
    role = studio.guild.create_role("Hosts")
    host = studio.guild.add_member(studio.env.create_user("hana"), roles=[role])
    moderator = with_role(studio, "moe", manage_messages=True)

    for member in (studio.alice, host, moderator):
        refused = await member.slash(studio.channel, command, challenge="harbors", **times)
        assert ephemeral_text(refused).startswith("Only organizers can do that")
    await studio.app.client.studio.servers.change(studio.guild.id, organizer_role_ids=frozenset({role.id}))
    for member in (studio.mia, host, with_role(studio, "eve", manage_events=True)):
        allowed = await member.slash(studio.channel, command, challenge="harbors", **times)
        assert allowed.modal is not None or {"Extend", "End now"} & set(labels(shown(allowed)))


async def test_somebody_who_is_no_organizer_any_more_cannot_confirm(studio: Studio, calendar: Calendar) -> None:
    challenge = await open_challenge(studio, calendar)
    role = studio.guild.create_role("Hosts")
    host = studio.guild.add_member(studio.env.create_user("hana"), roles=[role])
    servers = studio.app.client.studio.servers
    await servers.change(studio.guild.id, organizer_role_ids=frozenset({role.id}))
    end = await host.slash(studio.channel, "challenge end-now", challenge="harbors")
    form = await host.slash(studio.channel, "challenge cancel", challenge="harbors")
    await servers.change(studio.guild.id, organizer_role_ids=frozenset())

    for refused in (await host.click(shown(end), label="End now"), await host.submit_modal(form, {})):
        assert ephemeral_text(refused).startswith("Only organizers can do that")
    assert (await challenge_now(studio, challenge)).phase is Phase.OPEN


async def test_a_challenge_of_another_server_is_unknown(studio: Studio, calendar: Calendar) -> None:
    other = await add_challenge(studio, now=calendar.now, guild_id=1, phase=Phase.OPEN, organizer_id=studio.mia.id)

    for command in ("challenge show", "challenge end-now"):
        answer = await studio.mia.slash(studio.channel, command, challenge=other.challenge_id)
        assert ephemeral_text(answer).startswith("This server has no challenge called")
    assert await challenge_now(studio, other) == other
