"""`/history` and favorites: what members see of their paintings, what the buttons do, and who may see what."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest
from simcord.actors import MemberActor
from simcord.results import InteractionResult, ResponseMessage

from bot.cards.history import Bookmark, long_job_id, short_job_id
from bot.painting.job import Input, Job, JobState, PaintingOptions, Result
from bot.storage.history import Cursor, Direction
from tests.bot.conftest import (
    CONTENT,
    STYLE,
    OpenStudio,
    Studio,
    actions,
    ephemeral_text,
    file_name,
    files,
    labels,
    media,
    override_interactions,
    picture,
    texts,
    thumbnails,
    walk,
)
from tests.bot.jobs import REQUESTED_AT, make_job
from tests.bot.test_live_message import paint_undelivered

RESULT = ["painting.png", "progress.gif"]
FAVORITES_ONLY = "Favorites only"


async def add_painting(studio: Studio, number: int, *, owner: MemberActor | None = None, **fields: Any) -> Job:
    """Save a delivered painting that was asked for `number` minutes after the first, with a number as its seed."""
    store = studio.app.client.studio.pictures.store
    with store.lease() as lease:
        painting = await store.put(picture(size=(48, 32 + number)), lease=lease)
        small = await store.put(picture(size=(16, 16 + number), picture_format="JPEG"), lease=lease)
        return await _add(studio, number, owner, painting, small, fields)


async def _add(
    studio: Studio, number: int, owner: MemberActor | None, painting: str, small: str, fields: dict[str, Any]
) -> Job:
    results = [Result("painting", "image/png", painting), Result("thumbnail", "image/jpeg", small)]
    job = make_job(
        (owner or studio.alice).id,
        guild_id=studio.guild.id,
        state=JobState.DELIVERED,
        is_settled=True,
        created_at=REQUESTED_AT + timedelta(minutes=number),
        ended_at=datetime.now(UTC),
        options=PaintingOptions(size_px=64 + number),
        results=tuple(results),
        painting_seconds=14.0,
        message_id=1000 + number,
    )
    job = replace(job, **fields)
    await studio.app.client.studio.records.add(job)
    return job


async def history(studio: Studio, by: Any = None, channel: Any = None, **options: Any) -> ResponseMessage:
    """Return the card that `/history` shows a member (default: Alice)."""
    answer = await (by or studio.alice).slash(channel or studio.channel, "history", **options)
    assert answer.response is not None
    assert answer.response.ephemeral
    return answer.response


async def opened(studio: Studio, number: int = 1, *, by: Any = None, **options: Any) -> ResponseMessage:
    """Open a painting of the first page of a member's history (default: Alice)."""
    card = await history(studio, by, **options)
    await (by or studio.alice).select(card, [choices(card)[number - 1]["value"]])
    return card


def choices(card: ResponseMessage) -> list[dict[str, Any]]:
    """Return the paintings in the menu of a page."""
    [select] = [item for item in walk(card.components) if item["type"] == 3]
    return list(select["options"])


def sizes(card: ResponseMessage) -> list[int]:
    """Return the sizes of the paintings on a page, which tell them apart, from top to bottom."""
    return [int(size) for size in re.findall(r"\*\*Painterly\*\* · (\d+) px", texts(card))]


async def test_a_member_without_paintings_reads_how_to_begin(studio: Studio) -> None:
    card = await history(studio)

    assert texts(card) == "## Your paintings\nNo paintings here yet. Start with **/stylize**."
    assert labels(card) == [FAVORITES_ONLY]


async def test_a_painting_is_listed_with_thumbnail_options_date_and_link(studio: Studio) -> None:
    answer = await studio.stylize(recipe="draft", style_strength=2.0)
    await studio.finish()
    assert answer.response is not None

    card = await history(studio)

    title, name, where = texts(card).splitlines()
    assert title == "## Your paintings"
    assert re.fullmatch(r"\*\*1\.\*\* \*\*Draft\*\* · 64 px · style strength 2 · 1 sec", name)
    url = f"https://discord.com/channels/{studio.guild.id}/{studio.channel.id}/{answer.response.id}"
    assert re.fullmatch(rf"<t:\d+:f> · \[Open message\]\({url}\)", where)
    [job] = studio.engine.jobs
    [thumbnail] = thumbnails(card)
    assert file_name(thumbnail) == f"{job.job_id}.jpg"
    assert (await card.attachments[0].read()).startswith(b"\xff\xd8"), "a JPEG"


