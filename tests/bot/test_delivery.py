"""The last card: it fits where it goes, and arrives whatever Discord does in between."""

from __future__ import annotations

from typing import Any

import aiohttp
import discord
import pytest
from structlog.testing import LogCapture

from bot.jobs.delivery import EDIT_INTERVAL_SECONDS
from stylizer.pool import FakeEngine
from tests.bot.conftest import OpenStudio, Studio, files, labels, picture, tell_in_interactions, texts

EDIT = "/webhooks/*/*/messages/@original"


def mentions_sent(studio: Studio) -> Any:
    """Whom the last message in the channel may mention."""
    posts = [r for r in studio.env.http_requests if r.method == "POST" and r.path.endswith("/messages")]
    return posts[-1].json["allowed_mentions"] if posts[-1].json else None


async def shown(studio: Studio) -> list[discord.Message]:
    """All messages of the channel that carry a painting."""
    return [message for message in studio.channel.history() if "progress.gif" in files(message)]


async def test_a_painting_over_the_places_limit_is_encoded_anew(
    open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio: Studio = await open_studio(FakeEngine(frames=1))
    tell_in_interactions(monkeypatch, attachment_size_limit=24_000)

    noise = ("noise.png", picture(noisy=True))
    answer = await studio.stylize(content=noise, style=noise, size=128)

    assert files(answer.response) == ["painting.webp", "progress.gif"]
    assert answer.response is not None
    assert all(attachment.size <= 24_000 for attachment in answer.response.attachments)


@pytest.mark.parametrize(("times", "sent"), [(1, ["painting.png", "progress.gif"]), (3, ["painting.webp"])])
async def test_a_result_that_discord_finds_too_large_is_made_smaller_at_last_without_the_gif(
    studio: Studio, times: int, sent: list[str]
) -> None:
    answer = await studio.stylize(content=("noise.png", picture(noisy=True)))
    await studio.step(2)
    studio.env.inject_error("PATCH", EDIT, status=413, code=40005, times=times)
    studio.clock.now -= 10  # no progress edit, which would take one of the errors

    studio.gate.open()
    await studio.env.settle()

    assert files(answer.response) == sent


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_the_result_is_sent_again_when_discord_fails(studio: Studio, status: int) -> None:
    answer = await studio.stylize()
    await studio.step(2)
    studio.clock.now -= 10
    studio.env.inject_error("PATCH", EDIT, status=status, times=2)

    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]


@pytest.mark.parametrize(("status", "code"), [(401, 50027), (404, 10015)])
async def test_when_the_token_is_dead_the_result_is_posted_in_the_channel(
    studio: Studio, status: int, code: int
) -> None:
    await studio.stylize()
    studio.env.inject_error("PATCH", EDIT, status=status, code=code, times=None)

    await studio.finish()

    [message] = await shown(studio)
    assert message.interaction_metadata is None
    assert f"for <@{studio.alice.id}>" in str([item.to_dict() for item in message.components])
    assert mentions_sent(studio) == {"parse": []}


async def test_after_fifteen_minutes_the_result_is_posted_and_the_old_card_taken_away(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.step()
    await studio.env.advance_time(15 * 60)

    await studio.finish()

    [message] = await shown(studio)
    assert message.interaction_metadata is None
    assert mentions_sent(studio) == {"parse": []}
    assert answer.response is None
    assert len(studio.channel.history()) == 1


async def test_a_result_posted_after_fifteen_minutes_has_working_buttons(studio: Studio) -> None:
    await studio.stylize()
    await studio.env.advance_time(15 * 60)
    await studio.finish()
    [message] = await shown(studio)

    again = await studio.alice.click(message, label="Again")

    assert files(again.response) == ["painting.png", "progress.gif"]
    assert labels(again.response)


async def test_a_result_that_discord_refuses_is_told_on_its_card_and_the_next_is_painted(
    studio: Studio, logs: LogCapture
) -> None:
    refused = await studio.stylize()
    await studio.step(2)
    studio.clock.now -= 10
    studio.env.inject_error("PATCH", EDIT, status=400, code=50035, times=1)
    await studio.finish()

    assert "The finished painting could not be posted" in texts(refused.response)
    assert labels(refused.response) == ["Try again"]
    assert files(refused.response) == []
    assert [entry["event"] for entry in logs.entries if entry["event"] == "job.undeliverable"]
    following = await studio.stylize(studio.bob)
    assert files(following.response) == ["painting.png", "progress.gif"]


async def test_a_late_result_that_the_channel_refuses_is_sent_to_its_owner(studio: Studio) -> None:
    await studio.stylize()
    await studio.env.advance_time(15 * 60)
    studio.env.inject_error("POST", f"/channels/{studio.channel.id}/messages", status=403, code=50013, times=None)

    await studio.finish()

    assert await shown(studio) == []
    [message] = studio.alice.user.dm_channel.history()
    assert files(message) == ["painting.png", "progress.gif"]


async def test_a_lost_network_holds_the_result_up_and_no_longer(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await studio.stylize()
    await studio.step()
    edit, failures = discord.Webhook.edit_message, [ConnectionResetError(), aiohttp.ClientError()] * 2

    async def through_a_bad_line(webhook: Any, *args: Any, **changes: Any) -> Any:
        if failures:
            raise failures.pop()
        return await edit(webhook, *args, **changes)

    monkeypatch.setattr("bot.waits.LONGEST_WAIT_SECONDS", 0.0)
    monkeypatch.setattr(discord.Webhook, "edit_message", through_a_bad_line)
    await studio.step()
    assert files(answer.response) == ["preview-01.jpg"]
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]


async def test_progress_stops_before_the_last_edit(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.step(2)
    studio.clock.now += EDIT_INTERVAL_SECONDS

    await studio.finish()

    last = [r for r in studio.env.http_requests if r.method == "PATCH"][-1]
    assert "progress.gif" in str(last.json)
    assert files(answer.response) == ["painting.png", "progress.gif"]
