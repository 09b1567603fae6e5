"""A painting's message: it stays current and shows the outcome by any route that works, whatever Discord does."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest
from structlog.testing import LogCapture

from bot.errors import DatabaseAway, NotPosted, PaintingForgotten, Undeliverable
from bot.files.store import PictureStore
from bot.messages.address import Press
from bot.messages.live import CARD_EDIT_INTERVAL_SECONDS
from bot.painting.job import Job, JobState, Result
from bot.storage.jobs import JobRecords
from bot.storage.servers import Notify
from bot.words import Words, sentence_for
from stylizer.pool import FakeEngine
from tests.bot.conftest import OpenStudio, Studio, ephemeral_text, files, labels, override_interactions, picture, texts
from tests.bot.faults import locked_database
from tests.databases import change_database

EDIT = "/webhooks/*/*/messages/@original"
RESULT = ["painting.png", "progress.gif"]
FIFTEEN_MINUTES = 15 * 60


def posts(studio: Studio) -> list[Any]:
    """Return the requests that posted new messages."""
    return [r for r in studio.env.http_requests if r.method == "POST" and r.path.endswith("/messages")]


async def shown(studio: Studio) -> list[discord.Message]:
    """Return the channel's messages with a painting."""
    return [message for message in studio.channel.history() if "progress.gif" in files(message)]