async def test_pages_go_from_the_newest_to_the_oldest_and_back_even_after_a_restart(studio: Studio) -> None:
    for number in range(12):
        await add_painting(studio, number)
    card = await history(studio)
    first = [75, 74, 73, 72, 71]
    assert sizes(card) == first
    assert labels(card) == ["Older", FAVORITES_ONLY]

    await studio.restart()
    await studio.alice.click(card, label="Older")
    assert sizes(card) == [70, 69, 68, 67, 66]
    assert labels(card) == ["Newer", "Older", FAVORITES_ONLY]

    await studio.alice.click(card, label="Older")
    assert sizes(card) == [65, 64]
    assert labels(card) == ["Newer", FAVORITES_ONLY]

    await studio.restart()
    await studio.alice.click(card, label="Newer")
    await studio.alice.click(card, label="Newer")
    assert sizes(card) == first
    assert labels(card) == ["Older", FAVORITES_ONLY]
    assert len(card.attachments) == 5, "the files of the other pages are gone"


async def test_paintings_of_one_moment_are_each_listed_once(studio: Studio) -> None:
    for number in range(7):
        await add_painting(studio, number, created_at=REQUESTED_AT)
    card = await history(studio)
    seen = sizes(card)

    await studio.alice.click(card, label="Older")

    assert sorted(seen + sizes(card)) == list(range(64, 71))


async def test_a_page_that_new_paintings_have_filled_up_turns_back_to_a_full_first_page(studio: Studio) -> None:
    for number in range(7):
        await add_painting(studio, number)
    card = await history(studio)
    await studio.alice.click(card, label="Older")
    await add_painting(studio, 50)

    await studio.alice.click(card, label="Newer")
    assert sizes(card) == [70, 69, 68, 67, 66]
    await studio.alice.click(card, label="Newer")

    assert sizes(card) == [114, 70, 69, 68, 67]


async def test_only_finished_paintings_that_were_not_deleted_are_listed(studio: Studio) -> None:
    await add_painting(studio, 0)
    await add_painting(studio, 1, state=JobState.DELETED)
    await add_painting(studio, 2, state=JobState.CANCELED, results=())
    await add_painting(studio, 3, state=JobState.FAILED, results=())
    await add_painting(studio, 4, state=JobState.FAILED, message_id=None)
    await add_painting(studio, 5, owner=studio.bob)

    card = await history(studio)

    assert sizes(card) == [68, 64]
    assert texts(card).count("Open message") == 1


async def test_a_history_has_the_paintings_of_every_server_and_works_in_direct_messages(studio: Studio) -> None:
    await add_painting(studio, 0)
    await studio.alice.user.slash("stylize", content=CONTENT, style=STYLE, size=128)
    await studio.finish()

    here, answer = await history(studio), await studio.alice.user.slash("history")

    assert sizes(here) == sizes(answer.response) == [128, 64]
    await studio.alice.user.select(answer.response, [choices(answer.response)[0]["value"]])
    shown = await studio.alice.user.click(answer.response, label="Show here")
    assert files(shown.followups[0]) == RESULT


