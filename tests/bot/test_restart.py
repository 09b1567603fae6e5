"""After any interruption, an accepted job is painted and shown exactly once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from typing import Any

import discord
import pytest
from structlog.testing import LogCapture

from bot.cards.presenter import CardPresenter
from bot.messages.card import Card
from bot.painting.job import Job
from bot.painting.lifecycle import MAX_STARTS
from bot.painting.progress import FinishedPainting
from bot.painting.thumbnails import Thumbnails
from bot.words import ENGLISH, sentence_for
from stylizer.events import Event
from stylizer.pool import (
    FakeEngine,
    PaintingJob,
    PaintingTooSlow,
    StylizerError,
    UnreadablePicture,
    WorkerDied,
    WorkerNotReady,
)
from tests.bot.conftest import OpenStudio, Studio, ephemeral_text, files, labels, texts
from tests.bot.faults import hold_edits
from tests.databases import change_database, database_refusing

EDIT = "/webhooks/*/*/messages/@original"
RESULT = ["painting.png", "progress.gif"]


def results(studio: Studio) -> list[discord.Message]:
    """Return the channel's messages with a painting."""
    return [message for message in studio.channel.history() if files(message) == RESULT]


class MortalEngine(FakeEngine):
    """Its first jobs fail: their worker dies, or another error occurs."""

    def __init__(self, deaths: int, *, death: StylizerError | None = None) -> None:
        super().__init__(frames=1)
        self.deaths = deaths
        self.death = death or WorkerDied(-9)

    async def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
        if self.deaths:
            self.deaths -= 1
            raise self.death
        async for event in super().run(job):
            yield event


