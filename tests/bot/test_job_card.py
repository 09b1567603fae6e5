"""The job card: what a painting's message shows until it is done, and how to cancel it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import discord
import pytest
from structlog.testing import LogCapture

from bot.cards.job import job_card
from bot.messages.card import Card
from bot.painting.job import Job, Variation
from bot.painting.progress import Painting
from bot.painting.queue_positions import POSITIONS_INTERVAL_SECONDS
from bot.painting.scheduler import SLOW_CANCELLATION_SECONDS, Cancellation, Scheduler
from bot.painting.thumbnails import Thumbnails
from bot.words import ENGLISH, sentence_for
from stylizer.events import Event, Finished, Progress
from stylizer.pool import FakeEngine, OutOfMemory, PaintingJob, StepCost, StepGate, WorkerDied
from tests.bot.conftest import (
    CONTENT,
    OpenStudio,
    Studio,
    alt_texts,
    ephemeral_text,
    files,
    labels,
    media,
    override_attachments,
    texts,
    thumbnails,
)
from tests.bot.faults import hold_edits
from tests.bot.jobs import MINUTE, TimedEngine, make_job

EDIT = "/webhooks/*/*/messages/@original"


async def test_the_card_shows_bar_percent_time_left_and_the_latest_preview(studio: Studio) -> None:
    answer = await studio.stylize()
    assert "Setting up the canvas" in texts(answer.response)

    await studio.step()

    said = texts(answer.response)
    assert "▰▰▰▱▱▱▱▱▱▱ **33%**" in said
    assert "About " in said
    assert " sec left" in said
    assert files(answer.response) == ["preview-01.jpg"]
    assert media(answer.response)[0].endswith("/preview-01.jpg")
    assert labels(answer.response) == ["Cancel"]


async def test_a_card_says_how_long_its_painting_will_take_before_it_starts(
    open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    override_attachments(monkeypatch, width=1000, height=500)
    gate = StepGate()
    studio: Studio = await open_studio(FakeEngine(gate=gate, step_cost=StepCost(6e-6, 7000)))

    painting, waiting = await studio.stylize(size=512), await studio.stylize(size=512, recipe="draft")
    board = await studio.bob.slash(studio.channel, "explore", content=CONTENT)

    assert texts(painting.response).endswith("Setting up the canvas…\n-# Takes about 10 sec.")
    assert texts(waiting.response).endswith(" Takes about 5 sec.")
    assert texts(board.response).endswith(" Takes about 15 sec.")

    studio.gate = gate
    await studio.step()

    assert "Takes about" not in texts(painting.response)


class SlowWriter(FakeEngine):
    """Finishes every step, and writes its files once a test allows it."""

    def __init__(self) -> None:
        super().__init__(frames=1)
        self.writes = asyncio.Event()

    async def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
        async for event in super().run(job):
            if isinstance(event, Finished):
                await self.writes.wait()
            yield event


async def test_the_card_says_finishing_while_the_files_are_written(open_studio: OpenStudio) -> None:
    engine = SlowWriter()
    studio: Studio = await open_studio(engine)
    answer = await studio.stylize()

    assert texts(answer.response).endswith(f"{'▰' * 10}\nFinishing…")
    assert "100%" not in texts(answer.response)
    assert "0 sec left" not in texts(answer.response)
    assert files(answer.response) == ["preview-01.jpg"]

    engine.writes.set()
    await studio.env.settle()
    assert files(answer.response) == ["painting.png", "progress.gif"]


@pytest.mark.parametrize(("step", "bar"), [(0, "▱▱▱▱▱▱▱▱▱▱ **0%**"), (999, "▰▰▰▰▰▰▰▰▰▱ **99%**")])
@pytest.mark.parametrize(
    ("seconds_left", "said"), [(None, ""), (0.0, "\nAbout 1 sec left"), (61.2, "\nAbout 1 min 2 sec left")]
)
def test_the_bar_fills_and_the_time_left_disappears_only_after_the_last_step(
    step: int, bar: str, seconds_left: float | None, said: str
) -> None:
    card = job_card(make_job(), Painting(step, 1000, seconds_left), Thumbnails(), ENGLISH)

    assert lines_of(card)[-1] == bar + said


def test_a_variation_without_a_linkable_original_still_says_what_it_is() -> None:
    card = job_card(make_job(variation=Variation.HD), Painting(), Thumbnails(), ENGLISH)

    assert "-# HD version of an earlier painting" in lines_of(card)[0]


def lines_of(card: Card) -> list[str]:
    """Return the texts of the card."""
    return [item.content for item in card.view.walk_children() if isinstance(item, discord.ui.TextDisplay)]


async def test_each_preview_replaces_the_previous_one_under_a_new_name(studio: Studio) -> None:
    answer = await studio.stylize()

    await studio.step(2)

    assert files(answer.response) == ["preview-02.jpg"]
    assert "66%" in texts(answer.response)


async def test_every_picture_on_the_card_has_alt_text(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.step()

    assert alt_texts(answer.response) == [
        "Content: photo.png",
        "Style: waves.png",
        "photo.png in the style of waves.png (in progress)",
    ]


async def test_the_card_shows_the_owner_and_the_options(studio: Studio) -> None:
    answer = await studio.stylize(recipe="draft", style_strength=2.0, colors="content")

    assert f"Draft · 64 px · style strength 2 · colors kept · for <@{studio.alice.id}>" in texts(answer.response)


async def test_the_card_is_edited_at_most_every_two_and_a_half_seconds(open_studio: OpenStudio) -> None:
    gate = StepGate()
    studio: Studio = await open_studio(FakeEngine(frames=20, gate=gate))
    answer = await studio.stylize()
    studio.clock.now += 10
    edits_before = studio.edits()

    for _ in range(10):
        studio.clock.now += 0.5
        gate.let_through()
        await studio.env.settle()

    assert studio.edits() - edits_before == 2
    assert files(answer.response) == ["preview-05.jpg"]


async def test_a_waiting_card_shows_its_position(studio: Studio) -> None:
    await studio.stylize()
    second, third = await studio.stylize(studio.bob), await studio.stylize(studio.mia)

    assert "You're next." in texts(second.response)
    assert "You're number 2 in the queue." in texts(third.response)


async def test_positions_in_the_queue_move_up(studio: Studio) -> None:
    await studio.stylize()
    second, third = await studio.stylize(studio.bob), await studio.stylize(studio.mia)

    await studio.step(4)

    assert "%" in texts(second.response)
    assert "You're next." in texts(third.response)


async def test_nobody_waits_behind_all_of_another_members_jobs(studio: Studio) -> None:
    first, second, third = [await studio.stylize() for _ in range(3)]
    bobs = await studio.stylize(studio.bob)
    await studio.step()

    assert "33%" in texts(first.response)
    assert "You're next." in texts(bobs.response)
    assert "You're number 2 in the queue." in texts(second.response)
    assert "You're number 3 in the queue." in texts(third.response)


async def test_an_overdue_waiting_card_updates_even_if_nothing_else_happens(
    open_studio: OpenStudio,
) -> None:
    gate = StepGate()
    studio: Studio = await open_studio(TimedEngine(frames=1, gate=gate))
    await studio.stylize(studio.member("first"))
    gate.let_through()
    await studio.env.settle()
    await studio.stylize()
    waiting = await studio.stylize(studio.bob)
    assert "You're next.\n-# Starts around <t:" in texts(waiting.response)

    studio.clock.now += 2 * MINUTE  # twice as long as a painting takes
    await studio.env.advance_time(POSITIONS_INTERVAL_SECONDS)

    assert "You're next.\n-# Starts soon." in texts(waiting.response)


async def test_a_waiting_card_starts_when_the_running_painting_says_it_ends(open_studio: OpenStudio) -> None:
    class SlowerThanExpected(FakeEngine):
        async def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
            async with aclosing(super().run(job)) as events:
                async for event in events:
                    yield replace(event, seconds_left=600.0) if isinstance(event, Progress) else event

    gate = StepGate()
    studio: Studio = await open_studio(SlowerThanExpected(gate=gate, step_cost=StepCost(6e-6, 7000)))
    await studio.stylize()
    waiting = await studio.stylize(studio.bob)
    assert "Starts soon." in texts(waiting.response)

    gate.let_through()
    await studio.env.settle()
    studio.clock.now += 10
    await studio.env.advance_time(POSITIONS_INTERVAL_SECONDS)

    [starts_at] = re.findall(r"Starts around <t:(\d+):t>", texts(waiting.response))
    assert 500 < int(starts_at) - time.time() < 700


async def test_the_owner_can_cancel_a_running_painting(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.step()

    await studio.press(answer, "Cancel")

    assert texts(answer.response).splitlines()[-1] == f"Canceled by <@{studio.alice.id}>."
    assert labels(answer.response) == ["Try again"]
    assert files(answer.response) == []
    assert [url.rpartition("/")[2] for url in thumbnails(answer.response)] == ["photo.png", "waves.png"]


async def test_a_card_says_that_its_painting_is_being_canceled(open_studio: OpenStudio) -> None:
    stopped = asyncio.Event()

    class InALongStep(FakeEngine):
        async def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
            async with aclosing(super().run(job)) as events:
                try:
                    async for event in events:
                        yield event
                finally:
                    await stopped.wait()

    gate = StepGate()
    studio: Studio = await open_studio(InALongStep(gate=gate))
    answer = await studio.stylize()
    gate.let_through()
    await studio.env.settle()

    await studio.press(answer, "Cancel")
    studio.clock.now += SLOW_CANCELLATION_SECONDS
    await studio.env.settle()
    assert "Canceling…" in texts(answer.response)
    assert labels(answer.response) == []

    stopped.set()
    await studio.env.settle()
    assert f"Canceled by <@{studio.alice.id}>." in texts(answer.response)
    assert labels(answer.response) == ["Try again"]


async def test_a_canceled_painting_frees_its_slot_for_the_next(studio: Studio) -> None:
    answer = await studio.stylize()
    waiting = await studio.stylize(studio.bob)

    await studio.press(answer, "Cancel")
    await studio.finish()

    assert files(waiting.response) == ["painting.png", "progress.gif"]


async def test_the_owner_can_cancel_a_waiting_job(studio: Studio) -> None:
    await studio.stylize(studio.bob)
    answer = await studio.stylize()

    await studio.press(answer, "Cancel")
    await studio.finish()

    assert "Canceled by" in texts(answer.response)
    assert len(studio.engine.jobs) == 1


async def test_two_simultaneous_presses_cancel_once(studio: Studio, logs: LogCapture) -> None:
    await studio.stylize()
    [job] = studio.engine.jobs
    scheduler = studio.app.client.studio.scheduler

    assert [scheduler.cancel(job.job_id, by=1) for _ in range(2)] == [Cancellation.STOPPED, Cancellation.STOPPED]
    await studio.env.settle()

    assert [entry["event"] for entry in logs.entries].count("job.ended") == 1


async def test_a_painting_being_posted_can_no_longer_be_canceled(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = hold_edits(monkeypatch, studio)
    answer = await studio.stylize()
    await studio.finish()

    outcome = studio.app.client.studio.scheduler.cancel(studio.engine.jobs[0].job_id, by=1)
    taken.set()
    await studio.env.settle()

    assert outcome is Cancellation.TOO_LATE
    assert files(answer.response) == ["painting.png", "progress.gif"]


async def test_a_job_canceled_before_its_first_step_frees_its_slot(studio: Studio) -> None:
    submit = Scheduler.submit

    def submit_and_cancel(scheduler: Scheduler, job: Job, **belongings: Any) -> None:
        submit(scheduler, job, **belongings)
        scheduler.cancel(job.job_id, by=1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scheduler, "submit", submit_and_cancel)
        answer = await studio.stylize()
    assert "Canceled by" in texts(answer.response)
    assert studio.engine.jobs == []

    after = await studio.stylize()
    await studio.finish()
    assert files(after.response) == ["painting.png", "progress.gif"]


async def test_a_moderator_can_cancel(studio: Studio) -> None:
    answer = await studio.stylize()

    await studio.press(answer, "Cancel", by=studio.mia)

    assert texts(answer.response).splitlines()[-1] == f"Canceled by <@{studio.mia.id}>."


async def test_other_members_cannot_cancel(studio: Studio) -> None:
    answer = await studio.stylize()

    pressed = await studio.press(answer, "Cancel", by=studio.bob)

    assert ephemeral_text(pressed).startswith(f"Only <@{studio.alice.id}> and moderators")
    assert labels(answer.response) == ["Cancel"]


async def test_try_again_repeats_a_canceled_painting_with_the_same_options(studio: Studio) -> None:
    answer = await studio.stylize(style_strength=1.75)
    await studio.press(answer, "Cancel")

    again = await studio.press(answer, "Try again")
    assert answer.response is not None
    assert "-# New attempt at [this request](https://discord.com/channels/" in texts(again.response)
    assert f"/{answer.response.id})" in texts(again.response)
    assert [url.rpartition("/")[2] for url in thumbnails(again.response)] == ["photo.png", "waves.png"]
    await studio.finish()

    assert files(again.response) == ["painting.png", "progress.gif"]
    first, second = studio.engine.jobs
    assert (first.recipe, first.seed, first.content) == (second.recipe, second.seed, second.content)


@pytest.mark.parametrize("error", [WorkerDied(-9), OutOfMemory(2048, 1024)])
async def test_a_failure_is_shown_on_the_card_with_a_try_again_button(
    open_studio: OpenStudio, error: WorkerDied | OutOfMemory, logs: LogCapture
) -> None:
    studio: Studio = await open_studio(FakeEngine(fail_at=2, error=error))

    answer = await studio.stylize()

    assert sentence_for(error, ENGLISH) in texts(answer.response)
    assert labels(answer.response) == ["Try again"]

    studio.engine.fail_at = None
    again = await studio.press(answer, "Try again")
    assert files(again.response) == ["painting.png", "progress.gif"]
    logs.entries.clear()


async def test_a_failed_job_does_not_affect_the_next(open_studio: OpenStudio, logs: LogCapture) -> None:
    gate = StepGate()
    studio: Studio = await open_studio(FakeEngine(fail_at=1, gate=gate))
    await studio.stylize()
    waiting = await studio.stylize(studio.bob)

    gate.let_through()
    await studio.env.settle()
    studio.engine.fail_at = None
    gate.open()
    await studio.env.settle()

    assert files(waiting.response) == ["painting.png", "progress.gif"]
    logs.entries.clear()


@pytest.mark.parametrize(("status", "code"), [(400, 50035), (403, 50013), (500, 0), (502, 0), (503, 0)])
async def test_an_edit_that_fails_does_not_end_the_painting(studio: Studio, status: int, code: int) -> None:
    answer = await studio.stylize()
    studio.env.inject_error("PATCH", EDIT, status=status, code=code)

    await studio.step(2)
    assert files(answer.response) == ["preview-02.jpg"]
    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]


async def test_a_deleted_card_cancels_its_painting(studio: Studio, logs: LogCapture) -> None:
    answer = await studio.stylize()
    waiting = await studio.stylize(studio.bob)
    assert answer.response is not None

    await studio.mia.delete(answer.response.message)
    await studio.step()

    assert [entry["state"] for entry in logs.entries if entry["event"] == "job.ended"] == ["canceled"]
    assert "was deleted" in ephemeral_text(answer)
    await studio.finish()
    assert files(waiting.response) == ["painting.png", "progress.gif"]


async def test_cancel_on_an_outdated_card_shows_how_the_painting_ended(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.step(2)
    studio.clock.now -= 10
    studio.env.inject_error("PATCH", EDIT, status=403, code=50083, times=2)  # the outcome, and cleanup
    await studio.finish()
    assert labels(answer.response) == ["Cancel"]

    pressed = await studio.press(answer, "Cancel")

    assert ephemeral_text(pressed) == "This painting is no longer in progress. The message shows how it ended."
    assert "This painting is done: https://discord.com/channels/" in texts(answer.response)
    assert labels(answer.response) == []


async def test_cancel_says_so_if_the_finished_painting_is_waiting_for_discord(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.step(2)
    studio.clock.now -= 10
    studio.env.inject_error("PATCH", EDIT, status=503, times=None)
    await studio.finish()
    await studio.env.advance_time(120)

    pressed = await studio.press(answer, "Cancel")

    assert "already done and is being posted" in ephemeral_text(pressed)
    assert labels(answer.response) == ["Cancel"]


async def test_a_clean_shutdown_says_that_the_painting_resumes_at_the_next_start(studio: Studio) -> None:
    answer = await studio.stylize()

    with studio.env._bot_scope():
        await studio.app.client.studio.scheduler.aclose()

    assert "Your painting resumes automatically." in texts(answer.response)
    refused = await studio.stylize()
    assert refused.ephemeral
    assert refused.response is not None
    assert refused.response.content == "Atelier is about to restart. Try again in a minute."


async def test_every_event_of_a_job_is_one_log_line_with_its_id(studio: Studio, logs: LogCapture) -> None:
    await studio.stylize()
    await studio.finish()

    [job] = studio.engine.jobs
    outcomes = [entry["event"] for entry in logs.entries if entry.get("job") == job.job_id]
    assert outcomes == ["job.accepted", "job.painting", "job.painted", "job.delivered"]
