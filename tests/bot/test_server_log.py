"""A server's log channel: one line for each finished job."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import discord
import pytest
from simcord.builders import ChannelHandle
from structlog.testing import LogCapture

from bot.painting.job import Job, JobState, PaintingOptions
from bot.servers.log import ServerLog, log_line
from bot.words import ENGLISH
from stylizer.pool import FakeEngine, OutOfMemory
from tests.bot.conftest import OpenStudio, Studio, files
from tests.bot.jobs import make_job


async def open_log(studio: Studio, **permissions: bool) -> ChannelHandle:
    """Create a log channel, with permission overwrites for the bot."""
    assert studio.env.bot.user is not None
    channel = studio.guild.create_text_channel(
        "log", overwrites={studio.env.bot.user: discord.PermissionOverwrite(**permissions)}
    )
    await studio.app.client.studio.servers.change(studio.guild.id, log_channel_id=channel.id)
    return channel


async def test_every_finished_job_is_one_line_that_mentions_nobody(studio: Studio) -> None:
    channel = await open_log(studio)
    done, stopped = await studio.stylize(), await studio.stylize(studio.bob, recipe="draft")

    await studio.press(stopped, "Cancel", by=studio.bob)
    await studio.finish()

    first, second = channel.history()
    assert done.response is not None
    assert first.content == (f"**Draft** for {studio.bob.mention} in {studio.channel.mention} · canceled")
    said, link = second.content.rsplit(" · ", 1)
    assert said.startswith(f"**Painterly** for {studio.alice.mention} in {studio.channel.mention} · painted in ")
    assert link == f"https://discord.com/channels/{studio.guild.id}/{studio.channel.id}/{done.response.id}"
    for message in (first, second):
        assert studio.env.backend.get_message(channel.id, message.id).allowed_mentions.users == frozenset()


async def test_a_failed_job_is_logged_with_its_reason(open_studio: OpenStudio, logs: LogCapture) -> None:
    studio: Studio = await open_studio(FakeEngine(fail_at=1, error=OutOfMemory(2048, 1024)))
    channel = await open_log(studio)

    await studio.stylize()

    [message] = channel.history()
    assert f"failed: {OutOfMemory(2048, 1024)}" in message.content
    logs.entries.clear()


async def test_an_unreachable_or_deleted_log_channel_delays_nothing(studio: Studio) -> None:
    channel = await open_log(studio, send_messages=False)
    first = await studio.stylize()
    await studio.finish()
    assert files(first.response) == ["painting.png", "progress.gif"]
    assert not any(request.path.endswith(f"/channels/{channel.id}/messages") for request in studio.env.http_requests)

    await studio.app.client.studio.servers.change(studio.guild.id, log_channel_id=1)
    second = await studio.stylize()
    assert files(second.response) == ["painting.png", "progress.gif"]


async def test_a_line_that_discord_refuses_is_dropped(studio: Studio) -> None:
    channel = await open_log(studio)
    studio.env.inject_error("POST", f"/channels/{channel.id}/messages", status=403, times=None)

    answer = await studio.stylize()
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]
    assert channel.history() == []


async def test_lines_are_combined_into_as_few_messages_as_possible(studio: Studio) -> None:
    job = await finished_job(studio)
    channel = await open_log(studio)
    expected = log_line(replace(job, state=JobState.CANCELED), ENGLISH)

    with studio.env._bot_scope():
        for _ in range(30):
            server_log(studio).log_ended(replace(job, state=JobState.CANCELED))
    await studio.env.settle()

    posted = [message.content for message in channel.history()]
    assert len(posted) < 5
    assert "\n".join(posted).splitlines() == [expected] * 30


async def finished_job(studio: Studio) -> Job:
    """Paint a picture, and return its finished job."""
    await studio.stylize()
    await studio.finish()
    job = await studio.app.client.studio.records.get(studio.engine.jobs[0].job_id)
    assert job is not None
    return job


def server_log(studio: Studio) -> ServerLog:
    return studio.app.server_log


async def test_lines_wait_until_the_bot_knows_its_servers(studio: Studio) -> None:
    job = await finished_job(studio)
    channel = await open_log(studio)
    studio.app.client._ready.clear()

    with studio.env._bot_scope():
        server_log(studio).log_ended(job)
    for _ in range(5):
        await asyncio.sleep(0)
    assert channel.history() == []

    studio.app.client._ready.set()
    await studio.env.settle()
    assert [message.content for message in channel.history()] == [log_line(job, ENGLISH)]


async def test_queued_lines_are_posted_before_the_bot_shuts_down(studio: Studio) -> None:
    job = await finished_job(studio)
    channel = await open_log(studio)

    with studio.env._bot_scope():
        server_log(studio).log_ended(job)
        await server_log(studio).aclose()

    assert [message.content for message in channel.history()] == [log_line(job, ENGLISH)]


async def test_a_bot_that_shuts_down_before_it_knows_its_servers_drops_its_lines(
    studio: Studio, logs: LogCapture
) -> None:
    job = await finished_job(studio)
    channel = await open_log(studio)
    studio.app.client._ready.clear()

    with studio.env._bot_scope():
        server_log(studio).log_ended(job)
        await server_log(studio).aclose()

    assert channel.history() == []
    assert lost(logs) == [(channel.id, 1, "the bot shut down")]


async def test_a_hanging_discord_does_not_keep_the_bot_from_shutting_down(
    studio: Studio, logs: LogCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await finished_job(studio)
    channel = await open_log(studio)
    hanging = asyncio.Event()

    async def hang(*_content: object, **_more: object) -> None:
        hanging.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(discord.TextChannel, "send", hang)
    server_log = ServerLog(studio.app.client.studio.servers, close_timeout_seconds=0)
    server_log.attach(studio.app.client)

    with studio.env._bot_scope():
        server_log.log_ended(job)
    await hanging.wait()
    for _ in range(3):
        server_log.log_ended(job)
    await server_log.aclose()

    assert lost(logs) == [(channel.id, 1, "the bot shut down"), (channel.id, 3, "the bot shut down")]


def lost(logs: LogCapture) -> list[tuple[int, int, str]]:
    """Return what the log says about dropped lines: channel, number, reason."""
    dropped = [entry for entry in logs.entries if entry["event"] == "server_log.dropped"]
    return [(entry["channel"], entry["lines"], entry["problem"]) for entry in dropped]


def test_no_line_links_to_a_direct_message() -> None:
    posted = make_job(state=JobState.FAILED, message_id=30)
    assert log_line(posted, ENGLISH).endswith(" · https://discord.com/channels/10/20/30")

    assert "https://" not in log_line(replace(posted, message_channel_id=40), ENGLISH)


def test_a_removed_recipe_is_shown_by_its_name() -> None:
    asked = make_job(options=PaintingOptions(recipe_name="gone"), state=JobState.FAILED, problem="There is\nno recipe.")

    assert (
        log_line(asked, ENGLISH)
        == f"**gone** for <@{asked.owner_id}> in <#{asked.channel_id}> · failed: There is no recipe."
    )
