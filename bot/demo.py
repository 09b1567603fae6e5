"""The demo: the very same bot on simcord's stand-in for Discord, shown as a page in the browser.

Nothing here is known to the rest of the bot. The demo opens the app with a data directory of its own, puts a member
into a channel, lets them send `/stylize` with two sample pictures, and then either serves the channel as a live page
or waits for the painting and writes it to a folder.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import tempfile
import time
import webbrowser
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import click
import discord
import simcord
import structlog
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
from rich.progress import Progress as ProgressBar
from simcord.actors import MemberActor
from simcord.backend.cdn import CDN_BASE, CdnStore
from simcord.builders import ChannelHandle
from simcord.components import walk_components
from simcord.preview import Preview
from simcord.results import InteractionResult

from bot.app import Atelier, local_engine, open_app
from bot.cards.card import layout
from bot.logs import configure_logging
from bot.messages.timing import Clock
from bot.samples import sample
from bot.simulation import AroundEngine, Simulation
from config.settings import LogSettings, Settings, SettingsError, load_settings
from stylizer.events import Event, Finished, Progress, Started
from stylizer.pool import Engine, PaintingJob, StylizerError
from stylizer.recipe import DEFAULT_RECIPE

CONTENT, STYLE = "chelsea", "night_wind"
AVATAR = "glass_suns"
SIZE_PX = 384
"""Large enough to enjoy, small enough for a machine without fast bfloat16 to finish while somebody watches."""
SETTLE_SECONDS = 60.0
"""For an answer of the bot while the painter has the processor to itself."""
REFRESH_SECONDS = 0.5
REMEMBERED_REFRESHES = 32
HOST = "127.0.0.1"
UPLOADS_URL = "https://uploads.invalid"

log = structlog.get_logger()


class DemoError(click.ClickException):
    """What stops the demo before it has begun, in one sentence."""

    exit_code = 2


class NotPainted(DemoError):
    """What kept the painter from its work, in one sentence."""

    exit_code = 1


def run_demo(
    *, port: int = 0, once: Path | None = None, open_browser: bool = True, recipe: str | None, size_px: int | None
) -> None:
    """Show the bot on a page until Ctrl-C, SIGTERM or the page's own end; with `once`, paint the sample and return.

    A `port` of 0 is any free one. Raises `DemoError` when the port is taken, a setting is wrong or `once` cannot be
    written to, and `NotPainted` when the painter fails.
    """
    settings = _settings()
    configure_logging(LogSettings(level="warning"))
    order = SampleOrder(recipe or DEFAULT_RECIPE, size_px or SIZE_PX)
    if once is None:
        _check_port(port)
        asyncio.run(_until_stopped(show(settings, order, port=port, open_browser=open_browser)))
        return
    try:
        once.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DemoError(f"{once} cannot be used as a folder: {error.strerror}.") from error
    if asyncio.run(_until_stopped(paint_once(settings, order, folder=once))):
        sys.exit(1)


@dataclass(frozen=True, slots=True)
class SampleOrder:
    """How the sample is painted."""

    recipe: str = DEFAULT_RECIPE
    size_px: int = SIZE_PX


class Stage:
    """The bot in a channel of a simulated Discord, and somebody who talks to it."""

    def __init__(self, app: Atelier, env: simcord.Env) -> None:
        self.app = app
        self.env = env
        self.uploads = _Uploads()
        env.backend.cdn = self.uploads
        bot = env.backend.bot_user
        bot.name, bot.avatar = "Atelier", AVATAR
        self.uploads.files[f"{CDN_BASE}/avatars/{bot.id}/{AVATAR}.png"] = sample(AVATAR)
        guild = env.create_guild("Atelier")
        self.channel: ChannelHandle = guild.create_text_channel(
            "atelier", topic="Paint one picture in the style of another"
        )
        self.visitor: MemberActor = guild.add_member(env.create_user("you", global_name="You"))

    async def welcome(self) -> None:
        """Let the bot say what there is to try."""
        channel = self.app.client.get_partial_messageable(self.channel.id)
        await channel.send(view=_welcome())

    async def order_sample(self, order: SampleOrder) -> InteractionResult:
        """Send `/stylize` with the sample pictures, as the visitor; returns when it is acknowledged and accepted."""
        return await self.visitor.slash(
            self.channel,
            "stylize",
            content=sample(CONTENT),
            style=sample(STYLE),
            recipe=order.recipe,
            size=order.size_px,
        )


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
        yield Stage(app, env)


@asynccontextmanager
async def open_page(stage: Stage, *, port: int = 0) -> AsyncIterator[LivePreview]:
    """The channel as a page that follows what happens in it. Raises `DemoError` when the port is taken."""
    preview = LivePreview(stage, port=port)
    try:
        await preview.__aenter__()
    except simcord.SetupError as error:
        raise DemoError(f"The demo page cannot be served: {error}.") from error
    following = asyncio.create_task(preview.follow())
    try:
        yield preview
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await preview.close()


class LivePreview(Preview):
    """simcord's page for a channel that changes by itself.

    simcord's own page is refreshed by hand. It refuses what is pressed or typed on anything but the latest refresh,
    and while a refresh is under way; with a painting that changes every few seconds that would be every second press.
    Here each waits for its turn, and a press counts as long as the button still means what it meant.
    """

    def __init__(self, stage: Stage, *, port: int) -> None:
        """Prepare a page on which the visitor sees the channel; entering it starts to serve."""
        super().__init__(
            stage.env,
            stage.channel,
            (stage.visitor,),
            layout="channel",
            display="responsive",
            width=1280,
            height=900,
            locale="en-US",
            timezone="UTC",
            presentation_time=None,
            assets=None,
            port=port,
        )
        self._explicit_assets = stage.uploads.files
        self._turn = asyncio.Lock()
        self._shown: deque[tuple[str, Mapping[str, Any]]] = deque(maxlen=REMEMBERED_REFRESHES)
        """What was shown before, each with the id of the page that showed it."""
        self._preparing = 0

    async def follow(self) -> None:
        """Refresh every page whenever the bot has said something, and let the simulated clock follow the real one."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                async with self._turn:
                    await self.env.advance_time(max(0.0, (datetime.now(UTC) - self.env.now()).total_seconds()))
                # A picture that is replaced while the page prepares it is shown as missing.
                if self.env.http_requests and not self._preparing:
                    # The list is simcord's record for tests; nobody reads it here, and it would grow for ever.
                    self.env.http_requests.clear()
                    await self.refresh()
            except TimeoutError:
                log.warning("demo.slow", problem="the bot did not come to rest in time", exc_info=True)

    async def refresh(self) -> None:
        """Show every page what there is now."""
        async with self._turn:
            self._shown.extend((page.id, page.snapshot) for page in self._pages.values())
            await super().refresh()

    async def _action(self, context_id: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self._turn:
            page = self._pages.get(context_id or "")
            if page is not None and isinstance(body, Mapping):
                revision, control = body.get("published_revision"), body.get("control_key")
                for page_id, shown in self._shown:
                    is_meant = page_id == page.id and shown["publishedRevision"] == revision
                    if is_meant and _meaning(shown, control) == _meaning(page.snapshot, control):
                        body = {**body, "published_revision": page.revision}
            return await super()._action(context_id, body)

    async def _prepare_asset(self, *args: Any, **options: Any) -> tuple[str, bytes, str]:
        self._preparing += 1
        try:
            return await super()._prepare_asset(*args, **options)
        finally:
            self._preparing -= 1


def _meaning(snapshot: Mapping[str, Any], control_key: object) -> object:
    """What pressing a control of the page does, as the bot will read it; None when there is no such control."""
    for message in snapshot.get("messages", {}).values():
        for component in walk_components(message["components"]):
            if component.get("control_key") == control_key:
                return component.get("custom_id")
    return None


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


def _welcome() -> discord.ui.LayoutView:
    return layout(
        discord.ui.TextDisplay(
            "## Welcome to Atelier\n"
            "This is the bot as it would live on your server, on a stand-in for Discord that runs on your machine "
            "alone. A sample is being painted below.\n"
            "1. Type `/stylize`, choose a photograph as **content** and a picture whose look you like as **style**, "
            "and press Enter.\n"
            "2. Watch it grow; **Cancel** stops it.\n"
            "3. Press what stands under a finished painting: another try, more or less style, HD, swapped."
        ),
        discord.ui.TextDisplay(f"-# No pictures at hand? Some are in {Path(__file__).with_name('samples')}"),
        accent=discord.Colour(0xF8C93C),
    )


async def show(
    settings: Settings, order: SampleOrder, *, port: int, open_browser: bool, engine: Engine | None = None
) -> None:
    """Serve the page until its visitor ends it."""
    console = Console(stderr=True)
    async with AsyncExitStack() as stack:
        with console.status("Warming up the painter …"):
            stage = await stack.enter_async_context(open_stage(settings, engine=engine))
            await stage.welcome()
            await stage.order_sample(order)
            preview = await stack.enter_async_context(open_page(stage, port=port))
        click.echo(preview.url)
        console.print(
            Panel.fit(
                "The bot is in the page above, painting its first picture.\n"
                "Type [bold]/stylize[/] there with two pictures of your own. [bold]Ctrl-C[/] ends the demo.",
                title="Atelier",
            )
        )
        if open_browser and not await asyncio.to_thread(webbrowser.open, preview.url):
            console.print("No browser could be opened: open the address yourself.")
        await preview.wait_closed()
        console.print("The page was ended, and the demo with it.")


async def paint_once(settings: Settings, order: SampleOrder, *, folder: Path, engine: Engine | None = None) -> None:
    """Paint the sample, write what the channel got to the folder, and print the paths."""
    console = Console(stderr=True)
    with console.status("Warming up the painter …") as status, _TerminalProgress(console) as progress:

        def told(event: Event) -> None:
            status.stop()
            progress.show(event)

        async with open_stage(settings, engine=engine, told=told) as stage:
            result = await stage.order_sample(order)
            card = await _finished_card(stage, result)
            shown = [
                entry["media"]["url"] for item in walk_components(card.components) for entry in item.get("items", ())
            ]
            files = [(a.filename, await a.read()) for a in card.attachments if a.url in shown]  # and no thumbnails
    if len(files) < 2:
        raise NotPainted(f"The sample was not painted. The bot said: {_text(card.components)}")
    for filename, content in files:
        path = folder / filename
        path.write_bytes(content)
        click.echo(path)


async def _finished_card(stage: Stage, result: InteractionResult) -> Any:
    """The job's message once there is nothing to cancel any more."""
    while True:
        await stage.env.settle()
        card = result.response
        for answer in (card, *result.followups):
            if answer is not None and answer.content and not answer.components:
                raise NotPainted(f"The sample was not painted. The bot said: {answer.content}")
        if card is None:
            raise NotPainted("The bot did not answer /stylize.")
        ids = [str(component.get("custom_id", "")) for component in walk_components(card.components)]
        if ids and not any(custom_id.startswith("atelier:cancel:") for custom_id in ids):
            return card
        await asyncio.sleep(REFRESH_SECONDS)


def _text(components: list[dict[str, Any]]) -> str:
    return " ".join(str(component["content"]) for component in walk_components(components) if "content" in component)


class _TerminalProgress:
    """The painting's progress as a bar on a terminal, as a line every quarter elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = ProgressBar(
            TextColumn("Painting"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._quarter = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._bar.stop()

    def show(self, event: Event) -> None:
        """Bring the bar up to date."""
        match event:
            case Started():
                self._bar.start()
                self._task = self._bar.add_task("", total=event.steps, left="")
                self._line(f"Painting {event.width_px} x {event.height_px} px on {event.device} …")
            case Progress():
                left = "" if event.seconds_left is None else f"about {event.seconds_left:.0f} s left"
                if self._task is not None:
                    self._bar.update(self._task, completed=event.step, left=left)
                if (quarter := event.step * 4 // event.steps) > self._quarter:
                    self._quarter = quarter
                    self._line(f"{quarter * 25} % {left}".rstrip())
            case Finished():
                self._bar.stop()

    def _line(self, text: str) -> None:
        if not self._console.is_terminal:
            self._console.print(text)


async def _until_stopped(work: Any) -> bool:
    """Run the work; True when SIGTERM or Ctrl-C ended it, in order. Raises `NotPainted` for a painter that fails."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    stopped = False

    def stop() -> None:
        nonlocal stopped
        if not stopped:
            stopped = True
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not stopped:
            raise
    except StylizerError as error:
        raise NotPainted(str(error)) from error
    return stopped


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        raise DemoError(str(error)) from error


def _check_port(port: int) -> None:
    """Find out that a port is taken before the painter warms up, not after."""
    try:
        socket.create_server((HOST, port)).close()
    except (OSError, OverflowError) as error:
        raise DemoError(
            f"Port {port} cannot be used ({error}). Choose another with --port, or leave it out."
        ) from error
