"""Faults of Discord and of the network: every painting still arrives, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path

import discord
import pytest

from bot import __main__ as command_line
from bot.app import Atelier, Timeouts
from bot.messages.pace import CHANNEL_EDIT_INTERVAL_SECONDS
from stylizer.pool import FakeEngine, StepGate
from tests.databases import database_refusing, provide_database
from tests.wire.conftest import LogEvents, connected, settings_for, settings_without_grace_for, stylize
from tests.wire.discord_server import DiscordServer
from tests.wire.faults import Cut, Effect, Hold, Request, rate_limited, refused, server_error
from tests.wire.gateway import INTERRUPTIONS, Close
from tests.wire.pictures import picture
from tests.wire.refusals import Refusal
from tests.wire.world import CallbackType, Interaction, Message, Upload, User

pytestmark = pytest.mark.usefixtures("current_databases")

ORIGINAL = "/webhooks/*/@original"
TIMES_FASTER = 4
"""How much faster than on Discord its limit for old messages and the bot's pauses are here."""


def carries_painting(request: Request) -> bool:
    return any(name.startswith("painting.") for name in request.filenames)


def carries_progress(request: Request) -> bool:
    return not carries_painting(request)


async def delivered(command: Interaction, *, timeout_seconds: float = 30) -> Message:
    """Wait for the response that shows the painting, and check that there is only one."""
    card = await (await command.response()).wait_for_files(
        "painting.png", "progress.gif", timeout_seconds=timeout_seconds
    )
    assert command.follow_ups == []
    return card


@pytest.mark.parametrize("how", INTERRUPTIONS)
@pytest.mark.usefixtures("atelier")
async def test_a_painting_survives_an_interrupted_gateway_and_commands_work_after_it(
    discord_server: DiscordServer, gate: StepGate, alice: User, how: str
) -> None:
    command = await stylize(discord_server, alice)
    await gate.held()
    await discord_server.gateway.interrupt(how)
    gate.open()
    await delivered(command)
    await delivered(await stylize(discord_server, alice))


