"""The stand-in itself, tested with a plain discord.py client: what it accepts, and what it rejects as Discord does."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands
from PIL import Image
from yarl import URL

from tests.wire.discord_server import DiscordServer
from tests.wire.faults import Cut, Hold, rate_limited, server_error
from tests.wire.world import Upload


def picture(color: str = "teal", *, side_px: int = 16, kind: str = "PNG") -> bytes:
    """Encode a small picture of a single color."""
    buffer = io.BytesIO()
    Image.new("RGB", (side_px, side_px), color).save(buffer, kind)
    return buffer.getvalue()


class PlainBot(discord.AutoShardedClient):
    """Responds to `/show` with the given picture on a card with a button."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True), guild_ready_timeout=0.05, max_messages=None)
        self.tree = app_commands.CommandTree(self)
        self.interactions: asyncio.Queue[discord.Interaction] = asyncio.Queue()

        @self.tree.command(name="show", description="Show a picture.")
        async def show(interaction: discord.Interaction, picture: discord.Attachment, title: str = "A picture") -> None:
            self.interactions.put_nowait(interaction)
            await interaction.response.defer(thinking=True)
            data = await picture.read()
            view = discord.ui.LayoutView(timeout=None)
            gallery: discord.ui.MediaGallery[Any] = discord.ui.MediaGallery()
            gallery.add_item(media="attachment://shown.png")
            view.add_item(discord.ui.Container(discord.ui.TextDisplay(title), gallery))
            view.add_item(discord.ui.ActionRow(Rename()))
            await interaction.edit_original_response(
                view=view, attachments=[discord.File(io.BytesIO(data), "shown.png")]
            )

        @self.tree.command(name="wait", description="Do nothing yet.")
        async def wait(interaction: discord.Interaction) -> None:
            self.interactions.put_nowait(interaction)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify at once: Discord requires 5 s between identifies, but the stand-in doesn't."""


class Rename(discord.ui.Button[Any]):
    def __init__(self) -> None:
        super().__init__(label="Rename", custom_id="rename")

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(NewTitle())


class NewTitle(discord.ui.Modal, title="A new title"):
    name: discord.ui.Label[Any] = discord.ui.Label(text="Title", component=discord.ui.TextInput(custom_id="title"))
    other: discord.ui.Label[Any] = discord.ui.Label(
        text="Another picture", component=discord.ui.FileUpload(custom_id="other", required=False)
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.name.component, discord.ui.TextInput)
        assert isinstance(self.other.component, discord.ui.FileUpload)
        sizes = [len(await attachment.read()) for attachment in self.other.component.values]
        await interaction.response.send_message(f"{self.name.component.value} {sizes}", ephemeral=True)


