"""A challenge that comes again every week with the next theme of a list, and the card where it is stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from simcord.results import ResponseMessage
from sqlalchemy import update

from bot.challenges.challenge import Challenge, Phase
from bot.challenges.recurrence import on_the_wall
from bot.errors import DatabaseAway
from bot.storage.models import ChallengeSeriesRow
from tests.bot.challenges.drafts import MONDAY, Stage, member_who_may, written_in
from tests.bot.challenges.making import DAY, HOUR, MINUTE
from tests.bot.conftest import OpenStudio, ephemeral_text, labels, texts

WEEK = 7 * DAY
BERLIN = ZoneInfo("Europe/Berlin")
THEMES = "Ships\n\n  Lighthouses \nGulls"
TIMES = {"opens": "in 1 hour", "closes": "in 3 days", "ends": "in 5 days"}


@pytest.fixture
async def stage(open_studio: OpenStudio) -> Stage:
    """A studio on a Monday at noon (UTC), and an organizer."""
    return await Stage.open(open_studio)


async def weekly(stage: Stage, following: str = THEMES, **written: str) -> ResponseMessage:
    """A draft that repeats every week with these themes; return its second page."""
    card = await stage.draft(**{**TIMES, **written})
    await stage.press(card, "More rules")
    await stage.submit(await stage.press(card, "Every week…"), themes=following)
    return card


async def announce(stage: Stage, card: ResponseMessage) -> None:
    """Announce the draft of a card that shows its second page."""
    await stage.press(card, "Back")
    await stage.press(card, "Announce")


async def themes(stage: Stage) -> list[str]:
    """The themes of all announced challenges, oldest first."""
    return [each.theme for each in reversed(await stage.challenges()) if each.phase is not Phase.DRAFT]


async def settings_card(stage: Stage) -> ResponseMessage:
    """The card of `/challenge settings`, as the organizer sees it."""
    answer = await stage.organizer.slash(stage.studio.channel, "challenge settings")
    assert answer.ephemeral
    assert answer.response is not None
    return answer.response


async def test_each_week_brings_the_next_theme_with_the_same_rules(stage: Stage) -> None:
    card = await weekly(stage)
    assert "**Repeats:** every week, with 3 more themes" in texts(card)
    await stage.press(card, "Back")
    await stage.choose(card, "entries", "3")
    await stage.press(card, "Announce")

    for count, theme in enumerate(("Ships", "Lighthouses"), start=2):
        await stage.pass_time(WEEK - MINUTE)
        assert len(await themes(stage)) == count - 1
        await stage.pass_time(MINUTE)
        assert (await themes(stage))[-1] == theme

    latest, *_ = await stage.challenges()
    assert (latest.title, latest.entries_per_member) == ("Harbors", 3)
    assert latest.phase is Phase.SCHEDULED
    assert latest.opens_at == MONDAY + 2 * WEEK + HOUR
    assert latest.closes_at == MONDAY + 2 * WEEK + 3 * DAY
    assert latest.ends_at == MONDAY + 2 * WEEK + 5 * DAY


@pytest.mark.parametrize(
    ("at", "week"),
    [
        (datetime(2027, 3, 22, 19, tzinfo=UTC), WEEK - HOUR),  # clocks go forward on March 28
        (datetime(2027, 10, 25, 18, tzinfo=UTC), WEEK + HOUR),  # and back on October 31
    ],
)
async def test_clocks_that_change_leave_the_time_of_day_as_it_is(
    open_studio: OpenStudio, at: datetime, week: timedelta
) -> None:
    stage = await Stage.open(open_studio, at=at)
    await stage.studio.app.client.studio.preferences.change(stage.organizer.id, time_zone="Europe/Berlin")
    await announce(stage, await weekly(stage, opens="now"))
    first = await stage.only()

    await stage.pass_time(week - MINUTE)
    assert len(await themes(stage)) == 1
    await stage.pass_time(MINUTE)

    assert len(await themes(stage)) == 2
    latest, *_ = await stage.challenges()
    for earlier, later in ((first.closes_at, latest.closes_at), (first.ends_at, latest.ends_at)):
        assert on_the_wall(later, BERLIN) == on_the_wall(earlier, BERLIN) + WEEK


async def test_a_restart_at_the_moment_when_it_is_due_announces_it_once(stage: Stage) -> None:
    await announce(stage, await weekly(stage))
    stage.calendar.now += WEEK
    await stage.studio.restart()
    await stage.settle()

    assert await themes(stage) == ["Paint a harbor.", "Ships"]
    await stage.studio.restart()
    await stage.pass_time(HOUR)

    assert await themes(stage) == ["Paint a harbor.", "Ships"]


async def test_a_handler_that_was_interrupted_goes_on_where_it_was(stage: Stage) -> None:
    await announce(stage, await weekly(stage))
    weeks = stage.studio.app.client.studio.setup.weekly
    [running] = await weeks.running(stage.studio.guild.id)
    due = await weeks.next_entry(running.series.series_id)
    assert due is not None
    await stage.pass_time(WEEK)

    await weeks.go_on(due)  # by another process, which doesn't know yet that it is done
    assert await themes(stage) == ["Paint a harbor.", "Ships"]
    async with stage.studio.app.sessions.begin() as session:  # the bot was killed before it had saved that
        await session.execute(update(ChallengeSeriesRow).values(next_theme=0))
    await weeks.go_on(due)

    assert await themes(stage) == ["Paint a harbor.", "Ships"]
    await stage.pass_time(WEEK)
    assert await themes(stage) == ["Paint a harbor.", "Ships", "Lighthouses"]


async def test_a_challenge_whose_announcement_was_interrupted_keeps_its_hours(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupted(challenge: Challenge) -> Challenge:
        raise DatabaseAway("killed")

    await announce(stage, await weekly(stage))
    weeks = stage.studio.app.client.studio.setup.weekly
    with monkeypatch.context() as patched:
        patched.setattr(weeks, "_announce", interrupted)
        await stage.pass_time(WEEK)
    assert await themes(stage) == ["Paint a harbor."]

    await stage.pass_time(DAY)

    assert await themes(stage) == ["Paint a harbor.", "Ships"]
    latest, *_ = await stage.challenges()
    assert latest.closes_at - latest.opens_at == 3 * DAY - HOUR
    assert latest.closes_at > MONDAY + WEEK + 3 * DAY


async def test_missed_weeks_are_not_made_up_for_and_the_late_one_keeps_its_hours(stage: Stage) -> None:
    await announce(stage, await weekly(stage))

    await stage.pass_time(3 * WEEK + DAY)
    assert await themes(stage) == ["Paint a harbor.", "Ships"]
    latest, *_ = await stage.challenges()
    assert latest.closes_at - stage.calendar.now == 3 * DAY
    await stage.pass_time(6 * DAY)

    assert await themes(stage) == ["Paint a harbor.", "Ships", "Lighthouses"]
    latest, *_ = await stage.challenges()
    assert latest.closes_at == MONDAY + 4 * WEEK + 3 * DAY


async def test_after_the_last_theme_the_organizer_is_told(stage: Stage) -> None:
    await announce(stage, await weekly(stage, "Ships"))
    await stage.pass_time(WEEK)

    [message] = stage.organizer.user.dm_channel.history()
    assert message.content.startswith("**Harbors** was the last challenge of its weekly series")
    await stage.pass_time(2 * WEEK)
    assert len(await themes(stage)) == 2
    assert "none running" in texts(await settings_card(stage))


async def test_a_series_is_listed_and_stopped_after_a_restart(stage: Stage) -> None:
    await announce(stage, await weekly(stage, title="Harbors *2*"))
    card = await settings_card(stage)
    assert r"**Every week:** Harbors \*2\*" in texts(card)
    assert "3 themes left" in texts(card)
    assert "Next theme: Ships" in texts(card)
    assert labels(card) == ["Edit…", "Stop"]
    await stage.studio.restart()

    await stage.press(card, "Stop")
    assert texts(card) == (
        r"Stop the weekly series **Harbors \*2\***? 3 themes won't be announced. A challenge that is running goes on."
    )
    await stage.press(card, "Cancel")
    assert "3 themes left" in texts(card)
    await stage.press(card, "Stop")
    await stage.press(card, "Stop")

    assert "none running" in texts(card)
    await stage.pass_time(2 * WEEK)
    assert await themes(stage) == ["Paint a harbor."]


class TestEditing:
    async def test_a_title_and_themes_are_changed_for_the_weeks_to_come(self, stage: Stage) -> None:
        await announce(stage, await weekly(stage))
        await stage.pass_time(WEEK)
        card = await settings_card(stage)
        form = await stage.press(card, "Edit…")
        assert written_in(form) == {"title": "Harbors", "themes": "Lighthouses\nGulls"}
        await stage.studio.restart()

        await stage.submit(form, title=" Harbors *3* ", themes="\nFog\n Gulls\nRain")

        assert r"**Every week:** Harbors \*3\*" in texts(card)
        assert "3 themes left" in texts(card)
        assert "Next theme: Fog" in texts(card)
        for _ in range(4):
            await stage.pass_time(WEEK)
        assert await themes(stage) == ["Paint a harbor.", "Ships", "Fog", "Gulls", "Rain"]
        titles = [challenge.title for challenge in reversed(await stage.challenges())]
        assert titles == ["Harbors", "Harbors", *["Harbors *3*"] * 3]

    async def test_a_list_can_end_with_the_next_theme(self, stage: Stage) -> None:
        await announce(stage, await weekly(stage))
        await stage.submit(await stage.press(await settings_card(stage), "Edit…"), themes="Fog")

        for _ in range(3):
            await stage.pass_time(WEEK)

        assert await themes(stage) == ["Paint a harbor.", "Fog"]
        [message] = stage.organizer.user.dm_channel.history()
        assert "was the last challenge of its weekly series" in message.content

    async def test_another_organizer_edits_it_too_and_nobody_else(self, stage: Stage) -> None:
        await announce(stage, await weekly(stage))
        studio = stage.studio
        other = member_who_may(studio, "otto", manage_events=True)
        answer = await other.slash(studio.channel, "challenge settings")
        assert answer.response is not None
        form = await other.click(answer.response, label="Edit…")
        await other.submit_modal(form, {**written_in(form), "themes": "Fog"})
        assert "Next theme: Fog" in texts(answer.response)

        form = await other.click(answer.response, label="Edit…")
        [role] = [role for role in studio.guild.roles.values() if role.name == "ottos"]
        studio.env.backend.remove_member_role(studio.guild.id, other.id, role.id)
        for refused in (
            await other.submit_modal(form, {**written_in(form), "themes": "Rain"}),
            await other.click(answer.response, label="Edit…"),
        ):
            assert ephemeral_text(refused).startswith("Only organizers")
        assert "Next theme: Fog" in texts(await settings_card(stage))

    async def test_what_is_wrong_is_said_and_can_be_changed(self, stage: Stage) -> None:
        await announce(stage, await weekly(stage))
        form = await stage.press(await settings_card(stage), "Edit…")

        wrong = await stage.submit(form, title="Fog", themes=" ")
        assert texts(wrong).startswith("The list has no themes")
        await stage.studio.restart()
        again = await stage.press(wrong, "Try again")
        assert written_in(again)["title"] == "Fog"
        untitled = await stage.submit(again, title=" ", themes="Rain")
        assert "title" in texts(untitled)
        await stage.submit(await stage.press(wrong, "Try again"), title="Fog", themes="Rain")

        assert "**Every week:** Fog" in texts(wrong)
        assert "Next theme: Rain" in texts(wrong)

    async def test_a_theme_that_was_announced_while_the_form_was_open_is_not_announced_again(
        self, stage: Stage
    ) -> None:
        await announce(stage, await weekly(stage))
        form = await stage.press(await settings_card(stage), "Edit…")
        await stage.pass_time(WEEK)

        late = await stage.submit(form, themes="Ships\nFog")

        assert texts(late).startswith("The next challenge of this series was announced in the meantime.")
        await stage.submit(await stage.press(late, "Try again"), themes="Fog")
        await stage.pass_time(WEEK)
        assert await themes(stage) == ["Paint a harbor.", "Ships", "Fog"]

    async def test_a_series_that_was_stopped_meanwhile_stays_so(self, stage: Stage) -> None:
        await announce(stage, await weekly(stage))
        card, old = await settings_card(stage), await settings_card(stage)
        form = await stage.press(card, "Edit…")
        await stage.press(card, "Stop")
        await stage.press(card, "Stop")

        answers = (await stage.organizer.submit_modal(form, written_in(form)), await stage.press(old, "Edit…"))

        assert all(ephemeral_text(one).startswith("This weekly series is over") for one in answers)
        await stage.pass_time(2 * WEEK)
        assert await themes(stage) == ["Paint a harbor."]


async def test_only_organizers_see_and_stop_series(stage: Stage) -> None:
    await announce(stage, await weekly(stage))
    studio = stage.studio

    refused = ephemeral_text(await studio.alice.slash(studio.channel, "challenge settings"))
    assert refused.startswith("Only organizers can do that")
    other = member_who_may(studio, "otto", manage_events=True)
    answer = await other.slash(studio.channel, "challenge settings")
    assert answer.response is not None
    [role] = [role for role in studio.guild.roles.values() if role.name == "ottos"]
    studio.env.backend.remove_member_role(studio.guild.id, other.id, role.id)
    assert ephemeral_text(await other.click(answer.response, label="Stop")).startswith("Only organizers")
    assert "3 themes left" in texts(await settings_card(stage))


async def test_a_canceled_week_does_not_end_the_series(stage: Stage) -> None:
    await announce(stage, await weekly(stage))
    await stage.studio.app.client.studio.life.cancel(await stage.only())

    await stage.pass_time(WEEK)

    assert (await themes(stage))[-1] == "Ships"
    latest, *_ = await stage.challenges()
    assert latest.phase is Phase.SCHEDULED


async def test_an_extended_week_does_not_move_the_next_one(stage: Stage) -> None:
    await announce(stage, await weekly(stage))
    challenge = await stage.only()
    await stage.studio.app.client.studio.life.extend(challenge, challenge.opens_at + DAY)

    await stage.pass_time(WEEK)

    latest, *_ = await stage.challenges()
    assert latest.closes_at == MONDAY + WEEK + 3 * DAY


class TestThemes:
    @pytest.mark.parametrize(
        ("themes", "sentence"),
        [
            (" \n ", "The list has no themes"),
            ("Ships\n" * 53, "A series has at most 52 themes; your list has 53."),
            (f"Ships\n{'x' * 1001}", "Theme 2 of your list is too long: 1001 characters"),
        ],
    )
    async def test_what_is_wrong_with_a_list_is_said_and_it_can_be_changed(
        self, stage: Stage, themes: str, sentence: str
    ) -> None:
        card = await stage.draft()
        await stage.press(card, "More rules")

        wrong = await stage.submit(await stage.press(card, "Every week…"), themes=themes)

        assert texts(wrong).startswith(sentence)
        await stage.studio.restart()
        form = await stage.press(wrong, "Try again")
        assert written_in(form)["themes"] == themes
        await stage.submit(form, themes="Ships")
        assert "**Repeats:** every week, with 1 more theme" in texts(wrong)

    async def test_a_list_is_changed_and_given_up(self, stage: Stage) -> None:
        card = await weekly(stage)
        form = await stage.press(card, "Every week…")
        assert written_in(form)["themes"] == "Ships\nLighthouses\nGulls"

        await stage.submit(form, themes="Ships")
        assert "with 1 more theme" in texts(card)
        await stage.press(card, "Only once")

        assert "**Repeats:** no" in texts(card)
        await announce(stage, card)
        await stage.pass_time(2 * WEEK)
        assert await themes(stage) == ["Paint a harbor."]

    async def test_a_discarded_draft_takes_its_series_along(self, stage: Stage) -> None:
        card = await weekly(stage)
        series_id = (await stage.only()).series_id
        assert series_id is not None
        await stage.press(card, "Back")

        await stage.press(card, "Discard")

        assert await stage.studio.app.client.studio.setup.weekly.get(series_id) is None

    async def test_a_server_has_five_series_at_a_time(self, stage: Stage) -> None:
        for _ in range(5):
            await announce(stage, await weekly(stage))
        card = await weekly(stage)
        await stage.press(card, "Back")

        refused = ephemeral_text(await stage.press(card, "Announce"))

        assert refused.startswith("This server already has 5 weekly series running.")
        assert (await stage.only(Phase.DRAFT)).title == "Harbors"
        assert labels(await settings_card(stage)) == ["Edit…", "Stop"] * 5


async def test_a_series_whose_first_challenge_was_never_announced_ends(stage: Stage) -> None:
    await weekly(stage, closes="in 20 days", ends="in 25 days", opens="in 10 days")
    draft = await stage.only()
    weekly_series = stage.studio.app.client.studio.setup.weekly
    await weekly_series.begin(draft)  # and the bot is killed

    await stage.pass_time(WEEK - timedelta(minutes=1))
    assert await stage.challenges(Phase.DRAFT) == [draft]
    await stage.pass_time(2 * MINUTE)

    assert draft.series_id is not None
    assert await weekly_series.get(draft.series_id) is None
    assert await stage.challenges() == []
