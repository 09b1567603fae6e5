"""Refusals: immediate, visible only to the member, with what to do instead."""

from __future__ import annotations

from typing import Any

import aiohttp
import discord
import pytest
import simcord
from structlog.testing import LogCapture

from bot.errors import AttachmentGone
from bot.files.store import Write
from stylizer.pool import FakeEngine, OutOfMemory, PictureRole
from tests.bot.conftest import (
    STYLE,
    OpenStudio,
    Studio,
    ephemeral_text,
    files,
    override_attachments,
    override_interactions,
    picture,
    texts,
)


async def nothing_there(role: PictureRole, _url: str, *, write: Write, limit_bytes: int) -> None:
    raise AttachmentGone(role, 404)


def refusal(studio: Studio, answer: simcord.InteractionResult) -> str:
    """Return the sentence of an ephemeral refusal that came before any work."""
    assert answer.acknowledged
    assert answer.ephemeral
    assert not answer.deferred
    assert answer.response is not None
    assert studio.channel.history(viewer=studio.mia) == []
    assert studio.engine.jobs == []
    return answer.response.content


@pytest.mark.parametrize("filename", ["notes.txt", "drawing.svg", "film.mp4", "paper.pdf", "photo"])
async def test_a_file_that_is_not_a_picture_is_refused(studio: Studio, filename: str) -> None:
    sentence = refusal(studio, await studio.stylize(content=(filename, b"x" * 100)))

    assert sentence.startswith(f"The content picture ({filename}) isn't an image that Atelier can read.")
    assert "Use a JPEG, PNG" in sentence


async def test_the_style_picture_is_checked_too(studio: Studio) -> None:
    assert refusal(studio, await studio.stylize(style=("song.mp3", b"x"))).startswith("The style picture")