@asynccontextmanager
async def connected(server: DiscordServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PlainBot]:
    """A plain bot connected to the stand-in."""
    monkeypatch.setattr(discord.http.Route, "BASE", server.api_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", URL(server.gateway_url))
    async with PlainBot() as bot:
        running = asyncio.create_task(bot.start(server.token))
        await server.gateway.wait_until_ready()
        try:
            yield bot
        finally:
            await bot.close()
            await running


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as opened:
        yield opened


@pytest.fixture
async def bot(server: DiscordServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PlainBot]:
    async with connected(server, monkeypatch) as opened:
        yield opened


@pytest.mark.usefixtures("bot")
async def test_a_picture_is_uploaded_and_returned_intact(server: DiscordServer) -> None:
    alice, sent = server.join("alice"), picture()
    command = await server.slash(alice, server.general, "show", picture=("a.png", sent), title="Teal")
    card = await command.response()
    assert card.text == "Teal"
    assert card.filenames == ["shown.png"]
    assert card.file("shown.png") == sent
    assert [button.label for button in card.buttons] == ["Rename"]
    (edit,) = await server.wait_for_requests("PATCH", "/webhooks/*/@original")
    assert edit.filenames == ("shown.png",)
    assert edit.content_type.startswith("multipart/form-data")


@pytest.mark.usefixtures("bot")
async def test_a_button_opens_a_modal_and_its_fields_arrive(server: DiscordServer) -> None:
    alice, other = server.join("alice"), picture("red")
    command = await server.slash(alice, server.general, "show", picture=("a.png", picture()))
    pressed = await server.press(alice, await command.response(), "Rename")
    submitted = await server.submit(pressed, title="Red", other=("b.png", other))
    answer = await submitted.response()
    assert answer.text == f"Red [{len(other)}]"
    assert answer.visible_to is alice


async def test_late_acknowledgments_and_expired_tokens_are_refused(server: DiscordServer, bot: PlainBot) -> None:
    alice = server.join("alice")
    await server.slash(alice, server.general, "wait")
    waiting = await bot.interactions.get()
    server.clock.advance(seconds=3.5)
    with pytest.raises(discord.NotFound) as late:
        await waiting.response.defer()
    assert late.value.code == 10062
    command = await server.slash(alice, server.general, "show", picture=("a.png", picture()))
    shown = await bot.interactions.get()
    await command.response()
    server.clock.advance(minutes=16)
    with pytest.raises(discord.HTTPException) as old:
        await shown.edit_original_response(content="late")
    assert (old.value.status, old.value.code) == (401, 50027)


async def test_requests_that_discord_rejects_are_rejected(server: DiscordServer, bot: PlainBot) -> None:
    channel = bot.get_partial_messageable(server.general.channel_id, guild_id=server.guild.guild_id)
    tier_0 = server.guild.upload_limit_bytes
    too_large = discord.File(io.BytesIO(bytes(tier_0 + 1)), "large.bin")
    with pytest.raises(discord.HTTPException) as large:
        await channel.send(file=too_large)
    assert (large.value.status, large.value.code) == (413, 40005)
    server.guild.premium_tier = 3
    three = [discord.File(io.BytesIO(bytes(9 * 2**20)), f"{n}.bin") for n in range(3)]
    with pytest.raises(discord.HTTPException) as whole:
        await channel.send(files=three)
    assert (whole.value.status, whole.value.code) == (413, 40005)
    view = discord.ui.LayoutView()
    gallery: discord.ui.MediaGallery[Any] = discord.ui.MediaGallery()
    gallery.add_item(media="attachment://absent.png")
    view.add_item(gallery)
    with pytest.raises(discord.HTTPException, match=r"absent\.png"):
        await channel.send(view=view)
    await server.deny(server.general, attach_files=True)
    with pytest.raises(discord.Forbidden) as forbidden:
        await channel.send(file=discord.File(io.BytesIO(b"x"), "small.bin"))
    assert forbidden.value.code == 50013
    assert server.messages_in(server.general) == []


async def test_listed_attachments_are_kept_and_others_removed(server: DiscordServer, bot: PlainBot) -> None:
    channel = bot.get_partial_messageable(server.general.channel_id, guild_id=server.guild.guild_id)
    files = [discord.File(io.BytesIO(picture()), name) for name in ("a.png", "b.png")]
    sent = await channel.send(files=files)
    stored = server.messages[sent.id]
    await sent.edit(attachments=[sent.attachments[1], discord.File(io.BytesIO(picture("red")), "c.png")])
    assert stored.filenames == ["b.png", "c.png"]
    await sent.edit(content="kept")
    assert stored.filenames == ["b.png", "c.png"]
    with pytest.raises(discord.NotFound):
        await sent.attachments[0].read()
    await sent.edit(attachments=[])
    assert stored.filenames == []


async def test_an_enforced_nonce_posts_once(server: DiscordServer, bot: PlainBot) -> None:
    channel = bot.get_partial_messageable(server.general.channel_id, guild_id=server.guild.guild_id)
    server.inject("POST", "/channels/*/messages", server_error(500, after_processing=True))
    sent = await channel.send("Done, <@1>.", nonce="job-1", allowed_mentions=discord.AllowedMentions.none())
    assert [message.message_id for message in server.messages_in(server.general)] == [sent.id]
    assert server.messages[sent.id].pings == []
    assert len(server.requests_to("POST", "/channels/*/messages")) == 2


async def test_faults_are_injected_as_requested(server: DiscordServer, bot: PlainBot) -> None:
    channel = bot.get_partial_messageable(server.general.channel_id, guild_id=server.guild.guild_id)
    path = "/channels/*/messages"
    server.inject("POST", path, rate_limited(retry_after_seconds=0.01), times=2)
    await channel.send("patience")
    assert [request.status for request in server.requests_to("POST", path)] == [429, 429, 200]
    server.inject("POST", path, Cut())
    with pytest.raises(aiohttp.ClientError):
        await channel.send("cut")
    server.inject("POST", path, Cut(after_bytes=1000))
    with pytest.raises((aiohttp.ClientError, OSError)):
        await channel.send(file=discord.File(io.BytesIO(bytes(2**20)), "a.bin"))
    held = server.inject("POST", path, Hold())
    sending = asyncio.create_task(channel.send("held"))
    await held.wait_until_hit()
    assert not sending.done()
    held.release()
    await sending
    assert [message.text for message in server.messages_in(server.general)] == ["patience", "held"]


async def test_downloads_can_break_stall_and_declare_a_false_size(server: DiscordServer, bot: PlainBot) -> None:
    alice, data = server.join("alice"), picture(side_px=64)
    message = await server.say(alice, server.general, files=(("a.png", data), Upload("b.png", data, declared_bytes=3)))
    channel = bot.get_partial_messageable(server.general.channel_id, guild_id=server.guild.guild_id)
    seen = await channel.fetch_message(message.message_id)
    assert [attachment.size for attachment in seen.attachments] == [len(data), 3]
    assert await seen.attachments[1].read() == data
    server.inject("GET", "/attachments/*", Cut(after_bytes=20))
    with pytest.raises(aiohttp.ClientPayloadError):
        await seen.attachments[0].read()
    stalled = server.inject("GET", "/attachments/*", Hold(after_bytes=20))
    reading = asyncio.create_task(seen.attachments[0].read())
    await stalled.wait_until_hit()
    stalled.release()
    assert await reading == data
    server.clock.advance(minutes=25 * 60)
    with pytest.raises(discord.NotFound):
        await seen.attachments[0].read()


async def test_a_wrong_token_is_refused(server: DiscordServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", server.api_url)
    async with PlainBot() as bot:
        with pytest.raises(discord.LoginFailure):
            await bot.login("not-the-token")
    assert server.invalid_requests == 1


async def test_a_nonce_of_a_deleted_message_posts_nothing(server: DiscordServer, bot: PlainBot) -> None:
    channel = bot.get_partial_messageable(server.general.channel_id, guild_id=server.guild.guild_id)
    sent = await channel.send("Done.", nonce="job-1")
    await sent.delete()
    with pytest.raises(discord.NotFound) as gone:
        await channel.send("Done.", nonce="job-1")
    assert gone.value.code == 10008
    server.clock.advance(minutes=6)
    await channel.send("Done.", nonce="job-1")
    assert len(server.messages_in(server.general)) == 1


async def test_a_channel_s_history_needs_a_permission(server: DiscordServer, bot: PlainBot) -> None:
    server.enforces_rate_limits = False
    channel = bot.get_partial_messageable(server.general.channel_id, guild_id=server.guild.guild_id)
    alice = server.join("alice")
    texts = [(await server.say(alice, server.general, f"number {n}")).content for n in range(3)]
    sent = await channel.send("Done.", nonce="job-1")
    history = [message async for message in channel.history(limit=3)]
    assert [message.content for message in history] == ["Done.", *reversed(texts[1:])]
    assert history[0].nonce is None
    after = [message.content async for message in channel.history(after=discord.Object(history[-1].id), limit=1)]
    assert after == [texts[2]]
    assert [message.id async for message in channel.history(before=history[0])] == [
        message.message_id for message in reversed(server.messages_in(server.general, by=alice))
    ]
    await server.deny(server.general, read_message_history=True)
    assert [message async for message in channel.history()] == []
    await server.deny(server.general, view_channel=True)
    with pytest.raises(discord.Forbidden):
        _ = [message async for message in channel.history()]
    assert sent.nonce == "job-1"


async def test_a_link_expires_after_a_day_and_can_be_refreshed(server: DiscordServer, bot: PlainBot) -> None:
    message = await server.say(server.join("alice"), server.general, files=(("sea.png", picture()),))
    link = server.link_to(message.attachments[0])
    assert await bot.http.get_from_cdn(link) == picture()
    server.clock.advance(minutes=25 * 60)
    with pytest.raises(discord.NotFound):
        await bot.http.get_from_cdn(link)

    route = discord.http.Route("POST", "/attachments/refresh-urls")
    answer = await bot.http.request(route, json={"attachment_urls": [link.partition("?")[0]]})

    [fresh] = answer["refreshed_urls"]
    assert fresh["original"] == link.partition("?")[0]
    assert await bot.http.get_from_cdn(fresh["refreshed"]) == picture()
    for links in ([], [link] * 51):
        with pytest.raises(discord.HTTPException, match="between 1 and 50"):
            await bot.http.request(route, json={"attachment_urls": links})


async def test_direct_messages_reach_members_who_allow_them(server: DiscordServer, bot: PlainBot) -> None:
    alice, bob, carol = (server.join(name) for name in ("alice", "bob", "carol"))
    server.users_blocking_direct_messages.add(bob)
    server.leave(carol)
    await (await bot.fetch_user(alice.user_id)).send("Done.")
    assert [message.text for message in server.messages_in(server.direct_channel(alice))] == ["Done."]
    for member, code in ((bob, 50007), (carol, 50278)):
        with pytest.raises(discord.Forbidden) as closed:
            await (await bot.fetch_user(member.user_id)).send("Done.")
        assert closed.value.code == code


async def test_a_network_outage_cuts_connections_and_refuses_new_ones(
    server: DiscordServer, bot: PlainBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.backoff.ExponentialBackoff, "delay", lambda _: 0.01)
    channel = bot.get_partial_messageable(server.general.channel_id, guild_id=server.guild.guild_id)
    held = server.inject("POST", "/channels/*/messages", Hold())
    sending = asyncio.create_task(channel.send("before"))
    await held.wait_until_hit()
    async with server.network_outage():
        with pytest.raises((aiohttp.ClientError, OSError)):
            await sending
        with pytest.raises((aiohttp.ClientError, OSError)):
            await channel.send("meanwhile")
        await server.gateway.watch.wait_until(lambda: not server.gateway.ready, what="end of the session")
    await server.gateway.wait_until_identified(2)
    await channel.send("after")
    assert [message.text for message in server.messages_in(server.general)] == ["after"]
