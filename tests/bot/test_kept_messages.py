"""Messages that the bot posts by itself: posted once, edited afterwards, and posted again if somebody deletes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import discord
import pytest
from simcord.backend.models import Overwrite
from simcord.builders import ChannelHandle
from simcord.enums import OverwriteType
from simcord.types import HttpLogEntry
from sqlalchemy.exc import IntegrityError

from bot.cards.card import layout, picture
from bot.errors import DatabaseAway, PlaceLost, PlaceProblem
from bot.messages.answer import MAX_UPLOAD_BYTES, Shown
from bot.messages.card import Card, CardFile, FileOnDisk
from bot.messages.kept import KeptMessages, NotShown
from bot.messages.pace import EditPace
from bot.messages.places import Place
from bot.storage.kept_messages import KeptMessageRecords
from tests.bot.conftest import Studio, files, texts
from tests.bot.conftest import picture as encoded
from tests.databases import database_refusing

KEY = "challenge:7"
SEA, FOREST = (CardFile(f"{name}.png", encoded(color)) for name, color in (("sea", "blue"), ("forest", "green")))


def card(text: str, *pictures: CardFile) -> Card:
    view = layout(discord.ui.TextDisplay(text), *(picture(file, alt=file.name) for file in pictures))
    return Card(view, pictures)


def kept(studio: Studio) -> KeptMessages:
    return studio.app.client.studio.kept


async def show(
    studio: Studio, text: str, *pictures: CardFile, place: Any = None, key: str = KEY, **options: Any
) -> Shown:
    """Show a card, by default in the studio's channel."""
    where = Place(studio.guild.id, (place or studio.channel).id, title="Waves")
    with studio.env.time_context():
        shown = await kept(studio).show(key, where, card(text, *pictures), **options)
    await studio.env.settle()
    return shown


def requests(studio: Studio, method: str = "*") -> list[HttpLogEntry]:
    """Return the requests that concern messages and threads."""
    return [
        request
        for request in studio.env.http_requests
        if request.path.startswith("/channels/") and method in {"*", request.method}
    ]


def shown_in(channel: Any) -> list[str]:
    """Return the texts of the cards in a channel."""
    return [texts(message) for message in channel.history() if message.components]


def permit(studio: Studio, channel: ChannelHandle, *, deny: tuple[str, ...] = ()) -> None:
    """Deny the bot these permissions in a channel, and no others."""
    assert studio.env.bot.user is not None
    denied = discord.Permissions(**dict.fromkeys(deny, True))
    overwrite = Overwrite(studio.env.bot.user.id, OverwriteType.MEMBER, allow=0, deny=denied.value)
    studio.env.backend.set_overwrite(channel.id, overwrite)


def forum(studio: Studio) -> ChannelHandle:
    return studio.guild.create_forum_channel("challenges")


def require_tag(studio: Studio, place: ChannelHandle, *, moderated: int, open_to_all: int) -> None:
    """Make a forum require one of two tags, the first of which only moderators may use."""
    tags = [
        {"id": str(tag_id), "name": str(tag_id), "moderated": tag_id == moderated, "emoji_id": None, "emoji_name": None}
        for tag_id in (moderated, open_to_all)
    ]
    studio.env.backend.edit_channel(place.id, {"available_tags": tags})
    known: Any = studio.env.bot.get_channel(place.id)
    known._flags = 1 << 4  # which simcord doesn't know


async def thread(studio: Studio, **state: bool) -> ChannelHandle:
    """Create a thread, archived or locked if wanted."""
    channel: Any = studio.env.bot.get_channel(studio.channel.id)
    await channel.create_thread(name="entries", type=discord.ChannelType.public_thread)
    [found] = studio.channel.threads
    await set_state(studio, found, **state)
    return found


async def set_state(studio: Studio, found: ChannelHandle, **state: bool) -> None:
    """Archive or lock a thread. The client forgets a thread that is archived."""
    studio.env.backend.edit_channel(found.id, {}, thread_metadata=state)
    await studio.env.settle()


