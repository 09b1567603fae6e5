"""Entering a challenge: in two presses, with a painting that only the member sees until they submit it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete
from structlog.testing import LogCapture

from bot.challenges.challenge import Challenge
from bot.challenges.entry import Entry, EntryState
from bot.painting.job import Job
from bot.storage.models import ChallengeRow
from stylizer.pool import FakeEngine
from tests.bot.challenges.entering import (
    BUTTONS,
    RESULT,
    announcement,
    begin,
    entered,
    fields,
    fixed,
    mine,
    opened,
    options,
    paint,
    painted,
)
from tests.bot.challenges.making import DAY, HOUR, MINUTE, Calendar, challenge_now
from tests.bot.conftest import (
    CONTENT,
    STYLE,
    OpenStudio,
    Studio,
    ephemeral_text,
    files,
    form_options,
    labels,
    picture,
    texts,
    thumbnails,
    unspoilered,
)
from tests.bot.test_history import opened as opened_in_history

FIFTEEN_MINUTES = 15 * 60
ALREADY = "This painting was already submitted."
CLOSED = "Entries are closed."


@pytest.fixture
async def challenge(studio: Studio, calendar: Calendar) -> Challenge:
    """An open challenge with a style for all."""
    return await opened(studio, calendar, await fixed(studio, "style", STYLE))


async def entries(studio: Studio, challenge: Challenge) -> list[Entry]:
    """All entries of a challenge."""
    return await studio.app.client.studio.entries.of_challenge(challenge.challenge_id, states=tuple(EntryState))


async def job_of(studio: Studio, entry: Entry) -> Job:
    """The job that an entry is."""
    job = await studio.app.client.studio.records.get(entry.job_id)
    assert job is not None
    return job


async def test_a_member_enters_with_one_form_and_one_press(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    form = await begin(studio)
    assert list(fields(form)) == ["content", "recipe"]

    answer = await studio.alice.submit_modal(form, {"content": CONTENT})
    await painted(studio, answer)

    assert answer.ephemeral
    assert files(answer.response) == RESULT
    assert labels(answer.response) == BUTTONS
    assert "Only you see this." in texts(answer.response)
    [job] = studio.engine.jobs
    assert (job.content, [style.picture for style in job.styles]) == (CONTENT[1], [STYLE[1]])
    assert await entries(studio, challenge) == []

    assert answer.response is not None
    await studio.alice.click(answer.response, label="Submit")

    assert "**Entered.**" in texts(answer.response)
    assert files(answer.response) == RESULT
    assert len(thumbnails(answer.response)) == 2
    assert labels(answer.response) == ["Withdraw", "My entries"]
    [entry] = await entries(studio, challenge)
    assert (entry.member_id, entry.state) == (studio.alice.id, EntryState.ACCEPTED)
    assert (await job_of(studio, entry)).challenge_id == challenge.challenge_id
    await calendar.pass_time(studio, MINUTE)
    assert "1 entry" in texts(announcement(studio))


async def test_the_form_asks_for_everything_that_is_not_the_same_for_all(studio: Studio, calendar: Calendar) -> None:
    challenge = await opened(studio, calendar)
    form = await begin(studio)
    assert list(fields(form)) == ["content", "style", "gallery", "recipe"]
    assert form.modal is not None
    assert form.modal["title"] == f"Enter: {challenge.title}"
    recipes = form_options(form.modal, "recipe")
    assert [option["value"] for option in recipes if option.get("default")] == ["painterly"]

    answer = await studio.alice.submit_modal(form, {"content": CONTENT, "style": STYLE, "recipe": ["draft"]})
    await painted(studio, answer)

    assert labels(answer.response) == BUTTONS
    [job] = studio.engine.jobs
    assert [style.picture for style in job.styles] == [STYLE[1]]
    assert answer.response is not None
    await studio.alice.click(answer.response, label="Submit")
    [entry] = await entries(studio, challenge)
    assert (await job_of(studio, entry)).options.recipe_name == "draft"


async def test_a_style_of_the_gallery_can_be_chosen_in_the_form(studio: Studio, calendar: Calendar) -> None:
    await opened(studio, calendar)
    await studio.alice.slash(studio.channel, "style add", picture=("tiles.png", picture("purple")), name="Tiles")
    form = await begin(studio)
    assert form.modal is not None
    [tiles] = [option["value"] for option in form_options(form.modal, "gallery") if option["label"] == "Tiles"]

    both = await studio.alice.submit_modal(form, {"content": CONTENT, "style": STYLE, "gallery": [tiles]})
    assert ephemeral_text(both).startswith("You uploaded a style picture, but also chose a style from the gallery.")
    await studio.alice.submit_modal(await begin(studio), {"content": CONTENT, "gallery": [tiles]})
    await studio.finish()

    [job] = studio.engine.jobs
    assert [style.picture for style in job.styles] == [picture("purple")]


async def test_without_a_style_the_member_chooses_one_from_the_sheet(studio: Studio, calendar: Calendar) -> None:
    challenge = await opened(studio, calendar)
    elsewhere = studio.guild.create_text_channel("elsewhere")
    await studio.app.client.studio.servers.change(studio.guild.id, channel_ids=frozenset({elsewhere.id}))
    answer = await studio.alice.submit_modal(await begin(studio), {"content": CONTENT})
    assert "Choose a style" in texts(answer.response)
    assert answer.ephemeral

    assert answer.response is not None
    await studio.alice.click(answer.response, label="1")
    await painted(studio, answer)
    assert labels(answer.response) == BUTTONS
    await studio.alice.click(answer.response, label="Submit")

    assert [entry.member_id for entry in await entries(studio, challenge)] == [studio.alice.id]


async def test_a_fixed_content_leaves_the_style_to_the_member(studio: Studio, calendar: Calendar) -> None:
    content = await fixed(studio, "content", ("harbor.png", picture("navy")), width_px=48, height_px=32)
    challenge = await opened(studio, calendar, content, recipe_name="sketch")
    form = await begin(studio)
    assert list(fields(form)) == ["style", "gallery"]

    answer = await studio.alice.submit_modal(form, {"style": STYLE})
    await painted(studio, answer)

    assert labels(answer.response) == BUTTONS
    [job] = studio.engine.jobs
    assert (job.content, [style.picture for style in job.styles]) == (picture("navy"), [STYLE[1]])
    assert answer.response is not None
    await studio.alice.click(answer.response, label="Submit")
    [entry] = await entries(studio, challenge)
    assert (await job_of(studio, entry)).options.recipe_name == "sketch"


async def test_if_everything_is_the_same_for_all_one_press_paints_each_member_another_seed(
    studio: Studio, calendar: Calendar
) -> None:
    pictures = [await fixed(studio, "content", CONTENT), await fixed(studio, "style", STYLE)]
    await opened(studio, calendar, *pictures, recipe_name="draft")

    answers = [await begin(studio, by=member) for member in (studio.alice, studio.bob)]
    await painted(studio, *answers)

    assert [labels(answer.response) for answer in answers] == [BUTTONS, BUTTONS]
    seeds = {job.seed for job in studio.engine.jobs}
    assert len(seeds) == 2
    assert 0 not in seeds


async def test_the_command_enters_with_a_picture_at_once(studio: Studio, challenge: Challenge) -> None:
    form = await studio.alice.slash(studio.channel, "challenge enter")
    assert list(fields(form)) == ["content", "recipe"]

    answer = await studio.alice.slash(studio.channel, "challenge enter", picture=CONTENT)
    await painted(studio, answer)

    assert answer.ephemeral
    assert labels(answer.response) == BUTTONS


async def test_the_command_names_a_challenge_if_several_are_open(studio: Studio, calendar: Calendar) -> None:
    pictures = [await fixed(studio, "content", CONTENT), await fixed(studio, "style", STYLE)]
    none = await studio.alice.slash(studio.channel, "challenge enter")
    assert (
        ephemeral_text(none)
        == "No challenge on this server takes entries right now. **/challenge list** shows what's going on."
    )
    await opened(studio, calendar, *pictures, title="*Dusk*")
    await opened(studio, calendar, title="Dawn")

    both = await studio.alice.slash(studio.channel, "challenge enter")
    assert "\\*Dusk\\*" in ephemeral_text(both)
    assert "Say which one with the option `challenge`." in ephemeral_text(both)
    suggested = await studio.alice.autocomplete(studio.channel, "challenge enter", "challenge", "du")
    assert [choice["name"] for choice in suggested] == ["*Dusk*"]
    unneeded = await studio.alice.slash(
        studio.channel, "challenge enter", challenge=suggested[0]["value"], picture=CONTENT
    )
    assert ephemeral_text(unneeded).startswith("The pictures of this challenge are the same for all.")
    unknown = await studio.alice.slash(studio.channel, "challenge enter", challenge="Noon")
    assert "Noon" in ephemeral_text(unknown)
    form = await studio.alice.slash(studio.channel, "challenge enter", challenge="dawn")
    assert "content" in fields(form)


async def test_the_command_says_of_a_closed_challenge_that_it_is_closed(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    await calendar.pass_time(studio, challenge.closes_at - calendar.now)

    refused = await studio.alice.slash(studio.channel, "challenge enter", challenge=challenge.title)

    assert ephemeral_text(refused).startswith("Entries are closed")


async def test_entering_again_paints_again_for_the_same_challenge(studio: Studio, challenge: Challenge) -> None:
    first = await paint(studio)
    assert first.response is not None

    again = await studio.alice.click(first.response, label="Try another seed")
    stronger = await studio.alice.click(first.response, label="Stronger style")
    await painted(studio, again, stronger)

    for answer in (again, stronger):
        assert answer.response is not None
        assert answer.response.ephemeral
        assert labels(answer.response) == BUTTONS
    one, other, strong = studio.engine.jobs
    assert (one.seed, strong.seed) == (0, 0)
    assert other.seed != 0
    assert strong.recipe != one.recipe
    assert again.response is not None
    await studio.alice.click(again.response, label="Submit")
    [entry] = await entries(studio, challenge)
    assert (await job_of(studio, entry)).options.seed == other.seed


async def test_discarding_deletes_the_painting(studio: Studio, challenge: Challenge) -> None:
    answer = await paint(studio)
    assert answer.response is not None

    question = await studio.alice.click(answer.response, label="Discard")
    await studio.alice.click(question.followups[0], label="Delete")

    assert answer.response is None
    assert await entries(studio, challenge) == []


async def test_a_failed_painting_can_be_retried_for_the_challenge_and_uses_up_nothing(
    open_studio: OpenStudio, calendar: Calendar, logs: LogCapture
) -> None:
    studio = await calendar.open(open_studio, engine=FakeEngine(fail_at=1))
    challenge = await opened(studio, calendar, await fixed(studio, "style", STYLE))
    form = await begin(studio)
    answer = await studio.alice.submit_modal(form, {"content": CONTENT})
    await studio.env.settle()
    assert labels(answer.response) == ["Try again"]

    assert answer.response is not None
    retried = await studio.alice.click(answer.response, label="Try again")

    assert retried.response is not None
    assert retried.response.ephemeral
    assert await entries(studio, challenge) == []
    assert "content" in fields(await begin(studio))
    logs.entries.clear()


async def test_submitting_a_painting_a_second_time_says_so(studio: Studio, calendar: Calendar) -> None:
    challenge = await opened(studio, calendar, await fixed(studio, "style", STYLE), entries_per_member=2)
    answer = await paint(studio)
    form = await begin(studio)
    assert form.modal is not None
    [painting] = form_options(form.modal, "history")
    await studio.alice.submit_modal(form, {"history": [painting["value"]]})
    assert len(await entries(studio, challenge)) == 1

    assert answer.response is not None
    twice = await studio.alice.click(answer.response, label="Submit")  # which the card still shows

    assert ephemeral_text(twice) == ALREADY
    assert labels(answer.response) == ["Withdraw", "My entries"]
    assert len(await entries(studio, challenge)) == 1


async def test_of_two_paintings_one_gets_the_last_place(studio: Studio, challenge: Challenge) -> None:
    first, second = [(await paint(studio)).response for _ in range(2)]
    assert first is not None
    assert second is not None
    await studio.alice.click(first, label="Submit")

    refused = await studio.alice.click(second, label="Submit")

    assert ephemeral_text(refused).startswith("You can enter 1 painting, and you already have.")
    assert len(await entries(studio, challenge)) == 1
    assert (labels(first)[0], labels(second)[0]) == ("Withdraw", "Submit")
    full = await begin(studio)
    assert ephemeral_text(full).startswith("You can enter 1 painting, and you already have.")


async def test_withdrawing_below_the_painting_gives_the_place_back(studio: Studio, challenge: Challenge) -> None:
    answer = await entered(studio)
    assert answer.response is not None

    await studio.alice.click(answer.response, label="Withdraw")

    assert labels(answer.response) == BUTTONS
    assert files(answer.response) == RESULT
    assert [entry.state for entry in await entries(studio, challenge)] == [EntryState.WITHDRAWN]
    await studio.alice.click(answer.response, label="Submit")
    assert [entry.state for entry in await entries(studio, challenge)] == [EntryState.ACCEPTED]


async def test_my_entries_shows_each_with_its_state(studio: Studio, calendar: Calendar) -> None:
    style = await fixed(studio, "style", STYLE)
    challenge = await opened(studio, calendar, style, entries_per_member=3, title="*Dusk*")
    assert "You haven't entered anything yet." in texts(await mine(studio))
    for _ in range(3):
        await entered(studio)
        await calendar.pass_time(studio, MINUTE)

    card = await mine(studio)
    assert texts(card).startswith("### Your entries in \\*Dusk\\*")
    assert texts(card).count("In the challenge") == 3
    assert len(thumbnails(card)) == 3
    assert labels(card) == []

    latest = options(card.components)["1. In the challenge"]
    await studio.alice.select(card, [latest])

    assert texts(card).count("In the challenge") == 2
    assert "**1.** Withdrawn" in texts(card)
    assert "You can still enter 1 painting." in texts(card)
    assert labels(card) == ["Enter"]
    states = {entry.entry_id: entry.state for entry in await entries(studio, challenge)}
    assert states.pop(latest) is EntryState.WITHDRAWN
    assert set(states.values()) == {EntryState.ACCEPTED}
    assert "You haven't entered anything yet." in texts(await mine(studio, by=studio.bob))


async def test_a_single_entry_has_a_button_to_withdraw_it(studio: Studio, challenge: Challenge) -> None:
    await entered(studio)
    card = await mine(studio)
    assert labels(card) == ["Withdraw"]

    await studio.alice.click(card, label="Withdraw")

    assert "Withdrawn" in texts(card)
    assert labels(card) == ["Enter"]
    assert [entry.state for entry in await entries(studio, challenge)] == [EntryState.WITHDRAWN]


async def test_a_fitting_painting_of_the_history_is_entered_with_the_form(studio: Studio, challenge: Challenge) -> None:
    studio.gate.open()
    fitting = await studio.stylize()
    await studio.stylize(style=("other.png", picture("navy")))
    await studio.stylize(studio.bob)
    assert files(fitting.response) == RESULT
    form = await begin(studio)
    assert list(fields(form)) == ["content", "recipe", "history"]
    assert form.modal is not None
    [painting] = form_options(form.modal, "history")
    assert "photo.png + waves.png" in painting["label"]

    answer = await studio.alice.submit_modal(form, {"history": [painting["value"]]})

    assert texts(answer.response).startswith("**Entered.**")
    assert answer.ephemeral
    assert len(thumbnails(answer.response)) == 1
    assert labels(answer.response) == ["Withdraw"]
    [entry] = await entries(studio, challenge)
    assert entry.job_id == painting["value"]
    assert len(studio.engine.jobs) == 3


async def test_the_form_is_either_for_a_new_painting_or_for_one_of_the_history(
    studio: Studio, challenge: Challenge
) -> None:
    studio.gate.open()
    await studio.stylize()
    form = await begin(studio)
    assert form.modal is not None
    [painting] = form_options(form.modal, "history")

    both = await studio.alice.submit_modal(form, {"content": CONTENT, "history": [painting["value"]]})
    neither = await studio.alice.submit_modal(await begin(studio), {})

    assert ephemeral_text(both).startswith("You chose one of your paintings, but also a style or new pictures.")
    assert ephemeral_text(neither) == "Upload a picture, or choose one of your paintings."
    assert await entries(studio, challenge) == []


async def test_nobody_enters_before_it_opens_or_after_it_closes(studio: Studio, calendar: Calendar) -> None:
    style = await fixed(studio, "style", STYLE)
    challenge = await opened(studio, calendar, style, opens_at=calendar.now + HOUR)
    assert labels(announcement(studio)) == []
    await calendar.pass_time(studio, HOUR)
    card = announcement(studio)
    early, late = await paint(studio), await paint(studio)
    form = await begin(studio)

    calendar.now = challenge.closes_at - MINUTE / 60
    assert early.response is not None
    await studio.alice.click(early.response, label="Submit")
    assert [entry.state for entry in await entries(studio, challenge)] == [EntryState.ACCEPTED]
    calendar.now = challenge.closes_at  # the phase changes in a moment
    assert late.response is not None
    assert ephemeral_text(await studio.bob.click(card, label="Enter")) == CLOSED
    assert ephemeral_text(await studio.alice.click(late.response, label="Submit")) == CLOSED
    assert ephemeral_text(await studio.alice.click(late.response, label="Try another seed")) == CLOSED
    assert ephemeral_text(await studio.alice.submit_modal(form, {"content": CONTENT})) == CLOSED
    withdrawn = await studio.alice.click(early.response, label="Withdraw")
    assert ephemeral_text(withdrawn).startswith("Entries are closed, so this one can't be withdrawn anymore.")

    await calendar.settle(studio)
    assert not (await challenge_now(studio, challenge)).is_running  # a single entry needs no vote
    assert len(await entries(studio, challenge)) == 1


async def test_members_without_the_role_that_may_paint_may_not_enter(studio: Studio, challenge: Challenge) -> None:
    painters = studio.guild.create_role("Painters")
    guild_id, elsewhere = studio.guild.id, studio.guild.create_text_channel("elsewhere")
    servers = studio.app.client.studio.servers
    await servers.change(guild_id, role_ids=frozenset({painters.id}), channel_ids=frozenset({elsewhere.id}))

    refused = await begin(studio)
    painter = studio.guild.add_member(studio.env.create_user("pia"), roles=[painters])

    assert painters.mention in ephemeral_text(refused)
    assert "content" in fields(await begin(studio, by=painter))  # the organizers chose this channel


async def test_the_servers_largest_size_holds(studio: Studio, challenge: Challenge) -> None:
    await studio.app.client.studio.servers.change(studio.guild.id, largest_size_px=256)

    await entered(studio)

    [entry] = await entries(studio, challenge)
    assert (await job_of(studio, entry)).options.size_px == 256


async def test_a_painting_for_a_challenge_counts_against_the_daily_limit(
    open_studio: OpenStudio, calendar: Calendar
) -> None:
    studio = await calendar.open(open_studio, queue={"member_jobs_a_day": 1})
    await opened(studio, calendar, await fixed(studio, "style", STYLE))
    answer = await paint(studio)
    assert answer.response is not None

    again = await studio.alice.click(answer.response, label="Try another seed")

    assert "that's today's limit" in ephemeral_text(again)


async def test_a_spoiler_stays_one_wherever_the_entry_is_shown(studio: Studio, challenge: Challenge) -> None:
    form = await begin(studio)
    answer = await studio.alice.submit_modal(form, {"content": ("SPOILER_photo.png", CONTENT[1])})
    await painted(studio, answer)
    assert answer.response is not None
    assert files(answer.response) == ["SPOILER_painting.png", "SPOILER_progress.gif"]

    await studio.alice.click(answer.response, label="Submit")

    assert labels(answer.response) == ["Withdraw", "My entries"]
    assert files(answer.response) == ["SPOILER_painting.png", "SPOILER_progress.gif"]
    assert unspoilered(answer.response) == []
    card = await mine(studio)
    assert len(thumbnails(card)) == 1
    assert unspoilered(card) == []


async def test_a_fixed_spoiler_hides_every_painting(studio: Studio, calendar: Calendar) -> None:
    await opened(studio, calendar, await fixed(studio, "style", STYLE, is_spoiler=True))
    answer = await studio.alice.submit_modal(await begin(studio), {"content": CONTENT})
    await painted(studio, answer)

    assert files(answer.response) == ["SPOILER_painting.png", "SPOILER_progress.gif"]
    assert unspoilered(answer.response) == []


async def test_a_restart_between_painting_and_submitting_changes_nothing(studio: Studio, challenge: Challenge) -> None:
    answer = await paint(studio)
    form = await begin(studio)
    await studio.restart()

    assert answer.response is not None
    again = await studio.alice.click(answer.response, label="Try another seed")
    await painted(studio, again)
    assert labels(again.response) == BUTTONS
    await studio.alice.click(answer.response, label="Submit")

    assert labels(answer.response) == ["Withdraw", "My entries"]
    assert len(await entries(studio, challenge)) == 1
    assert ephemeral_text(await studio.alice.submit_modal(form, {"content": CONTENT})).startswith("You can enter 1")


async def slow_painting(studio: Studio) -> Any:
    """Paint for a challenge until the answer has expired, and return the direct message with the painting."""
    form = await begin(studio)
    await studio.alice.submit_modal(form, {"content": CONTENT})
    await studio.step()
    await studio.env.advance_time(FIFTEEN_MINUTES + 1)
    studio.gate.open()
    await studio.wait_until(lambda: bool(studio.alice.user.dm_channel.history()))
    [message] = studio.alice.user.dm_channel.history()
    assert files(message) == RESULT
    assert labels(message) == BUTTONS
    return message


async def test_a_painting_that_takes_too_long_is_submitted_from_a_direct_message(
    studio: Studio, challenge: Challenge
) -> None:
    await slow_painting(studio)

    def direct() -> Any:
        return studio.alice.user.dm_channel.history()[0]

    again = await studio.alice.user.click(direct(), label="Try another seed")
    await painted(studio, again)
    assert labels(again.response) == BUTTONS
    await studio.alice.user.click(direct(), label="Submit")
    assert labels(direct()) == ["Withdraw", "My entries"]
    assert files(direct()) == RESULT
    [entry] = await entries(studio, challenge)
    assert (await job_of(studio, entry)).guild_id == studio.guild.id

    card = await studio.alice.user.click(direct(), label="My entries")
    assert "In the challenge" in texts(card.response)
    await studio.alice.user.click(direct(), label="Withdraw")
    assert labels(direct()) == BUTTONS
    assert [entry.state for entry in await entries(studio, challenge)] == [EntryState.WITHDRAWN]


async def test_a_variation_in_a_direct_message_follows_the_servers_rules(studio: Studio, challenge: Challenge) -> None:
    message = await slow_painting(studio)
    painters = studio.guild.create_role("Painters")
    await studio.app.client.studio.servers.change(studio.guild.id, role_ids=frozenset({painters.id}))

    refused = await studio.alice.user.click(message, label="Try another seed")

    assert "Painters" in ephemeral_text(refused) or painters.mention in ephemeral_text(refused)
    assert await entries(studio, challenge) == []


async def test_a_member_who_left_the_server_can_not_submit(studio: Studio, challenge: Challenge) -> None:
    message = await slow_painting(studio)
    studio.guild.remove_member(studio.alice)

    refused = await studio.alice.user.click(message, label="Submit")

    assert ephemeral_text(refused).startswith("You aren't on the challenge's server anymore.")
    assert await entries(studio, challenge) == []


async def test_an_entry_can_not_be_deleted_but_withdrawn_first(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    studio.gate.open()
    painting = await studio.stylize()
    form = await begin(studio)
    assert form.modal is not None
    [option] = form_options(form.modal, "history")
    entered_ = await studio.alice.submit_modal(form, {"history": [option["value"]]})

    refused = await studio.press(painting, "Delete")
    assert ephemeral_text(refused).startswith("This painting is an entry in a challenge. Withdraw it")
    assert entered_.response is not None
    await studio.alice.click(entered_.response, label="Withdraw")
    await studio.delete(painting)
    assert painting.response is None
    card = await mine(studio)
    assert "Withdrawn" in texts(card)
    assert thumbnails(card) == []

    other = await studio.stylize()
    form = await begin(studio)
    assert form.modal is not None
    [option] = form_options(form.modal, "history")
    await studio.alice.submit_modal(form, {"history": [option["value"]]})
    await calendar.pass_time(studio, DAY + MINUTE)
    refused = await studio.press(other, "Delete")
    assert ephemeral_text(refused).startswith("This painting takes part in a challenge, and stays")
    assert other.response is not None


async def test_an_entry_is_shared_with_its_name_only_after_the_end(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    showcase = studio.guild.create_text_channel("showcase")
    await studio.app.client.studio.servers.change(studio.guild.id, showcase_channel_id=showcase.id)
    await entered(studio)
    await entered(studio, by=studio.bob)
    for _ in range(2):  # while entries are open, and while members vote
        painting = await opened_in_history(studio)
        assert "Kept as long as the challenge it takes part in" in texts(painting)
        refused = await studio.alice.select(painting, ["share"])
        assert ephemeral_text(refused).startswith("This painting is an entry in a challenge that isn't over")
        assert showcase.history() == []
        await calendar.pass_time(studio, DAY + MINUTE)

    await studio.alice.select(await opened_in_history(studio), ["share"])
    assert len(showcase.history()) == 1


async def test_forgetting_a_member_removes_their_entries_and_says_how_many(
    studio: Studio, calendar: Calendar, challenge: Challenge
) -> None:
    await entered(studio)
    await entered(studio, by=studio.bob)
    privacy = await studio.alice.slash(studio.channel, "privacy")
    assert "**Your part in challenges**" in texts(privacy.response)

    asked = await studio.alice.slash(studio.channel, "forget-me")
    assert asked.response is not None
    await studio.alice.click(asked.response, label="Forget me")

    assert "1 entry in a challenge" in texts(asked.response)
    assert [entry.member_id for entry in await entries(studio, challenge)] == [studio.bob.id]
    await calendar.settle(studio)
    assert "1 entry" in texts(announcement(studio))


async def test_a_challenge_that_is_gone_gets_a_sentence(studio: Studio, challenge: Challenge) -> None:
    answer = await paint(studio)
    await studio.app.sessions.write(delete(ChallengeRow).where(ChallengeRow.challenge_id == challenge.challenge_id))
    assert answer.response is not None

    for label in ("Submit", "Try another seed"):
        press = await studio.alice.click(answer.response, label=label)
        assert ephemeral_text(press) == "That challenge no longer exists. **/challenge list** shows what's going on."
    assert (
        ephemeral_text(await begin(studio))
        == "That challenge no longer exists. **/challenge list** shows what's going on."
    )
