"""After any interruption, an accepted job is painted and shown exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import discord
import pytest
from structlog.testing import LogCapture

from bot.cards.presenter import CardPresenter
from bot.errors import DatabaseAway
from bot.messages.answer import Answer
from bot.messages.card import Card
from bot.messages.live import LiveMessage
from bot.painting.job import Job, JobState
from bot.storage.jobs import JobRecords
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
from stylizer.recipe import load_recipe, recipe_names
from tests.bot.conftest import OpenStudio, Studio, ephemeral_text, files, labels, texts

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


async def test_a_half_painted_job_resumes_after_a_restart(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.step()

    await studio.restart()
    await studio.finish()

    assert files(answer.response) == RESULT
    assert len(results(studio)) == 1
    assert len(studio.engine.jobs) == 1


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


async def test_a_message_that_was_posted_but_not_recorded_is_not_posted_again(
    studio: Studio, logs: LogCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await studio.stylize()
    await studio.env.advance_time(15 * 60)

    save = JobRecords.save

    async def killed(records: JobRecords, job: Job) -> Job:
        if job.state is JobState.DELIVERED:
            raise RuntimeError("the process ends here")
        return await save(records, job)

    with monkeypatch.context() as patched:
        patched.setattr(JobRecords, "save", killed)
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
    studio: Studio, logs: LogCapture, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    result, errors = CardPresenter.result, [ValueError("nobody foresaw this")] * failures

    def at_last(*facts: Any) -> Card:
        if errors:
            raise errors.pop()
        return result(*facts)

    monkeypatch.setattr(CardPresenter, "result", at_last)
    studio.clock.retry_seconds = 0.0
    answer = await studio.stylize()
    await studio.finish()

    await studio.wait_until(lambda: files(answer.response) == RESULT)
    assert [entry["event"] for entry in logs.entries].count("job.end_failed") == failures
    logs.entries.clear()


async def test_a_painting_that_can_never_be_shown_is_reported(
    studio: Studio, logs: LogCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_facts: Any) -> Card:
        raise ValueError("nobody foresaw this")

    monkeypatch.setattr(CardPresenter, "result", broken)
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
    replace, kills = LiveMessage.replace_with_ephemeral, ["the process ends here"]

    async def killed_at_first(message: LiveMessage, sentence: str) -> bool:
        if kills:
            await studio.env.external_wait(asyncio.Event().wait(), reason=kills.pop())
        return await replace(message, sentence)

    monkeypatch.setattr(LiveMessage, "replace_with_ephemeral", killed_at_first)
    answer = await studio.stylize()
    await studio.step()
    await studio.restart()
    await studio.env.settle()

    assert studio.channel.history() == []
    assert "photo.png is damaged" in ephemeral_text(answer)


async def test_a_card_says_restarting_even_if_an_edit_is_in_progress(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Answer, "has_token", True)  # real tokens expire by the real clock, not the tests'
    answer = await studio.stylize()
    await studio.step()
    scheduler = studio.app.client.studio.scheduler
    [work] = scheduler._under_way.values()
    arrived = asyncio.Event()

    async def edit() -> None:
        await arrived.wait()
        work.message._edit = None

    work.message._edit = asyncio.create_task(edit())
    closing = asyncio.create_task(scheduler.aclose())
    await asyncio.sleep(0)
    arrived.set()
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


async def test_a_lost_worker_costs_one_silent_retry(open_studio: OpenStudio) -> None:
    studio: Studio = await open_studio(MortalEngine(deaths=1))

    answer = await studio.stylize()

    await studio.wait_until(lambda: files(answer.response) == RESULT)


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


async def test_a_job_whose_recipe_is_gone_fails_without_affecting_others(
    studio: Studio, logs: LogCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted = await studio.stylize()
    refused = await studio.stylize(studio.bob, recipe="classic")
    left = {name: load_recipe(name) for name in recipe_names() if name != "classic"}

    monkeypatch.setattr("stylizer.recipe._recipes", lambda: left)
    await studio.restart()
    await studio.finish()

    assert files(painted.response) == RESULT
    assert "There's no recipe “classic”" in texts(refused.response)
    [ended] = [entry for entry in logs.entries if entry["event"] == "job.ended"]
    assert ended["problem"].startswith("There's no recipe 'classic'.")
    logs.entries.clear()


async def test_a_job_that_was_started_too_often_fails(
    studio: Studio, logs: LogCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await studio.stylize()
    monkeypatch.setattr("bot.painting.lifecycle.MAX_STARTS", 0)

    await studio.restart()
    await studio.env.settle()

    assert "This painting failed several times" in texts(answer.response)
    logs.entries.clear()


async def test_a_database_outage_only_delays_a_job(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = await studio.stylize()
    save, failures = JobRecords.save, [DatabaseAway("it is locked")] * 3

    async def saved_at_last(records: JobRecords, job: Job) -> Job:
        if failures and job.state is JobState.PAINTED:
            raise failures.pop()
        return await save(records, job)

    monkeypatch.setattr(JobRecords, "save", saved_at_last)
    studio.clock.retry_seconds = 0.0
    await studio.finish()

    assert files(answer.response) == RESULT


async def test_an_unshown_failure_is_shown_after_a_restart(open_studio: OpenStudio, logs: LogCapture) -> None:
    studio: Studio = await open_studio(FakeEngine(fail_at=1, error=PaintingTooSlow(3600)))
    studio.env.inject_error("PATCH", EDIT, status=401, code=0, times=2)  # for the progress and the result
    answer = await studio.stylize()
    await studio.wait_until(lambda: any(entry["event"] == "job.left_for_restart" for entry in logs.entries))
    logs.entries.clear()

    await studio.restart()

    await studio.wait_until(lambda: sentence_for(PaintingTooSlow(3600), ENGLISH) in texts(answer.response))