def is_archived(found: ChannelHandle) -> bool:
    metadata = found._channel.thread_metadata
    assert metadata is not None
    return metadata.archived


async def lost(studio: Studio, text: str, **options: Any) -> PlaceLost:
    """Show a card where that isn't possible, and return why."""
    with pytest.raises(PlaceLost) as caught:
        await show(studio, text, **options)
    return caught.value


# Posting and editing.


async def test_a_card_is_posted_once_and_edited_afterwards(studio: Studio) -> None:
    first = await show(studio, "3 entries")
    second = await show(studio, "4 entries")

    assert first == Shown(studio.channel.id, first.message_id, studio.guild.id, is_new_message=True)
    assert second == Shown(studio.channel.id, first.message_id, studio.guild.id)
    assert shown_in(studio.channel) == ["4 entries"]


async def test_a_card_that_shows_the_same_already_costs_no_request(studio: Studio) -> None:
    first = await show(studio, "3 entries", SEA)
    await studio.restart()
    before = len(studio.env.http_requests)

    second = await show(studio, "3 entries", SEA)

    assert second.message_id == first.message_id
    assert len(studio.env.http_requests) == before


async def test_a_file_that_stays_is_not_uploaded_again_even_after_a_restart(studio: Studio) -> None:
    await show(studio, "3 entries", SEA, FOREST)
    [message] = studio.channel.history()
    sea, forest = message.attachments
    await studio.restart()

    await show(studio, "4 entries", SEA, FOREST)
    [edited] = studio.channel.history()
    assert [attachment.id for attachment in edited.attachments] == [sea.id, forest.id]

    other = CardFile("forest.png", encoded("brown"))
    await show(studio, "4 entries", other, SEA)
    [edited] = studio.channel.history()
    assert files(edited) == ["forest.png", "sea.png"]
    assert edited.attachments[0].id not in {sea.id, forest.id}
    assert edited.attachments[1].id == sea.id
    assert await edited.attachments[0].read() == other.source


