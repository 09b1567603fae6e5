"""The bot in a channel of a simulated Discord, and the members who talk to it."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import discord
import simcord
from simcord.actors import MemberActor
from simcord.backend.cdn import CDN_BASE, CdnStore
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult

from bot.app import Atelier, local_engine, open_app
from bot.cards.card import layout
from bot.clock.timing import Clock
from bot.demo.samples import sample
from bot.demo.simulation import AroundEngine, Simulation
from config.settings import Settings
from stylizer.events import Event
from stylizer.pool import Engine, PaintingJob
from stylizer.recipe import DEFAULT_RECIPE

PHOTOGRAPHS = ("chelsea", "coffee", "astronaut")
STYLES = ("night_wind", "glass_suns", "ink_garden", "pastel_meadow")
"""Samples in the order in which they are tried: every photograph comes to every style before a pair comes again."""
AVATAR = "glass_suns"
"""The bot's, a sample too."""
SIZE_PX = 384
"""Large enough to enjoy, small enough for a machine without fast bfloat16 to finish while somebody watches."""
SETTLE_SECONDS = 60.0
"""For an answer of the bot while the painter has the processor to itself."""
UPLOADS_URL = "https://uploads.invalid"


@dataclass(frozen=True, slots=True)
class SampleOrder:
    """How samples are painted."""

    recipe: str = DEFAULT_RECIPE
    size_px: int = SIZE_PX


class Stage:
    """The bot in a channel of a simulated Discord, the visitor who owns the server, and another member."""

    def __init__(self, app: Atelier, env: simcord.Env, order: SampleOrder) -> None:
        self.app = app
        self.env = env
        self.order = order
        self.uploads = _Uploads()
        env.backend.cdn = self.uploads
        bot = env.backend.bot_user
        bot.name, bot.avatar = "Atelier", AVATAR
        you = env.create_user("you", global_name="You", avatar="pastel_meadow")
        mia = env.create_user("mia", global_name="Mia", avatar="ink_garden")
        for user_id, avatar in ((bot.id, AVATAR), (you.id, "pastel_meadow"), (mia.id, "ink_garden")):
            self.uploads.files[f"{CDN_BASE}/avatars/{user_id}/{avatar}.png"] = sample(avatar)
        guild = env.create_guild("Atelier", owner=you)
        self.channel: ChannelHandle = guild.create_text_channel(
            "atelier", topic="Paint one picture in the style of another"
        )
        self.visitor: MemberActor = guild.add_member(you)
        self.members: tuple[MemberActor, ...] = (self.visitor, guild.add_member(mia))
        """Through whose eyes the page can be seen, the visitor first."""
        self.sample_requests: asyncio.Queue[MemberActor] = asyncio.Queue()
        """Who has pressed *Try a sample*. It is for the page to order it: simcord lets nobody act within a press."""
        self._pairs = itertools.cycle(zip(PHOTOGRAPHS * len(STYLES), STYLES * len(PHOTOGRAPHS), strict=True))

    async def welcome(self) -> None:
        """Let the bot say what there is to try."""
        channel = self.app.client.get_partial_messageable(self.channel.id)
        await channel.send(view=_welcome(_SampleButton(self._request_sample)))

    async def order_sample(self, member: MemberActor | None = None) -> InteractionResult:
        """Send `/stylize` with the next pair of samples, as a member (default: the visitor).

        Returns when the bot has acknowledged and accepted or refused it.
        """
        content, style = next(self._pairs)
        return await (member or self.visitor).slash(
            self.channel,
            "stylize",
            content=sample(content),
            style=sample(style),
            recipe=self.order.recipe,
            size=self.order.size_px,
        )

    def _request_sample(self, user_id: int) -> None:
        self.sample_requests.put_nowait(next(member for member in self.members if member.id == user_id))