async def test_a_painting_fits_the_upload_limit_of_its_channel(
    open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = FakeEngine(frames=1)
    studio: Studio = await open_studio(engine)
    override_interactions(monkeypatch, attachment_size_limit=24_000)

    noise = ("noise.png", picture(noisy=True))
    answer = await studio.stylize(content=noise, style=noise, size=128)

    assert files(answer.response) == ["painting.webp", "progress.gif"]
    assert answer.response is not None
    assert all(attachment.size <= 24_000 for attachment in answer.response.attachments)
    assert (engine.jobs[0].painting_limit_bytes, engine.jobs[0].gif_limit_bytes) == (24_000, 24_000)


async def test_a_painting_fits_direct_messages_even_if_its_channel_allows_more(
    open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = FakeEngine(frames=1)
    studio: Studio = await open_studio(engine)
    override_interactions(monkeypatch, attachment_size_limit=100 * 2**20)

    await studio.stylize()

    job = engine.jobs[0]
    assert job.painting_limit_bytes == 10 * 2**20, "a direct message takes no more"
    assert job.painting_limit_bytes + job.gif_limit_bytes < 24 * 2**20, "and a request no more than 25 MiB"


@pytest.mark.parametrize("times", [1, 2])
async def test_a_result_too_large_for_discord_loses_its_gif_or_is_explained(studio: Studio, times: int) -> None:
    answer = await studio.stylize(content=("noise.png", picture(noisy=True)))
    await studio.step(2)
    studio.env.inject_error("PATCH", EDIT, status=413, code=40005, times=times)
    studio.clock.now -= 10  # prevent a progress edit, which would use up one of the errors

    studio.gate.open()
    await studio.env.settle()

    if times == 1:
        assert files(answer.response) == ["painting.png"]
    else:
        assert files(answer.response) == []
        assert "couldn't be posted: its file is too large to upload here" in texts(answer.response)


async def test_a_failure_is_shown_if_even_a_card_without_files_is_too_large_to_edit(
    studio: Studio, logs: LogCapture
) -> None:
    answer = await studio.stylize()
    await studio.step(2)
    studio.clock.now -= 10
    studio.env.inject_error("PATCH", EDIT, status=413, code=40005, times=None)

    await studio.finish()

    assert "The finished painting couldn't be posted" in texts(answer.response)
    assert labels(answer.response) == ["Try again"]


@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.usefixtures("fast_retries")
async def test_the_result_is_sent_again_when_discord_fails(studio: Studio, status: int) -> None:
    answer = await studio.stylize()
    await studio.step(2)
    studio.clock.now -= 10
    studio.env.inject_error("PATCH", EDIT, status=status, times=2)
    studio.clock.retry_seconds = 0.0

    await studio.finish()

    assert files(answer.response) == ["painting.png", "progress.gif"]


@pytest.mark.parametrize(("status", "code"), [(401, 50027), (404, 10015)])
async def test_after_the_token_expires_the_bot_edits_the_message_by_id(studio: Studio, status: int, code: int) -> None:
    answer = await studio.stylize()
    studio.env.inject_error("PATCH", EDIT, status=status, code=code, times=None)

    await studio.finish()

    assert files(answer.response) == RESULT
    assert len(studio.channel.history()) == 1
    *_, edit = [r for r in studio.env.http_requests if r.method == "PATCH" and r.path.startswith("/channels/")]
    assert (edit.json or {})["allowed_mentions"] == {"parse": []}


async def test_a_waiting_card_still_updates_after_fifteen_minutes(studio: Studio) -> None:
    await studio.stylize()
    bob, mia = await studio.stylize(studio.bob), await studio.stylize(studio.mia)
    await studio.env.advance_time(FIFTEEN_MINUTES)

    await studio.step(5)
    await studio.env.advance_time(10)

    assert "%" in texts(bob.response)
    assert files(bob.response)[-1].startswith("preview-")
    assert "You're next." in texts(mia.response)


async def test_after_fifteen_minutes_the_result_appears_in_the_same_message(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.step()
    await studio.env.advance_time(FIFTEEN_MINUTES)

    await studio.finish()

    assert files(answer.response) == RESULT
    assert posts(studio) == []


async def test_cancel_updates_its_card_after_fifteen_minutes(studio: Studio) -> None:
    await studio.stylize()
    bob = await studio.stylize(studio.bob)
    await studio.env.advance_time(FIFTEEN_MINUTES)

    await studio.press(bob, "Cancel", by=studio.bob)

    assert f"Canceled by <@{studio.bob.id}>." in texts(bob.response)
    assert len(studio.channel.history()) == 2


async def test_a_press_gives_the_card_a_token_for_another_fifteen_minutes(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.env.advance_time(FIFTEEN_MINUTES)
    await studio.press(
        answer, "Cancel", by=studio.bob
    )  # who isn't allowed to cancel, but whose press still renews the token
    studio.env.inject_error("PATCH", "/channels/*/messages/*", status=404, code=10008, times=None)

    await studio.step()
    await studio.env.advance_time(FIFTEEN_MINUTES - 60)
    await studio.finish()

    assert files(answer.response) == RESULT


async def test_a_press_is_remembered_by_the_next_process(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.env.advance_time(FIFTEEN_MINUTES)
    await studio.press(answer, "Cancel", by=studio.bob)
    studio.env.inject_error("PATCH", "/channels/*/messages/*", status=404, code=10008, times=None)

    await studio.restart()
    await studio.finish()

    assert files(answer.response) == RESULT


async def test_two_presses_are_saved_in_their_order(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    saved, begun, go_on = list[Press](), list[Press](), asyncio.Event()

    async def record(_: str, press: Press) -> None:
        begun.append(press)
        if len(begun) == 1:
            await studio.env.external_wait(go_on.wait(), reason="another process writes")
        saved.append(press)

    monkeypatch.setattr(studio.app.client.studio.records, "record_press", record)
    answer = await studio.stylize()
    await studio.press(answer, "Cancel", by=studio.bob)
    await studio.env.advance_time(1)
    await studio.press(answer, "Cancel", by=studio.bob)
    go_on.set()
    await studio.env.settle()

    first, second = saved
    assert first.pressed_at < second.pressed_at


async def test_a_result_is_posted_as_a_reply_if_no_edit_works(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.env.advance_time(FIFTEEN_MINUTES)
    studio.env.inject_error("PATCH", "/channels/*/messages/*", status=404, code=10008, times=1)

    await studio.finish()

    [message] = await shown(studio)
    assert message.reference is not None
    assert answer.response is not None
    assert message.reference.message_id == answer.response.id
    [post] = posts(studio)
    assert post.json["allowed_mentions"] == {"parse": [], "replied_user": False}
    assert post.json["enforce_nonce"]
    assert f"Continued in another message: {message.jump_url}" in texts(answer.response)


async def test_a_reply_becomes_a_plain_message_if_the_bot_cannot_read_history(studio: Studio) -> None:
    await studio.stylize()
    await studio.env.advance_time(FIFTEEN_MINUTES)
    studio.env.inject_error("PATCH", "/channels/*/messages/*", status=404, code=10008, times=1)
    path = f"/channels/{studio.channel.id}/messages"
    studio.env.inject_error("POST", path, status=400, code=160002, times=1)

    await studio.finish()

    [message] = await shown(studio)
    assert message.reference is None


@pytest.mark.parametrize("code", [50083, 50001, 50013])
async def test_the_member_of_a_locked_thread_gets_the_painting_as_a_direct_message(studio: Studio, code: int) -> None:
    answer = await studio.stylize()
    await studio.step(2)
    studio.clock.now -= 10
    for method, path in (
        ("PATCH", EDIT),
        ("PATCH", "/channels/*/messages/*"),
        ("POST", f"/channels/{studio.channel.id}/messages"),
    ):
        studio.env.inject_error(method, path, status=403, code=code, times=None)

    await studio.finish()

    [message] = studio.alice.user.dm_channel.history()
    assert files(message) == RESULT
    assert "Cancel" in labels(answer.response)


async def test_an_undeliverable_painting_keeps_its_files(studio: Studio) -> None:
    await studio.stylize()
    await studio.step(2)
    studio.clock.now -= 10
    studio.env.inject_error("PATCH", EDIT, status=403, code=50083, times=None)
    studio.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, times=None)
    [job] = studio.app.client.studio.scheduler.jobs_of(studio.alice.id)

    await studio.finish()

    row = await studio.app.client.studio.records.get(job.job_id)
    assert row is not None
    assert row.state is JobState.FAILED
    painting = row.result("painting")
    assert painting is not None
    await studio.app.client.studio.janitor.sweep()
    assert await studio.app.client.studio.pictures.store.read(painting.sha256)


async def test_a_thread_that_answers_500_gets_the_painting_as_a_new_message(studio: Studio) -> None:
    await studio.stylize()
    await studio.step(2)
    studio.clock.now -= 10
    studio.env.inject_error("PATCH", EDIT, status=500, times=None)
    studio.env.inject_error("PATCH", "/channels/*/messages/*", status=500, times=None)

    await studio.finish()
    assert await shown(studio) == []
    for _ in range(20):
        await studio.env.advance_time(60)

    assert len(await shown(studio)) == 1


@pytest.mark.parametrize("how", ["connection reset", "HTTP 503 five times", "HTTP 429 by Cloudflare"])
async def test_a_card_is_updated_later_if_its_first_edit_failed(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    await studio.stylize()
    edit, failures = discord.Webhook.edit_message, [ConnectionResetError()]

    async def through_a_bad_line(webhook: Any, *args: Any, **changes: Any) -> Any:
        if failures:
            raise failures.pop()
        return await edit(webhook, *args, **changes)

    if how == "connection reset":
        monkeypatch.setattr(discord.Webhook, "edit_message", through_a_bad_line)
    elif how.startswith("HTTP 503"):
        studio.env.inject_error("PATCH", EDIT, status=503, times=5)
    else:
        studio.env.inject_error("PATCH", EDIT, status=429, times=1)
    bob = await studio.stylize(studio.bob)

    for _ in range(8):
        studio.clock.now += 10
        await studio.env.advance_time(10)

    assert "You're next." in texts(bob.response)
    assert labels(bob.response) == ["Cancel"]


async def test_a_painting_deleted_during_a_database_outage_stays_deleted(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.step(2)
    job = await painted(studio)
    async with locked_database(studio):
        await studio.env.advance_time(130)
        assert files(answer.response) == RESULT
    records = studio.app.client.studio.records

    await records.save(job.deleted())
    await studio.env.advance_time(130)

    row = await records.get(job.job_id)
    assert row is not None
    assert row.state is JobState.DELETED
    assert not studio.app.client.studio.scheduler.jobs_in_progress()


async def test_a_deleted_painting_is_not_posted_again(studio: Studio) -> None:
    await studio.stylize()
    await studio.step(2)
    studio.clock.now -= 10
    studio.env.inject_error("PATCH", EDIT, status=503, times=None)
    await studio.finish()
    records = studio.app.client.studio.records
    [job] = await records.lease_unsettled(even_leased=True)

    await records.save(job.deleted())
    for _ in range(20):
        await studio.env.advance_time(60)

    assert posts(studio) == []
    assert not studio.app.client.studio.scheduler.jobs_in_progress()


async def paint_undelivered(studio: Studio) -> None:
    """Paint what Discord accepts neither as an answer nor as a message."""
    await studio.stylize()
    await studio.step(2)
    studio.clock.now -= 10
    for method, path in (("PATCH", EDIT), ("POST", "/channels/*/messages")):
        studio.env.inject_error(method, path, status=403, code=50007, times=2)
    await studio.finish()


async def test_an_undelivered_painting_is_shown_where_its_owner_asks_for_it(studio: Studio) -> None:
    await paint_undelivered(studio)
    elsewhere = studio.guild.create_text_channel("elsewhere")
    queue = await studio.alice.slash(elsewhere, "queue")
    assert "Done, but couldn't be posted\n1. **Painterly** · 64 px" in texts(queue.response)

    answer = await studio.press(queue, "Show painting 1")

    assert files(answer.response) == RESULT
    assert labels(answer.response)[-1] == "Delete"
    queue = await studio.alice.slash(elsewhere, "queue")
    assert "couldn't be posted" not in texts(queue.response)


async def test_an_undelivered_painting_is_shown_without_a_timelapse_that_is_gone(studio: Studio) -> None:
    await paint_undelivered(studio)
    [job] = await studio.app.client.studio.records.latest_painted(1)
    timelapse = job.result("timelapse")
    assert timelapse is not None
    studio.app.client.studio.pictures.store.path_of(timelapse.sha256).unlink()

    answer = await studio.press(await studio.alice.slash(studio.channel, "queue"), "Show painting 1")

    assert files(answer.response) == RESULT[:1]


async def test_a_press_that_fails_while_the_database_is_away_delivers_the_painting_another_way(
    studio: Studio, logs: LogCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await paint_undelivered(studio)
    queue = await studio.alice.slash(studio.channel, "queue")
    save = JobRecords.save

    async def away(records: JobRecords, job: Job, **options: Any) -> Job:
        if job.state is JobState.FAILED:
            raise DatabaseAway("disk I/O error")
        return await save(records, job, **options)

    studio.env.inject_error(
        "POST", "/interactions/*/*/callback", status=404, code=10062, message="Unknown interaction", times=2
    )
    with monkeypatch.context() as patched:
        patched.setattr(JobRecords, "save", away)
        await studio.press(queue, "Show painting 1")
        await studio.env.settle()
    logs.entries.clear()

    assert any(files(message) == RESULT for message in studio.channel.history())


async def test_a_press_that_discord_no_longer_takes_leaves_the_painting_to_the_next_one(
    studio: Studio, logs: LogCapture
) -> None:
    await paint_undelivered(studio)
    queue = await studio.alice.slash(studio.channel, "queue")
    studio.env.inject_error(
        "POST", "/interactions/*/*/callback", status=404, code=10062, message="Unknown interaction", times=2
    )
    await studio.press(queue, "Show painting 1")
    logs.entries.clear()

    queue = await studio.alice.slash(studio.channel, "queue")
    answer = await studio.press(queue, "Show painting 1")

    assert files(answer.response) == RESULT


@pytest.mark.parametrize(
    ("of_server", "of_member", "seconds", "mentioned"),
    [
        (Notify.LONG, None, 30, False),
        (Notify.LONG, None, 90, True),
        (Notify.NEVER, None, 90, False),
        (Notify.ALWAYS, None, 0, True),
        (Notify.NEVER, Notify.LONG, 90, True),
        (Notify.ALWAYS, Notify.NEVER, 90, False),
    ],
)
async def test_a_reply_mentions_the_owner_of_a_slow_painting(
    studio: Studio,
    of_server: Notify,
    of_member: Notify | None,
    seconds: int,
    mentioned: bool,
) -> None:
    bot = studio.app.client.studio
    await bot.servers.change(studio.guild.id, notify=of_server)
    await bot.preferences.change(studio.alice.id, notify=of_member)
    answer = await studio.stylize()
    await change_database(
        studio.data_dir, "UPDATE jobs SET created_at = datetime(created_at, ?)", f"-{seconds} seconds"
    )

    await studio.restart()
    await studio.finish()

    assert files(answer.response) == RESULT
    mentions = [message for message in studio.channel.history() if "ready" in message.content]
    assert [message.content for message in mentions] == [f"<@{studio.alice.id}> Your painting is ready."] * mentioned
    if mentioned:
        assert answer.response is not None
        assert mentions[0].reference is not None
        assert mentions[0].reference.message_id == answer.response.id
        assert posts(studio)[-1].json["allowed_mentions"]["users"] == [studio.alice.id]


async def test_a_result_shown_after_fifteen_minutes_has_working_buttons(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.env.advance_time(FIFTEEN_MINUTES)
    await studio.finish()

    again = await studio.press(answer, "Again")

    assert files(again.response) == RESULT
    assert labels(again.response)


async def test_a_refused_result_is_explained_on_its_card_and_the_next_job_runs(
    studio: Studio, logs: LogCapture
) -> None:
    refused = await studio.stylize()
    await studio.step(2)
    studio.clock.now -= 10
    studio.env.inject_error("PATCH", EDIT, status=400, code=50035, times=1)
    await studio.finish()

    assert "The finished painting couldn't be posted" in texts(refused.response)
    assert labels(refused.response) == ["Try again"]
    assert files(refused.response) == []
    assert [entry["event"] for entry in logs.entries if entry["event"] == "job.undeliverable"]
    following = await studio.stylize(studio.bob)
    assert files(following.response) == ["painting.png", "progress.gif"]


async def painted(studio: Studio) -> Job:
    """Let the painting finish while Discord fails, and return its job. Discord works again at the next attempt."""
    studio.env.inject_error("PATCH", EDIT, status=503, times=None)
    studio.clock.now -= 10
    await studio.finish()
    [job] = studio.app.client.studio.scheduler.jobs_of(studio.alice.id)
    assert job.state is JobState.PAINTED
    studio.env.backend.faults.clear()
    return job


def posted(job: Job) -> list[Result]:
    """Return the results that a message shows."""
    return [result for result in job.results if result.kind != "thumbnail"]


async def test_a_painting_is_uploaded_without_being_read_into_memory(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, whole = PictureStore.read, []

    async def noted(store: PictureStore, sha256: str) -> bytes | None:
        whole.append(sha256)
        return await read(store, sha256)

    monkeypatch.setattr(PictureStore, "read", noted)
    answer = await studio.stylize()
    await studio.step(2)
    job = await painted(studio)
    await studio.env.advance_time(130)

    assert files(answer.response) == RESULT
    assert answer.response is not None
    store = studio.app.client.studio.pictures.store
    for attachment, result in zip(answer.response.attachments, posted(job), strict=False):
        assert await attachment.read() == store.path_of(result.sha256).read_bytes()
        assert result.sha256 not in whole


async def test_a_painting_whose_file_vanishes_between_attempts_is_reported_as_deleted(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.step(2)
    job = await painted(studio)
    store = studio.app.client.studio.pictures.store
    store.path_of(job.results[0].sha256).unlink()

    await studio.env.advance_time(130)

    assert ephemeral_text(answer) == str(PaintingForgotten())
    assert answer.response is None


async def test_no_sweep_deletes_a_painting_while_it_is_being_uploaded(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await studio.stylize()
    await studio.step(2)
    job = await painted(studio)
    store, edit = studio.app.client.studio.pictures.store, discord.Webhook.edit_message
    removed: list[str] = []

    async def swept(webhook: Any, *args: Any, **changes: Any) -> Any:
        async with store.sweep():  # as if no row needed any file
            removed.extend(file.sha256 for file in await store.remove(await store.files()))
        return await edit(webhook, *args, **changes)

    monkeypatch.setattr(discord.Webhook, "edit_message", swept)
    await studio.env.advance_time(130)

    assert files(answer.response) == RESULT
    assert removed
    assert not {result.sha256 for result in posted(job)} & set(removed)


async def test_an_unexplained_discord_refusal_is_explained_in_the_members_language(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    override_interactions(monkeypatch, locale="de")
    answer = await studio.stylize()
    await studio.step(2)
    studio.clock.now -= 10
    studio.env.inject_error("PATCH", EDIT, status=400, code=50035, message="", times=1)

    await studio.finish()

    sentence = sentence_for(Undeliverable(NotPosted.NO_REASON), Words.of("de"))
    assert "ohne Begründung" in sentence
    assert sentence in texts(answer.response)


async def test_progress_edits_stop_before_the_final_edit(studio: Studio) -> None:
    answer = await studio.stylize()
    await studio.step(2)
    studio.clock.now += CARD_EDIT_INTERVAL_SECONDS

    await studio.finish()

    last = [r for r in studio.env.http_requests if r.method == "PATCH"][-1]
    assert "progress.gif" in str(last.json)
    assert files(answer.response) == ["painting.png", "progress.gif"]


async def test_a_painting_that_cannot_be_delivered_again_after_a_restart_is_refunded_once(studio: Studio) -> None:
    await paint_undelivered(studio)
    await studio.stylize(studio.alice)
    queue = await studio.alice.slash(studio.channel, "queue")
    studio.env.inject_error("PATCH", EDIT, status=503, times=None)
    await studio.press(queue, "Show painting 1")
    studio.env.backend.faults.clear()
    for method, path in (("PATCH", EDIT), ("POST", "/channels/*/messages")):
        studio.env.inject_error(method, path, status=403, code=50007, times=None)

    await studio.restart()
    await studio.env.settle()

    app = studio.app.client.studio
    allowance = app.usage.allowance(studio.alice.id, studio.guild.id, app.servers.settings_of(studio.guild.id))
    assert allowance is not None
    assert allowance.limit - allowance.left == 1
