"""Let 500 members vote at once while the bot is killed and voting closes: `python -m benchmarks.ballots --help`.

A process of its own holds the votes and the database, as the bot does, but without Discord. All members come within two
seconds, and again after each restart. They look at what they are shown for a moment, then press: three of four times in
a challenge with duels and else in one with favorites. Each press is sent twice. SIGKILL hits the process a few times,
and it is started again. Then both challenges end in the middle of everything, and members go on pressing for a while.
Whatever was counted right after the transaction that ended the voting is what counts.

- A vote that was acknowledged as counted has to be among what counts, exactly once.
- What counts may not change afterwards.
- Presses that got no answer, because the process was killed, may count or not, but only once.

Prints how long answers took, from a press to its answer, while voting was open and the process was up; presses just
after a start, which have to wait until everything is read again, are among them. The 99th percentile has to be below a
second. How many votes a second are possible is measured without kills, while members press as soon as they have an
answer. Then measures how long the first vote after a start takes in a challenge with 500 entries and 5,000 voters, and
for how long it stalls the event loop; these are times of the processor. Exits with 1 if a limit is exceeded, or a vote
is lost or counted wrongly. Answers come as fast as measured only if the machine does nothing else.

PostgreSQL runs as a temporary server that doesn't sync the disk. Only processes are killed, so that is no less safe
here, but faster; SQLite syncs, as it always does in the bot.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import random
import signal
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from benchmarks.targets import Target, percentile
from bot.challenges.ballot import Cast
from bot.challenges.challenge import Challenge, Phase, Voting
from bot.challenges.duel import Outcome
from bot.challenges.eligibility import Applicant
from bot.challenges.voting import BlindVoting
from bot.errors import VotingClosed
from bot.storage.ballots import BallotRecords
from bot.storage.challenges import ChallengeRecords
from bot.storage.engine import open_database
from bot.storage.entries import EntryRecords
from bot.storage.jobs import JobRecords
from bot.storage.models import ChallengeDuelRow, ChallengeVoterRow
from bot.storage.sessions import Sessions
from tests.bot.challenges.making import make_challenge, make_entry
from tests.postgres import MISSING, PostgresServer, postgres_programs

GUILD_ID = 10
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MAX_ANSWER_SECONDS = 1.0
"""For 99 of 100 presses."""
MAX_FIRST_VOTE_SECONDS = 2.0
"""Discord waits three, but the press is acknowledged before."""
MAX_STALL_SECONDS = 0.25
"""How long the event loop may do nothing else meanwhile."""
VOTES_PER_MEMBER = 3
FAVORITES_SHARE = 0.25
ARRIVAL_SECONDS = 2.0
"""All come within this time."""
LOOK_SECONDS = (1.0, 3.0)
"""How long a member looks at what they are shown."""
FASTEST_SECONDS = 10.0
"""How long members press as soon as they have an answer."""
PRESSES_AFTER_CLOSE = 3
"""How often each member presses once voting is over."""
MANY_ENTRIES, MANY_VOTERS, DUELS_EACH = 500, 5000, 20
START_TIMEOUT_SECONDS = 60
LINE_LIMIT_BYTES = 2**24

Kind: TypeAlias = Literal["sqlite", "postgres"]


class Killed(Exception):
    """The process was killed before it answered."""


# What follows runs in the process that is killed.


class Booth:
    """Answers presses, and ends challenges, for lines of JSON."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._challenges = ChallengeRecords(sessions)
        self._ballots = BallotRecords(sessions)
        self._voting = voting_of(sessions)

    async def answer(self, press: dict[str, Any]) -> dict[str, Any]:
        """Do what a press asks for."""
        now = self._voting.now()
        if press["do"] == "close":
            return await self._close(press["challenge"])
        challenge_id, applicant = press["challenge"], applicant_of(press["member"])
        try:
            if press["do"] in {"vote", "take_back"}:
                change = self._voting.vote if press["do"] == "vote" else self._voting.take_back
                turn = await change(challenge_id, press["number"], applicant, now=now)
                return {"counted": turn.cast is Cast.COUNTED, "votes": sorted(turn.votes)}
            if press["do"] == "answer":
                outcome = Outcome(press["outcome"])
                shown = await self._voting.answer(challenge_id, press["duel"], outcome, applicant, now=now)
            else:
                shown = await self._voting.next_duel(challenge_id, applicant, now=now)
        except VotingClosed:
            return {"closed": True}
        return {"counted": shown.is_counted, "duel": None if shown.pair is None else shown.pair.duel_id}

    async def _close(self, challenge_id: str) -> dict[str, Any]:
        """End the voting of a challenge, and return what counts."""
        await self._challenges.change(challenge_id, {Phase.VOTING}, phase=Phase.COUNTING)
        return {"counts": await counted_votes(self._ballots, challenge_id)}