async def test_a_members_own_installation_shows_their_history(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    await add_painting(studio, 0)
    override_interactions(monkeypatch, authorizing_integration_owners={"1": str(studio.alice.id)}, app_permissions="0")

    card = await opened(studio)

    assert sizes(card) == [64]
    assert "Show here" in labels(card)


async def test_a_history_is_in_the_members_language(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    await add_painting(studio, 0)
    override_interactions(monkeypatch, locale="de")

    card = await history(studio)

    assert texts(card).startswith("## Deine Gemälde\n")
    assert "[Zur Nachricht](" in texts(card)
    assert labels(card) == ["Nur Favoriten"]


async def test_an_open_painting_has_the_buttons_of_its_result_and_leads_back(studio: Studio) -> None:
    for number in range(7):
        await add_painting(studio, number)
    card = await history(studio)
    await studio.alice.click(card, label="Older")

    await studio.alice.select(card, [choices(card)[1]["value"]])
    assert "### **Painterly** · 64 px · 14 sec" in texts(card)
    assert re.search(r"^-# Kept until <t:\d+:D>$", texts(card), re.MULTILINE)
    assert labels(card) == [
        "Again",
        "Edit…",
        "HD",
        "Star",
        "Delete",
        "Show here",
        "Back to the list",
    ]
    assert "Stronger style" in actions(card)
    assert len(thumbnails(card)) == 1

    await studio.restart()
    await studio.alice.click(card, label="Back to the list")
    assert sizes(card) == [65, 64]


async def test_a_variation_from_the_history_links_to_the_original_and_leaves_the_history(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.step(3)
    card = await opened(studio)
    assert answer.response is not None

    varied = await studio.alice.click(card, label="Again")
    await studio.finish()

    assert files(varied.response) == RESULT
    assert not varied.response.ephemeral  # type: ignore[union-attr]
    url = f"https://discord.com/channels/{studio.guild.id}/{studio.channel.id}/{answer.response.id}"
    assert f"-# New variation of [this painting]({url})" in texts(varied.response)
    assert "Back to the list" in labels(card)


async def choose(studio: Studio, card: ResponseMessage, label: str) -> InteractionResult:
    """Choose an entry of the menu below an open painting."""
    return await studio.alice.select(card, [actions(card)[label]])


async def test_the_menu_of_an_open_painting_swaps_and_shares_it(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.finish()
    showcase = studio.guild.create_text_channel("showcase")
    await studio.app.client.studio.servers.change(studio.guild.id, showcase_channel_id=showcase.id)
    card = await opened(studio)
    assert answer.response is not None

    await choose(studio, card, "Share in the showcase")
    swapped = await choose(studio, card, "Swap content and style")
    await studio.finish()

    url = f"https://discord.com/channels/{studio.guild.id}/{studio.channel.id}/{answer.response.id}"
    assert f"[Vary it where it was painted]({url})" in texts(showcase.history()[0])
    assert (studio.engine.jobs[1].content, studio.engine.jobs[1].styles[0].picture) == (STYLE[1], CONTENT[1])
    assert f"Content and style of [this painting]({url})" in texts(swapped.response)


async def test_a_painting_of_an_age_restricted_channel_is_not_shared_from_the_history_elsewhere(
    studio: Studio,
) -> None:
    await studio.stylize()
    await studio.finish()
    showcase, elsewhere = (studio.guild.create_text_channel(name) for name in ("showcase", "elsewhere"))
    await studio.app.client.studio.servers.change(studio.guild.id, showcase_channel_id=showcase.id)
    channel = studio.app.client.get_channel(studio.channel.id)
    assert isinstance(channel, discord.TextChannel)
    channel.nsfw = True
    card = await opened(studio, channel=elsewhere)

    refused = await choose(studio, card, "Share in the showcase")

    assert ephemeral_text(refused).startswith("The painting is from an age-restricted channel")
    assert showcase.history() == []


async def test_show_here_shows_painting_and_timelapse_to_the_member_alone(studio: Studio) -> None:
    await studio.stylize()
    await studio.finish()
    card = await opened(studio)

    answer = await studio.alice.click(card, label="Show here")

    [shown] = answer.followups
    assert shown.ephemeral
    assert [file_name(url) for url in media(shown)] == RESULT


async def test_a_spoiler_stays_hidden_in_the_history(studio: Studio) -> None:
    await add_painting(studio, 0, inputs=(Input("content", is_spoiler=True), Input("style")))
    card = await opened(studio)

    answer = await studio.alice.click(card, label="Show here")

    assert file_name(thumbnails(card)[0]).startswith("SPOILER_")
    assert files(answer.followups[0]) == ["SPOILER_painting.png"]


async def test_deleting_from_the_history_deletes_the_paintings_message(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.finish()
    elsewhere = studio.guild.create_text_channel("elsewhere")
    card = await opened(studio, channel=elsewhere)

    await studio.alice.click(card, label="Delete")
    assert texts(card).startswith("## Delete this painting?")
    assert thumbnails(card) == []
    await studio.alice.click(card, label="Delete")

    assert answer.response is None
    title, *lines = texts(card).splitlines()
    assert title == "## Your paintings"
    assert lines == ["The painting was deleted.", "No paintings here yet. Start with **/stylize**."]


async def test_deleting_leads_back_to_the_page_that_the_painting_was_on(studio: Studio) -> None:
    for number in range(7):
        await add_painting(studio, number)
    card = await history(studio)
    await studio.alice.click(card, label="Older")
    await studio.alice.select(card, [choices(card)[0]["value"]])

    await studio.alice.click(card, label="Delete")
    await studio.alice.click(card, label="Delete")

    assert sizes(card) == [64]
    await studio.alice.click(card, label="Newer")
    assert sizes(card) == [70, 69, 68, 67, 66]
    assert "deleted" not in texts(card)


async def test_a_painting_that_is_kept_stays_open(studio: Studio) -> None:
    await add_painting(studio, 0)
    card = await opened(studio)
    before = texts(card)

    await studio.alice.click(card, label="Delete")
    await studio.alice.click(card, label="Cancel")

    assert texts(card) == before
    assert len(thumbnails(card)) == 1


async def test_a_painting_whose_message_stays_is_gone_from_the_history(studio: Studio) -> None:
    await add_painting(studio, 0, message_channel_id=studio.channel.id)
    card = await opened(studio)
    await studio.alice.click(card, label="Delete")
    by_id = "/channels/*/messages/*"
    studio.env.inject_error("DELETE", by_id, status=403, code=50001, message="Missing Access", times=None)

    answer = await studio.alice.click(card, label="Delete")

    assert ephemeral_text(answer).startswith("Atelier deleted its copy of this painting but couldn't delete")
    assert texts(card) == "## Your paintings\nNo paintings here yet. Start with **/stylize**."


async def test_a_painting_that_could_not_be_delivered_can_be_deleted(studio: Studio) -> None:
    await paint_undelivered(studio)
    card = await opened(studio)

    await studio.alice.click(card, label="Delete")
    await studio.alice.click(card, label="Delete")

    assert "No paintings here yet" in texts(card)
    assert "couldn't be posted" not in texts((await studio.alice.slash(studio.channel, "queue")).response)


async def test_back_to_the_list_shows_newer_paintings_if_the_others_are_deleted(studio: Studio) -> None:
    await studio.stylize()
    await studio.finish()
    [card, other] = [await opened(studio), await opened(studio)]
    await studio.alice.click(other, label="Delete")
    await studio.alice.click(other, label="Delete")
    await studio.stylize()
    await studio.finish()

    await studio.alice.click(card, label="Back to the list")

    assert len(choices(card)) == 1


async def test_deleting_from_the_history_deletes_the_post_in_the_showcase(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.finish()
    showcase = studio.guild.create_text_channel("showcase")
    await studio.app.client.studio.servers.change(studio.guild.id, showcase_channel_id=showcase.id)
    await studio.press(answer, "Share in the showcase")
    [post] = showcase.history()
    question = await studio.alice.click(post, label="Delete")
    await studio.alice.click(question.followups[0], label="Cancel")

    card = await opened(studio)
    await studio.alice.click(card, label="Delete")
    await studio.alice.click(card, label="Delete")

    assert answer.response is None
    assert showcase.history() == []


async def test_a_painting_that_was_deleted_in_the_meantime_cannot_be_opened(studio: Studio) -> None:
    job = await add_painting(studio, 0)
    card = await history(studio)
    await studio.app.client.studio.records.save(job.deleted())

    answer = await studio.alice.select(card, [choices(card)[0]["value"]])

    assert ephemeral_text(answer).startswith("This painting is no longer in the history")


async def test_paintings_whose_files_are_gone_say_so(studio: Studio) -> None:
    await add_painting(studio, 0, files_deleted_at=datetime(2026, 3, 5, tzinfo=UTC))
    await add_painting(studio, 1)
    store = studio.app.client.studio.pictures.store
    for file in await store.files():
        store.path_of(file.sha256).unlink()

    card = await history(studio)

    assert sizes(card) == [65, 64]
    assert thumbnails(card) == []
    assert "-# Atelier no longer has its files." in texts(card)
    assert "-# Atelier deleted its files on <t:1772668800:D> to make room for others." in texts(card)
    await studio.alice.select(card, [choices(card)[0]["value"]])
    assert "Show here" not in labels(card)
    assert "Kept" not in texts(card)


async def test_show_here_says_when_the_files_have_just_gone(studio: Studio) -> None:
    await add_painting(studio, 0)
    card = await opened(studio)
    store = studio.app.client.studio.pictures.store
    for file in await store.files():
        store.path_of(file.sha256).unlink()

    answer = await studio.alice.click(card, label="Show here")

    assert ephemeral_text(answer).startswith("Atelier no longer has this painting's files.")


async def test_a_small_painting_without_a_thumbnail_is_its_own(studio: Studio) -> None:
    job = await add_painting(studio, 0)
    await add_painting(studio, 1, results=job.results[:1])

    assert len(thumbnails(await history(studio))) == 2


# Favorites.


async def test_a_starred_painting_is_a_favorite_until_it_is_unstarred(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.finish()
    await add_painting(studio, 0)

    starred = await studio.press(answer, "Star")
    [said] = starred.followups
    assert said.ephemeral
    assert texts(said).startswith("⭐ It's one of your favorites.")
    assert files(answer.response) == RESULT

    card = await history(studio)
    assert re.search(r"\*\*1\.\*\* ⭐ \*\*Painterly\*\*", texts(card))
    await studio.alice.click(card, label=FAVORITES_ONLY)
    assert texts(card).startswith("## Your favorites\n")
    assert len(choices(card)) == 1

    await studio.restart()
    await studio.alice.click(said, label="Unstar")
    assert texts(said).startswith("It's no longer one of your favorites.")
    await studio.alice.click(card, label="All paintings")
    assert "⭐" not in texts(card)
    await studio.alice.click(card, label=FAVORITES_ONLY)
    assert texts(card) == "## Your favorites\nNo favorites yet. Press **Star** below a painting to keep it."


async def test_starring_twice_changes_nothing(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.finish()

    for _ in range(2):
        starred = await studio.press(answer, "Star")
        assert texts(starred.followups[0]).startswith("⭐ It's one of your favorites.")


async def test_an_open_painting_can_be_starred_and_unstarred(studio: Studio) -> None:
    for number in range(6):
        await add_painting(studio, number)
    card = await opened(studio, 5)

    await studio.alice.click(card, label="Star")
    assert "### ⭐ **Painterly**" in texts(card)
    assert "-# Kept for as long as it's a favorite" in texts(card)
    await studio.restart()
    await studio.alice.click(card, label="Back to the list")
    assert sizes(card) == [69, 68, 67, 66, 65]
    await studio.alice.click(card, label=FAVORITES_ONLY)
    assert sizes(card) == [65]

    await studio.alice.select(card, [choices(card)[0]["value"]])
    await studio.alice.click(card, label="Unstar")
    assert "### **Painterly**" in texts(card)
    await studio.alice.click(card, label="Back to the list")
    assert texts(card).startswith("## Your favorites\nNo favorites yet.")


async def test_favorites_have_pages_of_their_own(studio: Studio) -> None:
    for number in range(14):
        job = await add_painting(studio, number)
        if number % 2 == 0:
            await studio.app.client.studio.favorites.add(studio.alice.id, job.job_id)
    card = await history(studio)
    await studio.alice.click(card, label=FAVORITES_ONLY)
    assert sizes(card) == [76, 74, 72, 70, 68]

    await studio.alice.click(card, label="Older")
    assert sizes(card) == [66, 64]
    assert labels(card) == ["Newer", "All paintings"]
    await studio.alice.click(card, label="Newer")
    assert sizes(card) == [76, 74, 72, 70, 68]


async def test_only_the_owner_can_star_a_painting(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.finish()

    refused = await studio.press(answer, "Star", by=studio.mia)

    assert ephemeral_text(refused) == (
        f"You can only star your own paintings, and this one is <@{studio.alice.id}>'s. "
        "Press Again to make one of your own."
    )


async def test_a_member_with_too_many_favorites_is_told_the_limit(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(retention={"member_favorites": 1})
    for number in range(2):
        await add_painting(studio, number)
    await studio.alice.click(await opened(studio, 1), label="Star")
    second = await opened(studio, 2)

    answer = await studio.alice.click(second, label="Star")
    assert ephemeral_text(answer) == "You already have 1 favorite; that's the limit. Unstar it in /history first."

    first = await opened(studio, 1)
    await studio.alice.click(first, label="Delete")
    await studio.alice.click(first, label="Delete")
    await studio.alice.click(second, label="Star")
    assert "### ⭐ **Painterly**" in texts(second), "a deleted painting is no favorite"


async def test_forget_me_forgets_favorites(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.finish()
    await studio.press(answer, "Star")

    asked = await studio.alice.slash(studio.channel, "forget-me")
    assert asked.response is not None
    await studio.alice.click(asked.response, label="Forget me")

    starred = await studio.press(answer, "Star")
    assert ephemeral_text(starred).startswith("This painting is no longer in the history")
    assert texts(await history(studio)).endswith("Start with **/stylize**.")


# Moderators.


async def test_moderators_see_what_a_member_asked_for_on_their_server(studio: Studio) -> None:
    await add_painting(studio, 0)
    await add_painting(studio, 1, address=replace(make_job().address, guild_id=studio.guild.id + 1))
    await add_painting(studio, 2, address=replace(make_job().address, guild_id=studio.guild.id, is_private=True))
    await add_painting(studio, 3, owner=studio.bob)

    card = await history(studio, studio.mia, member=studio.alice)

    assert texts(card).startswith(f"## Paintings of <@{studio.alice.id}> on this server\n")
    assert sizes(card) == [64]
    assert labels(card) == []


async def test_moderators_can_look_at_a_members_painting_and_delete_it(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.finish()
    card = await opened(studio, by=studio.mia, member=studio.alice)
    assert "Star" not in labels(card)

    shown = await studio.mia.click(card, label="Show here")
    assert files(shown.followups[0]) == RESULT
    await studio.mia.click(card, label="Delete")
    await studio.mia.click(card, label="Delete")

    assert answer.response is None
    assert texts(card).startswith(f"## Paintings of <@{studio.alice.id}> on this server\nThe painting was deleted.")


NOT_A_MODERATOR = (
    "Only moderators (with Manage Messages on this server) can see other members' paintings. "
    "Leave out `member` to see your own."
)


async def test_other_members_see_only_their_own_paintings(studio: Studio) -> None:
    await add_painting(studio, 0)
    allowed: Any = {studio.bob: discord.PermissionOverwrite(manage_messages=True)}
    moderated = studio.guild.create_text_channel("moderated by bob", overwrites=allowed)

    for channel in (studio.channel, moderated):
        answer = await studio.bob.slash(channel, "history", member=studio.alice)
        assert ephemeral_text(answer) == NOT_A_MODERATOR
    answer = await studio.mia.user.slash("history", member=studio.alice.user)
    assert ephemeral_text(answer) == NOT_A_MODERATOR


async def test_a_moderator_who_no_longer_is_one_sees_no_further_page(studio: Studio) -> None:
    for number in range(7):
        await add_painting(studio, number)
    card = await history(studio, studio.mia, member=studio.alice)
    page = sizes(card)
    studio.env.backend.get_guild(studio.guild.id).members[studio.mia.id].role_ids.clear()

    answer = await studio.mia.click(card, label="Older")

    assert ephemeral_text(answer) == NOT_A_MODERATOR
    assert sizes(card) == page


# Custom IDs.


def test_a_custom_id_with_the_largest_numbers_fits_and_can_be_read_again() -> None:
    cursor = Cursor(datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "f" * 32)
    bookmark = Bookmark(2**64 - 1, favorites_only=True, cursor=cursor, direction=Direction.OLDER)

    assert len(f"atelier:history:unstar:{short_job_id('f' * 32)}:{bookmark}") <= 100
    assert long_job_id(short_job_id("0123456789abcdef" * 2)) == "0123456789abcdef" * 2
