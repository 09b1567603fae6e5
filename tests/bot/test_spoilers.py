"""Spoilers: paintings made from them are hidden as well."""

from __future__ import annotations

from typing import Any

import pytest
import simcord

from tests.bot.conftest import (
    CONTENT,
    STYLE,
    Studio,
    files,
    override_attachments,
    picture,
    texts,
    thumbnails,
    unspoilered,
    walk,
)
from tests.bot.test_server_log import open_log

IS_SPOILER = 1 << 3
"""As Discord flags an attachment; its name need not say so."""
HIDDEN = ("SPOILER_photo.png", picture("teal"))
RESULT = ["SPOILER_painting.png", "SPOILER_progress.gif"]


@pytest.fixture
async def hidden(studio: Studio) -> simcord.InteractionResult:
    """A finished painting of Alice's spoiler. Later paintings wait at a gate again."""
    answer = await studio.stylize(content=HIDDEN)
    await studio.step(3)
    assert files(answer.response) == RESULT
    return answer


@pytest.mark.parametrize(
    "pictures", [{"content": HIDDEN}, {"style": ("SPOILER_waves.png", STYLE[1])}, {}], ids=["content", "style", "flag"]
)
async def test_a_spoiler_stays_hidden_from_the_queue_to_the_result(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, pictures: dict[str, Any]
) -> None:
    if not pictures:
        override_attachments(monkeypatch, flags=IS_SPOILER)
    first = await studio.stylize(studio.bob)
    answer = await studio.stylize(**pictures)
    assert (len(thumbnails(answer.response)), unspoilered(answer.response)) == (2, [])

    await studio.press(first, "Cancel", by=studio.bob)
    await studio.step(2)
    assert files(answer.response) == ["SPOILER_preview-02.jpg"]
    assert unspoilered(answer.response) == []

    await studio.finish()
    assert files(answer.response) == RESULT
    assert (len(thumbnails(answer.response)), unspoilered(answer.response)) == (2, [])


async def test_other_pictures_are_shown_openly(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.finish()

    assert unspoilered(answer.response) == ["painting.png", "progress.gif", "content.jpg", "style.jpg"]


@pytest.mark.parametrize("label", ["Again", "Swap content and style"])
async def test_a_variation_of_a_spoiler_is_hidden_after_a_restart_too(
    studio: Studio, hidden: simcord.InteractionResult, label: str
) -> None:
    await studio.restart()

    answer = await studio.press(hidden, label, by=studio.bob)
    await studio.step()
    assert files(answer.response) == ["SPOILER_preview-01.jpg"]
    assert unspoilered(answer.response) == []
    await studio.finish()

    assert files(answer.response) == RESULT
    assert unspoilered(answer.response) == []


async def test_a_retried_spoiler_is_hidden_again(studio: Studio) -> None:
    answer = await studio.stylize(content=HIDDEN)
    await studio.press(answer, "Cancel")
    assert unspoilered(answer.response) == []

    again = await studio.press(answer, "Try again")
    await studio.step()

    assert (len(thumbnails(again.response)), unspoilered(again.response)) == (2, [])


async def test_hidden_files_are_uploaded_once_and_kept_across_edits(
    studio: Studio, hidden: simcord.InteractionResult
) -> None:
    answer = await studio.press(hidden, "Again")
    assert answer.response is not None
    await studio.step()
    before = {attachment.filename: attachment.id for attachment in answer.response.attachments}
    await studio.step()

    after = {attachment.filename: attachment.id for attachment in answer.response.attachments}
    for name in ("SPOILER_content.jpg", "SPOILER_style.jpg"):
        assert before[name] == after[name]


async def test_a_hidden_painting_that_is_sent_as_a_direct_message_is_hidden_there(studio: Studio) -> None:
    await studio.stylize(content=HIDDEN)
    await studio.env.advance_time(15 * 60)
    studio.env.inject_error("PATCH", f"/channels/{studio.channel.id}/messages/*", status=403, code=50013, times=None)
    studio.env.inject_error("*", f"/channels/{studio.channel.id}/messages*", status=403, code=50013, times=None)

    await studio.finish()

    [message] = studio.alice.user.dm_channel.history()
    assert files(message) == RESULT
    assert unspoilered(message) == []


async def test_the_servers_log_reveals_nothing_about_a_spoiler(studio: Studio) -> None:
    log = await open_log(studio)
    await studio.stylize(content=HIDDEN)
    await studio.finish()

    [message] = log.history()
    assert message.flags.suppress_embeds
    assert (message.attachments, message.embeds, message.components) == ([], [], [])
    assert "photo" not in message.content


async def test_the_queue_shows_no_picture(studio: Studio) -> None:
    await studio.stylize(content=HIDDEN)

    answer = await studio.alice.slash(studio.channel, "queue")

    assert answer.response is not None
    assert "being painted" in texts(answer.response)
    assert not [item for item in walk(answer.response.components) if item["type"] in {11, 12, 13}]


async def test_swap_exchanges_thumbnails_that_only_the_pressed_card_has(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.step(3)
    [job] = await studio.app.client.studio.records.latest_painted(1)
    assert answer.response is not None
    for source in job.inputs:
        small = source.thumbnail_sha256 or ""
        (studio.app.settings.data_dir / "pictures" / small[:2] / small).unlink()

    swapped = await studio.press(answer, "Swap content and style")
    await studio.step()

    assert thumbnails(swapped.response) == thumbnails(answer.response)[::-1]
    assert studio.engine.jobs[-1].content == STYLE[1] != CONTENT[1]