def voting_of(sessions: Sessions) -> BlindVoting:
    """The votes in a database."""
    return BlindVoting(
        challenges=ChallengeRecords(sessions),
        entries=EntryRecords(sessions),
        jobs=JobRecords(sessions),
        ballots=BallotRecords(sessions),
        now=lambda: datetime.now(UTC),
    )


def applicant_of(member_id: int) -> Applicant:
    """A member who may vote."""
    return Applicant(member_id, GUILD_ID, account_created_at=LONG_AGO, joined_at=LONG_AGO)


async def counted_votes(ballots: BallotRecords, challenge_id: str) -> dict[str, Any]:
    """Every answered duel with its answer, and the favorites of every ballot."""
    found = await ballots.ballots(challenge_id)
    duels = {shown.duel_id: shown.duel.outcome for ballot in found for shown in ballot.duels}
    return {"duels": duels, "votes": {ballot.ballot_id: sorted(ballot.votes) for ballot in found if ballot.votes}}


async def serve(url: str) -> None:
    """Answer lines on standard input until it ends; all at the same time."""
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader(limit=LINE_LIMIT_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with open_database(url) as sessions, asyncio.TaskGroup() as answering:
        booth = Booth(sessions)

        async def answer(press: dict[str, Any]) -> None:
            print(json.dumps({"id": press["id"], **await booth.answer(press)}), flush=True)

        print("ready", flush=True)
        while line := await reader.readline():
            answering.create_task(answer(json.loads(line)))


# What follows is the members' side.


class Process:
    """The process that holds the votes: killed, started again, and asked."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._process: asyncio.subprocess.Process | None = None
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ids = itertools.count()
        self._reading: asyncio.Task[None] | None = None
        self.is_up = asyncio.Event()

    async def start(self) -> None:
        """Start it, and return when it answers."""
        command = (sys.executable, "-m", "benchmarks.ballots", "--serve", self._url)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=LINE_LIMIT_BYTES)
        self._process = process
        output = process.stdout
        async with asyncio.timeout(START_TIMEOUT_SECONDS):
            if output is None or await output.readline() != b"ready\n":
                raise RuntimeError("The process that holds the votes didn't start.")
        self._reading = asyncio.create_task(self._read(output))
        self.is_up.set()

    async def kill(self) -> None:
        """Kill it, and requests in flight get `Killed`."""
        self.is_up.clear()
        if self._process is not None and self._reading is not None:
            self._process.kill()
            await self._process.wait()
            await self._reading

    async def ask(self, **press: Any) -> dict[str, Any]:
        """Send something, and return the answer. Raises `Killed`."""
        await self.is_up.wait()
        number, answered = next(self._ids), asyncio.get_running_loop().create_future()
        self._waiting[number] = answered
        if self._process is None or self._process.stdin is None:
            raise Killed
        self._process.stdin.write(json.dumps({"id": number, **press}).encode() + b"\n")
        answer: dict[str, Any] = await answered
        return answer

    async def _read(self, output: asyncio.StreamReader) -> None:
        while (line := await output.readline()).endswith(b"\n"):
            answer = json.loads(line)
            self._waiting.pop(answer["id"]).set_result(answer)
        for answered in self._waiting.values():
            answered.set_exception(Killed())
        self._waiting.clear()


@dataclass(slots=True)
class Ledger:
    """What members were told."""

    duels: dict[str, str] = field(default_factory=dict)
    """The answers to duels that were acknowledged as counted."""
    favorites: dict[tuple[int, int], bool] = field(default_factory=dict)
    """Whether a member's vote for an entry counts, as far as that is known."""
    seconds: list[float] = field(default_factory=list)
    """How long each answer took before the end."""
    counted: int = 0
    """Acknowledged votes."""
    problems: Counter[str] = field(default_factory=Counter)
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The parameters of a run."""

    members: int
    entries: int
    seconds: float
    kills: int = 0
    is_paced: bool = True
    """Whether members look at what they are shown before they press."""


class Member:
    """Presses, each time twice."""

    def __init__(
        self, member_id: int, process: Process, ledger: Ledger, challenges: Sequence[Challenge], plan: Plan
    ) -> None:
        self._id = member_id
        self._process = process
        self._ledger = ledger
        self._duels, self._favorites = challenges
        self._plan = plan
        self._chance = random.Random(member_id)  # noqa: S311 - the same presses every time
        self._duel_id: str | None = None
        self._votes: set[int] = set()

    async def run(self) -> None:
        """Press until voting is over, and a few times more."""
        left, is_there = PRESSES_AFTER_CLOSE, False
        while left:
            await self._pause(is_there=is_there)
            left -= self._ledger.is_closed
            is_there = self._process.is_up.is_set()
            if not is_there:  # the press is lost, and they come back when the process does
                await self._process.is_up.wait()
                continue
            try:
                await (self._press_favorite() if self._chance.random() < FAVORITES_SHARE else self._press_duel())
            except Killed:
                is_there = False

    async def _pause(self, *, is_there: bool) -> None:
        """Look at what is shown; or before the first press, come when others come."""
        if self._plan.is_paced:
            await asyncio.sleep(self._chance.uniform(*(LOOK_SECONDS if is_there else (0.0, ARRIVAL_SECONDS))))

    async def _press_duel(self) -> None:
        if self._duel_id is None:
            [answer] = await self._press(1, do="next", challenge=self._duels.challenge_id)
            self._duel_id = answer.get("duel")
            return
        duel_id, outcome = self._duel_id, self._chance.choice(list(Outcome)).value
        self._duel_id = None  # if there is no answer, the member presses Vote again
        press = {"challenge": self._duels.challenge_id, "duel": duel_id, "outcome": outcome}
        answers = await self._press(2, do="answer", **press)
        counted = sum(answer.get("counted", False) for answer in answers)
        if counted > 1 or (counted and duel_id in self._ledger.duels):
            self._ledger.problems["duels acknowledged twice"] += 1
        if counted:
            self._ledger.duels[duel_id] = outcome
            self._ledger.counted += 1
        self._duel_id = next((answer["duel"] for answer in answers if answer.get("duel")), None)

    async def _press_favorite(self) -> None:
        if len(self._votes) >= VOTES_PER_MEMBER or (self._votes and self._chance.random() < 0.3):
            number, do = self._chance.choice(sorted(self._votes)), "take_back"
        else:
            number, do = self._chance.randint(1, self._plan.entries), "vote"
        key = (self._id, number)
        known = self._ledger.favorites.pop(key, None)  # until the press is answered, nobody knows
        answers = await self._press(2, do=do, challenge=self._favorites.challenge_id, number=number)
        if all(answer.get("closed") for answer in answers):
            if known is not None:
                self._ledger.favorites[key] = known
            return
        if sum(answer.get("counted", False) for answer in answers) > 1:
            self._ledger.problems["favorites acknowledged twice"] += 1
        self._ledger.counted += any(answer.get("counted") for answer in answers)
        last = next(answer for answer in reversed(answers) if not answer.get("closed"))
        self._votes = set(last["votes"])
        self._ledger.favorites[key] = number in self._votes

    async def _press(self, times: int, **press: Any) -> list[dict[str, Any]]:
        """Send a press so many times. Raises `Killed` if any copy got no answer."""
        await self._process.is_up.wait()
        copies = [asyncio.create_task(self._timed(member=self._id, **press)) for _ in range(times)]
        answers = await asyncio.gather(*copies, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                self._note_partial([other for other in answers if isinstance(other, dict)], press)
                raise answer
        return [answer for answer in answers if isinstance(answer, dict)]

    def _note_partial(self, answers: list[dict[str, Any]], press: dict[str, Any]) -> None:
        """One copy was answered before the process was killed: what it said holds."""
        if press["do"] == "answer" and any(answer.get("counted") for answer in answers):
            self._ledger.duels[press["duel"]] = press["outcome"]
            self._ledger.counted += 1

    async def _timed(self, **press: Any) -> dict[str, Any]:
        began = time.perf_counter()
        answer = await self._process.ask(**press)
        if not self._ledger.is_closed:
            self._ledger.seconds.append(time.perf_counter() - began)
        return answer


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a run has shown."""

    presses: int
    votes: int
    votes_per_second: float
    answer_seconds: float
    """The 99th percentile."""
    median_seconds: float
    problems: Counter[str]


async def rush(url: str, plan: Plan) -> Outcomes:
    """Let everybody vote; kill the process, end the challenges, and compare what counts with what was acknowledged."""
    async with open_database(url) as sessions:
        challenges = [await open_voting(sessions, voting, plan.entries) for voting in Voting]
    process, ledger = Process(url), Ledger()
    await process.start()
    up_seconds = 0.0
    chance = random.Random(1)  # noqa: S311 - the same pauses between kills every time
    async with asyncio.TaskGroup() as everybody:
        for member_id in range(1, plan.members + 1):
            everybody.create_task(Member(member_id, process, ledger, challenges, plan).run())
        for is_last in (*[False] * plan.kills, True):
            began = time.perf_counter()
            await asyncio.sleep(plan.seconds / (plan.kills + 1) * chance.uniform(0.8, 1.2))
            up_seconds += time.perf_counter() - began
            if not is_last:
                await process.kill()
                await process.start()
        counts = [await process.ask(do="close", challenge=challenge.challenge_id) for challenge in challenges]
        ledger.is_closed = True
    await process.kill()
    async with open_database(url) as sessions:
        ballots = BallotRecords(sessions)
        after = [await counted_votes(ballots, challenge.challenge_id) for challenge in challenges]
        by_member = await ballots.by_member(challenges[1].challenge_id)
    theirs = {member_id: ballot.votes for member_id, ballot in by_member.items()}
    changed = [answer["counts"] != now for answer, now in zip(counts, after, strict=True)]
    ledger.problems["challenges that changed after the end"] += sum(changed)
    lost = [duel_id for duel_id, outcome in ledger.duels.items() if after[0]["duels"].get(duel_id) != outcome]
    ledger.problems["acknowledged duels lost or changed"] += len(lost)
    for (member_id, number), is_voted in ledger.favorites.items():
        if (number in theirs.get(member_id, ())) != is_voted:
            ledger.problems["acknowledged favorites lost or changed"] += 1
    ledger.problems["members with too many votes"] += sum(len(votes) > VOTES_PER_MEMBER for votes in theirs.values())
    in_order = sorted(ledger.seconds)
    return Outcomes(
        presses=len(in_order),
        votes=ledger.counted,
        votes_per_second=ledger.counted / up_seconds,
        answer_seconds=percentile(in_order, 0.99),
        median_seconds=percentile(in_order, 0.5),
        problems=+ledger.problems,
    )


async def open_voting(sessions: Sessions, voting: Voting, entries: int) -> Challenge:
    """Save a challenge that is being voted on, with that many entries."""
    now = datetime.now(UTC)
    challenge = make_challenge(
        guild_id=GUILD_ID,
        opens_at=now - timedelta(days=2),
        closes_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=1),
        phase=Phase.VOTING,
        voting=voting,
        votes_per_member=VOTES_PER_MEMBER,
    )
    await ChallengeRecords(sessions).add(challenge)
    for number in range(1, entries + 1):
        await make_entry(sessions, challenge, 10**6 + number, number=number)
    return challenge