class ClumsyPresenter(CardPresenter):
    """Fails to show the first results, in a way that nobody foresaw."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    def result(self, job: Job, finished: FinishedPainting, thumbnails: Thumbnails) -> Card:
        if self.failures:
            self.failures -= 1
            raise ValueError("nobody foresaw this")
        return super().result(job, finished, thumbnails)


async def test_a_half_painted_job_resumes_after_a_restart(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.step()

    await studio.restart()
    await studio.finish()

    assert files(answer.response) == RESULT
    assert len(results(studio)) == 1
    assert [job.attempt for job in studio.engine.jobs] == [2]  # the shutdown's requeue didn't free the number 1


async def test_a_small_picture_that_cannot_be_read_keeps_no_bot_from_starting(studio: Studio) -> None:
    answer = await studio.stylize()
    studio.gate.let_through(steps=3)
    await studio.env.settle()
    again = await studio.press(answer, "Again")
    assert files(again.response) != RESULT
    [job] = await studio.app.client.studio.records.latest_painted(1)
    store = studio.app.client.studio.pictures.store
    for source in job.inputs:
        assert source.thumbnail_sha256 is not None
        path = store.path_of(source.thumbnail_sha256)
        path.unlink(missing_ok=True)
        path.mkdir(exist_ok=True)  # which root can't read either

    await studio.restart()
    await studio.finish()

    assert files(again.response) == RESULT


async def test_waiting_jobs_keep_their_order_and_their_cards_are_updated(studio: Studio) -> None:
    answers = [await studio.stylize(member) for member in (studio.alice, studio.bob, studio.mia)]

    await studio.restart()

    assert ["Painting" in texts(answer.response) for answer in answers] == [True, False, False]
    assert "You're next." in texts(answers[1].response)
    assert "You're number 2 in the queue." in texts(answers[2].response)
    await studio.finish()
    assert [files(answer.response) for answer in answers] == [RESULT] * 3


async def test_a_job_resumed_after_a_restart_can_be_canceled(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.restart()

    await studio.press(answer, "Cancel")

    assert "Canceled by" in texts(answer.response)
    again = await studio.press(answer, "Try again")
    await studio.finish()
    assert files(again.response) == RESULT


async def test_a_finished_painting_is_shown_after_a_restart_without_repainting(
    studio: Studio, logs: LogCapture
) -> None:
    answer = await studio.stylize()
    await studio.step(2)
    studio.clock.now -= 10
    studio.env.inject_error("PATCH", EDIT, status=401, code=0, times=1)  # as if the bot's token were revoked
    await studio.finish()
    logs.entries.clear()

    await studio.restart()
    await studio.env.settle()

    assert files(answer.response) == RESULT
    assert studio.engine.jobs == []


async def test_a_result_after_the_token_expired_appears_in_the_same_message(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.step()
    await studio.env.advance_time(15 * 60)

    await studio.restart()
    await studio.finish()

    [message] = results(studio)
    assert f"for <@{studio.alice.id}>" in str([item.to_dict() for item in message.components])
    assert files(answer.response) == RESULT
    await studio.restart()
    assert len(results(studio)) == 1


async def test_a_message_that_was_posted_but_not_recorded_is_not_posted_again(studio: Studio, logs: LogCapture) -> None:
    await studio.stylize()
    await studio.env.advance_time(15 * 60)

    async with database_refusing(studio.data_dir, "UPDATE", condition="NEW.state = 'delivered'"):
        await studio.finish()
    assert len(results(studio)) == 1
    logs.entries.clear()
    await studio.env.advance_time(60 * 60)  # longer than Discord remembers nonces

    await studio.restart()
    await studio.env.settle()

    assert len(results(studio)) == 1
    assert await studio.app.client.studio.records.lease_unsettled(even_leased=True) == []


@pytest.mark.parametrize("failures", [1, 3])
async def test_an_outcome_hidden_by_an_unexpected_error_is_shown_later(
    open_studio: OpenStudio, logs: LogCapture, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    studio: Studio = await open_studio(presenter=ClumsyPresenter(failures))
    studio.clock.retry_seconds = 0.0
    answer = await studio.stylize()
    await studio.finish()

    await studio.wait_until(lambda: files(answer.response) == RESULT)
    assert [entry["event"] for entry in logs.entries].count("job.end_failed") == failures
    logs.entries.clear()


async def test_a_painting_that_can_never_be_shown_is_reported(
    open_studio: OpenStudio, logs: LogCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio: Studio = await open_studio(presenter=ClumsyPresenter(sys.maxsize))
    studio.clock.retry_seconds = 0.0
    answer = await studio.stylize()
    await studio.finish()

    await studio.wait_until(lambda: ENGLISH("something-went-wrong") in texts(answer.response))
    await studio.env.settle()
    assert await studio.app.client.studio.records.lease_unsettled(even_leased=True) == []
    logs.entries.clear()


async def test_only_the_owner_sees_a_picture_error_after_a_restart_too(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.engine.fail_at, studio.engine.error = 1, UnreadablePicture("content", None)

    async def held(*_args: Any, **_options: Any) -> None:
        await studio.env.external_wait(asyncio.Event().wait(), reason="Discord does not answer")

    answer = await studio.stylize()
    with monkeypatch.context() as patched:
        patched.setattr(discord.Webhook, "delete_message", held)
        await studio.step()
    await studio.restart()
    await studio.env.settle()

    assert studio.channel.history() == []
    assert "photo.png is damaged" in ephemeral_text(answer)


async def test_a_card_says_restarting_even_if_an_edit_is_in_progress(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = hold_edits(monkeypatch, studio, showing="preview-")
    answer = await studio.stylize()
    await studio.step()

    closing = asyncio.create_task(studio.app.client.studio.scheduler.aclose())
    await studio.env.settle()
    taken.set()
    await closing

    assert "Restarting" in texts(answer.response)


async def test_an_unshown_cancellation_is_shown_after_a_restart(studio: Studio, logs: LogCapture) -> None:
    answer = await studio.stylize()
    await studio.step()
    studio.env.inject_error("PATCH", EDIT, status=401, code=0, times=1)
    await studio.press(answer, "Cancel")
    assert "Canceled by" not in texts(answer.response)
    logs.entries.clear()

    await studio.restart()
    await studio.env.settle()

    assert "Canceled by" in texts(answer.response)
    assert studio.engine.jobs == []


async def test_a_second_lost_worker_is_reported(open_studio: OpenStudio, logs: LogCapture) -> None:
    studio: Studio = await open_studio(MortalEngine(deaths=2))

    answer = await studio.stylize()

    assert "The painter was stopped in the middle of this painting" in texts(answer.response)
    assert labels(answer.response) == ["Try again"]
    logs.entries.clear()


async def test_a_painting_waits_until_a_worker_can_start(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(MortalEngine(deaths=3, death=WorkerNotReady("the GPU does not answer.")))

    answer = await studio.stylize()

    await studio.wait_until(lambda: files(answer.response) == RESULT)


async def test_a_job_whose_recipe_is_gone_fails_without_affecting_others(studio: Studio, logs: LogCapture) -> None:
    painted = await studio.stylize()
    refused = await studio.stylize(studio.bob, recipe="classic")
    await change_database(studio.data_dir, "UPDATE jobs SET recipe_name = 'baroque' WHERE recipe_name = 'classic'")

    await studio.restart()
    await studio.finish()

    assert files(painted.response) == RESULT
    assert "There's no recipe “baroque”" in texts(refused.response)
    [ended] = [entry for entry in logs.entries if entry["event"] == "job.ended"]
    assert ended["problem"].startswith("There's no recipe 'baroque'.")
    logs.entries.clear()


async def test_a_job_that_was_started_too_often_fails(studio: Studio, logs: LogCapture) -> None:
    await studio.stylize(studio.bob)
    answer = await studio.stylize()
    await change_database(studio.data_dir, "UPDATE jobs SET starts = ? WHERE state = 'waiting'", MAX_STARTS)

    await studio.restart()
    await studio.finish()

    assert "This painting failed several times" in texts(answer.response)
    logs.entries.clear()


async def test_an_unshown_failure_is_shown_after_a_restart(open_studio: OpenStudio, logs: LogCapture) -> None:
    studio: Studio = await open_studio(FakeEngine(fail_at=1, error=PaintingTooSlow(3600)))
    studio.env.inject_error("PATCH", EDIT, status=401, code=0, times=2)  # for the progress and the result
    answer = await studio.stylize()
    await studio.wait_until(lambda: any(entry["event"] == "job.left_for_restart" for entry in logs.entries))
    logs.entries.clear()

    await studio.restart()

    await studio.wait_until(lambda: sentence_for(PaintingTooSlow(3600), ENGLISH) in texts(answer.response))
