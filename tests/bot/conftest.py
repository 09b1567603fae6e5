"""Fixtures: the real bot on simcord's Discord, painting with a fake engine, and members who use it."""

from __future__ import annotations

import asyncio
import contextvars
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord
import simcord.interactions
import structlog
from PIL import Image
from simcord.actors import MemberActor
from simcord.backend.cdn import CdnStore
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult
from structlog.testing import LogCapture

from bot.app import Atelier, Timeouts, open_app
from bot.clock.timing import Timing
from bot.demo.simulation import Simulation
from bot.files.download import Download
from bot.messages.pace import EditPace
from bot.painting.presenter import Presenter
from config.settings import Settings
from stylizer.pool import FakeEngine, StepGate
from tests.databases import new_databases_are_current, provide_database


def picture(
    color: str = "teal", *, size: tuple[int, int] = (48, 32), picture_format: str = "PNG", noisy: bool = False
) -> bytes:
    """Encode a picture with a rectangle in it; a noisy one compresses badly."""
    image = Image.new("RGB", size, color)
    image.paste("white", (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    if noisy:
        image = Image.merge("RGB", [Image.effect_noise(size, 90) for _ in "RGB"])
    out = io.BytesIO()
    image.save(out, picture_format)
    return out.getvalue()


def animation(*, frames: int, size: tuple[int, int], last_frame_ms: int = 100) -> bytes:
    """Encode a noisy GIF."""
    pictures = [Image.effect_noise(size, 90) for _ in range(frames)]
    durations = [100] * (frames - 1) + [last_frame_ms]
    out = io.BytesIO()
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=durations)
    return out.getvalue()


CONTENT = ("photo.png", picture("teal"))
STYLE = ("waves.png", picture("darkorange"))


def texts(message: Any) -> str:
    """Return all text on a card."""
    return "\n".join(item["content"] for item in walk(message.components) if item["type"] == 10)


def ephemeral_text(answer: InteractionResult) -> str:
    """Return the text of an ephemeral message, whether it is the response or a follow-up."""
    message = answer.followups[0] if answer.followups else answer.response
    assert message is not None
    assert message.ephemeral
    return message.content


def labels(message: Any) -> list[str]:
    """Return the labels of the enabled buttons."""
    return [item["label"] for item in walk(message.components) if item["type"] == 2 and not item.get("disabled")]


def actions(message: Any) -> dict[str, str]:
    """Return the entries of the menu below a painting, by their labels."""
    menus = [item for item in walk(message.components) if str(item.get("custom_id")).startswith("atelier:actions:")]
    return {option["label"]: option["value"] for menu in menus for option in menu["options"]}


def media(message: Any) -> list[str]:
    """Return the URLs of the pictures in a card's galleries."""
    galleries = [item for item in walk(message.components) if item["type"] == 12]
    return [entry["media"]["url"] for gallery in galleries for entry in gallery["items"]]


def thumbnails(message: Any) -> list[str]:
    """Return the URLs of a card's thumbnails."""
    return [item["media"]["url"] for item in walk(message.components) if item["type"] == 11]


def files(message: Any) -> list[str]:
    """Return the names of a message's files, without its thumbnails."""
    return [attachment.filename for attachment in message.attachments if attachment.url not in thumbnails(message)]


def galleries(message: Any) -> list[list[str]]:
    """Return the names of the pictures in each gallery."""
    shown = [item["items"] for item in walk(message.components) if item["type"] == 12]
    return [[file_name(entry["media"]["url"]) for entry in items] for items in shown]


def alt_texts(message: Any) -> list[str]:
    """Return the alt texts of a message's pictures, from top to bottom."""
    found = [[item] if item["type"] == 11 else item.get("items", []) for item in walk(message.components)]
    return [picture["description"] for pictures in found for picture in pictures]


def unspoilered(message: Any) -> list[str]:
    """Return the names of the pictures that aren't marked as spoilers."""
    found = [[item] if item["type"] == 11 else item.get("items", []) for item in walk(message.components)]
    return [
        file_name(picture["media"]["url"]) for pictures in found for picture in pictures if not picture.get("spoiler")
    ]


def file_name(url: str) -> str:
    """Return the file name in a URL."""
    return url.rpartition("/")[2].partition("?")[0]


def form_options(form: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """Return the options of a field in a form."""
    fields = [item["component"] for item in form["components"]]
    [options] = [item["options"] for item in fields if item["custom_id"] == field]
    return list(options)


def walk(components: Sequence[Any]) -> list[dict[str, Any]]:
    """Return every component, containers before their children."""
    found = []
    for item in components:
        component = item if isinstance(item, dict) else item.to_dict()
        found.append(component)
        found += walk(component.get("components") or [])
        if component.get("accessory"):
            found.append(component["accessory"])
    return found


TIMER_TIMEOUT_SECONDS = 0.1
"""How long tests wait for the bot to set a timer. What takes longer most probably waits for one that is set."""


class Timer:
    """A delayed call on a test's clock."""

    def __init__(self, at: float, callback: Callable[[], object]) -> None:
        self.at = at
        self.callback: Callable[[], object] | None = callback
        self.caller = contextvars.copy_context()  # simcord recognizes the bot's work by it

    def cancel(self) -> None:
        self.callback = None

    def fire(self) -> None:
        if self.callback is not None:
            self.caller.run(self.callback)


class Clock:
    """A clock that tests advance, with timers, and the waits before retries."""

    def __init__(self) -> None:
        self.retry_seconds = 8.0
        """The wait before each retry but the first: longer than simcord would sit out, so a test has to move the time,
        or set this to 0."""
        self.timer_set = asyncio.Event()
        """Set whenever somebody sets a timer, as the schedule does each time it goes to sleep."""
        self._now = 1000.0
        self._timers: list[Timer] = []

    def __call__(self) -> float:
        return self._now

    @property
    def now(self) -> float:
        return self._now

    @now.setter
    def now(self, now: float) -> None:
        self._now = now
        due = [timer for timer in self._timers if timer.at <= now]
        self._timers = [timer for timer in self._timers if timer.at > now]
        for timer in due:
            timer.fire()

    def backoff(self) -> Iterator[float]:
        yield 0.0
        while True:
            yield self.retry_seconds

    def call_later(self, delay_seconds: float, callback: Callable[[], object]) -> Timer:
        timer = Timer(self._now + delay_seconds, callback)
        self._timers.append(timer)
        self.timer_set.set()
        return timer

    async def is_timer_set_soon(self) -> bool:
        """Wait for somebody to set a timer, and return whether one did."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.timer_set.wait(), TIMER_TIMEOUT_SECONDS)
        return self.timer_set.is_set()


class Env(simcord.Env):
    """Discord, looking five times as often whether the bot has settled, since most of a test's time went into that."""

    async def _settle_internal(self, *, idle: float = 0.01, **options: Any) -> None:
        await super()._settle_internal(idle=idle, **options)


class Studio:
    """The bot, its Discord server, and the members."""

    def __init__(self, env: Env, clock: Clock, restart: Callable[[Studio], Awaitable[None]]) -> None:
        self.app: Atelier
        self.engine: FakeEngine
        self.gate: StepGate
        self.env = env
        self.clock = clock
        self.leases = ExitStack()
        """Leases of pictures that a test keeps until its end."""
        self._restart = restart
        guild = env.create_guild("Painters")
        self.guild = guild
        self.channel: ChannelHandle = guild.create_text_channel("atelier")
        self.alice = self.member("alice")
        self.bob = self.member("bob")
        moderators = guild.create_role("Moderators", permissions=discord.Permissions(manage_messages=True))
        self.mia = guild.add_member(env.create_user("mia"), roles=[moderators])

    @property
    def data_dir(self) -> Path:
        """The bot's data directory."""
        return self.app.settings.data_dir

    async def restart(self) -> None:
        """Stop the bot in the middle of its work, and start it again on the same data."""
        await self._restart(self)

    def member(self, name: str) -> MemberActor:
        """Add a member."""
        return self.guild.add_member(self.env.create_user(name))

    async def stylize(self, member: Any = None, **options: Any) -> InteractionResult:
        """Send `/stylize` as a member (default: Alice), at a small size by default. None omits an option."""
        options = {"content": CONTENT, "style": STYLE, "size": 64, **options}
        options = {name: value for name, value in options.items() if value is not None}
        return await (member or self.alice).slash(self.channel, "stylize", **options)

    async def press(self, answer: InteractionResult, label: str, *, by: MemberActor | None = None) -> InteractionResult:
        """Press a card's button, or choose an entry of the menu below a painting, as a member (default: Alice)."""
        assert answer.response is not None
        if (action := actions(answer.response).get(label)) is not None:
            return await (by or self.alice).select(answer.response, [action])
        return await (by or self.alice).click(answer.response, label=label)

    async def delete(self, answer: InteractionResult, *, by: MemberActor | None = None) -> InteractionResult:
        """Press Delete below a painting, confirm it, and return the result of the confirmation."""
        question = await self.press(answer, "Delete", by=by)
        return await (by or self.alice).click(question.followups[0], label="Delete")

    def edits(self) -> int:
        """Return how many times cards were edited."""
        return sum(r.method == "PATCH" and r.path.endswith("@original") for r in self.env.http_requests)

    async def step(self, steps: int = 1) -> None:
        """Let the painter take some steps, far enough apart for the card to show each one."""
        for _ in range(steps):
            self.gate.let_through()
            await self.env.settle()
            self.clock.now += 10
            await self.env.settle()

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Let everything run until a condition is true, including painters without a gate."""
        while not condition():
            await self.env.settle()
            await asyncio.sleep(0)

    async def finish(self) -> None:
        """Let all paintings finish."""
        self.gate.open()
        await self.env.settle()


OpenStudio = Callable[..., Any]


def override_interactions(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    """Override fields of interactions that simcord always sets to the same values."""
    original = simcord.interactions.base_payload

    def payload(*args: Any, **kwargs: Any) -> Any:
        record, body = original(*args, **kwargs)
        return record, {**body, **fields}

    monkeypatch.setattr(simcord.interactions, "base_payload", payload)


def override_attachments(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    """Override fields of attachments, or add those that simcord never sets."""
    store = CdnStore.store_attachment

    def described(self: CdnStore, *args: Any, **options: Any) -> dict[str, Any]:
        return {**store(self, *args, **options), **fields}

    monkeypatch.setattr(CdnStore, "store_attachment", described)


@pytest.fixture
def logs() -> LogCapture:
    """The bot's log. An error in it fails the test; tests that expect one clear the entries."""
    return LogCapture()


@pytest.fixture
async def open_studio(tmp_path: Path, logs: LogCapture) -> AsyncIterator[OpenStudio]:
    """Opens a studio with the given settings. By default, steps wait at a gate."""
    structlog.configure(processors=[structlog.stdlib.add_log_level, logs])
    async with AsyncExitStack() as stack:

        async def opened(
            engine: FakeEngine | None = None,
            *,
            download: Download | None = None,
            allows: Callable[[str], bool] = lambda _url: True,
            now: Callable[[], datetime] | None = None,
            presenter: Presenter | None = None,
            **settings: Any,
        ) -> Studio:
            simulation, clock = Simulation(), Clock()
            await provide_database(tmp_path)
            bot = await stack.enter_async_context(AsyncExitStack())

            async def open_bot(painter: FakeEngine, bot: AsyncExitStack) -> Atelier:
                return await bot.enter_async_context(
                    open_app(
                        Settings(**{"data_dir": tmp_path, "shutdown_grace_seconds": 0, **settings}),
                        engine=simulation.engine(painter),
                        download=download or simulation.download,
                        allows=allows,
                        timing=Timing(clock, clock.call_later, clock.backoff),
                        now=now,
                        pace=EditPace(interval_seconds=0),
                        timeouts=Timeouts(sqlite_lock_seconds=0.2),
                        presenter=presenter,
                    )
                )

            async def restart(studio: Studio) -> None:
                nonlocal bot
                await bot.aclose()
                bot = AsyncExitStack()
                stack.push_async_exit(bot)
                studio.gate = StepGate()
                studio.engine = FakeEngine(gate=studio.gate)
                studio.app = await open_bot(studio.engine, bot)
                await env.restart_bot(studio.app.client)

            gate = StepGate()
            painter = engine or FakeEngine(gate=gate)
            app = await open_bot(painter, bot)
            env = Env(app.client, shard_count=1)
            await env.start()
            stack.push_async_callback(env.shutdown)
            simulation.attach(env)
            studio = Studio(env, clock, restart)
            studio.app, studio.engine, studio.gate = app, painter, gate
            stack.callback(studio.leases.close)
            return studio

        yield opened
    structlog.reset_defaults()
    assert [entry for entry in logs.entries if entry["log_level"] == "error"] == []


@pytest.fixture
async def studio(open_studio: OpenStudio) -> Studio:
    """A studio with default settings, whose painter waits at a gate before each step."""
    studio: Studio = await open_studio()
    return studio


@pytest.fixture
async def current_databases() -> AsyncIterator[None]:
    """New databases need no migrating, which takes longer than most tests."""
    async with new_databases_are_current():
        yield


@pytest.fixture
def manager(studio: Studio) -> MemberActor:
    """A member with the permission Manage Server."""
    role = studio.guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    return studio.guild.add_member(studio.env.create_user("max"), roles=[role])