@pytest.mark.usefixtures("atelier")
async def test_a_command_sent_during_a_gateway_outage_is_handled_afterwards(
    discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    gate.open()
    gateway = discord_server.gateway
    gateway.unreachable = True
    await gateway.ask_to_reconnect()
    sending = asyncio.create_task(stylize(discord_server, alice))
    gateway.unreachable = False
    await delivered(await sending)


@pytest.mark.parametrize(
    "effect",
    [
        rate_limited(retry_after_seconds=0.05),
        rate_limited(retry_after_seconds=0.05, globally=True),
        rate_limited(retry_after_seconds=3600, by_cloudflare=True),
        Cut(),
        Cut(after_processing=True),
    ],
    ids=["429", "429 global", "429 by Cloudflare", "cut", "cut after processing"],
)
@pytest.mark.usefixtures("atelier")
async def test_progress_edits_that_are_limited_or_cut_do_not_affect_the_painting(
    discord_server: DiscordServer, gate: StepGate, alice: User, effect: Effect
) -> None:
    fault = discord_server.inject("PATCH", ORIGINAL, effect, where=carries_progress)
    command = await stylize(discord_server, alice)
    await fault.wait_until_hit()
    gate.open()
    await delivered(command)


@pytest.mark.parametrize(
    ("effect", "times"),
    [
        (rate_limited(retry_after_seconds=0.05), 3),
        (rate_limited(retry_after_seconds=0.05, globally=True), 3),
        (rate_limited(retry_after_seconds=3600, by_cloudflare=True), 3),
        (server_error(500), 7),
        (server_error(502), 7),
        (server_error(503), 7),
        (server_error(500, after_processing=True), 7),
        (Cut(), 3),
        (Cut(after_processing=True), 3),
    ],
    ids=[
        "429",
        "429 global",
        "429 by Cloudflare",
        "500",
        "502",
        "503",
        "500 after processing",
        "cut",
        "cut after processing",
    ],
)
@pytest.mark.usefixtures("fast_retries", "atelier")
async def test_a_painting_is_delivered_once_even_if_its_last_edit_fails_repeatedly(
    discord_server: DiscordServer, gate: StepGate, alice: User, effect: Effect, times: int
) -> None:
    gate.open()
    fault = discord_server.inject("PATCH", ORIGINAL, effect, times=times, where=carries_painting)
    command = await stylize(discord_server, alice)
    card = await command.response()
    await card.wait_until(lambda _: fault.hits == times, what="last of the faults", timeout_seconds=30)
    await delivered(command)
    assert discord_server.messages_in(discord_server.general) == [card]


@pytest.mark.usefixtures("fast_retries")
async def test_a_network_outage_only_delays_a_painting(
    discord_server: DiscordServer, atelier: Atelier, gate: StepGate, log_events: LogEvents, alice: User
) -> None:
    command = await stylize(discord_server, alice)
    card = await command.response()
    await gate.held()
    async with discord_server.network_outage():
        gate.open()
        await log_events.wait_until("message.unreachable")
    await delivered(command)
    assert discord_server.messages_in(discord_server.general) == [card]
    await discord_server.gateway.wait_until_identified(2)
    await delivered(await stylize(discord_server, alice))


@pytest.mark.parametrize(
    ("code", "exit_code", "sentence"),
    [
        (Close.AUTHENTICATION_FAILED, 2, "refuses the bot token"),
        (Close.DISALLOWED_INTENTS, 2, "refuses the bot's intents"),
    ],
)
async def test_a_bot_rejected_by_the_gateway_ends_and_the_next_one_resumes_its_painting(
    discord_server: DiscordServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    alice: User,
    code: int,
    exit_code: int,
    sentence: str,
) -> None:
    gate = StepGate()
    settings = settings_without_grace_for(discord_server, tmp_path)
    serving = asyncio.create_task(command_line.serve(settings, engine=FakeEngine(gate=gate)))
    command = await stylize(discord_server, alice)
    await gate.held()
    await discord_server.gateway.close_connections(code)
    assert await serving == exit_code
    assert sentence in capsys.readouterr().err
    async with connected(settings, FakeEngine()):
        card = await delivered(command)
    assert discord_server.messages_in(discord_server.general) == [card]


@pytest.mark.usefixtures("atelier")
async def test_an_interrupted_upload_is_retried(discord_server: DiscordServer, gate: StepGate, alice: User) -> None:
    command = await stylize(discord_server, alice)
    card = await command.response()
    assert not card.loading
    await gate.held()
    broken_upload = discord_server.inject("PATCH", ORIGINAL, Cut(after_bytes=500))
    gate.open()
    await delivered(command)
    assert broken_upload.hits == 1


@pytest.mark.parametrize(
    ("effect", "times"),
    [(server_error(502), 1), (Cut(), 2), (Cut(after_processing=True), 2)],
    ids=["502", "cut", "cut after processing"],
)
@pytest.mark.usefixtures("fast_retries", "atelier")
async def test_an_acknowledgment_survives_a_bad_connection(
    discord_server: DiscordServer, gate: StepGate, alice: User, effect: Effect, times: int
) -> None:
    gate.open()
    discord_server.inject("POST", "/interactions/*/callback", effect, times=times)
    command = await stylize(discord_server, alice)
    assert await command.wait_until_acknowledged() is CallbackType.DEFER
    await delivered(command)


async def test_a_job_is_saved_before_it_is_acknowledged(
    discord_server: DiscordServer, tmp_path: Path, alice: User
) -> None:
    settings = settings_for(discord_server, tmp_path)
    held = discord_server.inject("POST", "/interactions/*/callback", Hold())
    async with connected(settings, FakeEngine()) as killed:
        command = await stylize(discord_server, alice)
        await held.wait_until_hit()
        written = await killed.client.studio.records.lease_unsettled(even_leased=True)
        held.release()
    assert [job.address.token for job in written] == [command.token]


async def test_a_job_acknowledged_too_late_is_dropped(
    discord_server: DiscordServer, atelier: Atelier, engine: FakeEngine, log_events: LogEvents, alice: User
) -> None:
    late = discord_server.inject("POST", "/interactions/*/callback", refused(Refusal.UNKNOWN_INTERACTION), times=None)
    await stylize(discord_server, alice)
    await log_events.wait_until("answer.lost")
    late.release()
    assert await atelier.client.studio.records.lease_unsettled(even_leased=True) == []
    assert engine.jobs == []


@pytest.mark.parametrize("effect", [Cut(), Cut(after_bytes=100), server_error(503)], ids=["cut", "half a file", "503"])
@pytest.mark.usefixtures("fast_retries", "atelier")
async def test_only_the_member_sees_that_a_picture_cannot_be_downloaded(
    discord_server: DiscordServer, engine: FakeEngine, gate: StepGate, alice: User, effect: Effect
) -> None:
    gate.open()
    fault = discord_server.inject("GET", "*attachments/*", effect, times=None)
    command = await stylize(discord_server, alice)
    await command.watch.wait_until(lambda: command.follow_ups, what="the sentence")
    fault.release()
    assert command.follow_ups[0].visible_to is alice
    assert "photo.jpg couldn't be downloaded" in command.follow_ups[0].text
    seen = partial(discord_server.messages_in, discord_server.general)
    await discord_server.watch.wait_until(lambda: seen() == command.follow_ups, what="the deletion of its card")
    assert engine.jobs == []
    await delivered(await stylize(discord_server, alice))


@pytest.mark.parametrize(
    "effect", [Cut(), Cut(after_bytes=100), server_error(503), rate_limited(retry_after_seconds=1)]
)
@pytest.mark.usefixtures("fast_retries", "atelier")
async def test_a_failing_download_is_retried(
    discord_server: DiscordServer, gate: StepGate, alice: User, effect: Effect
) -> None:
    gate.open()
    discord_server.inject("GET", "*attachments/*", effect, times=7)
    await delivered(await stylize(discord_server, alice))


@pytest.mark.usefixtures("fast_retries")
async def test_a_stalled_download_fails_with_a_sentence(
    discord_server: DiscordServer, tmp_path: Path, alice: User
) -> None:
    discord_server.inject("GET", "*attachments/*", Hold(after_bytes=100), times=None)
    settings, timeouts = settings_for(discord_server, tmp_path), Timeouts(download_seconds=0.1)
    async with connected(settings, FakeEngine(), timeouts=timeouts):
        command = await stylize(discord_server, alice)
        await command.watch.wait_until(lambda: command.follow_ups, what="the sentence")
    assert "couldn't be downloaded" in command.follow_ups[0].text
    assert discord_server.messages_in(discord_server.general) == command.follow_ups


@pytest.mark.usefixtures("atelier")
async def test_a_picture_larger_than_declared_is_rejected(
    discord_server: DiscordServer, engine: FakeEngine, alice: User
) -> None:
    grown = Upload("photo.jpg", picture() + bytes(10**6), declared_bytes=len(picture()))
    command = await stylize(discord_server, alice, content=grown)
    await command.watch.wait_until(lambda: command.follow_ups, what="the sentence")
    assert command.follow_ups[0].text.startswith("photo.jpg is larger than Discord reported")
    assert command.follow_ups[0].visible_to is alice
    assert engine.jobs == []


@pytest.mark.usefixtures("atelier")
async def test_a_lost_refusal_affects_nobody_else(discord_server: DiscordServer, gate: StepGate, alice: User) -> None:
    gate.open()
    lost = discord_server.inject("POST", "/interactions/*/callback", Cut())
    await stylize(discord_server, alice, content=("notes.txt", b"not a picture"))
    await lost.wait_until_hit()
    await delivered(await stylize(discord_server, alice))


@pytest.mark.usefixtures("atelier")
async def test_nothing_is_fetched_from_other_hosts_than_discords(
    discord_server: DiscordServer, engine: FakeEngine, alice: User
) -> None:
    discord_server.cdn_url = discord_server.url.replace("127.0.0.1", "localhost")
    command = await stylize(discord_server, alice)
    answer = await command.response()
    assert answer.text == "The content picture isn't hosted on Discord. Attach the picture itself."
    assert answer.visible_to is alice
    assert discord_server.requests_to("GET", "*attachments/*") == []
    assert engine.jobs == []


@pytest.mark.usefixtures("fast_retries")
async def test_a_painting_that_is_sent_twice_arrives_intact(
    discord_server: DiscordServer, atelier: Atelier, gate: StepGate, alice: User
) -> None:
    failed = discord_server.inject("PATCH", ORIGINAL, server_error(), where=carries_painting)
    command = await stylize(discord_server, alice)
    await gate.held()
    [job] = atelier.client.studio.scheduler.jobs_of(alice.user_id)
    gate.open()
    card = await delivered(command)
    await failed.wait_until_hit()
    row = await atelier.client.studio.records.get(job.job_id)
    assert row is not None
    for name, result in (("painting.png", row.result("painting")), ("progress.gif", row.result("timelapse"))):
        assert result is not None
        assert card.file(name) == atelier.client.studio.pictures.store.path_of(result.sha256).read_bytes()


@pytest.mark.usefixtures("fast_retries")
async def test_a_painting_that_the_disk_does_not_give_back_is_delivered_once_it_does(
    discord_server: DiscordServer, atelier: Atelier, gate: StepGate, alice: User, log_events: LogEvents
) -> None:
    discord_server.inject("PATCH", ORIGINAL, server_error(), where=carries_painting, times=None)
    command = await stylize(discord_server, alice)
    await gate.held()
    [job] = atelier.client.studio.scheduler.jobs_of(alice.user_id)
    gate.open()
    await log_events.wait_until("message.refused")
    row = await atelier.client.studio.records.get(job.job_id)
    assert row is not None
    path = atelier.client.studio.pictures.store.path_of(row.results[0].sha256)
    broken, intact = path.with_suffix(".broken"), path.with_suffix(".intact")
    broken.symlink_to("/proc/self/mem")  # which opens, but can't be read from its beginning
    intact.write_bytes(painting := path.read_bytes())

    broken.replace(path)
    await log_events.wait_until("job.end_failed")
    assert "message.unreachable" not in log_events.events
    discord_server.faults.clear()
    intact.replace(path)

    assert (await delivered(command)).file("painting.png") == painting


@pytest.mark.usefixtures("atelier")
async def test_a_late_painting_is_posted_once_even_if_the_response_is_lost_and_the_history_is_unreadable(
    discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    lost = discord_server.inject(
        "POST", "/channels/*/messages", Cut(after_processing=True), where=lambda r: "message_reference" not in r.body
    )
    card = await (await stylize(discord_server, alice)).response()
    await gate.held()
    await discord_server.deny(discord_server.general, read_message_history=True)
    discord_server.clock.advance(minutes=16)
    discord_server.delete_message(card)
    gate.open()
    await lost.wait_until_hit()
    await discord_server.wait_for_requests("POST", "/channels/*/messages", times=4)
    codes = [post.code for post in discord_server.requests_to("POST", "/channels/*/messages")][:4]
    assert codes == [160002, 0, 160002, 0]
    posted = [m for m in discord_server.messages_in(discord_server.general) if "painting.png" in m.filenames]
    assert len(posted) == 1


async def test_old_cards_of_a_channel_are_edited_no_faster_than_discord_allows(
    discord_server: DiscordServer, engine: FakeEngine, gate: StepGate, tmp_path: Path, alice: User
) -> None:
    discord_server.old_edits_seconds /= TIMES_FASTER
    settings = settings_for(discord_server, tmp_path)
    async with connected(settings, engine, edit_interval_seconds=CHANNEL_EDIT_INTERVAL_SECONDS / TIMES_FASTER):
        cards = [
            await (await stylize(discord_server, member)).response()
            for member in (alice, *(discord_server.join(name) for name in ("bob", "mia", "joe")))
        ]
        await gate.held()
        discord_server.clock.advance(minutes=61)
        discord_server.expire_tokens()
        gate.open()
        for card in cards:
            await card.wait_until(lambda m: "painting.png" in m.filenames, what="the painting")
    codes = {edit.code for edit in discord_server.requests_to("PATCH", "/channels/*/messages/*")}
    assert codes == {0}


@pytest.mark.usefixtures("fast_retries")
async def test_a_painting_that_its_old_card_already_shows_is_not_posted(
    discord_server: DiscordServer,
    gate: StepGate,
    engine: FakeEngine,
    tmp_path: Path,
    alice: User,
) -> None:
    settings = settings_without_grace_for(discord_server, tmp_path)
    unheard = discord_server.inject("PATCH", ORIGINAL, Hold(after_processing=True), where=carries_painting)
    async with connected(settings, engine):
        gate.open()
        card = await delivered(await stylize(discord_server, alice))
    unheard.release()
    discord_server.clock.advance(minutes=16)
    discord_server.expire_tokens()
    async with connected(settings, FakeEngine()) as app:
        await until_settled(app)
    assert discord_server.messages_in(discord_server.general) == [card]
    assert discord_server.requests_to("POST", "/channels/*/messages") == []


@pytest.mark.usefixtures("fast_retries")
async def test_a_deferred_message_shows_even_a_late_painting(
    discord_server: DiscordServer, engine: FakeEngine, gate: StepGate, tmp_path: Path, alice: User
) -> None:
    settings = settings_without_grace_for(discord_server, tmp_path)
    never_shown = discord_server.inject("PATCH", ORIGINAL, Cut(), times=None)
    async with connected(settings, engine):
        await stylize(discord_server, alice)
        await gate.held()
        await never_shown.wait_until_hit()
    never_shown.release()
    discord_server.expire_tokens()
    discord_server.clock.advance(minutes=16)
    async with connected(settings, FakeEngine()) as app:
        await discord_server.wait_for_message(discord_server.general, lambda m: "painting.png" in m.filenames)
        await until_settled(app)
    assert len(discord_server.messages_in(discord_server.general, by=discord_server.bot)) == 1


async def test_a_late_painting_sent_to_its_owner_is_not_sent_again_after_a_restart(
    discord_server: DiscordServer,
    gate: StepGate,
    engine: FakeEngine,
    tmp_path: Path,
    log_events: LogEvents,
    alice: User,
) -> None:
    settings = settings_without_grace_for(discord_server, tmp_path)
    direct = discord_server.direct_channel(alice)
    await provide_database(tmp_path)
    async with (
        database_refusing(tmp_path, "UPDATE", condition="NEW.state = 'delivered'"),
        connected(settings, engine),
    ):
        await (await stylize(discord_server, alice)).response()
        await gate.held()
        await discord_server.deny(discord_server.general, view_channel=True)
        discord_server.expire_tokens()
        gate.open()
        posted = await discord_server.wait_for_message(direct, lambda message: "painting.png" in message.filenames)
        await log_events.wait_until("job.end_failed")
    discord_server.clock.advance(minutes=60)
    async with connected(settings, FakeEngine()) as app:
        await until_settled(app)
    assert discord_server.messages_in(direct) == [posted]


async def until_settled(app: Atelier) -> None:
    """Wait until the bot has saved that all jobs are settled."""
    records = app.client.studio.records
    while await records.lease_unsettled(even_leased=True):  # noqa: ASYNC110 - the database tells nobody that it has changed
        await asyncio.sleep(0)


@pytest.mark.usefixtures("atelier")
async def test_a_late_painting_from_a_hidden_channel_reaches_its_owner_directly(
    discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    await stylize(discord_server, alice)
    await gate.held()
    discord_server.clock.advance(minutes=16)
    await discord_server.deny(discord_server.general, view_channel=True)
    gate.open()
    direct = discord_server.direct_channel(alice)
    await discord_server.wait_for_message(direct, lambda message: "painting.png" in message.filenames)
    assert len(discord_server.messages_in(direct)) == 1


@pytest.mark.usefixtures("atelier")
async def test_an_undeliverable_late_painting_ends_quietly(
    discord_server: DiscordServer, gate: StepGate, log_events: LogEvents, alice: User
) -> None:
    await stylize(discord_server, alice)
    await gate.held()
    discord_server.clock.advance(minutes=16)
    discord_server.users_blocking_direct_messages.add(alice)
    await discord_server.deny(discord_server.general, view_channel=True)
    gate.open()
    await log_events.wait_until("job.ended")
    assert "job.failed" not in log_events.events
    posts = discord_server.requests_to("POST", "/channels/*/messages")
    assert {post.code for post in posts} == {50001, 50007}
    other = discord_server.add_channel("other")
    await delivered(await stylize(discord_server, alice, other))
    assert discord_server.requests_to("POST", "/channels/*/messages") == posts


@pytest.mark.usefixtures("atelier")
async def test_a_painting_whose_channel_now_forbids_files_reaches_its_owner_and_the_card_says_so(
    discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    card = await (await stylize(discord_server, alice)).response()
    await gate.held()
    await discord_server.deny(discord_server.general, attach_files=True)
    gate.open()
    direct = discord_server.direct_channel(alice)
    await discord_server.wait_for_message(direct, lambda message: "painting.png" in message.filenames)
    await card.wait_until(lambda m: "Continued in a direct message" in m.text, what="where it is")
    assert card.buttons == []


@pytest.mark.usefixtures("atelier")
async def test_a_painting_whose_channel_is_deleted_reaches_its_owner_directly(
    discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    channel = discord_server.add_channel("short-lived")
    await stylize(discord_server, alice, channel)
    await gate.held()
    await discord_server.delete_channel(channel)
    gate.open()
    direct = discord_server.direct_channel(alice)
    await discord_server.wait_for_message(direct, lambda message: "painting.png" in message.filenames)
    assert len(discord_server.messages_in(direct)) == 1


@pytest.mark.parametrize("minutes", [1, 16])
@pytest.mark.usefixtures("atelier")
async def test_a_painting_is_finished_after_its_owner_leaves(
    discord_server: DiscordServer, gate: StepGate, alice: User, minutes: int
) -> None:
    await stylize(discord_server, alice)
    await gate.held()
    discord_server.leave(alice)
    discord_server.clock.advance(minutes=minutes)
    gate.open()
    posted = await discord_server.wait_for_message(discord_server.general, lambda m: "painting.png" in m.filenames)
    assert alice.mention in posted.text


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(hours=-2)], ids=["ahead", "behind"])
@pytest.mark.usefixtures("atelier")
async def test_a_painting_is_delivered_once_even_if_the_clock_jumps(
    discord_server: DiscordServer, gate: StepGate, monkeypatch: pytest.MonkeyPatch, alice: User, ahead: timedelta
) -> None:
    await stylize(discord_server, alice)
    await gate.held()
    now = discord.utils.utcnow
    monkeypatch.setattr(discord.utils, "utcnow", lambda: now() + ahead)
    discord_server.clock.advance(minutes=16)
    gate.open()
    posted = await discord_server.wait_for_message(discord_server.general, lambda m: "painting.png" in m.filenames)
    assert posted.interaction is not None
    assert discord_server.messages_in(discord_server.general, by=discord_server.bot) == [posted]


@pytest.mark.usefixtures("atelier")
async def test_a_finished_painting_whose_card_is_deleted_is_posted_again(
    discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    card = await (await stylize(discord_server, alice)).response()
    await gate.held()
    held = discord_server.inject("PATCH", ORIGINAL, Hold(), where=carries_painting)
    gate.open()
    await held.wait_until_hit()
    discord_server.delete_message(card)
    held.release()
    posted = await discord_server.wait_for_message(discord_server.general, lambda m: "painting.png" in m.filenames)
    assert posted is not card
    assert alice.mention in posted.text


async def test_a_delayed_edit_does_not_delay_another_member(
    discord_server: DiscordServer, tmp_path: Path, alice: User
) -> None:
    bob = discord_server.join("bob")
    held = discord_server.inject("PATCH", ORIGINAL, Hold(), where=carries_painting)
    async with connected(settings_for(discord_server, tmp_path), FakeEngine()):
        first = await stylize(discord_server, alice)
        await held.wait_until_hit()
        await delivered(await stylize(discord_server, bob))
        held.release()
        await delivered(first)


async def test_the_bot_keeps_what_it_needs_when_it_reconnects(
    discord_server: DiscordServer, atelier: Atelier, gate: StepGate, alice: User
) -> None:
    gate.open()
    card = await delivered(await stylize(discord_server, alice))
    await discord_server.gateway.close_connections(4009)
    await discord_server.gateway.wait_until_identified(2)
    await delivered(await discord_server.press(alice, card, "Again"))
    assert len(atelier.client.guilds) == 1
