"""A server's log: one line about every painting that ends, in a channel of its managers' choice."""

from __future__ import annotations

from dataclasses import replace

import discord
from simcord.builders import ChannelHandle
from structlog.testing import LogCapture

from bot.jobs.job import JobState, Order
from bot.server_log import line
from stylizer.pool import FakeEngine, OutOfMemory
from tests.bot.conftest import OpenStudio, Studio, files
from tests.bot.jobs import asked_job


async def open_log(studio: Studio, **permissions: bool) -> ChannelHandle:
    """A channel that the server's log goes to, with permissions of the bot's own there."""
    assert studio.env.bot.user is not None
    channel = studio.guild.create_text_channel(
        "log", overwrites={studio.env.bot.user: discord.PermissionOverwrite(**permissions)}
    )
    await studio.app.client.studio.servers.change(studio.guild.id, log_channel_id=channel.id)
    return channel


async def test_every_painting_that_ends_is_one_line_that_mentions_nobody(studio: Studio) -> None:
    channel = await open_log(studio)
    done, cancelled = await studio.stylize(), await studio.stylize(studio.bob, recipe="draft")

    await studio.press(cancelled, "Cancel", by=studio.bob)
    await studio.finish()

    first, second = channel.history()
    assert done.response is not None
    assert first.content == (f"**Draft** for {studio.bob.mention} in {studio.channel.mention} · cancelled")
    said, link = second.content.rsplit(" · ", 1)
    assert said.startswith(f"**Painterly** for {studio.alice.mention} in {studio.channel.mention} · painted in ")
    assert link == f"https://discord.com/channels/{studio.guild.id}/{studio.channel.id}/{done.response.id}"
    for message in (first, second):
        assert studio.env.backend.get_message(channel.id, message.id).allowed_mentions.users == frozenset()


async def test_a_painting_that_failed_is_noted_with_its_reason(open_studio: OpenStudio, logs: LogCapture) -> None:
    studio: Studio = await open_studio(FakeEngine(fail_at=1, error=OutOfMemory(2048, 1024)))
    channel = await open_log(studio)

    await studio.stylize()

    [message] = channel.history()
    assert f"not painted: {OutOfMemory(2048, 1024)}" in message.content
    logs.entries.clear()


async def test_a_log_channel_out_of_reach_or_gone_holds_nothing_up(studio: Studio) -> None:
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


async def test_what_ends_at_once_is_posted_together_as_far_as_a_message_holds_it(studio: Studio) -> None:
    channel = await open_log(studio)
    await studio.stylize()
    job = await studio.app.client.studio.records.get(studio.engine.jobs[0].job_id)
    assert job is not None
    told = line(replace(job, state=JobState.CANCELLED))

    with studio.env._bot_scope():
        for _ in range(30):
            studio.app.client.studio.runner._server_log.note(replace(job, state=JobState.CANCELLED))
    await studio.env.settle()

    posted = [message.content for message in channel.history()]
    assert len(posted) < 5
    assert "\n".join(posted).splitlines() == [told] * 30


def test_a_recipe_that_is_no_more_is_named_as_it_was_asked_for() -> None:
    asked = asked_job(order=Order(recipe_name="gone"), state=JobState.FAILED, problem="There is\nno recipe.")

    assert (
        line(asked) == f"**gone** for <@{asked.owner_id}> in <#{asked.channel_id}> · not painted: There is no recipe."
    )