async def test_a_file_on_disk_is_recognized_without_reading_it(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "a picture"
    path.write_bytes(encoded("red"))
    on_disk = CardFile("red.png", FileOnDisk(path, path.stat().st_size))
    await show(studio, "3 entries", on_disk)
    path.unlink()

    await show(studio, "4 entries", on_disk)

    [message] = studio.channel.history()
    assert files(message) == ["red.png"]
    assert shown_in(studio.channel) == ["4 entries"]


async def test_two_changes_at_the_same_time_post_one_message(studio: Studio) -> None:
    await asyncio.gather(show(studio, "3 entries"), show(studio, "3 entries"), show(studio, "4 entries"))

    assert shown_in(studio.channel) == ["4 entries"]


async def test_only_the_first_message_pings_anybody(studio: Studio) -> None:
    role = studio.guild.create_role("painters")
    mentions = discord.AllowedMentions(roles=[discord.Object(role.id)], everyone=False, users=False)

    first = await show(studio, f"{role.mention}: begin", mentions=mentions)
    assert pings(studio, first) == [role.id]
    await show(studio, f"{role.mention}: 1 entry", mentions=mentions)
    assert pings(studio, first) == []
    studio.env.backend.delete_message(studio.channel.id, first.message_id)
    again = await show(studio, f"{role.mention}: 2 entries", mentions=mentions)
    assert pings(studio, again) == []


async def test_a_card_pings_nobody_by_default(studio: Studio) -> None:
    role = studio.guild.create_role("painters")

    shown = await show(studio, f"@everyone {role.mention} {studio.alice.mention}")

    message = studio.env.backend.get_message(studio.channel.id, shown.message_id)
    assert (message.ping_role_ids, message.ping_user_ids, message.mention_everyone) == ([], [], False)


def pings(studio: Studio, shown: Shown) -> list[int]:
    """Return the roles that a message has pinged."""
    return list(studio.env.backend.get_message(shown.channel_id, shown.message_id).ping_role_ids)


class CountedPace(EditPace):
    """Lets every edit through, and remembers in which channels."""

    def __init__(self) -> None:
        super().__init__(interval_seconds=0)
        self.turns: list[Hashable] = []

    @asynccontextmanager
    async def turn(self, channel: Hashable, *, is_final: bool) -> AsyncIterator[None]:
        self.turns.append(channel)
        async with super().turn(channel, is_final=is_final):
            yield


async def test_edits_take_turns_once_the_message_is_old(studio: Studio) -> None:
    pace = CountedPace()
    messages = KeptMessages(KeptMessageRecords(studio.app.sessions), pace=pace)
    messages.attach(studio.app.client)
    place = Place(studio.guild.id, studio.channel.id)
    with studio.env.time_context():
        await messages.show(KEY, place, card("3 entries"))
        await messages.show(KEY, place, card("4 entries"))
        assert pace.turns == []
        await studio.env.advance_time(60 * 60)

        await messages.show(KEY, place, card("5 entries"))

    assert pace.turns == [studio.channel.id]
    assert shown_in(studio.channel) == ["5 entries"]


@pytest.mark.parametrize("kind", ["news", "voice"])
async def test_announcement_and_voice_channels_hold_cards(studio: Studio, kind: str) -> None:
    create = studio.guild.create_news_channel if kind == "news" else studio.guild.create_voice_channel
    channel = create("elsewhere")

    await show(studio, "3 entries", SEA, place=channel)
    await show(studio, "4 entries", SEA, place=channel)

    assert shown_in(channel) == ["4 entries"]


# What members do to it.


async def test_a_deleted_message_is_posted_again_when_it_changes(studio: Studio) -> None:
    first = await show(studio, "3 entries", SEA)
    studio.env.backend.delete_message(studio.channel.id, first.message_id)

    second = await show(studio, "4 entries", SEA)

    assert second.is_new_message
    assert second.message_id != first.message_id
    [message] = studio.channel.history()
    assert (texts(message), files(message)) == ("4 entries", ["sea.png"])


async def test_a_deleted_message_is_posted_again_unchanged_if_asked_to(studio: Studio) -> None:
    first = await show(studio, "3 entries")
    studio.env.backend.delete_message(studio.channel.id, first.message_id)

    unnoticed = await show(studio, "3 entries")
    assert unnoticed.message_id == first.message_id
    await show(studio, "3 entries", even_if_unchanged=True)

    assert shown_in(studio.channel) == ["3 entries"]


async def test_a_deleted_channel_is_a_problem_until_another_one_is_chosen(studio: Studio) -> None:
    channel = studio.guild.create_text_channel("short-lived")
    await show(studio, "3 entries", place=channel)
    studio.env.backend.delete_channel(channel.id)
    await studio.env.settle()

    problem = await lost(studio, "4 entries", place=channel)
    assert problem == PlaceLost(channel.id, PlaceProblem.GONE)
    assert "Choose another channel." in str(problem)

    await show(studio, "4 entries")
    assert shown_in(studio.channel) == ["4 entries"]


async def test_a_message_moves_to_another_channel(studio: Studio) -> None:
    other = studio.guild.create_text_channel("other")
    await show(studio, "3 entries", SEA)

    moved = await show(studio, "3 entries", SEA, place=other)

    assert moved.channel_id == other.id
    assert shown_in(other) == ["3 entries"]
    assert studio.channel.history() == []


async def test_a_server_that_the_bot_has_left_is_a_problem(studio: Studio) -> None:
    await show(studio, "3 entries")
    studio.env.backend.remove_guild(studio.guild.id)
    await studio.env.settle()

    assert (await lost(studio, "4 entries")).why is PlaceProblem.GONE


async def test_a_server_in_an_outage_is_left_for_later(studio: Studio) -> None:
    await show(studio, "3 entries")
    guild: Any = studio.env.bot.get_guild(studio.guild.id)
    guild.unavailable = True

    with pytest.raises(ConnectionError):
        await show(studio, "4 entries")

    guild.unavailable = False
    await show(studio, "4 entries")
    assert shown_in(studio.channel) == ["4 entries"]


# Threads.


async def test_an_archived_thread_is_opened(studio: Studio) -> None:
    place = await thread(studio)
    await show(studio, "3 entries", place=place)
    await set_state(studio, place, archived=True)

    await show(studio, "3 entries", place=place)
    assert is_archived(place)
    await show(studio, "4 entries", place=place)

    assert not is_archived(place)
    assert shown_in(place) == ["4 entries"]


@pytest.mark.parametrize("archived", [False, True])
async def test_a_locked_thread_is_a_problem_until_it_is_unlocked(studio: Studio, archived: bool) -> None:
    place = await thread(studio)
    permit(studio, studio.channel, deny=("manage_threads",))
    await show(studio, "3 entries", place=place)
    await set_state(studio, place, archived=archived, locked=True)
    before = len(requests(studio, "PATCH"))

    problem = await lost(studio, "4 entries", place=place)
    assert problem == PlaceLost(place.id, PlaceProblem.LOCKED, ("manage_threads",))
    assert "give Atelier the permission Manage Threads" in str(problem)
    assert len(requests(studio, "PATCH")) == before

    await set_state(studio, place, locked=False)
    await show(studio, "4 entries", place=place)
    assert shown_in(place) == ["4 entries"]


async def test_a_bot_that_may_manage_threads_posts_in_a_locked_one(studio: Studio) -> None:
    place = await thread(studio, archived=True, locked=True)

    await show(studio, "3 entries", place=place)

    assert shown_in(place) == ["3 entries"]
    assert not is_archived(place)


async def test_a_thread_that_closes_at_the_wrong_moment_is_a_problem_that_passes(studio: Studio) -> None:
    place = await thread(studio)
    await show(studio, "3 entries", place=place)
    studio.env.inject_error("PATCH", "/channels/*/messages/*", status=400, code=50083)

    assert (await lost(studio, "4 entries", place=place)).why is PlaceProblem.LOCKED
    await show(studio, "4 entries", place=place)
    assert shown_in(place) == ["4 entries"]


async def test_a_message_gets_one_thread(studio: Studio) -> None:
    shown = await show(studio, "3 entries")

    thread_id = await kept(studio).thread_of(KEY, "Entries")
    assert await kept(studio).thread_of(KEY, "Entries") == thread_id == shown.message_id
    await studio.restart()
    assert await kept(studio).thread_of(KEY, "Entries") == thread_id

    [found] = studio.channel.threads
    assert (found.id, found.name) == (thread_id, "Entries")
    await show(studio, "one", key="challenge:7:entries:1", place=found)
    assert shown_in(found) == ["one"]


async def test_a_thread_survives_its_message(studio: Studio) -> None:
    first = await show(studio, "3 entries")
    thread_id = await kept(studio).thread_of(KEY, "Entries")
    studio.env.backend.delete_message(studio.channel.id, first.message_id)

    await show(studio, "4 entries")

    assert await kept(studio).thread_of(KEY, "Entries") == thread_id


async def test_an_archived_thread_of_a_message_is_still_its_thread(studio: Studio) -> None:
    await show(studio, "3 entries")
    thread_id = await kept(studio).thread_of(KEY, "Entries")
    await set_state(studio, studio.channel.threads[0], archived=True)

    assert await kept(studio).thread_of(KEY, "Entries") == thread_id
    assert is_archived(studio.channel.threads[0])


async def test_a_deleted_thread_is_created_again(studio: Studio) -> None:
    await show(studio, "3 entries")
    thread_id = await kept(studio).thread_of(KEY, "Entries")
    studio.env.backend.delete_channel(thread_id)
    await studio.env.settle()

    created = await kept(studio).thread_of(KEY, "Entries")

    assert [found.id for found in studio.channel.threads] == [created]


async def test_a_message_that_has_had_a_thread_gets_a_separate_one_instead(studio: Studio) -> None:
    await show(studio, "3 entries")
    studio.env.inject_error("POST", "/channels/*/messages/*/threads", status=400, code=160004)

    created = await kept(studio).thread_of(KEY, "Entries")

    assert [found.id for found in studio.channel.threads] == [created]
    assert await kept(studio).thread_of(KEY, "Entries") == created


async def test_threads_in_an_announcement_channel_are_of_its_kind(studio: Studio) -> None:
    channel = studio.guild.create_news_channel("news")
    await show(studio, "3 entries", place=channel)
    studio.env.inject_error("POST", "/channels/*/messages/*/threads", status=400, code=160004)
    studio.env.inject_error("POST", f"/channels/{channel.id}/threads", status=503, times=None)  # simcord has none

    with pytest.raises(discord.HTTPException):
        await kept(studio).thread_of(KEY, "Entries")

    created = requests(studio, "POST")[-1]
    assert created.path == f"/channels/{channel.id}/threads"
    assert created.json is not None
    assert created.json["type"] == discord.ChannelType.news_thread.value


async def test_a_thread_that_was_created_but_not_saved_is_found(studio: Studio) -> None:
    shown = await show(studio, "3 entries")
    async with database_refusing(
        studio.data_dir, "UPDATE", table="kept_messages", condition="NEW.thread_id IS NOT NULL"
    ):
        with pytest.raises(IntegrityError):
            await kept(studio).thread_of(KEY, "Entries")
    await studio.restart()
    studio.env.inject_error("POST", "/channels/*/messages/*/threads", status=400, code=160004)

    assert await kept(studio).thread_of(KEY, "Entries") == shown.message_id
    assert len(studio.channel.threads) == 1


async def test_a_thread_needs_its_message(studio: Studio) -> None:
    with pytest.raises(NotShown):
        await kept(studio).thread_of(KEY, "Entries")
    shown = await show(studio, "3 entries")
    studio.env.backend.delete_message(studio.channel.id, shown.message_id)

    with pytest.raises(NotShown):
        await kept(studio).thread_of(KEY, "Entries")
    again = await show(studio, "3 entries")

    assert await kept(studio).thread_of(KEY, "Entries") == again.message_id != shown.message_id


async def test_a_message_in_a_thread_has_no_other_thread(studio: Studio) -> None:
    place = await thread(studio)
    await show(studio, "3 entries", place=place)

    assert await kept(studio).thread_of(KEY, "Entries") == place.id


async def test_a_voice_channel_has_no_threads(studio: Studio) -> None:
    channel = studio.guild.create_voice_channel("talk")
    await show(studio, "3 entries", place=channel)

    with pytest.raises(PlaceLost) as caught:
        await kept(studio).thread_of(KEY, "Entries")
    assert caught.value.why is PlaceProblem.KIND


async def test_a_thread_needs_a_permission(studio: Studio) -> None:
    await show(studio, "3 entries")
    permit(studio, studio.channel, deny=("create_public_threads",))
    await studio.env.settle()

    with pytest.raises(PlaceLost) as caught:
        await kept(studio).thread_of(KEY, "Entries")
    assert caught.value.permissions == ("create_public_threads",)
    assert "it needs Create Public Threads" in str(caught.value)

    permit(studio, studio.channel)
    await studio.env.settle()
    assert await kept(studio).thread_of(KEY, "Entries")


# Forums.


async def test_a_forum_gets_a_post(studio: Studio) -> None:
    place = forum(studio)

    first = await show(studio, "3 entries", SEA, place=place)
    second = await show(studio, "4 entries", SEA, place=place)

    [post] = place.threads
    assert post.name == "Waves"
    assert first.channel_id == second.channel_id == post.id
    assert first.message_id == second.message_id
    [message] = post.history()
    assert (texts(message), files(message)) == ("4 entries", ["sea.png"])
    assert await kept(studio).thread_of(KEY, "ignored") == post.id


@pytest.mark.parametrize(("may_manage", "tag"), [(True, 1000), (False, 1001)])
async def test_a_post_gets_the_first_tag_it_may_have_if_it_needs_one(
    studio: Studio, may_manage: bool, tag: int
) -> None:
    place = forum(studio)
    if not may_manage:
        permit(studio, place, deny=("manage_threads",))
        await studio.env.settle()
    require_tag(studio, place, moderated=1000, open_to_all=1001)

    await show(studio, "3 entries", place=place)

    assert place.threads[0]._channel.applied_tags == [tag]


async def test_a_long_title_of_a_post_is_cut(studio: Studio) -> None:
    place = forum(studio)

    await kept(studio).show(KEY, Place(studio.guild.id, place.id, title="W" * 200), card("3 entries"))

    [post] = place.threads
    assert post.name == f"{'W' * 99}…"


async def test_a_deleted_card_is_posted_again_in_its_post(studio: Studio) -> None:
    place = forum(studio)
    first = await show(studio, "3 entries", place=place)
    studio.env.backend.delete_message(first.channel_id, first.message_id)

    second = await show(studio, "4 entries", place=place)

    assert second.channel_id == first.channel_id
    [post] = place.threads
    assert shown_in(post) == ["4 entries"]


async def test_a_deleted_post_is_created_again(studio: Studio) -> None:
    place = forum(studio)
    first = await show(studio, "3 entries", place=place)
    studio.env.backend.delete_channel(first.channel_id)
    await studio.env.settle()

    with pytest.raises(NotShown):
        await kept(studio).thread_of(KEY, "ignored")
    second = await show(studio, "3 entries", place=place)

    [post] = place.threads
    assert second.channel_id == post.id == await kept(studio).thread_of(KEY, "ignored")
    assert shown_in(post) == ["3 entries"]


async def test_an_archived_post_is_opened(studio: Studio) -> None:
    place = forum(studio)
    await show(studio, "3 entries", place=place)
    await set_state(studio, place.threads[0], archived=True)

    await show(studio, "4 entries", place=place)

    [post] = place.threads
    assert not is_archived(post)
    assert shown_in(post) == ["4 entries"]


async def test_a_forum_where_the_bot_cannot_post_is_a_problem(studio: Studio) -> None:
    place = forum(studio)
    permit(studio, place, deny=("send_messages",))
    await studio.env.settle()

    assert (await lost(studio, "3 entries", place=place)).permissions == ("send_messages",)
    assert place.threads == []


# Lost permissions.


@pytest.mark.parametrize("permission", ["view_channel", "send_messages", "attach_files"])
async def test_a_lost_permission_is_named_each_time_until_it_is_given_back(studio: Studio, permission: str) -> None:
    channel = studio.guild.create_text_channel("elsewhere")
    permit(studio, channel, deny=(permission,))
    await studio.env.settle()

    with pytest.raises(PlaceLost) as caught:
        await show(studio, "3 entries", SEA, place=channel)
    assert permission in caught.value.permissions
    await studio.restart()
    with pytest.raises(PlaceLost) as again:
        await show(studio, "4 entries", SEA, place=channel)
    assert again.value == caught.value
    assert requests(studio) == []

    permit(studio, channel)
    await studio.env.settle()
    await show(studio, "5 entries", SEA, place=channel)
    assert shown_in(channel) == ["5 entries"]


async def test_a_message_whose_thread_cannot_be_created_is_shown(studio: Studio) -> None:
    permit(studio, studio.channel, deny=("create_public_threads",))
    await studio.env.settle()

    for text in ("3 entries", "4 entries"):
        await show(studio, text)
        with pytest.raises(PlaceLost) as caught:
            await kept(studio).thread_of(KEY, "Entries")
        assert caught.value.permissions == ("create_public_threads",)
        assert shown_in(studio.channel) == [text]


async def test_the_largest_file_depends_on_the_servers_boosts(studio: Studio) -> None:
    assert kept(studio).upload_limit_bytes(studio.guild.id) == 10 * 2**20
    guild: Any = studio.env.bot.get_guild(studio.guild.id)
    guild.premium_tier = 3

    assert kept(studio).upload_limit_bytes(studio.guild.id) == MAX_UPLOAD_BYTES < 25 * 2**20


async def test_a_card_is_edited_as_long_as_the_bot_sees_it(studio: Studio) -> None:
    await show(studio, "3 entries", SEA)
    permit(studio, studio.channel, deny=("send_messages", "attach_files"))
    await studio.env.settle()

    await show(studio, "4 entries", SEA)

    assert shown_in(studio.channel) == ["4 entries"]


async def test_what_discord_refuses_for_another_reason_is_in_its_own_words(studio: Studio) -> None:
    studio.env.inject_error(
        "POST", f"/channels/{studio.channel.id}/messages", status=403, code=50013, message="Missing Permissions"
    )

    problem = await lost(studio, "3 entries")

    assert problem.why is PlaceProblem.REFUSED
    assert str(problem).endswith("Discord says: Missing Permissions")


async def test_a_channel_that_is_deleted_at_the_same_time_is_gone(studio: Studio) -> None:
    studio.env.inject_error("POST", f"/channels/{studio.channel.id}/messages", status=404, code=10003)

    assert (await lost(studio, "3 entries")).why is PlaceProblem.GONE


async def test_a_private_thread_that_the_bot_no_longer_sees_is_a_problem(studio: Studio) -> None:
    place = await thread(studio, archived=True)
    studio.env.inject_error("GET", f"/channels/{place.id}", status=403, code=50001)

    assert (await lost(studio, "3 entries", place=place)).permissions == ("view_channel",)


async def test_a_category_holds_no_cards(studio: Studio) -> None:
    category = studio.guild.create_category("all")

    assert (await lost(studio, "3 entries", place=category)).why is PlaceProblem.KIND


# Outages and kills.


async def test_an_outage_is_raised_and_the_next_attempt_posts(studio: Studio) -> None:
    studio.env.inject_error("POST", "/channels/*/messages", status=503, times=None)
    with pytest.raises(discord.HTTPException):
        await show(studio, "3 entries")
    studio.env.backend.faults.clear()

    await show(studio, "3 entries")

    assert shown_in(studio.channel) == ["3 entries"]
    nonces = {request.json["nonce"] for request in requests(studio, "POST") if request.json}
    assert len(nonces) == 1


async def test_a_message_that_was_sent_but_not_saved_is_sent_again_with_its_nonce(studio: Studio) -> None:
    async with database_refusing(
        studio.data_dir, "UPDATE", table="kept_messages", condition="NEW.message_id IS NOT NULL"
    ):
        with pytest.raises(IntegrityError):
            await show(studio, "3 entries")
    await studio.restart()

    await show(studio, "3 entries")

    first, second = requests(studio, "POST")
    assert first.json is not None
    assert second.json is not None
    assert first.json["enforce_nonce"]
    assert second.json["enforce_nonce"]
    assert first.json["nonce"] == second.json["nonce"]
    assert len(first.json["nonce"]) <= 25


async def test_each_message_has_its_own_nonce(studio: Studio) -> None:
    first = await show(studio, "3 entries")
    studio.env.backend.delete_message(studio.channel.id, first.message_id)
    await show(studio, "4 entries")
    await show(studio, "one", key="challenge:8")

    nonces = {request.json["nonce"] for request in requests(studio, "POST") if request.json}
    assert len(nonces) == 3


async def test_a_post_that_was_created_but_not_saved_is_found(studio: Studio) -> None:
    place = forum(studio)
    await show(studio, "another of the same name", place=place, key="challenge:6")
    async with database_refusing(
        studio.data_dir, "UPDATE", table="kept_messages", condition="NEW.message_id IS NOT NULL"
    ):
        with pytest.raises(IntegrityError):
            await show(studio, "3 entries", place=place)
    [_, post] = place.threads
    [message] = studio.env.backend.messages[post.id].values()
    studio.env.backend.messages[post.id] = {post.id: message}  # on Discord, a post and its message have the same ID
    message.id = post.id
    await studio.restart()

    shown = await show(studio, "4 entries", place=place)

    assert (shown.channel_id, shown.message_id) == (post.id, post.id)
    assert len(place.threads) == 2
    assert shown_in(post) == ["4 entries"]


async def test_an_old_post_of_the_same_name_is_not_taken_for_one_that_was_not_saved(studio: Studio) -> None:
    place = forum(studio)
    await show(studio, "last year's", place=place, key="challenge:6")
    await kept(studio).remove("challenge:6")
    await studio.env.advance_time(60 * 60)
    studio.env.inject_error("POST", f"/channels/{place.id}/threads", status=503)
    with pytest.raises(discord.HTTPException):
        await show(studio, "3 entries", place=place)

    await show(studio, "3 entries", place=place)

    [old, new] = place.threads
    assert (shown_in(old), shown_in(new)) == ([], ["3 entries"])


async def test_a_database_that_is_away_before_posting_posts_nothing(studio: Studio) -> None:
    async with database_refusing(studio.data_dir, "INSERT", table="kept_messages"):
        with pytest.raises((DatabaseAway, IntegrityError)):
            await show(studio, "3 entries")

    assert studio.channel.history() == []
    await show(studio, "3 entries")
    assert shown_in(studio.channel) == ["3 entries"]


async def test_cards_wait_until_the_bot_knows_its_servers(studio: Studio) -> None:
    studio.app.client._ready.clear()
    showing = asyncio.create_task(show(studio, "3 entries"))
    for _ in range(5):
        await asyncio.sleep(0)
    assert studio.channel.history() == []

    studio.app.client._ready.set()
    await showing

    assert shown_in(studio.channel) == ["3 entries"]


# The end.


async def test_a_removed_message_is_deleted_and_forgotten(studio: Studio) -> None:
    await show(studio, "3 entries")

    await kept(studio).remove(KEY)
    await kept(studio).remove(KEY)

    assert studio.channel.history() == []
    assert (await show(studio, "3 entries")).is_new_message


async def test_removing_a_message_that_is_gone_already_forgets_it(studio: Studio) -> None:
    channel = studio.guild.create_text_channel("short-lived")
    shown = await show(studio, "3 entries", place=channel)
    studio.env.backend.delete_message(channel.id, shown.message_id)
    await kept(studio).remove(KEY)
    await show(studio, "3 entries", place=channel)
    studio.env.backend.delete_channel(channel.id)
    await studio.env.settle()
    await kept(studio).remove(KEY)

    with pytest.raises(NotShown):
        await kept(studio).thread_of(KEY, "Entries")


async def test_a_message_in_an_archived_thread_is_removed(studio: Studio) -> None:
    place = await thread(studio)
    await show(studio, "3 entries", place=place)
    await set_state(studio, place, archived=True)

    await kept(studio).remove(KEY)

    assert shown_in(place) == []
    assert not is_archived(place)  # Discord deletes nothing in an archived thread


async def test_a_message_is_kept_if_discord_fails_to_remove_it(studio: Studio) -> None:
    await show(studio, "3 entries")
    studio.env.inject_error("DELETE", "/channels/*/messages/*", status=503, times=None)
    with pytest.raises(discord.HTTPException):
        await kept(studio).remove(KEY)
    studio.env.backend.faults.clear()

    await kept(studio).remove(KEY)

    assert studio.channel.history() == []