async def first_vote(url: str) -> tuple[float, float]:
    """How long the first vote after a start takes, and for how long it stalls the event loop, in processor seconds."""
    async with open_database(url) as sessions:
        challenge = await open_voting(sessions, Voting.DUELS, MANY_ENTRIES)
        chance = random.Random(1)  # noqa: S311 - the same duels every time
        for first in range(0, MANY_VOTERS, 500):
            voters = [
                {"ballot_id": uuid.uuid4().hex, "challenge_id": challenge.challenge_id, "member_id": first + place + 1}
                for place in range(500)
            ]
            duels = [duel for voter in voters for duel in _duels(voter, chance)]
            async with sessions.begin() as session:
                await session.execute(insert(ChallengeVoterRow), voters)
                await session.execute(insert(ChallengeDuelRow), duels)
    gc.freeze()  # as `python -m bot run` does
    async with open_database(url) as sessions, _longest_stall() as stalls:
        began = time.process_time()
        await voting_of(sessions).next_duel(challenge.challenge_id, applicant_of(1), now=datetime.now(UTC))
        return time.process_time() - began, max(stalls)


def _duels(voter: dict[str, Any], chance: random.Random) -> Iterator[dict[str, Any]]:
    pairs = {tuple(sorted(chance.sample(range(1, MANY_ENTRIES + 1), 2))) for _ in range(DUELS_EACH)}
    for low, high in pairs:
        yield {
            "duel_id": uuid.uuid4().hex,
            "challenge_id": voter["challenge_id"],
            "ballot_id": voter["ballot_id"],
            "low_number": low,
            "high_number": high,
            "low_is_left": chance.random() < 0.5,
            "outcome": chance.choice(("low", "high", "equal", "skip")),
        }


