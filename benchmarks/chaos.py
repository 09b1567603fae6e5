"""Bot and workers are killed again and again: `python -m benchmarks.chaos --help`.

Members order paintings on the stand-in for Discord from a bot that is a process of its own, with real worker processes
and a quick painter. Meanwhile SIGKILL strikes the bot or a worker: half of the time at any moment, and half of the time
just when something happens on Discord, because it is between a request, its answer and the database that a job gets
lost or done twice. A killed bot is started again at once, and may be killed while it starts. With `--faults`, Discord
fails as well: answers are cut off after their request took effect, servers break down, tokens run out early, and for
some of the killed bots 16 minutes pass on Discord before the next one.

What is counted is what stands on Discord in the end; the bot's own bookkeeping is not asked. Each order has a colour of
its own, and its painting shows it.

- accepted: the bot acknowledged the interaction by "is thinking …", and Discord took that in time. Nothing that happens
  later takes an order out of this number. Those that are answered by a refusal at once are `refused`, those that nobody
  acknowledged, because no bot was there, are `unanswered`: their member was told by Discord that it failed.
- delivered: accepted, and one message shows its painting.
- told: accepted, and one message says instead why there is none.
- delivered twice: an order, accepted or not, with two paintings, or with a painting and a sentence.
- lost: accepted, and neither delivered nor told when all has calmed down.
- stale: settled, and yet another message still promises that something will come.
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

from benchmarks.bot_process import BotProcess, bot_nursery
from tests.wire.discord_server import DiscordServer
from tests.wire.faults import Cut, Effect, broken, rate_limited
from tests.wire.world import ACKNOWLEDGE_WITHIN_SECONDS, CallbackType, Interaction, Message, User, Watch

WORKERS = 2
WORKERS_SHARE = 2 / 3
"""Of the kills. Each bot that is killed takes its workers with it."""
STARTING_SHARE = 0.2
"""Of the kills that would strike while the bot starts: it would never come to anything otherwise."""
DIRECT_SHARE = 5
"""Every fifth member writes to the bot directly."""
SIDE_PX = 64
READ_EVERY_SECONDS = 0.2
PATIENCE_SECONDS = 60
"""After which a member orders something else, whatever became of the last one."""
CALM_WITHIN_SECONDS = 300
"""For all that was accepted to be settled, once nothing is killed any more."""
QUIET_SECONDS = 5
"""Nothing may follow for so long after the last answer."""
LONG_AWAY_SHARE = 0.2
LONG_AWAY_MINUTES = 16
"""Beyond the life of tokens and of what guards against a second message: the bot has to look for itself."""
FAULTS: tuple[tuple[str, str, Effect], ...] = (
    ("POST", "/interactions/*/callback", Cut(after_processing=True)),
    ("POST", "/interactions/*/callback", broken(502)),
    ("PATCH", "*/@original", Cut(after_processing=True)),
    ("PATCH", "*/@original", Cut(after_bytes=600)),
    ("PATCH", "*/@original", broken(503)),
    ("PATCH", "*/@original", rate_limited(retry_after_seconds=0.5)),
    ("POST", "/channels/*/messages", Cut(after_processing=True)),
    ("POST", "/channels/*/messages", broken(500, after_processing=True)),
    ("DELETE", "/channels/*/messages/*", broken(500)),
    ("GET", "/channels/*/messages/*", Cut()),
    ("GET", "*attachments/*", Cut(after_bytes=50)),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of what."""

    jobs: int
    members: int
    kills: int
    pause_seconds: float
    """Between two kills, on average."""
    painting_seconds: float
    faults: bool
    seed: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a message that promises nothing any more says to an order."""

    number: int
    sentence: str | None
    """None where it shows the painting."""
    message: Message


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it all ended."""

    ordered: int
    accepted: int
    delivered: int
    refused: int
    told: Counter[str]
    """How many read which sentence."""
    twice: tuple[str, ...]
    """What is known of each of these orders, as of those in `lost` and `stale`."""
    lost: tuple[str, ...]
    stale: tuple[str, ...]
    bot_kills: int
    worker_kills: int

    @property
    def unanswered(self) -> int:
        return self.ordered - self.accepted - self.refused

    @property
    def is_fine(self) -> bool:
        return not self.twice and not self.lost


