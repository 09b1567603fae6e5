"""`/challenge create`: an organizer writes texts and times, sets rules on a card, and announces the challenge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import discord
import pytest
from discord.utils import format_dt

from bot.challenges.challenge import Phase, Ties, Voting
from tests.bot.challenges.drafts import MONDAY, TEXTS, Stage, field, member_who_may, menu_choice, written_in
from tests.bot.challenges.making import DAY, HOUR, MINUTE
from tests.bot.conftest import (
    CONTENT,
    OpenStudio,
    alt_texts,
    ephemeral_text,
    labels,
    override_interactions,
    picture,
    texts,
    thumbnails,
    unspoilered,
)


@pytest.fixture
async def stage(open_studio: OpenStudio) -> Stage:
    """A studio on a Monday at noon (UTC), and an organizer."""
    return await Stage.open(open_studio)


class TestRights:
    async def test_organizers_may_and_others_read_who_may(self, stage: Stage) -> None:
        studio = stage.studio
        role = studio.guild.create_role("Hosts")
        host = studio.guild.add_member(studio.env.create_user("host"), roles=[role])
        refusal = "Only organizers can do that: members with Manage Events"

        for member in (studio.alice, studio.mia, host):
            assert ephemeral_text(await stage.form(by=member)).startswith(refusal)
        await studio.app.client.studio.servers.change(studio.guild.id, organizer_role_ids=frozenset({role.id}))

        assert (await stage.form(by=host)).modal is not None
        assert (await stage.form()).modal is not None
        assert ephemeral_text(await stage.form(by=studio.alice)).startswith(refusal)

    async def test_every_press_is_checked_again(self, stage: Stage) -> None:
        card = await stage.draft()
        form = await stage.press(card, "Texts and times…")
        [role] = [role for role in stage.studio.guild.roles.values() if role.name == "olgas"]
        stage.studio.env.backend.remove_member_role(stage.studio.guild.id, stage.organizer.id, role.id)

        for answer in (
            await stage.press(card, "Announce"),
            await stage.choose(card, "entries", "3"),
            await stage.organizer.submit_modal(form, {**written_in(form), "title": "Mine"}),
        ):
            assert ephemeral_text(answer).startswith("Only organizers can do that")
        draft = await stage.only()
        assert (draft.phase, draft.title, draft.entries_per_member) == (Phase.DRAFT, "Harbors", 1)


class TestTimes:
    async def test_the_card_shows_times_in_the_members_zone_as_timestamps_to_be_confirmed(self, stage: Stage) -> None:
        await stage.studio.app.client.studio.preferences.change(stage.organizer.id, time_zone="Europe/Berlin")
        form = await stage.form()
        assert written_in(form) == {"title": "", "theme": "", "opens": "now", "closes": "", "ends": ""}
        assert "Europe/Berlin" in field(form, "opens")["description"]

        card = await stage.submit(
            form, title="Harbors", theme="x", opens="tomorrow 18:00", closes="Friday 20:00", ends="2027-03-07 20:00"
        )

        opens, closes, ends = (
            datetime(2027, 3, 2, 17, tzinfo=UTC),
            datetime(2027, 3, 5, 19, tzinfo=UTC),
            datetime(2027, 3, 7, 19, tzinfo=UTC),
        )
        said = texts(card)
        assert f"**Entries open:** {format_dt(opens, 'F')} ({format_dt(opens, 'R')})" in said
        assert f"**Entries close, voting opens:** {format_dt(closes, 'F')}" in said
        assert f"**Voting closes:** {format_dt(ends, 'F')}" in said
        assert "Europe/Berlin" in said
        assert stage.studio.channel.history() == []

    async def test_the_servers_zone_applies_to_members_without_their_own(self, stage: Stage) -> None:
        await stage.studio.app.client.studio.servers.change(stage.studio.guild.id, time_zone="Asia/Tokyo")

        await stage.draft(closes="Friday 20:00", ends="Saturday 20:00")

        draft = await stage.only()
        assert (draft.closes_at, draft.zone) == (datetime(2027, 3, 5, 11, tzinfo=UTC), "Asia/Tokyo")

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"closes": "soonish"}, "soonish"),
            ({"opens": "2027-02-01 10:00"}, "Entries can't open on"),
            ({"closes": "yesterday"}, "Entries can't close on"),
            ({"ends": "2027-02-01"}, "Voting can't end on"),
            ({"closes": "in 3 minutes"}, "at least"),
            ({"closes": "in 5 days", "ends": "in 3 days"}, "Voting would end on"),
            ({"opens": "in 4 days"}, "Entries would close on"),
            ({"closes": "2027-03-28 02:30 Europe/Berlin", "ends": "2027-04-01 12:00"}, "2:30"),
            ({"closes": "Friday 20:00 Europe/Nowhere"}, "no time zone called “Europe/Nowhere”"),
            ({"ends": "1 Dec 2031"}, "too far ahead"),
            ({"title": "   "}, "title is empty"),
            ({"theme": " \n "}, "theme is empty"),
        ],
    )
    async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
        self, stage: Stage, changes: dict[str, str], sentence: str
    ) -> None:
        written = {**TEXTS, **changes}
        wrong = await stage.submit(await stage.form(), **written)
        assert wrong.ephemeral
        assert sentence in texts(wrong)
        assert await stage.challenges() == []
        await stage.studio.restart()

        again = await stage.press(wrong, "Try again")
        assert written_in(again) == written
        await stage.submit(again, **TEXTS)

        assert "## Harbors" in texts(wrong)  # the same message is the card now
        assert "Announce" in labels(wrong)

    async def test_what_is_wrong_twice_is_said_in_the_same_message(self, stage: Stage) -> None:
        wrong = await stage.submit(await stage.form(), **{**TEXTS, "closes": "soonish"})

        await stage.submit(await stage.press(wrong, "Try again"), closes="laterish")

        assert "laterish" in texts(wrong)
        assert written_in(await stage.press(wrong, "Try again"))["closes"] == "laterish"

    async def test_a_form_is_opened_again_by_its_writer_for_a_day(self, stage: Stage) -> None:
        wrong = await stage.submit(await stage.form(), **{**TEXTS, "closes": "soonish"})

        await stage.pass_time(DAY + MINUTE)

        assert ephemeral_text(await stage.press(wrong, "Try again")).startswith("What you wrote was kept for a day")

    async def test_an_empty_opening_time_means_as_soon_as_it_is_announced(self, stage: Stage) -> None:
        card = await stage.draft(opens="")
        assert "**Entries open:** as soon as it's announced" in texts(card)
        await stage.pass_time(2 * HOUR)

        await stage.press(card, "Announce")

        challenge = await stage.only()
        assert (challenge.phase, challenge.opens_at) == (Phase.OPEN, stage.calendar.now)

    async def test_relative_times_count_from_when_the_form_was_sent(self, stage: Stage) -> None:
        await stage.draft(opens="in 1 hour")

        draft = await stage.only()
        assert draft.opens_at == MONDAY + timedelta(hours=1)

    @pytest.mark.parametrize("locale", ["de", "fr", "es-ES", "pt-BR", "ja"])
    async def test_the_form_understands_what_it_suggests_in_every_language(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch, locale: str
    ) -> None:
        override_interactions(monkeypatch, locale=locale)
        form = await stage.form()
        examples = str(field(form, "opens")["description"]).partition(" · ")[0]
        assert any(character.isdigit() for character in examples)

        await stage.submit(form, title="A", theme="B", closes="2027-03-05 18:00", ends="2027-03-06 18:00")

        draft = await stage.only(Phase.DRAFT)
        assert draft.opens_when_announced
        assert draft.closes_at == datetime(2027, 3, 5, 18, tzinfo=UTC)


class TestTexts:
    async def test_mentions_and_markdown_are_shown_as_text(self, stage: Stage) -> None:
        card = await stage.draft(title="# @everyone *x*", theme="<@1> **bold** @here")

        said = texts(card)
        assert "@everyone" not in said
        assert "@here" not in said
        assert r"\*x\*" in said
        assert r"\*\*bold\*\*" in said
        await stage.press(card, "Announce")
        assert "@everyone" not in await stage.posted()

    async def test_texts_and_times_are_changed_in_the_form_as_it_was_written_in(self, stage: Stage) -> None:
        await stage.studio.app.client.studio.preferences.change(stage.organizer.id, time_zone="Europe/Berlin")
        card = await stage.draft(closes="Friday 20:00", ends="Sunday 20:00")
        await stage.studio.restart()

        form = await stage.press(card, "Texts and times…")
        assert written_in(form) == {
            "title": "Harbors",
            "theme": "Paint a harbor.",
            "opens": "now",
            "closes": "2027-03-05 20:00",
            "ends": "2027-03-07 20:00",
        }
        await stage.submit(form, title="Ships", opens="tomorrow 18:00")

        draft = await stage.only()
        assert (draft.title, draft.theme) == ("Ships", "Paint a harbor.")
        assert (draft.opens_at, draft.closes_at) == (
            datetime(2027, 3, 2, 17, tzinfo=UTC),
            datetime(2027, 3, 5, 19, tzinfo=UTC),
        )
        assert "## Ships" in texts(card)

    async def test_what_is_wrong_with_a_change_leaves_the_card_as_it_is(self, stage: Stage) -> None:
        card = await stage.draft()

        wrong = await stage.submit(await stage.press(card, "Texts and times…"), title="Ships", ends="soonish")

        assert "soonish" in texts(wrong)
        assert "## Harbors" in texts(card)
        form = await stage.press(wrong, "Try again")
        assert written_in(form)["title"] == "Ships"
        await stage.submit(form, ends="in 6 days")
        assert (await stage.only()).title == "Ships"

    async def test_what_was_written_into_a_draft_that_is_gone_becomes_a_new_one(self, stage: Stage) -> None:
        card = await stage.draft()
        form = await stage.press(card, "Texts and times…")
        await stage.press(card, "Discard")

        wrong = await stage.submit(form, title="Ships")
        assert texts(wrong).startswith("This draft no longer exists")
        await stage.submit(await stage.press(wrong, "Try again"), closes="in 3 days", ends="in 5 days")

        assert (await stage.only()).title == "Ships"


class TestRules:
    async def test_every_rule_is_set_on_the_card_and_survives_a_restart(self, stage: Stage) -> None:
        studio = stage.studio
        voters = studio.guild.create_role("Voters")
        forum = studio.guild.create_forum_channel("contests")
        card = await stage.draft()
        assert menu_choice(card, "voting") == ["Voting: duels, two entries side by side"]

        await stage.choose(card, "recipe", "draft")
        await stage.choose(card, "entries", "3")
        await stage.choose(card, "voting", "favorites")
        await studio.restart()
        await stage.choose(card, "votes", "5")
        await stage.choose(card, "channel", forum)
        await stage.press(card, "More rules")
        await stage.choose(card, "review", "on")
        await stage.choose(card, "ties", "decided")
        await stage.choose(card, "places", "off")
        await stage.choose(card, "account", "30")
        await stage.choose(card, "voters", voters)

        draft = await stage.only()
        assert (draft.recipe_name, draft.entries_per_member, draft.votes_per_member) == ("draft", 3, 5)
        assert (draft.voting, draft.ties, draft.is_reviewed) == (Voting.FAVORITES, Ties.DECIDED, True)
        assert (draft.tells_places, draft.min_account_days, draft.voter_role_id) == (False, 30, voters.id)
        assert draft.channel_id == forum.id
        assert f"**Role needed to vote:** {voters.mention}" in texts(card)
        await stage.choose(card, "voters")
        assert (await stage.only()).voter_role_id is None
        await stage.press(card, "Back")
        assert menu_choice(card, "entries") == ["3 entries per member"]
        assert menu_choice(card, "recipe") == ["Recipe for everyone: Draft"]
        assert f"**Announced in:** {forum.mention}" in texts(card)

    async def test_new_challenges_have_the_servers_defaults(self, stage: Stage) -> None:
        studio = stage.studio
        role = studio.guild.create_role("Voters")
        servers = studio.app.client.studio.servers
        await servers.change(studio.guild.id, voter_account_days=0, voter_role_id=role.id)

        await stage.draft()

        draft = await stage.only()
        assert (draft.min_account_days, draft.voter_role_id) == (0, role.id)
        assert (draft.organizer_id, draft.channel_id) == (stage.organizer.id, studio.channel.id)

    async def test_an_organizer_gives_winners_only_a_role_that_they_could_give(self, stage: Stage) -> None:
        studio = stage.studio
        prize = studio.guild.create_role("Champion")
        card = await stage.draft()
        await stage.press(card, "More rules")

        refused = ephemeral_text(await stage.choose(card, "winners", prize))
        assert refused.startswith(f"Only members who could give somebody {prize.mention} themselves")
        assert (await stage.only()).winner_role_id is None
        await studio.app.client.studio.servers.change(studio.guild.id, winner_role_id=prize.id)
        await stage.choose(card, "winners", prize)  # which a manager has chosen for this server
        assert (await stage.only()).winner_role_id == prize.id

    async def test_a_role_that_only_a_bot_has_is_no_role_for_voters(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        studio = stage.studio
        bots, voters = studio.guild.create_role("Painter"), studio.guild.create_role("Voters")
        monkeypatch.setattr(discord.Role, "is_bot_managed", lambda role: role.id == bots.id)
        card = await stage.draft()
        await stage.press(card, "More rules")

        refused = ephemeral_text(await stage.choose(card, "voters", bots))
        assert refused.startswith(f"Only a bot can have {bots.mention}")
        assert (await stage.only()).voter_role_id is None
        await stage.choose(card, "voters", voters)
        assert (await stage.only()).voter_role_id == voters.id

    async def test_without_its_role_for_voters_a_challenge_is_not_announced(self, stage: Stage) -> None:
        studio = stage.studio
        voters = studio.guild.create_role("Voters")
        card = await stage.draft()
        await stage.press(card, "More rules")
        await stage.choose(card, "voters", voters)
        await stage.press(card, "Back")
        studio.env.backend.delete_role(studio.guild.id, voters.id)

        assert "The role that voters need was deleted" in ephemeral_text(await stage.press(card, "Announce"))
        assert (await stage.only()).phase is Phase.DRAFT


class TestFixedPictures:
    async def test_a_style_of_the_gallery_is_copied(self, stage: Stage) -> None:
        studio = stage.studio
        await stage.organizer.slash(studio.channel, "style add", picture=CONTENT, name="Waves", where="server")
        card = await stage.draft()
        await studio.restart()

        await stage.submit(await stage.press(card, "Style…"), name="waves")

        assert "**Style for everyone:** Waves" in texts(card)
        assert len(thumbnails(card)) == 1
        assert alt_texts(card) == ["Waves"]
        await stage.organizer.slash(studio.channel, "style remove", style="Waves")
        await studio.app.client.studio.janitor.sweep()
        [fixed] = (await stage.only()).fixed
        store = studio.app.client.studio.pictures.store
        assert await store.read(fixed.sha256) == CONTENT[1]
        assert fixed.thumbnail_sha256 is not None
        assert await store.read(fixed.thumbnail_sha256) is not None

    async def test_a_built_in_style_is_chosen_from_the_menu(self, stage: Stage) -> None:
        card = await stage.draft()
        form = await stage.press(card, "Style…")
        options = {option["label"]: option["value"] for option in field(form, "style")["component"]["options"]}
        title, style_id = next(iter(options.items()))

        await stage.submit(form, style=[style_id])

        assert f"**Style for everyone:** {title}" in texts(card)
        style = stage.studio.app.client.studio.gallery.built_in[style_id]
        assert style.path is not None
        [fixed] = (await stage.only()).fixed
        store = stage.studio.app.client.studio.pictures.store
        assert await store.read(fixed.sha256) == style.path.read_bytes()

    async def test_uploads_are_fixed_and_removed(self, stage: Stage) -> None:
        card = await stage.draft()
        await stage.submit(await stage.press(card, "Style…"), picture=("waves.png", picture("navy")))
        await stage.submit(await stage.press(card, "Picture…"), picture=("SPOILER_boat.png", picture("red")))

        assert "**Style for everyone:** waves.png" in texts(card)
        assert "**Picture to paint, for everyone:** boat.png" in texts(card)
        assert unspoilered(card) == ["style.jpg"]
        fixed = {one.role: one for one in (await stage.only()).fixed}
        assert (fixed["content"].is_spoiler, fixed["style"].is_spoiler) == (True, False)
        await stage.press(card, "Remove style")
        await stage.press(card, "Remove picture")
        assert (await stage.only()).fixed == ()
        assert thumbnails(card) == []
        assert "Remove style" not in labels(card)

    @pytest.mark.parametrize(
        ("upload", "sentence"),
        [(("waves.png", picture()[:60]), "is incomplete"), (("notes.txt", b"hello"), "notes.txt")],
    )
    async def test_a_broken_upload_is_explained_and_changes_nothing(
        self, stage: Stage, upload: tuple[str, bytes], sentence: str
    ) -> None:
        card = await stage.draft()

        wrong = await stage.submit(await stage.press(card, "Style…"), picture=upload)
        assert sentence in texts(wrong)
        refused = await stage.organizer.submit_modal(await stage.press(card, "Picture…"), {"picture": upload})

        assert sentence in ephemeral_text(refused)
        assert (await stage.only()).fixed == ()
        await stage.submit(await stage.press(wrong, "Try again"), picture=CONTENT)
        assert "**Style for everyone:** photo.png" in texts(wrong)

    async def test_one_style_is_wanted_and_an_unknown_name_can_be_changed(self, stage: Stage) -> None:
        card = await stage.draft()

        assert texts(await stage.submit(await stage.press(card, "Style…"))).startswith("Choose one style")
        both = await stage.submit(await stage.press(card, "Style…"), name="Waves", picture=CONTENT)
        assert texts(both).startswith("Choose one style")
        wrong = await stage.submit(await stage.press(card, "Style…"), name="Wavse")
        assert "Wavse" in texts(wrong)
        assert written_in(await stage.press(wrong, "Try again"))["name"] == "Wavse"


class TestAnnouncing:
    async def test_a_challenge_is_announced_where_it_was_asked_for(self, stage: Stage) -> None:
        card = await stage.draft(opens="in 1 hour")

        await stage.press(card, "Announce")

        assert texts(card) == f"**Harbors** is announced in {stage.studio.channel.mention}."
        assert (await stage.only()).phase is Phase.SCHEDULED
        assert "Harbors" in await stage.posted()

    async def test_times_that_passed_meanwhile_are_to_be_changed_first(self, stage: Stage) -> None:
        card = await stage.draft(opens="in 1 hour", closes="in 1 day", ends="in 2 days")
        await stage.pass_time(25 * HOUR)

        refused = ephemeral_text(await stage.press(card, "Announce"))
        assert "that's over" in refused
        assert (await stage.only()).phase is Phase.DRAFT
        await stage.submit(
            await stage.press(card, "Texts and times…"), opens="now", closes="in 1 day", ends="in 2 days"
        )
        await stage.press(card, "Announce")

        assert (await stage.only()).phase is Phase.OPEN

    async def test_a_channel_that_the_bot_or_the_organizer_cannot_use_is_refused(self, stage: Stage) -> None:
        studio = stage.studio
        assert studio.env.bot.user is not None
        quiet = studio.guild.create_text_channel(
            "quiet", overwrites={studio.env.bot.user: discord.PermissionOverwrite(create_public_threads=False)}
        )
        news = studio.guild.create_text_channel(
            "news", overwrites={stage.organizer: discord.PermissionOverwrite(send_messages=False)}
        )
        card = await stage.draft()

        await stage.choose(card, "channel", quiet)
        assert f"⚠️ Atelier can't hold a challenge in {quiet.mention}: it needs Create Public Threads" in texts(card)
        assert "Create Public Threads" in ephemeral_text(await stage.press(card, "Announce"))
        await stage.choose(card, "channel", news)
        assert ephemeral_text(await stage.press(card, "Announce")).startswith(f"You can't post in {news.mention}")
        assert (await stage.only()).phase is Phase.DRAFT
        await stage.choose(card, "channel", studio.channel)
        assert "⚠️" not in texts(card)
        await stage.press(card, "Announce")
        assert (await stage.only()).phase is Phase.OPEN

    async def test_a_channel_that_was_deleted_is_refused(self, stage: Stage) -> None:
        doomed = stage.studio.guild.create_text_channel("doomed")
        card = await stage.draft()
        await stage.choose(card, "channel", doomed)
        channel = stage.studio.env.bot.get_channel(doomed.id)
        assert isinstance(channel, discord.TextChannel)
        await channel.delete()

        assert "deleted" in ephemeral_text(await stage.press(card, "Announce"))

    async def test_a_draft_is_announced_once_and_its_old_card_says_so(self, stage: Stage) -> None:
        card = await stage.draft()
        form = await stage.form(like=(await stage.only()).challenge_id)
        assert form.response is not None
        await stage.press(card, "Announce")

        again = await stage.press(form.response, "Announce")

        assert ephemeral_text(again).startswith("This draft no longer exists")
        assert "Harbors" in await stage.posted()

    async def test_a_draft_is_discarded(self, stage: Stage) -> None:
        card = await stage.draft()

        await stage.press(card, "Discard")

        assert texts(card) == "The draft of **Harbors** is deleted."
        assert await stage.challenges() == []

    async def test_a_draft_is_found_again_and_deleted_after_a_week(self, stage: Stage) -> None:
        await stage.draft(closes="in 20 days", ends="in 30 days")
        await stage.studio.restart()
        await stage.pass_time(6 * DAY)

        suggested = await stage.organizer.autocomplete(stage.studio.channel, "challenge create", "like", "")
        assert [choice["name"] for choice in suggested] == ["Your draft: Harbors"]
        answer = await stage.form(like=suggested[0]["value"])
        assert "## Harbors" in texts(answer.response)
        await stage.pass_time(DAY + MINUTE)

        assert await stage.challenges() == []
        assert await stage.organizer.autocomplete(stage.studio.channel, "challenge create", "like", "") == []

    async def test_a_draft_is_its_organizers_own(self, stage: Stage) -> None:
        await stage.draft()
        draft = await stage.only()
        other = member_who_may(stage.studio, "otto", manage_events=True)

        assert await other.autocomplete(stage.studio.channel, "challenge create", "like", "") == []
        refused = ephemeral_text(await stage.form(by=other, like=draft.challenge_id))
        assert refused.startswith("This server has no challenge called")


class TestLike:
    async def test_as_last_time_takes_rules_pictures_and_distances(self, stage: Stage) -> None:
        await stage.studio.app.client.studio.preferences.change(stage.organizer.id, time_zone="Europe/Berlin")
        card = await stage.draft(
            opens="2027-03-02 18:00", closes="2027-03-05 20:00", ends="2027-03-07 20:00", title="Harbors *2*"
        )
        await stage.choose(card, "entries", "4")
        await stage.choose(card, "recipe", "draft")
        await stage.submit(await stage.press(card, "Picture…"), picture=("SPOILER_boat.png", picture("red")))
        await stage.press(card, "Announce")
        stage.calendar.now = datetime(2027, 3, 24, 12, tzinfo=UTC)  # clocks go forward on the 28th
        await stage.studio.app.client.studio.preferences.change(stage.organizer.id, time_zone="America/New_York")

        suggested = await stage.organizer.autocomplete(stage.studio.channel, "challenge create", "like", "harb")
        assert [choice["name"] for choice in suggested] == ["As last time: Harbors *2*"]
        form = await stage.form(like=suggested[0]["value"])
        assert written_in(form) == {
            "title": "Harbors *2*",
            "theme": "Paint a harbor.",
            "opens": "2027-03-30 18:00",
            "closes": "2027-04-02 20:00",
            "ends": "2027-04-04 20:00",
        }
        assert "Europe/Berlin" in field(form, "opens")["description"]
        await stage.submit(form, theme="Ships")

        draft, earlier = await stage.only(Phase.DRAFT), await stage.only(Phase.SCHEDULED, Phase.OPEN, Phase.ENDED)
        assert draft.opens_at == datetime(2027, 3, 30, 16, tzinfo=UTC)
        assert draft.closes_at - draft.opens_at == earlier.closes_at - earlier.opens_at
        assert (draft.theme, draft.entries_per_member, draft.recipe_name) == ("Ships", 4, "draft")
        assert (draft.fixed, draft.zone) == (earlier.fixed, "Europe/Berlin")
        assert draft.challenge_id != earlier.challenge_id

    async def test_an_earlier_challenge_is_named_by_its_title(self, stage: Stage) -> None:
        card = await stage.draft(opens="in 1 hour")
        await stage.press(card, "Announce")

        for like in ("harbors", "as last time"):
            assert written_in(await stage.form(like=like))["title"] == "Harbors"
        refused = ephemeral_text(await stage.form(like="*Dusk*"))
        assert refused.startswith("This server has no challenge called")

    async def test_times_of_a_challenge_that_was_ended_within_minutes_are_not_repeated(self, stage: Stage) -> None:
        await stage.press(await stage.draft(), "Announce")
        await stage.pass_time(timedelta(minutes=2))
        await stage.studio.app.client.studio.life.end_now(await stage.only())

        written = written_in(await stage.form(like="Harbors"))

        assert written["opens"]
        assert (written["closes"], written["ends"]) == ("", "")

    async def test_a_role_that_the_organizer_cannot_give_is_not_copied(self, stage: Stage) -> None:
        studio = stage.studio
        prize = studio.guild.create_role("Champion")
        await studio.app.client.studio.servers.change(studio.guild.id, winner_role_id=prize.id)
        await stage.press(await stage.draft(opens="in 1 hour"), "Announce")
        assert (await stage.only()).winner_role_id == prize.id
        await studio.app.client.studio.servers.change(studio.guild.id, winner_role_id=None)

        await stage.submit(await stage.form(like="Harbors"))

        assert (await stage.only(Phase.DRAFT)).winner_role_id is None


class TestPrivacy:
    async def test_a_forgotten_member_has_no_drafts_and_nothing_written(self, stage: Stage) -> None:
        studio = stage.studio
        await stage.draft()
        wrong = await stage.submit(await stage.form(), **{**TEXTS, "closes": "soonish"})
        asked = await stage.organizer.slash(studio.channel, "forget-me")
        assert asked.response is not None

        await stage.organizer.click(asked.response, label="Forget me")

        assert texts(asked.response) == "## Forgotten\nDeleted: 1 draft of a challenge."
        assert await stage.challenges() == []
        assert ephemeral_text(await stage.press(wrong, "Try again")).startswith("What you wrote was kept for a day")
        again = await stage.organizer.slash(studio.channel, "forget-me")
        assert "Forget me" not in labels(again.response)

    async def test_an_announced_challenge_stays(self, stage: Stage) -> None:
        await stage.press(await stage.draft(), "Announce")

        assert not await stage.studio.app.client.studio.setup.knows(stage.organizer.id)
        await stage.studio.app.client.studio.setup.forget_member(stage.organizer.id)

        assert (await stage.only()).phase is Phase.OPEN
