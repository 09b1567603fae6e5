"""Kill the bot and its workers over and over: `python -m benchmarks.chaos --help`.

Members request paintings on the stand-in for Discord. The bot runs in its own process, with real worker processes and a
quick painter. Meanwhile, SIGKILL hits the bot or a worker: half of the time at a random moment, and half of the time
just when something happens on Discord, because jobs get lost or duplicated between a request, its response and the
database. A killed bot is restarted at once, and may be killed during startup. With `--faults`, Discord fails as well:
connections break after their request took effect, servers return errors, tokens expire early, and after some kills of
the bot 16 minutes pass on Discord.

The benchmark counts what is on Discord in the end, and ignores the bot's own records. Each request has its own color,
which its painting shows.

- accepted: the bot acknowledged the interaction with "is thinking …", and Discord got that in time. Nothing that
  happens later takes a request out of this number. Requests refused at once are `refused`. Requests that nobody
  acknowledged, because no bot was running, are `unanswered`: Discord showed their member an error.
- delivered: accepted, and a message shows its painting.
- failed: accepted, and a message says why there is no painting.
- duplicated: a request, accepted or not, with two paintings, or with a painting and an error.
- lost: accepted, but neither delivered nor failed once everything has settled.
- stale: settled, but another message still shows the job as running.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import os
import random
import signal
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click
from PIL import Image
from rich.console import Console
from rich.progress import Progress as ProgressBar
from rich.table import Table

from benchmarks.bot_process import BotProcess, bot_fork_server
from tests.wire.discord_server import DiscordServer
from tests.wire.faults import Cut, Effect, rate_limited, server_error
from tests.wire.world import ACKNOWLEDGMENT_TIMEOUT_SECONDS, CallbackType, Interaction, Message, User, Watch

WORKERS = 2
WORKER_KILL_SHARE = 2 / 3
"""Share of kills that hit a worker. A killed bot takes its workers with it."""
STARTUP_KILL_SHARE = 0.2
"""Share of kills during startup that are carried out; with all of them, the bot would never get anything done."""
DIRECT_MESSAGE_INTERVAL = 5
"""Every fifth member uses direct messages."""
SIDE_PX = 64
SCAN_INTERVAL_SECONDS = 0.2
REQUEST_TIMEOUT_SECONDS = 60
"""After this, a member requests something else, whatever happened to the last request."""
ALL_SETTLED_TIMEOUT_SECONDS = 300
"""For everything accepted to be settled after the last kill."""
QUIET_SECONDS = 5.0
LONG_OUTAGE_SHARE = 0.2
LONG_OUTAGE_MINUTES = 16
"""Longer than tokens and nonces last: the bot has to look up what it posted."""
FAULTS: tuple[tuple[str, str, Effect], ...] = (
    ("POST", "/interactions/*/callback", Cut(after_processing=True)),
    ("POST", "/interactions/*/callback", server_error(502)),
    ("PATCH", "*/@original", Cut(after_processing=True)),
    ("PATCH", "*/@original", Cut(after_bytes=600)),
    ("PATCH", "*/@original", server_error(503)),
    ("PATCH", "*/@original", rate_limited(retry_after_seconds=0.5)),
    ("POST", "/channels/*/messages", Cut(after_processing=True)),
    ("POST", "/channels/*/messages", server_error(500, after_processing=True)),
    ("DELETE", "/channels/*/messages/*", server_error(500)),
    ("GET", "/channels/*/messages/*", Cut()),
    ("GET", "*attachments/*", Cut(after_bytes=50)),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The parameters of a run."""

    jobs: int
    members: int
    kills: int
    pause_seconds: float
    """Average time between two kills."""
    painting_seconds: float
    faults: bool
    seed: int
    quiet_seconds: float = QUIET_SECONDS
    """How long to watch for late duplicates in the end."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The final message to a request."""

    number: int
    sentence: str | None
    """None if it shows the painting."""
    message: Message


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a run."""

    requested: int
    accepted: int
    delivered: int
    refused: int
    failed: Counter[str]
    """Number of failures by error message."""
    duplicated: tuple[str, ...]
    """Details of each of these requests, as in `lost` and `stale`."""
    lost: tuple[str, ...]
    stale: tuple[str, ...]
    bot_kills: int
    worker_kills: int

    @property
    def unanswered(self) -> int:
        return self.requested - self.accepted - self.refused

    @property
    def is_ok(self) -> bool:
        return not self.duplicated and not self.lost


class Ledger:
    """What Discord shows for each request."""

    def __init__(self, discord: DiscordServer) -> None:
        self._discord = discord
        self._painted: dict[tuple[int, int], int] = {}
        """Request number by message and edit, so that each painting is decoded only once."""
        self.requests: dict[int, Interaction] = {}
        self._watch = Watch()
        self._numbers: dict[int, int] = {}
        """Request number by interaction."""
        self.answers: dict[int, list[Answer]] = {}
        self.pending: dict[int, Message] = {}
        """Messages that show a job as running, by request."""

    @property
    def accepted(self) -> list[int]:
        return [number for number, request in self.requests.items() if request.acknowledged is CallbackType.DEFER]

    @property
    def open(self) -> list[int]:
        """Accepted requests without an answer."""
        return [number for number in self.accepted if number not in self.answers]

    def add(self, number: int, interaction: Interaction) -> None:
        self.requests[number] = interaction
        self._numbers[interaction.interaction_id] = number

    def scan(self) -> None:
        """Read all messages."""
        answers, pending = defaultdict(list), {}
        for message in self._discord.messages.values():
            if message.author is not self._discord.bot:
                continue
            if message.deleted:
                # A painting that was shown and deleted afterwards still counts as shown.
                for shown in {n for (message_id, _), n in self._painted.items() if message_id == message.message_id}:
                    answers[shown].append(Answer(shown, None, message))
                continue
            number = self._number_of(message)
            if number is None:
                continue
            if _is_pending(message):
                pending[number] = message
            else:
                answers[number].append(Answer(number, None if _painting_on(message) else message.text, message))
        self.answers, self.pending = dict(answers), pending
        self._watch.changed()

    async def wait_until(self, condition: Callable[[], bool], *, timeout_seconds: float) -> None:
        """Scan until a condition is true or the time is up."""
        with suppress(AssertionError):
            await self._watch.wait_until(condition, what="answer", timeout_seconds=timeout_seconds)

    def _number_of(self, message: Message) -> int | None:
        """Return the request that a message answers, by its painting or else by its interaction.

        None if it has neither: nobody on Discord could tell what it is about either.
        """
        if (painting := _painting_on(message)) is not None:
            version = (message.message_id, message.edits)
            if version not in self._painted:
                self._painted[version] = _number_in(message.file(painting))
            return self._painted[version]
        interaction_id = int(message.nonce or 0) if message.interaction is None else message.interaction.interaction_id
        return self._numbers.get(interaction_id)


@dataclass(slots=True, eq=False)
class Chaos:
    """One run: members, a bot that is restarted over and over, and its killer."""

    plan: Plan
    discord: DiscordServer
    data_dir: Path
    log: BinaryIO | None
    on_kill: Callable[[], object]
    ledger: Ledger = field(init=False)
    rng: random.Random = field(init=False)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    bot: BotProcess | None = None
    bot_kills: int = 0
    worker_kills: int = 0

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.discord)
        self.rng = random.Random(self.plan.seed)  # noqa: S311 - makes a run repeatable, as far as processes allow

    async def run(self) -> Outcome:
        members = [self.discord.join(f"member-{number}") for number in range(self.plan.members)]
        async with asyncio.TaskGroup() as group:
            background = [group.create_task(self._keep_bot_alive()), group.create_task(self._keep_scanning())]
            if self.plan.faults:
                background.append(group.create_task(self._break_things()))
            requesting = [group.create_task(self._keep_requesting(member)) for member in members]
            await self._kill()
            await asyncio.wait(requesting)
            if self.plan.faults:
                background.pop().cancel()
            self.discord.faults.clear()
            await self.ledger.wait_until(lambda: not self.ledger.open, timeout_seconds=ALL_SETTLED_TIMEOUT_SECONDS)
            await asyncio.sleep(self.plan.quiet_seconds)
            for task in background:
                task.cancel()
        self.ledger.scan()
        return self._outcome()

    def _details(self, number: int) -> str:
        """Describe a request for debugging."""
        request, pending = self.ledger.requests[number], self.ledger.pending.get(number)
        messages = [answer.message for answer in self.ledger.answers.get(number, [])] + ([pending] if pending else [])
        shown = "; ".join(
            f"{message!r} {'responded' if message.interaction else 'posted'}"
            f" {message.created_at - request.sent_at:.1f} s later"
            for message in messages
        )
        return f"{number}: {request!r} in {request.channel.name}: {shown or 'nothing'}"

    @property
    def _is_running(self) -> bool:
        """Whether members keep requesting: until there were enough kills and enough jobs."""
        return self._kills < self.plan.kills or len(self.ledger.accepted) < self.plan.jobs

    @property
    def _kills(self) -> int:
        return self.bot_kills + self.worker_kills

    async def _keep_bot_alive(self) -> None:
        async with bot_fork_server(
            self.discord,
            self.data_dir,
            painter="quick",
            workers=WORKERS,
            painting_seconds=self.plan.painting_seconds,
            log=self.log,
            ATELIER_LOG__FORMAT="json",
        ) as fork_server:
            while True:
                self.bot = await fork_server.start()
                await self.bot.ended()
                self.bot = None

    async def _keep_scanning(self) -> None:
        while True:
            self.ledger.scan()
            await asyncio.sleep(SCAN_INTERVAL_SECONDS)

    async def _keep_requesting(self, member: User) -> None:
        while self._is_running:
            try:
                number = await self._request(member)
            except AssertionError:  # no bot was running for half a minute
                continue
            request = self.ledger.requests[number]
            with suppress(AssertionError):
                await request.wait_until_acknowledged(timeout_seconds=ACKNOWLEDGMENT_TIMEOUT_SECONDS)
                await self.ledger.wait_until(partial(self._is_over, number), timeout_seconds=REQUEST_TIMEOUT_SECONDS)

    def _is_over(self, number: int) -> bool:
        return number in self.ledger.answers or not self._is_running

    async def _request(self, member: User) -> int:
        discord = self.discord
        await discord.gateway.wait_until_ready()
        number = next(self.numbers)
        uses_direct_messages = member.user_id % DIRECT_MESSAGE_INTERVAL == 0
        interaction = await discord.slash(
            member,
            discord.direct_channel(member) if uses_direct_messages else discord.general,
            "stylize",
            content=("photo.png", _picture_of(number)),
            style=("style.png", _picture_of(0xFFFFFF)),
            size=SIDE_PX,
        )
        self.ledger.add(number, interaction)
        return number

    async def _kill(self) -> None:
        while self._kills < self.plan.kills:
            await asyncio.sleep(self.rng.expovariate(1 / self.plan.pause_seconds))
            if self.rng.random() < 0.5:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.discord.watch.next_change(), self.plan.pause_seconds)
            if self.bot is None or not (self.discord.gateway.ready or self.rng.random() < STARTUP_KILL_SHARE):
                continue
            if self.rng.random() < WORKER_KILL_SHARE:
                if not (workers := self.bot.workers):
                    continue
                with suppress(ProcessLookupError):
                    os.kill(self.rng.choice(workers), signal.SIGKILL)
                self.worker_kills += 1
            else:
                self.bot.kill()
                self.bot_kills += 1
                if self.plan.faults and self.rng.random() < LONG_OUTAGE_SHARE:
                    self.discord.clock.advance(minutes=LONG_OUTAGE_MINUTES)
            self.on_kill()

    async def _break_things(self) -> None:
        while True:
            await asyncio.sleep(self.rng.expovariate(1 / self.plan.pause_seconds))
            fault = self.rng.choice([None, *FAULTS])
            if fault is None:
                self.discord.expire_tokens()
            else:
                self.discord.inject(*fault)

    def _outcome(self) -> Outcome:
        ledger = self.ledger
        accepted, answers = set(ledger.accepted), ledger.answers
        failures = [
            answer.sentence.splitlines()[-1]
            for number in accepted
            for answer in answers.get(number, [])
            if answer.sentence
        ]
        return Outcome(
            requested=len(ledger.requests),
            accepted=len(accepted),
            delivered=sum(any(a.sentence is None for a in answers.get(number, [])) for number in accepted),
            refused=sum(request.acknowledged is CallbackType.MESSAGE for request in ledger.requests.values()),
            failed=Counter(failures),
            duplicated=tuple(self._details(number) for number, given in sorted(answers.items()) if len(given) > 1),
            lost=tuple(self._details(number) for number in ledger.open),
            stale=tuple(self._details(number) for number in sorted(ledger.pending.keys() & accepted & answers.keys())),
            bot_kills=self.bot_kills,
            worker_kills=self.worker_kills,
        )


def _picture_of(number: int) -> bytes:
    """Return a picture in the color that stands for a request."""
    buffer = io.BytesIO()
    Image.new("RGB", (SIDE_PX, SIDE_PX), (number >> 16 & 255, number >> 8 & 255, number & 255)).save(buffer, "PNG")
    return buffer.getvalue()


def _number_in(painting: bytes) -> int:
    with Image.open(io.BytesIO(painting)) as opened:
        red, green, blue = opened.convert("RGB").tobytes()[:3]
    return red << 16 | green << 8 | blue


def _painting_on(message: Message) -> str | None:
    return next((name for name in message.filenames if name.startswith("painting.")), None)


def _is_pending(message: Message) -> bool:
    return message.loading or any(button.label == "Cancel" for button in message.buttons)


async def run_chaos(
    plan: Plan, *, log: BinaryIO | None = None, on_kill: Callable[[], object] = lambda: None
) -> Outcome:
    """Carry out a run, and return its outcome. The bot writes its log to `log`."""
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordServer() as discord:
            return await Chaos(plan, discord, Path(folder), log, on_kill).run()


@click.command()
@click.option("--jobs", type=click.IntRange(1), default=300, show_default=True, help="Minimum of accepted jobs.")
@click.option("--members", type=click.IntRange(1), default=20, show_default=True)
@click.option("--kills", type=click.IntRange(0), default=200, show_default=True)
@click.option("--pause-seconds", type=click.FloatRange(0.01), default=3.0, show_default=True, help="Between kills.")
@click.option("--painting-seconds", type=click.FloatRange(0), default=0.5, show_default=True, help="Per job.")
@click.option("--faults/--no-faults", default=True, show_default=True, help="Let Discord fail as well.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the random choices.")
@click.option("--log", type=click.File("wb"), help="Where the bots write their logs.")
def main(log: BinaryIO | None, **numbers: float) -> None:
    """Kill the bot and workers while members paint, and count outcomes. Exit code 1 if a job is lost or duplicated."""
    plan = Plan(**numbers)  # type: ignore[arg-type]  # click has converted each of them
    with ProgressBar(console=Console(stderr=True)) as bar:
        task = bar.add_task("kills", total=plan.kills)
        outcome = asyncio.run(run_chaos(plan, log=log, on_kill=lambda: bar.advance(task)))
    table = Table("", "requests", title=f"{outcome.bot_kills} bots and {outcome.worker_kills} workers killed")
    for name, count in (
        ("accepted", outcome.accepted),
        ("delivered", outcome.delivered),
        ("failed", outcome.failed.total()),
        ("duplicated", len(outcome.duplicated)),
        ("lost", len(outcome.lost)),
        ("refused", outcome.refused),
        ("unanswered", outcome.unanswered),
        ("stale", len(outcome.stale)),
    ):
        table.add_row(name, str(count))
    console = Console()
    console.print(table)
    for name, requests in (("duplicated", outcome.duplicated), ("lost", outcome.lost), ("stale", outcome.stale)):
        for request in requests:
            console.print(f"{name} {request}", markup=False, soft_wrap=True)
    for sentence, count in outcome.failed.most_common():
        console.print(f"{count} failed: {sentence}", markup=False, soft_wrap=True)
    sys.exit(0 if outcome.is_ok else 1)


if __name__ == "__main__":
    main()