class Ledger:
    """What Discord shows of all orders."""

    def __init__(self, discord: DiscordServer) -> None:
        self._discord = discord
        self._painted: dict[tuple[int, int], int] = {}
        """By message and edit, so that no painting is decoded again and again."""
        self.orders: dict[int, Interaction] = {}
        self._watch = Watch()
        self._numbers: dict[int, int] = {}
        """By interaction."""
        self.answers: dict[int, list[Answer]] = {}
        self.promises: dict[int, Message] = {}
        """By orders, a message that promises something."""

    @property
    def accepted(self) -> list[int]:
        return [number for number, order in self.orders.items() if order.acknowledged is CallbackType.DEFER]

    @property
    def open(self) -> list[int]:
        """Accepted orders that have no answer."""
        return [number for number in self.accepted if number not in self.answers]

    def order(self, number: int, interaction: Interaction) -> None:
        self.orders[number] = interaction
        self._numbers[interaction.interaction_id] = number

    def read(self) -> None:
        """Look at every message."""
        answers, promises = defaultdict(list), {}
        for message in self._discord.messages.values():
            if message.author is not self._discord.bot:
                continue
            if message.deleted:
                # A painting that was shown and taken away again was shown all the same.
                for shown in {n for (message_id, _), n in self._painted.items() if message_id == message.message_id}:
                    answers[shown].append(Answer(shown, None, message))
                continue
            number = self._number_of(message)
            if number is None:
                continue
            if _is_a_promise(message):
                promises[number] = message
            else:
                answers[number].append(Answer(number, None if _painting_on(message) else message.text, message))
        self.answers, self.promises = dict(answers), promises
        self._watch.changed()

    async def until(self, comes_true: Callable[[], bool], *, timeout_seconds: float) -> None:
        """Wait for something that a look at the messages brings, or not any longer."""
        with suppress(AssertionError):
            await self._watch.until(comes_true, what="The answer", timeout_seconds=timeout_seconds)

    def _number_of(self, message: Message) -> int | None:
        """The order that a message answers: the one whose painting it shows, else the one whose interaction it names.

        Where a message shows neither, nobody on Discord could tell.
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
    """Members, a bot that is started again and again, and whoever kills it."""

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
        self.rng = random.Random(self.plan.seed)  # noqa: S311 - a run can be repeated, as far as processes let it

    async def run(self) -> Outcome:
        members = [self.discord.join(f"member-{number}") for number in range(self.plan.members)]
        async with asyncio.TaskGroup() as group:
            always = [group.create_task(self._keep_bot_alive()), group.create_task(self._read_again_and_again())]
            if self.plan.faults:
                always.append(group.create_task(self._break_things()))
            coming = [group.create_task(self._order_again_and_again(member)) for member in members]
            await self._kill()
            await asyncio.wait(coming)
            if self.plan.faults:
                always.pop().cancel()
            self.discord.faults.clear()
            await self.ledger.until(lambda: not self.ledger.open, timeout_seconds=CALM_WITHIN_SECONDS)
            await asyncio.sleep(QUIET_SECONDS)
            for task in always:
                task.cancel()
        self.ledger.read()
        return self._outcome()

    def _details(self, number: int) -> str:
        """All that is known of an order, to find out why."""
        order, promise = self.ledger.orders[number], self.ledger.promises.get(number)
        messages = [answer.message for answer in self.ledger.answers.get(number, [])] + ([promise] if promise else [])
        shown = "; ".join(
            f"{message!r} {'answers it' if message.interaction else 'posted'}"
            f" {message.created_at - order.sent_at:.1f} s later"
            for message in messages
        )
        return f"{number}: {order!r} in {order.channel.name}: {shown or 'nothing'}"

    @property
    def _goes_on(self) -> bool:
        """Whether members still come: until there were so many jobs, and as long as something is killed."""
        return self._kills < self.plan.kills or len(self.ledger.accepted) < self.plan.jobs

    @property
    def _kills(self) -> int:
        return self.bot_kills + self.worker_kills

    async def _keep_bot_alive(self) -> None:
        async with bot_nursery(
            self.discord,
            self.data_dir,
            painter="quick",
            workers=WORKERS,
            painting_seconds=self.plan.painting_seconds,
            log=self.log,
            ATELIER_LOG__FORMAT="json",
        ) as nursery:
            while True:
                self.bot = await nursery.start()
                await self.bot.ended()
                self.bot = None

    async def _read_again_and_again(self) -> None:
        while True:
            self.ledger.read()
            await asyncio.sleep(READ_EVERY_SECONDS)

    async def _order_again_and_again(self, member: User) -> None:
        while self._goes_on:
            try:
                number = await self._order(member)
            except AssertionError:  # no bot was there for half a minute
                continue
            order = self.ledger.orders[number]
            with suppress(AssertionError):
                await order.until_acknowledged(timeout_seconds=ACKNOWLEDGE_WITHIN_SECONDS)
                await self.ledger.until(partial(self._is_over, number), timeout_seconds=PATIENCE_SECONDS)

    def _is_over(self, number: int) -> bool:
        return number in self.ledger.answers or not self._goes_on

    async def _order(self, member: User) -> int:
        discord = self.discord
        await discord.gateway.until_ready()
        number = next(self.numbers)
        direct = member.user_id % DIRECT_SHARE == 0
        order = await discord.slash(
            member,
            discord.direct_channel(member) if direct else discord.general,
            "stylize",
            content=("photo.png", _picture_of(number)),
            style=("style.png", _picture_of(0xFFFFFF)),
            size=SIDE_PX,
        )
        self.ledger.order(number, order)
        return number

    async def _kill(self) -> None:
        while self._kills < self.plan.kills:
            await asyncio.sleep(self.rng.expovariate(1 / self.plan.pause_seconds))
            if self.rng.random() < 0.5:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.discord.watch.next_change(), self.plan.pause_seconds)
            if self.bot is None or not (self.discord.gateway.ready or self.rng.random() < STARTING_SHARE):
                continue
            if self.rng.random() < WORKERS_SHARE:
                if not (workers := self.bot.workers):
                    continue
                with suppress(ProcessLookupError):
                    os.kill(self.rng.choice(workers), signal.SIGKILL)
                self.worker_kills += 1
            else:
                self.bot.kill()
                self.bot_kills += 1
                if self.plan.faults and self.rng.random() < LONG_AWAY_SHARE:
                    self.discord.clock.advance(minutes=LONG_AWAY_MINUTES)
            self.on_kill()

    async def _break_things(self) -> None:
        while True:
            await asyncio.sleep(self.rng.expovariate(1 / self.plan.pause_seconds))
            what = self.rng.choice([None, *FAULTS])
            if what is None:
                self.discord.let_tokens_run_out()
            else:
                self.discord.next(*what)

    def _outcome(self) -> Outcome:
        ledger = self.ledger
        accepted, answers = set(ledger.accepted), ledger.answers
        told = [
            answer.sentence.splitlines()[-1]
            for number in accepted
            for answer in answers.get(number, [])
            if answer.sentence
        ]
        return Outcome(
            ordered=len(ledger.orders),
            accepted=len(accepted),
            delivered=sum(any(a.sentence is None for a in answers.get(number, [])) for number in accepted),
            refused=sum(order.acknowledged is CallbackType.MESSAGE for order in ledger.orders.values()),
            told=Counter(told),
            twice=tuple(self._details(number) for number, given in sorted(answers.items()) if len(given) > 1),
            lost=tuple(self._details(number) for number in ledger.open),
            stale=tuple(self._details(number) for number in sorted(ledger.promises.keys() & accepted & answers.keys())),
            bot_kills=self.bot_kills,
            worker_kills=self.worker_kills,
        )


def _picture_of(number: int) -> bytes:
    """The picture of an order: all of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (SIDE_PX, SIDE_PX), (number >> 16 & 255, number >> 8 & 255, number & 255)).save(buffer, "PNG")
    return buffer.getvalue()


