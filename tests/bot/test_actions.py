"""The menu below a painting: colors, comparison, original file, saving and sharing."""

from __future__ import annotations

import io
from typing import Any

import discord
import pytest
import simcord
from PIL import Image
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle

from bot.cards.buttons import button
from bot.cards.card import layout
from bot.errors import DatabaseAway
from bot.storage.showcase import ShowcasePost
from tests.bot.conftest import (
    CONTENT,
    STYLE,
    Studio,
    actions,
    alt_texts,
    ephemeral_text,
    files,
    form_options,
    media,
    override_interactions,
    texts,
    unspoilered,
    walk,
)

COMPARE, ORIGINAL, SAVE, SHARE = "Compare with the content", "Original file", "Save as style", "Share in the showcase"


@pytest.fixture
async def result(studio: Studio) -> simcord.InteractionResult:
    """Alice's finished painting; later paintings wait at a gate again."""
    answer = await studio.stylize()
    await studio.step(3)
    assert files(answer.response) == ["painting.png", "progress.gif"]
    return answer


@pytest.fixture
async def showcase(studio: Studio) -> ChannelHandle:
    """The server's showcase channel."""
    channel = studio.guild.create_text_channel("showcase")
    await studio.app.client.studio.servers.change(studio.guild.id, showcase_channel_id=channel.id)
    return channel


def uploaded(studio: Studio, message: Any, name: str) -> bytes:
    """Return the bytes of a file on a message."""
    [url] = [attachment.url for attachment in message.attachments if attachment.filename == name]
    return studio.env.backend.cdn.get(url) or b""