class _Uploads(CdnStore):
    """simcord's attachments, at another address.

    A card's thumbnails are the URLs of what the member has sent. simcord's page shows a picture by its URL only when
    that lies elsewhere than simcord's own attachments do, and it was told the bytes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, tuple[str, bytes]] = {}
        """URL to name and bytes."""

    def store_attachment(
        self, attachment_id: int, channel_id: int, filename: str, data: bytes, description: str | None
    ) -> dict[str, Any]:
        """Keep a file; what Discord would say about it."""
        stored = super().store_attachment(attachment_id, channel_id, filename, data, description)
        url = f"{UPLOADS_URL}/{channel_id}/{attachment_id}/{filename}"
        self.files[url] = (filename, data)
        return {**stored, "url": url, "proxy_url": url}

    def get(self, url: str) -> bytes | None:
        """The bytes at a URL."""
        return self.files[url][1] if url in self.files else super().get(url)


@asynccontextmanager
async def open_stage(
    settings: Settings,
    order: SampleOrder = SampleOrder(),
    *,
    engine: Engine | None = None,
    told: Callable[[Event], None] = lambda _: None,
    clock: Clock = time.monotonic,
) -> AsyncIterator[Stage]:
    """The whole bot, painting with this engine or the real one; every event of a painting is `told` as well.

    `clock` spaces the edits of cards.
    """
    simulation = Simulation()
    painter = _Narrated(engine or local_engine(settings.engine), told)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="atelier-demo-"))
        # The painter is the user's; Discord, what is kept and what members may do are the demo's own.
        private = Settings.model_construct(data_dir=Path(folder), engine=settings.engine)
        app = await stack.enter_async_context(
            open_app(
                private,
                engine=simulation.engine(painter),
                download=simulation.download,
                clock=clock,
                call_later=simulation.call_later,
            )
        )
        env = await stack.enter_async_context(
            # What goes wrong is logged by the bot; it is no reason to end the demo with a traceback.
            simulation.run(app.client, settle_timeout=SETTLE_SECONDS, check_errors=False)
        )
        await env.advance_time((datetime.now(UTC) - env.now()).total_seconds())
        yield Stage(app, env, order)


class _Narrated(AroundEngine):
    """An engine whose events are told to somebody else as well."""

    def __init__(self, engine: Engine, told: Callable[[Event], None]) -> None:
        super().__init__(engine)
        self._told = told

    async def run(self, job: PaintingJob) -> AsyncGenerator[Event, None]:
        """As the engine's."""
        async with aclosing(self._engine.run(job)) as events:
            async for event in events:
                self._told(event)
                yield event


class _SampleButton(discord.ui.Button[discord.ui.LayoutView]):
    """*Try a sample*."""

    def __init__(self, pressed_by: Callable[[int], None]) -> None:
        super().__init__(label="Try a sample", style=discord.ButtonStyle.primary, custom_id="demo:sample")
        self._pressed_by = pressed_by

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Acknowledge the press, and pass on the user's ID."""
        await interaction.response.defer()
        self._pressed_by(interaction.user.id)


def _welcome(button: _SampleButton) -> discord.ui.LayoutView:
    return layout(
        discord.ui.TextDisplay(
            "## Welcome to Atelier\n"
            "This is the bot as it would run on your server, on a simulated Discord that never leaves your machine. "
            "A sample is being painted below.\n"
            "1. Press **Try a sample**. Or type `/stylize`, choose a photo as **content** and a picture whose look you "
            "like as **style**, and press Enter.\n"
            "2. Watch it grow. **Cancel** stops it.\n"
            "3. Use the buttons below a painting to vary, strengthen, enlarge or swap it.\n"
            "4. You own this server: try `/server settings`. Under *Viewing as*, see what **Mia** sees and may do."
        ),
        discord.ui.ActionRow(button),
        discord.ui.TextDisplay(f"-# Pictures to upload: {Path(__file__).with_name('samples')}"),
        accent=discord.Colour(0xF8C93C),
    )