def _number_in(painting: bytes) -> int:
    with Image.open(io.BytesIO(painting)) as opened:
        red, green, blue = opened.convert("RGB").tobytes()[:3]
    return red << 16 | green << 8 | blue


def _painting_on(message: Message) -> str | None:
    return next((name for name in message.filenames if name.startswith("painting.")), None)


def _is_a_promise(message: Message) -> bool:
    return message.loading or any(button.label == "Cancel" for button in message.buttons)


async def run_chaos(
    plan: Plan, *, log: BinaryIO | None = None, on_kill: Callable[[], object] = lambda: None
) -> Outcome:
    """Let it happen, and see how it ends. The bot writes its log to `log`."""
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordServer() as discord:
            return await Chaos(plan, discord, Path(folder), log, on_kill).run()


@click.command()
@click.option("--jobs", type=click.IntRange(1), default=300, show_default=True, help="Accepted ones, at least.")
@click.option("--members", type=click.IntRange(1), default=20, show_default=True)
@click.option("--kills", type=click.IntRange(0), default=200, show_default=True)
@click.option("--pause-seconds", type=click.FloatRange(0.01), default=3.0, show_default=True, help="Between two kills.")
@click.option("--painting-seconds", type=click.FloatRange(0), default=0.5, show_default=True, help="For each job.")
@click.option("--faults/--no-faults", default=True, show_default=True, help="Let Discord fail as well.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of what is chosen at random.")
@click.option("--log", type=click.File("wb"), help="Where the bots write their logs.")
def main(log: BinaryIO | None, **numbers: float) -> None:
    """Kill bot and workers while members paint, and count what comes of it. Exit code 1 if a job is lost or doubled."""
    plan = Plan(**numbers)  # type: ignore[arg-type]  # click has made each what its option says
    with ProgressBar(console=Console(stderr=True)) as bar:
        task = bar.add_task("kills", total=plan.kills)
        outcome = asyncio.run(run_chaos(plan, log=log, on_kill=lambda: bar.advance(task)))
    table = Table("", "orders", title=f"{outcome.bot_kills} bots and {outcome.worker_kills} workers killed")
    for name, count in (
        ("accepted", outcome.accepted),
        ("delivered", outcome.delivered),
        ("told", outcome.told.total()),
        ("delivered twice", len(outcome.twice)),
        ("lost", len(outcome.lost)),
        ("refused", outcome.refused),
        ("unanswered", outcome.unanswered),
        ("stale", len(outcome.stale)),
    ):
        table.add_row(name, str(count))
    console = Console()
    console.print(table)
    for name, orders in (("twice", outcome.twice), ("lost", outcome.lost), ("stale", outcome.stale)):
        for order in orders:
            console.print(f"{name} {order}", markup=False, soft_wrap=True)
    for sentence, count in outcome.told.most_common():
        console.print(f"{count} were told: {sentence}", markup=False, soft_wrap=True)
    sys.exit(0 if outcome.is_fine else 1)


if __name__ == "__main__":
    main()