async def test_the_contents_colors_can_be_kept_and_given_up_again(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    await studio.restart()
    kept = await studio.press(result, "Keep the content's colors")
    await studio.finish()
    assert "in other colors" in texts(kept.response)
    assert "colors kept" in texts(kept.response)

    await studio.press(kept, "Use the style's colors")
    await studio.finish()
    assert [job.recipe.colors for job in studio.engine.jobs] == ["content", "style"]


async def test_a_choice_that_is_taken_back_does_nothing(studio: Studio, result: simcord.InteractionResult) -> None:
    assert result.response is not None

    answer = await studio.alice.select(result.response, [])

    assert answer.followups == []
    assert len(studio.engine.jobs) == 1


async def test_a_comparison_shows_both_pictures_to_the_member_who_asks(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    await studio.restart()

    answer = await studio.press(result, COMPARE, by=studio.bob)

    assert answer.ephemeral
    assert files(answer.response) == ["comparison.jpg", "wipe.gif"]
    assert texts(answer.response) == "Before and after, side by side and as a GIF:"
    assert alt_texts(answer.response) == [
        "Before and after: photo.png in the style of waves.png",
        "Animation from before to after: photo.png in the style of waves.png",
    ]
    with Image.open(io.BytesIO(uploaded(studio, answer.response, "comparison.jpg"))) as sheet:
        assert sheet.width > 2 * 64
        content = Image.open(io.BytesIO(CONTENT[1])).convert("RGB").getpixel((0, 0))
        shown = sheet.convert("RGB").getpixel((1, 1))
        assert isinstance(content, tuple)
        assert isinstance(shown, tuple)
        assert max(abs(one - other) for one, other in zip(content, shown, strict=True)) < 20
    with Image.open(io.BytesIO(uploaded(studio, answer.response, "wipe.gif"))) as wipe:
        assert getattr(wipe, "n_frames", 1) > 10


async def test_a_comparison_of_a_spoiler_is_a_spoiler(studio: Studio) -> None:
    answer = await studio.stylize(content=(f"SPOILER_{CONTENT[0]}", CONTENT[1]))
    await studio.finish()

    compared = await studio.press(answer, COMPARE)
    original = await studio.press(answer, ORIGINAL)

    assert unspoilered(compared.response) == []
    assert [item["spoiler"] for item in walk(original.response.components) if item["type"] == 13] == [True]  # type: ignore[union-attr]


async def test_others_see_no_comparison_where_only_owners_vary(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    await studio.app.client.studio.servers.change(studio.guild.id, variations_by_owner_only=True)

    refused = await studio.press(result, COMPARE, by=studio.bob)

    assert f"<@{studio.alice.id}>" in ephemeral_text(refused)


async def test_a_comparison_needs_the_content(studio: Studio, result: simcord.InteractionResult) -> None:
    for path in studio.data_dir.glob("pictures/*/*"):
        path.unlink()

    for label in (COMPARE, ORIGINAL):
        assert ephemeral_text(await studio.press(result, label)).startswith("Atelier no longer has the pictures")


async def test_the_original_file_is_sent_as_it_was_painted(studio: Studio, result: simcord.InteractionResult) -> None:
    await studio.restart()

    answer = await studio.press(result, ORIGINAL, by=studio.bob)

    assert answer.ephemeral
    assert "64 × 43 px" in texts(answer.response)
    assert [item["file"]["url"] for item in walk(answer.response.components) if item["type"] == 13]  # type: ignore[union-attr]
    painting = uploaded(studio, answer.response, "painting.png")
    assert painting == uploaded(studio, result.response, "painting.png")


async def test_an_original_file_beyond_the_upload_limit_is_refused(
    studio: Studio, result: simcord.InteractionResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    override_interactions(monkeypatch, attachment_size_limit=100)

    answer = await studio.press(result, ORIGINAL)

    assert ephemeral_text(answer).startswith("The file is ")
    assert "Discord allows at most" in ephemeral_text(answer)


async def test_a_painting_is_saved_as_a_style(studio: Studio, result: simcord.InteractionResult) -> None:
    await studio.restart()

    form = await studio.press(result, SAVE)

    assert form.modal is not None
    assert [option["label"] for option in form_options(form.modal, "which")] != []
    saved = await studio.alice.submit_modal(form, {"name": "Mine"})
    assert "Mine" in texts(saved.response)


async def test_the_buttons_of_older_messages_still_work(studio: Studio, result: simcord.InteractionResult) -> None:
    [job] = await studio.app.client.studio.records.latest_painted(1)
    older = ("stronger", "weaker", "swap", "save-style")
    row: Any = discord.ui.ActionRow(*(button(f"atelier:{name}:{job.job_id}", name) for name in older))
    channel = studio.app.client.get_channel(studio.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.send(view=layout(row))
    message = studio.channel.history()[-1]

    assert (await studio.alice.click(message, label="save-style")).modal is not None
    said = {"stronger": "Stronger style of", "weaker": "Weaker style of", "swap": "Content and style of"}
    for name, origin in said.items():
        answer = await studio.alice.click(message, label=name)
        assert f"-# {origin}" in texts(answer.response)


async def test_the_menu_speaks_the_owners_language(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    override_interactions(monkeypatch, locale="de", guild_locale="en-US")

    answer = await studio.stylize()
    await studio.finish()

    assert "Mit dem Motiv vergleichen" in actions(answer.response)
    shared = await studio.press(answer, "Im Galeriekanal teilen")
    assert ephemeral_text(shared).startswith("Dieser Server hat keinen Galeriekanal.")


async def test_a_painting_in_a_direct_message_can_be_compared_but_not_shared(studio: Studio) -> None:
    answer = await studio.alice.user.slash("stylize", content=CONTENT, style=STYLE, size=64)
    await studio.finish()

    assert SHARE not in actions(answer.response)
    assert answer.response is not None
    compared = await studio.alice.user.select(answer.response, ["compare"])
    assert files(compared.response) == ["comparison.jpg", "wipe.gif"]


async def test_a_painting_is_shared_with_credit_and_without_a_ping(
    studio: Studio, result: simcord.InteractionResult, showcase: ChannelHandle
) -> None:
    await studio.restart()

    answer = await studio.press(result, SHARE)

    [post] = showcase.history()
    assert files(post) == ["painting.png"]
    assert f"Painted by <@{studio.alice.id}>" in texts(post)
    assert "Painterly · 64 px" in texts(post)
    assert result.response is not None
    assert f"/{studio.channel.id}/{result.response.id})" in texts(post)
    [sent] = [request for request in studio.env.http_requests if request.path == f"/channels/{showcase.id}/messages"]
    assert (sent.json or {})["allowed_mentions"] == {"parse": []}
    assert alt_texts(post) == ["photo.png in the style of waves.png"]
    assert texts(answer.response).endswith(f"/{showcase.id}/{post.id}")
    assert answer.ephemeral


async def test_a_painting_is_shared_once_a_day(
    studio: Studio, result: simcord.InteractionResult, showcase: ChannelHandle
) -> None:
    await studio.press(result, SHARE)
    await studio.restart()

    again = await studio.press(result, SHARE)
    assert ephemeral_text(again).startswith("This painting was shared less than a day ago.")

    await studio.env.advance_time(25 * 60 * 60)
    await studio.press(result, SHARE)
    assert len(showcase.history()) == 2


async def test_only_the_owner_and_moderators_share(
    studio: Studio, result: simcord.InteractionResult, showcase: ChannelHandle
) -> None:
    refused = await studio.press(result, SHARE, by=studio.bob)
    assert ephemeral_text(refused).startswith(f"Only <@{studio.alice.id}> and moderators")
    assert showcase.history() == []

    await studio.press(result, SHARE, by=studio.mia)
    assert f"Painted by <@{studio.alice.id}>" in texts(showcase.history()[0])


async def test_a_spoiler_stays_a_spoiler_in_the_showcase(studio: Studio, showcase: ChannelHandle) -> None:
    answer = await studio.stylize(content=(f"SPOILER_{CONTENT[0]}", CONTENT[1]))
    await studio.finish()

    await studio.press(answer, SHARE)

    [post] = showcase.history()
    assert unspoilered(post) == []
    assert media(post) != []


async def test_without_a_showcase_the_member_reads_how_to_get_one(
    studio: Studio, result: simcord.InteractionResult
) -> None:
    answer = await studio.press(result, SHARE)

    assert ephemeral_text(answer) == (
        "This server has no showcase channel. Somebody with Manage Server can choose one with /server settings."
    )


async def test_a_deleted_showcase_is_named(
    studio: Studio, result: simcord.InteractionResult, showcase: ChannelHandle
) -> None:
    studio.env.backend.delete_channel(showcase.id)
    await studio.env.settle()

    assert ephemeral_text(await studio.press(result, SHARE)).startswith("The showcase channel was deleted.")


async def test_missing_permissions_in_the_showcase_are_named(studio: Studio, result: simcord.InteractionResult) -> None:
    everyone = studio.guild.guild.default_role if hasattr(studio.guild, "guild") else studio.guild.default_role
    channel = studio.guild.create_text_channel(
        "quiet", overwrites={everyone: discord.PermissionOverwrite(attach_files=False)}
    )
    await studio.app.client.studio.servers.change(studio.guild.id, showcase_channel_id=channel.id)

    answer = await studio.press(result, SHARE)

    assert ephemeral_text(answer).startswith(f"Atelier can't post in <#{channel.id}>: it needs Attach Files.")


async def test_what_discord_refuses_can_be_shared_later(
    studio: Studio, result: simcord.InteractionResult, showcase: ChannelHandle
) -> None:
    studio.env.inject_error("POST", "/channels/*/messages", status=403, code=50001)

    refused = await studio.press(result, SHARE)
    assert ephemeral_text(refused) == f"Discord didn't accept the painting in <#{showcase.id}>. Try again later."

    await studio.press(result, SHARE)
    assert len(showcase.history()) == 1


async def test_a_painting_of_an_age_restricted_channel_stays_there(studio: Studio, showcase: ChannelHandle) -> None:
    answer = await studio.stylize()
    await studio.finish()
    channel = studio.app.client.get_channel(studio.channel.id)
    assert isinstance(channel, discord.TextChannel)
    channel.nsfw = True

    refused = await studio.press(answer, SHARE)

    assert ephemeral_text(refused).startswith("The painting is from an age-restricted channel")
    assert showcase.history() == []


async def test_the_owner_deletes_a_painting_from_the_showcase(
    studio: Studio, result: simcord.InteractionResult, showcase: ChannelHandle
) -> None:
    await studio.press(result, SHARE)
    [post] = showcase.history()
    assert result.response is not None
    painted = result.response.id
    assert painted in [message.id for message in studio.channel.history()]

    question = await studio.alice.click(post, label="Delete")
    assert "Its message, its posts in the showcase, and Atelier's copy" in texts(question.followups[0])
    await studio.alice.click(question.followups[0], label="Delete")

    assert showcase.history() == []
    assert painted not in [message.id for message in studio.channel.history()]
    history = await studio.alice.slash(studio.channel, "history")
    assert "No paintings here yet." in texts(history.response)


async def test_all_posts_in_the_showcase_are_deleted_with_a_painting(
    studio: Studio, result: simcord.InteractionResult, showcase: ChannelHandle
) -> None:
    await studio.press(result, SHARE)
    await studio.env.advance_time(25 * 60 * 60)
    await studio.press(result, SHARE)
    await studio.restart()
    assert len(showcase.history()) == 2

    question = await studio.press(result, "Delete")
    assert "its posts in the showcase" in texts(question.followups[0])
    await studio.alice.click(question.followups[0], label="Delete")

    assert showcase.history() == []
    assert studio.channel.history() == []


async def test_a_painting_whose_showcase_is_gone_can_be_deleted(
    studio: Studio, result: simcord.InteractionResult, showcase: ChannelHandle
) -> None:
    await studio.press(result, SHARE)
    studio.env.backend.delete_channel(showcase.id)
    await studio.env.settle()

    question = await studio.press(result, "Delete")
    await studio.alice.click(question.followups[0], label="Delete")

    assert texts(question.followups[0]) == "The painting was deleted."
    assert studio.channel.history() == []


async def test_a_post_that_discord_keeps_does_not_keep_the_painting(
    studio: Studio, result: simcord.InteractionResult, showcase: ChannelHandle
) -> None:
    await studio.press(result, SHARE)
    question = await studio.press(result, "Delete")

    studio.env.inject_error("DELETE", f"/channels/{showcase.id}/messages/*", status=403, code=50001)
    refused = await studio.alice.click(question.followups[0], label="Delete")

    assert "Discord" in ephemeral_text(refused)
    assert studio.channel.history() == []


async def test_a_painting_that_is_deleted_while_it_is_shared_is_not_left_in_the_showcase(
    studio: Studio, result: simcord.InteractionResult, showcase: ChannelHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    [job] = await studio.app.client.studio.records.latest_painted(1)
    posts = studio.app.client.studio.showcase
    add = posts.add

    async def deleted_before(job_id: str, post: ShowcasePost) -> bool:
        await studio.app.client.studio.records.save(job.deleted())
        return await add(job_id, post)

    monkeypatch.setattr(posts, "add", deleted_before)
    await studio.press(result, SHARE)

    assert showcase.history() == []


async def test_a_post_that_cannot_be_recorded_is_taken_back_and_the_painting_can_be_shared_again(
    studio: Studio, result: simcord.InteractionResult, showcase: ChannelHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_job_id: str, _post: ShowcasePost) -> bool:
        raise DatabaseAway("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(studio.app.client.studio.showcase, "add", away)
        refused = await studio.press(result, SHARE)
    assert "database" in ephemeral_text(refused)
    assert showcase.history() == []

    await studio.press(result, SHARE)
    assert len(showcase.history()) == 1


async def test_managers_choose_the_showcase(
    studio: Studio, result: simcord.InteractionResult, manager: MemberActor
) -> None:
    channel = studio.guild.create_text_channel("showcase")
    card = (await manager.slash(studio.channel, "server settings")).response
    assert "**Showcase channel:** off." in texts(card)
    assert card is not None

    await manager.select(card, [channel], custom_id="atelier:server:showcase")
    assert f"**Showcase channel:** <#{channel.id}>." in texts(card)
    await studio.restart()

    await studio.press(result, SHARE)
    assert len(channel.history()) == 1
