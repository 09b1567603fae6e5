"""Entries in the challenge's thread: by number and without names until the end, and how they were made after it."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from simcord.actors import MemberActor
from simcord.results import InteractionResult
from sqlalchemy import update

from bot.challenges.challenge import Challenge, Phase
from bot.challenges.entry import Entry
from bot.challenges.entry_pages import MAX_CHECKED, PAGE_SIZE
from bot.storage.models import JobInputRow
from tests.bot.challenges.entering import entered, entry_messages, fields, fixed, opened
from tests.bot.challenges.making import DAY, MINUTE, Calendar, enter
from tests.bot.conftest import (
    CONTENT,
    STYLE,
    OpenStudio,
    Studio,
    alt_texts,
    ephemeral_text,
    files,
    labels,
    picture,
    texts,
    thumbnails,
    unspoilered,
    walk,
)
from tests.bot.test_edit import filled_in
from tests.bot.test_privacy import forget, pictures

CHECK_MINUTES = 15


async def voting(studio: Studio, calendar: Calendar, *member_ids: int, **fields: Any) -> tuple[Challenge, list[Entry]]:
    """A challenge in which these members have entered, once voting has opened; its entries by number."""
    challenge = await opened(studio, calendar, **fields)
    for number, member_id in enumerate(member_ids):
        await enter(studio, challenge, member_id, painting=picture(size=(48, 32 + number)))
    await calendar.pass_time(studio, DAY)
    return challenge, await studio.app.client.studio.entries.of_challenge(challenge.challenge_id)


async def how(member: MemberActor, message: Any, number: int = 1) -> InteractionResult:
    """Press "How it was made" next to an entry."""
    ids = [str(item.get("custom_id")) for item in walk(message.components)]
    [made] = [custom_id for custom_id in ids if ":made:" in custom_id and custom_id.endswith(f":{number}")]
    return await member.click(message, custom_id=made)


def posts(studio: Studio) -> int:
    """How many messages were posted or edited in the thread."""
    [thread] = studio.channel.threads
    path = f"/channels/{thread.id}/messages"
    return sum(path in request.path and request.method in {"POST", "PATCH"} for request in studio.env.http_requests)


async def test_voting_opens_with_all_entries_by_number_and_no_names(studio: Studio, calendar: Calendar) -> None:
    await opened(studio, calendar, await fixed(studio, "style", STYLE))
    for member in (studio.alice, studio.bob):
        await entered(studio, by=member)
    assert entry_messages(studio) == []

    await calendar.pass_time(studio, DAY)

    [message] = entry_messages(studio)
    assert texts(message).splitlines() == ["**Entry 1**", "**Entry 2**"]
    assert files(message) == ["entry-1.png", "entry-2.png"]
    assert alt_texts(message) == ["Entry 1", "Entry 2"]
    assert labels(message) == []
    said = str(walk(message.components))
    for secret in (studio.alice.id, studio.bob.id, CONTENT[0], STYLE[0]):
        assert str(secret) not in said


@pytest.mark.parametrize(("entries", "pages"), [(2, 1), (4, 1), (25, 7), (26, 7), (100, 25)])
async def test_four_entries_share_a_message(studio: Studio, calendar: Calendar, entries: int, pages: int) -> None:
    await voting(studio, calendar, *range(1, entries + 1))

    messages = entry_messages(studio)

    assert len(messages) == pages
    shown = [name for message in messages for name in files(message)]
    assert shown == [f"entry-{number}.png" for number in range(1, entries + 1)]
    assert {len(files(message)) for message in messages[:-1]} <= {PAGE_SIZE}


async def test_unchanged_messages_cost_no_request(studio: Studio, calendar: Calendar) -> None:
    challenge, _ = await voting(studio, calendar, *range(1, 10))
    before = posts(studio)
    assert before == 3

    for _ in range(3):
        await studio.app.client.studio.life.cards.refresh(challenge.challenge_id)
        await calendar.settle(studio)

    assert posts(studio) == before


async def test_a_deleted_message_is_posted_again(studio: Studio, calendar: Calendar) -> None:
    await voting(studio, calendar, *range(1, 6))
    first, second = entry_messages(studio)
    await first.delete()

    await calendar.pass_time(studio, CHECK_MINUTES * MINUTE)

    assert [files(message) for message in entry_messages(studio)] == [files(second), files(first)]
    assert MAX_CHECKED >= 2


async def test_an_entry_that_is_gone_disappears_and_the_others_stay_where_they_are(
    studio: Studio, calendar: Calendar
) -> None:
    members = [studio.alice.id, *range(1, 6)]
    _, entries = await voting(studio, calendar, *members)
    [gone] = [entry.number for entry in entries if entry.member_id == studio.alice.id]
    before = [files(message) for message in entry_messages(studio)]

    asked = await studio.alice.slash(studio.channel, "forget-me")
    assert asked.response is not None
    await studio.alice.click(asked.response, label="Forget me")
    await calendar.settle(studio)

    left = [[name for name in page if name != f"entry-{gone}.png"] for page in before]
    assert [files(message) for message in entry_messages(studio)] == left


async def test_a_message_of_which_no_entry_is_left_is_deleted(studio: Studio, calendar: Calendar) -> None:
    challenge, entries = await voting(studio, calendar, *range(1, 6))
    assert len(entry_messages(studio)) == 2

    await studio.app.client.studio.janitor.forget_member(entries[-1].member_id, in_progress=())
    await calendar.settle(studio)

    assert [files(message) for message in entry_messages(studio)] == [[f"entry-{n}.png" for n in range(1, 5)]]
    assert challenge.is_running


async def test_a_spoiler_stays_one(studio: Studio, calendar: Calendar) -> None:
    challenge = await opened(studio, calendar)
    entries = [await enter(studio, challenge, member_id) for member_id in (1, 2)]
    async with studio.app.sessions.begin() as session:
        hidden = update(JobInputRow).where(JobInputRow.job_id == entries[0].job_id).values(is_spoiler=True)
        await session.execute(hidden)
    await calendar.pass_time(studio, DAY)

    [message] = entry_messages(studio)

    [number] = [
        entry.number
        for entry in await studio.app.client.studio.entries.of_challenge(challenge.challenge_id)
        if entry.entry_id == entries[0].entry_id
    ]
    assert f"SPOILER_entry-{number}.png" in files(message)
    assert len(unspoilered(message)) == 1


async def test_names_places_and_how_it_was_made_appear_at_the_end(studio: Studio, calendar: Calendar) -> None:
    _, entries = await voting(studio, calendar, studio.alice.id, studio.bob.id)
    before = entry_messages(studio)

    await calendar.pass_time(studio, DAY)

    [message] = entry_messages(studio)
    assert [message.id] == [shown.id for shown in before]
    assert texts(message).splitlines() == [
        f"**Entry {number}** · place 1 · <@{entry.member_id}>"  # nobody voted
        for number, entry in enumerate(entries, start=1)
    ]
    assert labels(message) == ["How it was made"] * 2


async def test_everybody_sees_how_an_entry_was_made_and_paints_theirs_like_it(
    studio: Studio, calendar: Calendar
) -> None:
    await opened(studio, calendar)
    await entered(studio, style=STYLE, recipe=["draft"])
    await calendar.pass_time(studio, DAY)
    [message] = entry_messages(studio)
    assert f"<@{studio.alice.id}>" in texts(message)

    answer = await how(studio.bob, message)

    assert answer.ephemeral
    text = texts(answer.response)
    assert text.startswith(f"### How entry 1 was made\n<@{studio.alice.id}>")
    for part in ("Draft", "512 px", "strength 1", "seed 0"):
        assert part in text
    assert len(thumbnails(answer.response)) == 2
    assert labels(answer.response) == ["Paint mine with this recipe"]

    assert answer.response is not None
    form = await studio.bob.click(answer.response, label="Paint mine with this recipe")
    assert list(fields(form)) == ["content", "strength", "recipe", "look", "style"]
    filled = filled_in(form)
    assert (filled["strength"], filled["recipe"], filled["style"]) == (["1.0"], ["draft:512"], ["same"])
    own = ("mine.png", picture("crimson"))
    painted = await studio.bob.submit_modal(form, {**filled, "content": own})
    await studio.wait_until(lambda: "Again" in labels(painted.response))

    assert files(painted.response) == ["painting.png", "progress.gif"]
    assert not painted.ephemeral
    job = studio.engine.jobs[-1]
    assert (job.content, [style.picture for style in job.styles]) == (own[1], [STYLE[1]])
    assert job.recipe == studio.engine.jobs[0].recipe

    asked = await studio.press(painted, "Save as style", by=studio.bob)
    assert asked.modal is not None
    assert "which" not in fields(asked)  # the style picture is Alice's
    style_name = hashlib.sha256(STYLE[1]).hexdigest()
    assert any(style_name in name for name in pictures(studio))
    await forget(studio, studio.alice)
    assert not any(style_name in name for name in pictures(studio))


async def test_nobody_sees_how_an_entry_was_made_before_the_end(studio: Studio, calendar: Calendar) -> None:
    challenge, _ = await voting(studio, calendar, 1, 2)
    await calendar.pass_time(studio, DAY)
    [message] = entry_messages(studio)
    answer = await how(studio.bob, message)
    assert answer.response is not None
    await studio.app.client.studio.challenges.change(challenge.challenge_id, (Phase.ENDED,), phase=Phase.VOTING)

    for press in (
        await how(studio.bob, message),
        await studio.bob.click(answer.response, label="Paint mine with this recipe"),
    ):
        assert ephemeral_text(press) == "That entry isn't in the challenge anymore."


async def test_the_buttons_of_entries_work_after_a_restart(studio: Studio, calendar: Calendar) -> None:
    await voting(studio, calendar, 1, 2)
    await calendar.pass_time(studio, DAY)
    before = posts(studio)
    await studio.restart()
    await calendar.settle(studio)

    [message] = entry_messages(studio)
    answer = await how(studio.bob, message)

    assert "How entry 1 was made" in texts(answer.response)
    assert posts(studio) == before


async def test_entries_stay_longer_than_other_paintings(open_studio: OpenStudio, calendar: Calendar) -> None:
    studio = await calendar.open(open_studio, retention={"input_hours": 1, "result_hours": 2})
    await opened(studio, calendar)
    await entered(studio, style=STYLE)
    await entered(studio, by=studio.bob, style=STYLE)
    studio.gate.open()
    other = await studio.stylize(content=("other.png", picture("gold")))
    await studio.wait_until(lambda: "Again" in labels(other.response))
    for _ in range(2):
        await calendar.pass_time(studio, DAY)
    await calendar.pass_time(studio, 30 * DAY)
    await studio.app.client.studio.janitor.sweep()

    [message] = entry_messages(studio)
    answer = await how(studio.mia, message)

    assert len(thumbnails(answer.response)) == 2
    gone = await studio.press(other, "Again")
    assert ephemeral_text(gone).startswith("Atelier no longer has the pictures of this painting.")