async def test_a_file_that_is_too_large_is_refused(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(uploads={"limit_bytes": 1024})

    sentence = refusal(studio, await studio.stylize(content=("photo.png", b"x" * 2048)))
    assert sentence == "The content picture is 2 KiB; the limit is 1 KiB. Use a smaller copy."


async def test_an_empty_file_is_refused(studio: Studio) -> None:
    assert "is empty" in refusal(studio, await studio.stylize(content=("photo.png", b"")))


@pytest.mark.parametrize(
    ("permission", "named"),
    [("attach_files", "Attach Files"), ("view_channel", "View Channel"), ("send_messages", "Send Messages")],
)
async def test_a_channel_where_the_bot_cannot_post_is_refused(studio: Studio, permission: str, named: str) -> None:
    overwrite = discord.PermissionOverwrite(**{permission: False})
    assert studio.env.bot.user is not None
    channel = studio.guild.create_text_channel("quiet", overwrites={studio.env.bot.user: overwrite})

    answer = await studio.alice.slash(channel, "stylize", content=STYLE, style=STYLE)

    sentence = refusal(studio, answer)
    assert f"needs {named}" in sentence
    assert "Ask someone who manages this server" in sentence


async def test_a_thread_where_the_bot_cannot_write_is_refused(studio: Studio) -> None:
    overwrite = discord.PermissionOverwrite(send_messages_in_threads=False)
    assert studio.env.bot.user is not None
    channel = studio.guild.create_text_channel("threads", overwrites={studio.env.bot.user: overwrite})
    text_channel = studio.env.bot.get_channel(channel.id)
    assert isinstance(text_channel, discord.TextChannel)
    await text_channel.create_thread(name="one", type=discord.ChannelType.public_thread)
    [thread] = channel.threads

    answer = await studio.alice.slash(thread, "stylize", content=STYLE, style=STYLE)

    assert "needs Send Messages in Threads" in refusal(studio, answer)


async def test_a_members_own_installation_needs_no_bot_in_the_channel(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    override_interactions(
        monkeypatch,
        authorizing_integration_owners={"1": str(studio.alice.id)},
        app_permissions=str(discord.Permissions(attach_files=True).value),
    )

    answer = await studio.stylize()
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]


async def test_a_members_own_installation_still_needs_attach_files(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    override_interactions(monkeypatch, authorizing_integration_owners={"1": str(studio.alice.id)}, app_permissions="0")

    assert "needs Attach Files." in refusal(studio, await studio.stylize())


async def test_a_member_with_too_many_paintings_is_refused(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(queue={"member_jobs": 2})
    await studio.stylize()
    await studio.stylize()

    answer = await studio.stylize()

    assert answer.ephemeral
    assert answer.response is not None
    assert answer.response.content.startswith("You already have 2 paintings in the queue or in progress.")
    assert texts((await studio.stylize(studio.bob)).response)


async def test_a_member_may_ask_again_when_a_painting_is_done(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(queue={"member_jobs": 1})
    await studio.stylize()
    await studio.finish()

    assert not (await studio.stylize()).ephemeral


async def test_a_full_queue_is_refused(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(queue={"limit": 2})
    await studio.stylize()
    await studio.stylize(studio.bob)

    answer = await studio.stylize(studio.mia)

    assert answer.ephemeral
    assert answer.response is not None
    assert answer.response.content == "The queue is full (2 paintings). Try again when one is done."


async def test_a_fake_picture_is_refused_before_it_waits_in_the_queue(studio: Studio) -> None:
    await studio.stylize(studio.bob)

    answer = await studio.stylize(content=("photo.png", b"%PDF-1.7 and so on, for quite a while" * 10))

    assert answer.response is None
    [reply] = answer.followups
    assert reply.ephemeral
    assert "photo.png is a PDF, not an image" in reply.content
    assert len(studio.channel.history(viewer=studio.mia)) == 1


async def test_only_the_sender_sees_that_a_picture_is_incomplete(studio: Studio) -> None:
    answer = await studio.stylize(style=("waves.png", STYLE[1][: len(STYLE[1]) // 2]))
    await studio.finish()

    assert answer.response is None
    [reply] = answer.followups
    assert reply.ephemeral
    assert reply.content.startswith("waves.png is incomplete: ")
    assert "of it arrived" in reply.content
    assert studio.channel.history(viewer=studio.bob) == []


async def test_only_the_sender_sees_that_an_attachment_is_gone(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(download=nothing_there)

    answer = await studio.stylize()

    assert answer.response is None
    [reply] = answer.followups
    assert reply.ephemeral
    assert reply.content == (
        "photo.png is no longer on Discord, or its link has expired (Discord answers 404). "
        "Attach it, or copy its link again."
    )
    assert studio.channel.history(viewer=studio.bob) == []


async def test_a_place_in_the_queue_is_released_if_the_download_fails(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(download=nothing_there, queue={"member_jobs": 1})

    await studio.stylize()

    assert (await studio.stylize()).followups


async def test_stylize_this_on_a_message_without_a_picture_says_so(studio: Studio) -> None:
    message = await studio.bob.send(studio.channel, "no picture", attachments=[("notes.txt", b"hello")])

    answer = await studio.alice.context_menu(studio.channel, "Stylize this", message)

    assert answer.ephemeral
    assert answer.response is not None
    assert answer.response.content.startswith("There's no picture in that message.")


async def test_the_form_refuses_as_the_command_does(studio: Studio) -> None:
    message = await studio.bob.send(studio.channel, "look", attachments=[("sea.png", picture("navy"))])
    asked = await studio.alice.context_menu(studio.channel, "Stylize this", message)

    answer = await studio.alice.submit_modal(asked, {"style": ("notes.txt", b"hello"), "recipe": ["draft"]})

    assert answer.ephemeral
    assert answer.response is not None
    assert answer.response.content.startswith("The style picture (notes.txt) isn't an image")


async def test_a_painting_too_large_for_memory_is_refused_with_a_size_that_fits(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(FakeEngine(largest_pixels=512 * 512))
    settings = studio.app.client.studio.servers.settings_of(studio.guild.id)
    usage = studio.app.client.studio.usage
    allowance = usage.allowance(studio.alice.id, studio.guild.id, settings)

    sentence = refusal(studio, await studio.stylize(size=1024))

    assert sentence == "This bot has enough memory for at most 512 px; you asked for 1024."
    assert usage.allowance(studio.alice.id, studio.guild.id, settings) == allowance
    assert files((await studio.stylize(size=512)).response) == ["painting.png", "progress.gif"]


async def test_the_maximum_size_depends_on_the_paintings_shape(
    open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio: Studio = await open_studio(FakeEngine(largest_pixels=512 * 512))
    override_attachments(monkeypatch, width=3000, height=2000)

    assert "at most 608 px; you asked for 640." in refusal(studio, await studio.stylize(size=640))
    assert files((await studio.stylize(size=608)).response) == ["painting.png", "progress.gif"]


async def test_options_that_make_no_difference_to_an_unchanged_photo_are_refused(studio: Studio) -> None:
    sentence = "At style strength 0, your photo stays as it is. Leave out {}, or choose more than 0."

    assert refusal(studio, await studio.stylize(style_strength=0, seed=7)) == sentence.format("`seed`")
    both = await studio.stylize(style_strength=0, colors="content", seed=7)
    assert refusal(studio, both) == sentence.format("`colors` and `seed`")
    assert not (await studio.stylize(style_strength=0)).ephemeral


async def test_a_strip_is_refused_before_download_if_discord_knows_its_shape(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    override_attachments(monkeypatch, width=4000, height=40)

    assert refusal(studio, await studio.stylize(size=512)).startswith("The content picture is 4000 × 40 px. Painted at")
    assert studio.engine.jobs == []


async def test_a_bot_without_memory_for_any_size_says_so(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(FakeEngine(largest_pixels=0))

    assert refusal(studio, await studio.stylize()).startswith("This bot doesn't have enough memory for a painting")


async def test_a_buttons_painting_must_fit_memory_too(open_studio: OpenStudio) -> None:
    engine = FakeEngine(largest_pixels=640 * 640)
    studio: Studio = await open_studio(engine)
    result = await studio.stylize(size=640)

    # The painting is 3 : 2, as is known by now.
    assert (
        ephemeral_text(await studio.press(result, "HD"))
        == "This bot has enough memory for at most 768 px; you asked for 1024."
    )
    engine.largest_pixels = 256 * 256
    assert "at most 288 px; you asked for 640." in ephemeral_text(await studio.press(result, "Again"))
    assert len(engine.jobs) == 1


async def test_try_again_is_refused_immediately_if_memory_was_too_small(
    open_studio: OpenStudio, logs: LogCapture
) -> None:
    engine = FakeEngine(fail_at=0, error=OutOfMemory(1024, 683, 608))
    studio: Studio = await open_studio(engine)
    failed = await studio.stylize(size=1024)
    assert "isn't enough memory to paint 1024 × 683 px. Choose 608 px or less." in texts(failed.response)
    engine.largest_pixels = 512 * 512

    assert "at most 512 px; you asked for 1024." in ephemeral_text(await studio.press(failed, "Try again"))
    assert len(engine.jobs) == 1
    logs.entries.clear()


async def test_a_refusal_is_read_even_if_the_confirmation_of_the_acknowledgment_was_lost(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = discord.webhook.async_.AsyncWebhookAdapter
    answer = adapter.create_interaction_response
    lost: list[str] = []

    async def first_is_lost(*args: Any, **options: Any) -> Any:
        answered = await answer(*args, **options)
        if not lost:
            lost.append("confirmation")
            raise aiohttp.ServerDisconnectedError
        return answered

    monkeypatch.setattr(adapter, "create_interaction_response", first_is_lost)

    refused = await studio.mia.slash(studio.channel, "challenge export")

    assert lost
    assert "No challenge has ended" in ephemeral_text(refused)
