"""What Discord and the network do to a bot that runs for months: each painting still arrives, once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.app import Atelier
from stylizer.pool import FakeEngine, StepGate
from tests.wire.conftest import connected, settings_for, stylize
from tests.wire.discord_server import DiscordServer
from tests.wire.faults import Cut, Effect, Hold, Request, broken, rate_limited, refused
from tests.wire.refusals import Refusal
from tests.wire.world import CallbackType, Interaction, Message, User

ORIGINAL = "/webhooks/*/@original"


def carries_painting(request: Request) -> bool:
    return any(name.startswith("painting.") for name in request.filenames)


def carries_progress(request: Request) -> bool:
    return not carries_painting(request)


async def delivered(command: Interaction, *, timeout_seconds: float = 30) -> Message:
    """The answer, once it shows the painting; there is no second one."""
    card = await (await command.answer()).until_it_shows(
        "painting.png", "progress.gif", timeout_seconds=timeout_seconds
    )
    assert command.follow_ups == []
    return card


@pytest.mark.parametrize("how", ["close 4000", "close 4009", "op 7", "op 9 resumable", "op 9 final", "cut"])
@pytest.mark.usefixtures("atelier")
async def test_a_painting_outlives_a_lost_gateway_and_commands_work_after_it(
    discord_server: DiscordServer, gate: StepGate, alice: User, how: str
) -> None:
    gateway = discord_server.gateway
    command = await stylize(discord_server, alice)
    await gate.held()
    if how == "op 7":
        await gateway.ask_to_reconnect()
    elif how.startswith("op 9"):
        await gateway.invalidate_sessions(resumable=how.endswith("resumable"))
    elif how == "cut":
        gateway.cut_connections()
    else:
        await gateway.close_connections(int(how.removeprefix("close ")))
    if how in {"close 4009", "op 9 final"}:
        await gateway.until_identified(2)
    else:
        await gateway.until_resumed()
    gate.open()
    await delivered(command)
    await delivered(await stylize(discord_server, alice))


@pytest.mark.usefixtures("atelier")
async def test_a_command_sent_while_the_gateway_is_away_is_served_when_it_is_back(
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
        refused(Refusal.INVALID_FORM),
        Cut(),
        Cut(after_processing=True),
        broken(502),
    ],
    ids=["429", "429 global", "429 by Cloudflare", "400", "cut", "cut after processing", "502"],
)
@pytest.mark.usefixtures("atelier")
async def test_progress_that_cannot_be_shown_harms_no_painting(
    discord_server: DiscordServer, gate: StepGate, alice: User, effect: Effect
) -> None:
    fault = discord_server.next("PATCH", ORIGINAL, effect, where=carries_progress)
    command = await stylize(discord_server, alice)
    await fault.until_met()
    gate.open()
    await delivered(command)


@pytest.mark.parametrize(
    "effect",
    [
        rate_limited(retry_after_seconds=0.05),
        broken(500),
        broken(502),
        broken(500, after_processing=True),
        Cut(),
        Cut(after_processing=True),
    ],
    ids=["429", "500", "502", "500 after processing", "cut", "cut after processing"],
)
@pytest.mark.usefixtures("atelier")
async def test_a_painting_is_delivered_though_its_last_edit_fails_once(
    discord_server: DiscordServer, gate: StepGate, alice: User, effect: Effect
) -> None:
    gate.open()
    fault = discord_server.next("PATCH", ORIGINAL, effect, where=carries_painting)
    command = await stylize(discord_server, alice)
    card = await delivered(command)
    assert fault.met == 1
    assert discord_server.messages_in(discord_server.general) == [card]


@pytest.mark.usefixtures("atelier")
async def test_an_upload_that_breaks_in_its_middle_is_sent_again(
    discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    command = await stylize(discord_server, alice)
    card = await command.answer()
    assert not card.loading
    await gate.held()
    broken_upload = discord_server.next("PATCH", ORIGINAL, Cut(after_bytes=500))
    gate.open()
    await delivered(command)
    assert broken_upload.met == 1


@pytest.mark.usefixtures("atelier")
async def test_an_acknowledgement_survives_a_bad_gateway(
    discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    gate.open()
    discord_server.next("POST", "/interactions/*/callback", broken(502))
    command = await stylize(discord_server, alice)
    assert await command.until_acknowledged() is CallbackType.DEFER
    await delivered(command)


@pytest.mark.parametrize("effect", [Cut(), Cut(after_bytes=100), broken(503)], ids=["cut", "half a file", "503"])
@pytest.mark.usefixtures("atelier")
async def test_a_picture_that_cannot_be_fetched_is_told_to_its_member_alone(
    discord_server: DiscordServer, engine: FakeEngine, gate: StepGate, alice: User, effect: Effect
) -> None:
    gate.open()
    fault = discord_server.next("GET", "*attachments/*", effect, times=None)  # aiohttp itself asks once more
    command = await stylize(discord_server, alice)
    await command.watch.until(lambda: command.follow_ups, what="the sentence")
    fault.release()
    assert command.follow_ups[0].visible_to is alice
    assert "content picture" in command.follow_ups[0].text
    assert discord_server.messages_in(discord_server.general) == command.follow_ups
    assert engine.jobs == []
    await delivered(await stylize(discord_server, alice))


@pytest.mark.usefixtures("atelier")
async def test_a_refusal_that_gets_lost_harms_nobody_else(
    discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    gate.open()
    lost = discord_server.next("POST", "/interactions/*/callback", Cut())
    await stylize(discord_server, alice, content=("notes.txt", b"not a picture"))
    await lost.until_met()
    await delivered(await stylize(discord_server, alice))


@pytest.mark.usefixtures("atelier")
async def test_redirected_downloads_are_not_followed(
    discord_server: DiscordServer, engine: FakeEngine, alice: User
) -> None:
    elsewhere = refused(Refusal.NOT_FOUND)
    moved = type(elsewhere)(302, "", (("Location", discord_server.url + "/elsewhere"),))
    discord_server.next("GET", "*attachments/*", moved)
    command = await stylize(discord_server, alice)
    await command.watch.until(lambda: command.follow_ups, what="the sentence")
    assert discord_server.asked("GET", "/elsewhere") == []
    assert engine.jobs == []


@pytest.mark.usefixtures("atelier")
async def test_nothing_is_fetched_from_other_hosts_than_discords(
    discord_server: DiscordServer, engine: FakeEngine, alice: User
) -> None:
    discord_server.cdn_url = discord_server.url.replace("127.0.0.1", "localhost")
    command = await stylize(discord_server, alice)
    await command.watch.until(lambda: command.follow_ups, what="the sentence")
    assert discord_server.asked("GET", "*attachments/*") == []
    assert engine.jobs == []


@pytest.mark.usefixtures("atelier")
async def test_a_painting_that_took_longer_than_its_token_is_posted_in_the_channel(
    discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    await stylize(discord_server, alice)
    await gate.held()
    discord_server.clock.advance(minutes=16)
    gate.open()
    posted = await discord_server.until_posted(discord_server.general, lambda m: "painting.png" in m.filenames)
    assert posted.interaction is None
    assert "progress.gif" in posted.filenames
    assert alice.mention in posted.text
    assert posted.pings == []


@pytest.mark.usefixtures("atelier")
async def test_a_late_painting_is_posted_once_though_the_answer_to_it_is_lost(
    discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    lost = discord_server.next("POST", "/channels/*/messages", Cut(after_processing=True))
    await stylize(discord_server, alice)
    await gate.held()
    discord_server.clock.advance(minutes=16)
    gate.open()
    await discord_server.until_asked("POST", "/channels/*/messages", times=2)
    assert lost.met == 1
    posted = [m for m in discord_server.messages_in(discord_server.general) if m.interaction is None]
    assert len(posted) == 1


@pytest.mark.usefixtures("atelier")
async def test_a_late_painting_with_nowhere_to_go_ends_quietly(
    discord_server: DiscordServer, gate: StepGate, alice: User
) -> None:
    await stylize(discord_server, alice)
    await gate.held()
    discord_server.clock.advance(minutes=16)
    await discord_server.deny(discord_server.general, send_messages=True)
    gate.open()
    # The painting, and then the sentence that it could not be posted.
    refusals = await discord_server.until_asked("POST", "/channels/*/messages", times=2)
    assert [refusal.code for refusal in refusals] == [50013, 50013]
    other = discord_server.add_channel("other")
    await delivered(await stylize(discord_server, alice, other))
    assert len(discord_server.asked("POST", "/channels/*/messages")) == 2


@pytest.mark.usefixtures("atelier")
async def test_a_card_that_is_deleted_stops_its_painting(
    discord_server: DiscordServer, engine: FakeEngine, gate: StepGate, alice: User
) -> None:
    command = await stylize(discord_server, alice)
    card = await command.answer()
    await gate.held()
    discord_server.delete_message(card)
    gate.let_through()
    await discord_server.until_asked("PATCH", ORIGINAL, where=lambda request: request.code == 10008)
    await delivered(await stylize_with_open_gate(discord_server, alice, gate))
    assert len(engine.jobs) == 2
    assert discord_server.asked("POST", "/channels/*/messages") == []


async def stylize_with_open_gate(server: DiscordServer, user: User, gate: StepGate) -> Interaction:
    command = await stylize(server, user)
    gate.open()
    return command


async def test_a_held_edit_does_not_hold_up_another_member(
    discord_server: DiscordServer, tmp_path: Path, alice: User
) -> None:
    bob = discord_server.join("bob")
    held = discord_server.next("PATCH", ORIGINAL, Hold(), where=carries_painting)
    async with connected(settings_for(discord_server, tmp_path), FakeEngine()):
        first = await stylize(discord_server, alice)
        await held.until_met()
        await delivered(await stylize(discord_server, bob))
        held.release()
        await delivered(first)


async def test_the_bot_forgets_nothing_it_needs_when_it_reconnects(
    discord_server: DiscordServer, atelier: Atelier, gate: StepGate, alice: User
) -> None:
    gate.open()
    card = await delivered(await stylize(discord_server, alice))
    await discord_server.gateway.close_connections(4009)
    await discord_server.gateway.until_identified(2)
    await delivered(await discord_server.press(alice, card, "Again"))
    assert len(atelier.client.guilds) == 1