@asynccontextmanager
async def _longest_stall() -> AsyncIterator[list[float]]:
    """Measure for how long the event loop works before another task gets a turn."""
    stalls = [0.0]

    async def measure() -> None:
        while True:
            began = time.thread_time()
            await asyncio.sleep(0.001)
            stalls.append(time.thread_time() - began)

    task = asyncio.create_task(measure())
    try:
        yield stalls
    finally:
        task.cancel()


@contextmanager
def database(kind: Kind) -> Iterator[str]:
    """An empty database, which is removed afterwards."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite+aiosqlite:///{Path(folder, 'atelier.sqlite3')}"
        return
    programs = postgres_programs()
    if programs is None:
        raise click.UsageError(MISSING)
    server = PostgresServer(programs)
    try:
        server.start()
        yield server.empty_database()
    finally:
        server.remove()


@click.command(help=__doc__)
@click.option("--database", "kinds", type=click.Choice(["sqlite", "postgres"]), multiple=True, help="Default: both.")
@click.option("--members", default=500, show_default=True)
@click.option("--entries", default=60, show_default=True)
@click.option("--seconds", default=30.0, show_default=True, help="How long voting is open, without restarts.")
@click.option("--kills", default=3, show_default=True)
@click.option("--serve", "served_url", hidden=True, help="Be the process that holds the votes.")
def main(
    kinds: tuple[Kind, ...], members: int, entries: int, seconds: float, kills: int, served_url: str | None
) -> None:
    """Measure and print everything."""
    if served_url is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
        asyncio.run(serve(served_url))
        return
    columns = ("", "presses", "votes", "votes/s", "median", "99 %", "first vote", "stall")
    table = Table(*columns, title=f"{members} members, {entries} entries")
    is_ok = True
    for kind in kinds or ("sqlite", "postgres"):
        with database(kind) as url:
            outcomes = asyncio.run(rush(url, Plan(members, entries, seconds, kills)))
        with database(kind) as url:
            fastest = asyncio.run(rush(url, Plan(members, entries, FASTEST_SECONDS, is_paced=False)))
        with database(kind) as url:
            first_seconds, stall_seconds = asyncio.run(first_vote(url))
        targets = [
            Target(outcomes.answer_seconds, MAX_ANSWER_SECONDS, " s"),
            Target(first_seconds, MAX_FIRST_VOTE_SECONDS, " s"),
            Target(stall_seconds, MAX_STALL_SECONDS, " s"),
        ]
        figures = [f"{outcomes.presses:,}", f"{outcomes.votes:,}", f"{fastest.votes_per_second:.0f}"]
        measured = [f"{target.measured:.2f} s (limit {target})" for target in targets]
        table.add_row(kind, *figures, f"{outcomes.median_seconds:.2f} s", *measured)
        problems = outcomes.problems + fastest.problems
        is_ok = is_ok and not problems and all(target.is_met for target in targets)
        for problem, count in problems.items():
            print(f"{kind}: {problem}: {count}")
    Console(width=None if sys.stdout.isatty() else 130).print(table)
    sys.exit(0 if is_ok else 1)


if __name__ == "__main__":
    main()
